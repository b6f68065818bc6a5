"""The house: a minimal Flask core that defines hooks and names no plugin."""
