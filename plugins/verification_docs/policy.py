"""What this borough's configuration says about proving an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.contributions import LEVELS
from core.instance import instance
from plugins.verification_docs import accepted, papers, rule
from plugins.verification_docs.names import PLUGIN
from plugins.verification_docs.rule import Node

READER, FULL = LEVELS


@dataclass(frozen=True)
class Policy:
    """The plugin's settings, read. `reading_rule` is None where everybody is verified fully or not at all."""

    rule: Node
    reading_rule: Node | None
    kinds: Mapping[str, papers.Kind]
    kept_days: int
    valid_months: int
    reading_valid_months: int
    usual_days: int
    look_again_days: int
    not_own_ward: bool
    certificate_issuers: tuple[str, ...]
    volunteering_providers: tuple[str, ...]
    in_person_places: tuple[str, ...]

    def level_met(self, accepted: frozenset[str]) -> str | None:
        """Return the best level that the accepted kinds of paper are enough for, or None."""
        if self.rule.is_met(accepted):
            return FULL
        return READER if self.reading_rule is not None and self.reading_rule.is_met(accepted) else None

    def until(self, today: date, level: str = FULL) -> date:
        """Return the last day of a membership of this level that begins today."""
        valid_months = self.valid_months if level == FULL else self.reading_valid_months
        months = today.year * 12 + today.month - 1 + valid_months
        first = date(months // 12, months % 12 + 1, 1)
        # The same day of the month; where there is none, the last one before it.
        return min(first + timedelta(days=today.day - 1), _last_day(first))

    def issuers_for(self, kind: str) -> tuple[str, ...]:
        """Return who is known to give out papers of this kind; empty for kinds that anybody may issue."""
        return {"certificate": self.certificate_issuers, "volunteering": self.volunteering_providers}.get(kind, ())


def policy() -> Policy:
    """Return the policy of the current instance."""
    lines = instance().config.plugin[PLUGIN]
    either = lines["known_issuers"]
    return Policy(
        rule=rule.parse(lines["rule"]),
        reading_rule=rule.parse(lines["reading_rule"]) if lines["reading_rule"] else None,
        kinds=accepted.kinds_of(tuple(lines["documents"])),
        kept_days=lines["evidence_kept_days"],
        valid_months=lines["valid_months"],
        reading_valid_months=lines["reading_valid_months"],
        usual_days=lines["usual_wait_days"],
        look_again_days=lines["look_again_days"],
        not_own_ward=lines["not_own_ward"],
        certificate_issuers=_once(lines["certificate_issuers"], either),
        volunteering_providers=_once(lines["volunteering_providers"], either),
        in_person_places=_once(lines["in_person_places"]),
    )


def accepted_kinds() -> Mapping[str, papers.Kind]:
    """Return the kinds of paper with the documents that this borough accepts, in the order of asking."""
    return accepted.kinds_of(tuple(instance().config.plugin[PLUGIN]["documents"]))


def document_of(kind: str, name: str) -> papers.Document | None:
    """Return a document with the age this borough allows; one of ours that it no longer accepts stands in old cases.

    None when there is no such pair at all.
    """
    offered = accepted_kinds().get(kind)
    return (offered and offered.document(name)) or papers.document_of(kind, name)


def _once(*lists: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _last_day(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
