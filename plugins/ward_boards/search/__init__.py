"""Full-text search over boards and alerts, and reports like the one being written."""
