"""Proving an address with a code that comes by letter."""
