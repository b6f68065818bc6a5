"""Moderation: reports, the queue, decisions and their log, appeals, and changes by a post's own writer."""
