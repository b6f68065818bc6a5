"""Neighbouring boroughs: alerts go from one independent server to another, signed, and are called back."""
