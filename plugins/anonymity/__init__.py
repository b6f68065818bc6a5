"""Names that lead nobody back: a name for one thread only, and "a resident of" a ward."""
