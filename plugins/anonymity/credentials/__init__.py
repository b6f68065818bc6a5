"""Unlinkable voices on the members' side: keys for coming weeks, blind signing, the card's vault, the manifest."""
