"""The tip box: two-way, by receipt code, without an account."""
