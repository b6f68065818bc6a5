"""What the permissions of federation are called."""

from __future__ import annotations

MANAGE = "federation.manage"
READ_DELIVERIES = "federation.read_deliveries"
REVIEW = "federation.review"
SAY_SEEN = "federation.say_seen"
