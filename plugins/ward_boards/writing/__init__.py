"""What belongs to writing a post: files, drafts, the coarse place and time."""
