"""What belongs to reading: unread marks, the public copy, feeds, the sheet for paper, the map."""
