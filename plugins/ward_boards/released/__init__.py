"""Posts of writers without an account: put on the boards in batches, copied for them to read, and stopped."""
