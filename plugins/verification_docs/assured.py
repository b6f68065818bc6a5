"""What this borough can say for itself: how surely its members live here, from the rule and live counts.

The level is what *every* way through the rule asks for; what only some members were asked for counts nothing.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.crossing import Assurance
from core.database import now
from core.instance import instance
from core.models import RoleGrant
from plugins.verification_docs import rule
from plugins.verification_docs.names import PLUGIN
from plugins.verification_docs.papers import KINDS
from plugins.verification_docs.policy import policy
from plugins.verification_docs.reviewers.models import Vetting
from plugins.verification_docs.rule import Node

DECIDERS = 1
"""One reviewer decides about a paper that was sent in. At a counter two do, so this is the least."""


def level_of(node: Node) -> str:
    """Return the level that everybody has met who met this rule."""
    every = frozenset(KINDS)
    if node.is_met(every - {"address"}):
        return "some"
    if node.is_met(every - {"id"}):
        return "address"
    return "id_address" if node.is_met(frozenset({"id", "address"})) else "id_address_third"


def facts(db: Session) -> Assurance:
    """Return the facts of today; the lesser rule for readers counts nothing, for readers issue no alerts."""
    found = policy()
    vetted = _vetted(db, now().date())
    return Assurance(
        level=level_of(found.rule),
        evidence=tuple(sorted(rule.kinds_in(found.rule))),
        rule=str(instance().config.plugin[PLUGIN]["rule"]),
        reviewers=len(vetted),
        vetting=tuple(sorted(set(vetted.values()))),
        deciders=DECIDERS,
        valid_months=found.valid_months,
    )


def _vetted(db: Session, today: date) -> dict[str, str]:
    """Return how each reviewer was checked whose vetting holds."""
    is_reviewer = sa.exists().where(RoleGrant.member_id == Vetting.reviewer_id, RoleGrant.role == "reviewer")
    wanted = sa.select(Vetting.reviewer_id, Vetting.kind).where(is_reviewer, Vetting.until_on >= today)
    return {row.reviewer_id: row.kind for row in db.execute(wanted)}
