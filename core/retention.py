"""What must not be kept any longer: deleted at once on an operator's word, or only counted.

A dry run does the same work and rolls it back, so its numbers are those of the real run, and not a guess at them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import membership_ends, plugin_manager, proposals, storage
from core.contributions import RetentionPart
from core.database import transaction
from core.models import Membership, Token
from core.notifications import inbox

CORE = "core"


class _DryRun(Exception):
    """Rolls the transaction back."""


def run(now: datetime, *, dry_run: bool) -> list[tuple[str, RetentionPart]]:
    """Delete what is due, core's part first, and return how much of what by owner; all of it or nothing.

    Files that no row points at go last, outside the transaction.
    """
    found: list[tuple[str, RetentionPart]] = []
    try:
        with transaction() as db:
            found.extend((CORE, part) for part in _core_parts(db, now.date()))
            for name, parts in plugin_manager.current().ask("retention", db=db, now=now):
                found.extend((name, part) for part in parts)
            if dry_run:
                raise _DryRun
    except _DryRun:
        files = storage.orphans()
    else:
        files = storage.sweep()
    return [*found, (CORE, RetentionPart("files without a row", files))]


def _core_parts(db: Session, today: date) -> Iterator[RetentionPart]:
    over = db.scalars(sa.select(Membership.member_id).where(Membership.until_on < today)).all()
    ended = sum(membership_ends.expire(db, member_id, today) for member_id in over)
    yield RetentionPart("verifications that ran out", ended)
    tokens = db.execute(sa.delete(Token).where(Token.expires_on < today))
    yield RetentionPart("API tokens that ran out", int(tokens.rowcount))  # type: ignore[attr-defined]  # DELETE
    yield RetentionPart("notices older than thirty days", inbox.forget(db, today))
    yield RetentionPart("proposals that ran out", proposals.lapse(db, today))
