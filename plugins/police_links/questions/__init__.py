"""Questions to a contact session: put before it without a name, sorted by its officers, answered for all."""
