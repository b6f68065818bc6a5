"""Tables of the weekly letter."""
