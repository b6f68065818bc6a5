"""Numbers of documents: compared without being shown, and found when one is used twice."""
