"""Tables of files and drafts."""
