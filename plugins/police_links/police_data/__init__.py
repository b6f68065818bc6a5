"""Open data of the police: each ward's priorities and monthly figures, fetched, kept and shown with their age."""
