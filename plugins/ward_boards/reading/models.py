"""Tables of reading."""
