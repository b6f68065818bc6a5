"""The names of what one may do with alerts; on the ground floor, because every floor above asks for them."""

from __future__ import annotations

ISSUE = "ward_boards.issue_alert"
READ = "ward_boards.read_alerts"
