"""Tables of following."""
