"""Boards that feed themselves: the weekly letter, its draft, deputies, and the alarm when a board falls silent."""
