"""The public side: read-only ActivityPub for alerts that everybody may read. Keys and inbox of its own."""
