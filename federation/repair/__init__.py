"""What mends silent loss: cursors, epochs, digests; and numbers of sightings."""
