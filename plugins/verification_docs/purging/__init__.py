"""Proof that papers were deleted: a signed chain of records, and a watch over the daily job."""
