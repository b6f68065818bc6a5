"""The chain of deletions: every entry signed and bound to the one before, in a form that others can check.

A record is canonical JSON (RFC 8785), its hash SHA-256 over that text, and the text names the hash before it.
It tells a day, how many pages and why; of the case the beginning of its random id, which only its member can match.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Chain
from core.database import now
from plugins.verification_docs.purging import signing
from plugins.verification_docs.purging.models import PurgeEntry

FIRST = "0" * 64
PIECE = 500
PAGES, CASE_END, RUN = "pages", "case_end", "run"
REPLACED, TAKEN_BACK, ERASED, LEFT_OVER = "replaced", "taken_back", "erased", "left_over"
WHY_BEFORE_END = (REPLACED, TAKEN_BACK, ERASED, LEFT_OVER)
"""Why papers of a case may go that does not end by it; any other reason is the state it ended in."""


@dataclass(frozen=True)
class Head:
    """The newest entry: whoever notes its hash can tell later that nothing before it was cut off or changed."""

    sequence: int
    on: date
    hash: str


@dataclass(frozen=True)
class Proof:
    """The entry that tells of one case's papers."""

    sequence: int
    hash: str


@dataclass(frozen=True)
class Month:
    """What went in one month (`2026-11`): pages, cases that ended with papers, and runs of the job."""

    month: str
    pages: int
    cases: int
    runs: int


def code_of(case_id: str) -> str:
    """Return how a case is written in the chain."""
    return case_id[:12]


def record(db: Session, why: str, *, pages: int, case_id: str | None = None) -> None:
    """Tell that pages were deleted and why: the state their case ended in, or one of `WHY_BEFORE_END`.

    The entry is written in this transaction: it is there when the rows are gone, and not otherwise.
    """
    kind = PAGES if why in WHY_BEFORE_END else CASE_END
    _append(db, kind, case_id, {"pages": pages, "reason": why})


def record_run(db: Session, **counts: int) -> None:
    """Tell that the job has run and what it found."""
    _append(db, RUN, None, counts)


def _append(db: Session, kind: str, case_id: str | None, facts: Mapping[str, Any]) -> None:
    import rfc8785

    last = db.execute(
        sa.select(PurgeEntry.sequence, PurgeEntry.hash).order_by(PurgeEntry.sequence.desc()).limit(1)
    ).one_or_none()
    sequence = last.sequence + 1 if last else 1
    about = {"case": code_of(case_id)} if case_id else {}
    link = {"sequence": sequence, "previous": last.hash if last else FIRST}
    written: bytes = rfc8785.dumps({**facts, **about, **link, "kind": kind, "on": now().date().isoformat()})
    db.add(
        PurgeEntry(
            sequence=sequence,
            case_code=about.get("case"),
            record=written.decode(),
            hash=hashlib.sha256(written).hexdigest(),
            signature=signing.sign(written),
        )
    )
    db.flush()


def problem(db: Session) -> str | None:
    """Return what is wrong with the chain as a sentence, or None when every entry holds."""
    previous, expected = FIRST, 1
    for entry in _entries(db):
        if entry.sequence != expected:
            return f"Entry {expected} of the deletions is missing."
        if not _is_whole(entry, previous):
            return f"Entry {entry.sequence} of the deletions was changed after it was written."
        if not signing.is_signed(entry.record.encode(), entry.signature):
            return (
                f"Entry {entry.sequence} of the deletions is not signed with the key in {signing.FILE}. If the file "
                "was lost, bring it back from a copy; if nobody touched it, somebody wrote this entry by hand."
            )
        previous, expected = entry.hash, expected + 1
    return None


def _is_whole(entry: PurgeEntry, previous: str) -> bool:
    import rfc8785

    try:
        said = json.loads(entry.record)
        canonical: bytes = rfc8785.dumps(said)
    except (ValueError, TypeError):
        return False
    return (
        canonical == entry.record.encode()
        and hashlib.sha256(canonical).hexdigest() == entry.hash
        and said["previous"] == previous
        and said["sequence"] == entry.sequence
        and said.get("case") == entry.case_code
    )


def look(db: Session, heads: Collection[str]) -> Chain:
    """Return the whole chain as it was found, for core."""
    newest = head(db)
    length, newest_hash = (newest.sequence, newest.hash) if newest else (0, "")
    return Chain("list of deletions", problem(db), length, newest_hash, having(db, heads))


def head(db: Session, *, but_for: date | None = None) -> Head | None:
    """Return the newest entry (leaving out those of one day), or None when there is none."""
    wanted = sa.select(PurgeEntry).order_by(PurgeEntry.sequence.desc()).limit(1)
    if but_for is not None:
        wanted = wanted.where(~_says(on=but_for.isoformat()))
    entry = db.scalar(wanted)
    if entry is None:
        return None
    return Head(entry.sequence, date.fromisoformat(json.loads(entry.record)["on"]), entry.hash)


def having(db: Session, hashes: Collection[str]) -> frozenset[str]:
    """Return which of these hashes belong to an entry of the chain."""
    return frozenset(db.scalars(sa.select(PurgeEntry.hash).where(PurgeEntry.hash.in_(hashes))))


def proof_of(db: Session, case_id: str) -> Proof | None:
    """Return the last entry that tells of a case, or None when no paper of it was ever deleted."""
    wanted = sa.select(PurgeEntry.sequence, PurgeEntry.hash).where(PurgeEntry.case_code == code_of(case_id))
    row = db.execute(wanted.order_by(PurgeEntry.sequence.desc()).limit(1)).one_or_none()
    return None if row is None else Proof(row.sequence, row.hash)


def last_run(db: Session) -> date | None:
    """Return the day of the newest entry about a run of the job."""
    record = db.scalar(
        sa.select(PurgeEntry.record).where(_says(kind=RUN)).order_by(PurgeEntry.sequence.desc()).limit(1)
    )
    return None if record is None else date.fromisoformat(json.loads(record)["on"])


def months(db: Session, *, but_for: date | None = None) -> list[Month]:
    """Return what went in each month (leaving out one day), the newest first."""
    found: dict[str, list[int]] = {}
    left_out = but_for.isoformat() if but_for else None
    for said in _said(db):
        if said["on"] == left_out:
            continue
        counts = found.setdefault(said["on"][:7], [0, 0, 0])
        if said["kind"] == RUN:
            counts[2] += 1
        else:
            counts[0] += said["pages"]
            counts[1] += said["kind"] == CASE_END
    return [Month(month, *counts) for month, counts in sorted(found.items(), reverse=True)]


def _says(**facts: str) -> sa.ColumnElement[bool]:
    """Whether the record of an entry says this of itself; it is canonical, so there is one way to write it."""
    return sa.and_(*(PurgeEntry.record.like(f'%"{name}":"{value}"%') for name, value in facts.items()))


def _said(db: Session) -> Iterator[dict[str, Any]]:
    for record in db.scalars(sa.select(PurgeEntry.record).order_by(PurgeEntry.sequence)):
        yield json.loads(record)


def _entries(db: Session) -> Iterator[PurgeEntry]:
    """Read the chain piece by piece: that of years must not lie in memory as a whole."""
    last, piece = None, True
    while piece:
        wanted = sa.select(PurgeEntry).order_by(PurgeEntry.sequence).limit(PIECE)
        rows = db.scalars(wanted if last is None else wanted.where(PurgeEntry.sequence > last)).all()
        yield from rows
        piece = len(rows) == PIECE
        last = rows[-1].sequence if rows else last
