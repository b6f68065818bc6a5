"""The unlinkable side below `/a/`: no cookies, no sessions, a database file of its own, public keys only."""
