"""What `doctor` says about the unlinkable side."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from core.contributions import Finding
from core.database import now
from plugins.anonymity.unlinkable import batches, queries
from plugins.anonymity.unlinkable.store import WrongVersion, store


def findings() -> list[Finding]:
    """Return whether the file can be used, whether batches come out, and whether more voices spoke than there are."""
    try:
        with store().reading() as side:
            late = len(queries.due(side, batches.last_until(now())))
            seen = queries.voices_seen(side)
    except (WrongVersion, SQLAlchemyError) as problem:
        text = str(problem) if isinstance(problem, WrongVersion) else type(problem).__name__
        return [Finding(False, f"The unlinkable side cannot open its file: {text}")]
    found = [_late(late)]
    for week in seen:
        if week.wrote > week.issued:
            found.append(
                Finding(False, f"{week.epoch}: {week.wrote} voices wrote, and only {week.issued} were issued.")
            )
    return found


def _late(count: int) -> Finding:
    if count:
        return Finding(False, f"Unlinkable posts: {count} should be out by now. Is the worker running?")
    return Finding(True, "Unlinkable posts: none is late.")
