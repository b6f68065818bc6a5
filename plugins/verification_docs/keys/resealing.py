"""Sealing papers anew when the reviewers change. The server cannot open them, so a reviewer's own program does.

It takes a page (or the address of a letter) that is not sealed to the reviewers of today, opens it, seals it to them,
and brings it back. What the server can see of the new file it checks: the number of keys, and that the content is as
long as it was.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, storage
from plugins.verification_docs.keys import age_files, services
from plugins.verification_docs.letter.models import LetterCode
from plugins.verification_docs.models import Case, Evidence, Page
from plugins.verification_docs.names import PLUGIN

BATCH = 10


class NotToReseal(LookupError):
    """The page is gone, was sealed anew a moment ago, or is none that this reviewer may open."""


class NotTheSame(ValueError):
    """What was brought back cannot be the same page, sealed to the keys that were asked for."""


@dataclass(frozen=True)
class StalePage:
    """A page that must be sealed anew: to which keys, and the name of that set. A letter's address has no blob."""

    page_id: str
    case_id: str
    member_id: str
    blob_id: str | None
    sealed_to: str
    recipients: tuple[str, ...]

    @property
    def to(self) -> str:
        """The name of the set of keys it must be sealed to."""
        return services.set_id(self.recipients)


@dataclass(frozen=True)
class Resealed:
    """What a reviewer's program brings back, and the name of the set it sealed it to."""

    content: bytes
    to: str


def stale(db: Session, today: date) -> list[StalePage]:
    """Return all pages and addresses of open cases not sealed to the reviewers of today, in order of their ids."""
    pages = (
        sa.select(Page.id, Evidence.case_id, Evidence.member_id, Page.blob_id, Page.sealed_to)
        .join(Evidence, Evidence.id == Page.evidence_id)
        .join(Case, Case.id == Evidence.case_id)
        .where(Case.ended_on.is_(None))
    )
    addresses = sa.select(
        LetterCode.id, LetterCode.case_id, LetterCode.member_id, sa.null(), LetterCode.sealed_to
    ).where(LetterCode.address_sealed.is_not(None))
    rows: list[Any] = sorted([*db.execute(pages), *db.execute(addresses)])
    wanted = services.recipients_of_all(db, {row[2] for row in rows}, today)
    names = {member_id: services.set_id(keys) for member_id, keys in wanted.items()}
    return [
        StalePage(page_id, case_id, member_id, blob_id, sealed_to, wanted[member_id])
        for page_id, case_id, member_id, blob_id, sealed_to in rows
        if sealed_to != names[member_id]
    ]


def batch(db: Session, reviewer_id: str, today: date, after: str | None = None) -> list[StalePage]:
    """Return the next pages that this reviewer may seal anew, ten at most; never their own, nor of close persons."""
    return [page for page in _open_to(db, reviewer_id, today) if page.page_id > (after or "")][:BATCH]


def take(db: Session, reviewer_id: str, page_id: str, today: date) -> bytes:
    """Return a sealed page to be sealed anew; logged, and counted for the member like an opening.

    Nobody is meant to look, but the reviewer's key opens it, and a member must not be told less than could be seen.

    Raises:
        NotToReseal: see there.
    """
    page = _find(db, reviewer_id, page_id, today)
    db.execute(sa.update(Case).where(Case.id == page.case_id).values(openings=Case.openings + 1))
    audit.record(db, reviewer_id, "verification_docs.reseal", f"case {page.case_id}", f"taken: page {page_id}")
    return _content(db, page)


def replace(db: Session, reviewer_id: str, page_id: str, resealed: Resealed, today: date) -> None:
    """Put a page that was sealed anew in the place of the old one, whose file goes after the commit.

    Raises:
        NotToReseal: it was deleted or replaced meanwhile, or the reviewers have changed again.
        NotTheSame: what is brought cannot be the same page sealed to those keys.
    """
    page = _find(db, reviewer_id, page_id, today)
    if resealed.to != page.to:
        raise NotToReseal(page_id)
    try:
        old = age_files.head_of(_content(db, page))
        new = age_files.head_of(resealed.content)
    except age_files.NotAge:
        raise NotTheSame(page_id) from None
    if new != age_files.Head(len(page.recipients), old.payload_bytes):
        raise NotTheSame(page_id)
    _put(db, page, resealed.content)
    audit.record(db, reviewer_id, "verification_docs.reseal", f"case {page.case_id}", f"sealed anew: page {page_id}")


def _content(db: Session, page: StalePage) -> bytes:
    if page.blob_id is None:
        address = db.scalar(sa.select(LetterCode.address_sealed).where(LetterCode.id == page.page_id))
        return base64.b64decode(address or "")
    try:
        return storage.get(db, page.blob_id)
    except storage.BlobGone:
        raise NotToReseal(page.page_id) from None


def _put(db: Session, page: StalePage, content: bytes) -> None:
    """Replace it if it is still what it was: a purge or another reviewer may have been quicker."""
    if page.blob_id is None:
        change = sa.update(LetterCode).where(LetterCode.id == page.page_id, LetterCode.sealed_to == page.sealed_to)
        change = change.values(address_sealed=base64.b64encode(content).decode(), sealed_to=page.to)
    else:
        blob_id = storage.put(db, PLUGIN, content, page.member_id, vault=True)
        change = sa.update(Page).where(Page.id == page.page_id, Page.blob_id == page.blob_id)
        change = change.values(blob_id=blob_id, sealed_to=page.to)
    if not db.execute(change).rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        raise NotToReseal(page.page_id)
    if page.blob_id is not None:
        storage.delete(db, page.blob_id)


def _find(db: Session, reviewer_id: str, page_id: str, today: date) -> StalePage:
    found = next((page for page in _open_to(db, reviewer_id, today) if page.page_id == page_id), None)
    if found is None:
        raise NotToReseal(page_id)
    return found


def _open_to(db: Session, reviewer_id: str, today: date) -> list[StalePage]:
    """Return the stale pages that this reviewer may open and that two could open afterwards."""
    own = services.recipient_of(db, reviewer_id)
    return [
        page
        for page in stale(db, today)
        if own in page.recipients and len(page.recipients) >= services.FEWEST_REVIEWERS
    ]
