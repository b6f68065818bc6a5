"""The way to the police: which door for what, and contact sessions with the ward team."""
