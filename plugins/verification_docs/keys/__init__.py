"""Reviewers' own keys: who can open what, and sealing to all of them."""
