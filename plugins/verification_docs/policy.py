"""What this borough's configuration says about proving an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from core.instance import instance
from plugins.verification_docs import rule
from plugins.verification_docs.names import PLUGIN


@dataclass(frozen=True)
class Policy:
    """The plugin's settings, read."""

    rule: rule.Node
    kept_days: int
    valid_months: int
    usual_days: int
    issuers: tuple[str, ...]

    def until(self, today: date) -> date:
        """Return the last day of a membership that begins today."""
        months = today.year * 12 + today.month - 1 + self.valid_months
        first = date(months // 12, months % 12 + 1, 1)
        # The same day of the month; where there is none, the last one before it.
        return min(first + timedelta(days=today.day - 1), _last_day(first))


def policy() -> Policy:
    """Return the policy of the current instance."""
    lines = instance().config.plugin[PLUGIN]
    return Policy(
        rule=rule.parse(lines["rule"]),
        kept_days=lines["evidence_kept_days"],
        valid_months=lines["valid_months"],
        usual_days=lines["usual_wait_days"],
        issuers=tuple(lines["known_issuers"]),
    )


def _last_day(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
