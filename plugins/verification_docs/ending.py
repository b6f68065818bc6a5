"""How papers go: rows at once, files after the commit, and a receipt of counts and days that stays."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import storage
from plugins.verification_docs import queries
from plugins.verification_docs.duplicates import services as duplicate_services
from plugins.verification_docs.letter import lapsing as letter_lapsing
from plugins.verification_docs.models import OPEN_STATES, VERIFIED, Case, Evidence, Page
from plugins.verification_docs.purging import chain
from plugins.verification_docs.refusals import CaseGone


def end(db: Session, case: Case, state: str, today: date) -> int:
    """Close a case: papers, postcode and claim go, the receipt stays. Returns how many pages went.

    Its tags become those of the member when it ends well, else they go too.
    """
    if case.state not in OPEN_STATES:
        raise CaseGone(case.id)
    pages = delete_papers(db, Evidence.case_id == case.id, why=state, case_id=case.id)
    letter_lapsing.close(db, case.id)
    case.state = state
    case.ended_on = today
    case.pages_deleted += pages
    case.postcode_sealed = case.waiting_since_on = None
    case.claimed_by = case.claimed_until = None
    db.flush()
    duplicate_services.case_ended(db, case.id, today, well=state == VERIFIED)
    return pages


def delete_papers(db: Session, *which: sa.ColumnElement[bool], why: str, case_id: str | None = None) -> int:
    """Delete papers with their pages, rows now and files after commit; return how many pages.

    The chain of deletions gets a record with the reason, in the same transaction.
    """
    papers = sa.select(Evidence.id).where(*which)
    blobs = db.scalars(sa.select(Page.blob_id).where(Page.evidence_id.in_(papers))).all()
    db.execute(sa.delete(Page).where(Page.evidence_id.in_(papers)), execution_options={"synchronize_session": False})
    db.execute(sa.delete(Evidence).where(*which), execution_options={"synchronize_session": False})
    for blob_id in blobs:
        storage.delete(db, blob_id)
    if blobs:
        chain.record(db, why, pages=len(blobs), case_id=case_id)
    return len(blobs)


def forget_old_claims(db: Session, now: datetime) -> None:
    """Clear claims that are over: when a reviewer worked is nobody's business tomorrow."""
    db.execute(sa.update(Case).where(Case.claimed_until <= now).values(claimed_by=None, claimed_until=None))


def delete_leftovers(db: Session) -> None:
    """Delete sealed files of ours that no page points at, and papers of ended cases: there should be none."""
    ended = sa.select(Case.id).where(Case.ended_on.is_not(None))
    delete_papers(db, Evidence.case_id.in_(ended), why=chain.LEFT_OVER)
    orphans = queries.blobs_without_page(db)
    for blob_id in orphans:
        storage.delete(db, blob_id)
    if orphans:
        chain.record(db, chain.LEFT_OVER, pages=len(orphans))
