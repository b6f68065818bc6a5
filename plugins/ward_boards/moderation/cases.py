"""Cases: opened by a report or a hold, joined by the next one, and closed with an outcome that empties the copy."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Viewer
from core.database import new_id
from core.instance import instance
from plugins.ward_boards.models import Flag, Post, Thread
from plugins.ward_boards.moderation import kept_pictures, vocabulary
from plugins.ward_boards.moderation.models import Case, VisitorReport
from plugins.ward_boards.moderation.rights import Standing
from plugins.ward_boards.writing.models import Attachment

SEAL = "ward_boards.case"
NOBODY_LOOKED = timedelta(minutes=60)
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Matter:
    """What a case is about when it comes up."""

    kind: str
    rank: int
    hold_code: str = ""
    was_out: bool = False


@dataclass(frozen=True)
class Ruling:
    """Why a moderator decides: a reason from the list, words for the writer, and a note for other moderators."""

    reason: str = vocabulary.OTHER
    words: str = ""
    note: str = ""


@dataclass(frozen=True)
class Copy:
    """What a post said when the case came up. Never who wrote it."""

    text: str
    title: str = ""
    files: tuple[str, ...] = field(default=())
    statement: str = ""


def open_case(db: Session, post_id: str) -> Case | None:
    """Return the open case of a post, or None."""
    return db.scalar(sa.select(Case).where(Case.post_id == post_id, Case.is_open))


def bring(db: Session, post: Post, matter: Matter, *, now: datetime) -> Case:
    """Open a case about a post with a sealed copy of it, or let the open one take this up; the first copy stays."""
    case = open_case(db, post.id)
    if case is None:
        case = Case(
            id=new_id(),
            post_id=post.id,
            thread_id=post.thread_id,
            kind=matter.kind,
            is_open=True,
            urgency_rank=matter.rank,
            opened_on=now.date(),
            hold_code=matter.hold_code[:60],
            was_out=matter.was_out,
            claim_hash="",
            escalations=0,
        )
        case.snapshot = seal(case.id, copy_of(db, post))
        db.add(case)
    else:
        case.urgency_rank = min(case.urgency_rank, matter.rank)
        case.was_out = case.was_out or matter.was_out
        if matter.hold_code:
            case.kind, case.hold_code = vocabulary.HELD, matter.hold_code[:60]
    if case.urgency_rank <= vocabulary.URGENT_UP_TO and case.escalate_at is None:
        case.escalate_at = _next_quarter(now + NOBODY_LOOKED)
    db.flush()
    return case


def _next_quarter(at: datetime) -> datetime:
    # Rounded up: with a single report the minute would be that of one reader's deed.
    start = at.replace(minute=0, second=0, microsecond=0)
    return start + -(-(at - start) // _QUARTER) * _QUARTER


def copy_of(db: Session, post: Post, statement: str = "") -> Copy:
    """Return what a post says now, without its author."""
    title = db.scalar(sa.select(Thread.title).where(Thread.id == post.thread_id)) if post.number == 1 else ""
    files = db.scalars(
        sa.select(Attachment.blob_id).where(Attachment.post_id == post.id).order_by(Attachment.number)
    ).all()
    return Copy(post.text, title or "", tuple(files), statement)


def seal(case_id: str, copy: Copy) -> str:
    """Encrypt a copy for its case; it opens for no other."""
    content = {"text": copy.text, "title": copy.title, "files": copy.files, "statement": copy.statement}
    return instance().keys.seal_text(SEAL, json.dumps({"case": case_id, **content}))


def unseal(case: Case) -> Copy | None:
    """Return the copy of a case, or None when it has none: closed, or older than copies are."""
    if case.snapshot is None:
        return None
    found = json.loads(instance().keys.open_text(SEAL, case.snapshot))
    if found.pop("case") != case.id:
        raise ValueError("a sealed copy lies with another case")
    return Copy(**{**found, "files": tuple(found["files"])})


def close(db: Session, case: Case, outcome: str, ruling: Ruling, *, now: datetime) -> None:
    """End a case: its copy, its claim and what visitors reported are deleted, and members' reports are answered."""
    case.is_open = False
    case.outcome, case.closed_on = outcome, now.date()
    case.reason, case.words, case.note = ruling.reason, ruling.words[:300], ruling.note[:500]
    case.snapshot = None
    kept_pictures.forget(db, case.id)
    case.claim_hash, case.claimed_until, case.escalate_at = "", None, None
    db.flush()
    if case.post_id is not None:
        db.execute(sa.update(Flag).where(Flag.post_id == case.post_id).values(is_open=False))
        db.execute(sa.delete(VisitorReport).where(VisitorReport.post_id == case.post_id))


def sign(case: Case, viewer: Viewer, as_whom: Standing) -> None:
    """Note who decided, as a hash that only tells whether it is the same person, and for which ward."""
    case.decider_hash = hash_of(case.id, viewer, "decided")
    case.decider_ward = as_whom.ward_code


def hash_of(case_id: str, viewer: Viewer, what: str) -> str:
    """Return how a member is written in one case; nothing joins it to their hash in another."""
    return instance().keys.keyed_hash("ward_boards.case", what, case_id, viewer.member_id or "")
