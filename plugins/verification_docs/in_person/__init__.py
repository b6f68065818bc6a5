"""Being verified at a counter by two people, with nothing sent and nothing kept."""
