"""What complaints hand to core through the plugin's front door; light to import."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.contributions import Job, Panel, Permission, RetentionPart, Slot, Viewer
from plugins.ward_boards.complaints.rights import HANDLE

KEPT_DAYS = 365
EVERY_SECONDS = 600


def permissions() -> list[Permission]:
    """Return who handles complaints."""
    return [Permission(HANDLE, "Handle complaints and legal notices", frozenset({"admin", "coordinator"}))]


def jobs() -> list[Job]:
    """Return the clock of notices, and the daily deletion."""
    return [Job("notices_clock", let_clock_act, EVERY_SECONDS), Job("complaints_forget", forget, 24 * 3600)]


def panels(slot: Slot, viewer: Viewer) -> list[Panel]:
    """Lead those who handle complaints to their queue, and admins to the record too."""
    from core import permissions as rights

    if slot not in (Slot.MODERATION, Slot.ADMIN) or not rights.allowed(viewer, HANDLE):
        return []
    from core.database import sql
    from plugins.ward_boards.complaints import queries

    context = {"open_count": queries.open_count(sql.session, viewer), "with_record": slot is Slot.ADMIN}
    return [Panel("ward_boards/complaints/_panel.html", context, order=40)]


def let_clock_act(now: datetime) -> None:
    """Take every step that is due; one that fails stops no other, and is tried again at the next run."""
    from core.database import reading, transaction
    from plugins.ward_boards.complaints import services

    with reading() as db:
        waiting = services.due(db, now)
    failed: Exception | None = None
    for notice_id in waiting:
        try:
            with transaction() as db:
                services.tick(db, notice_id, now=now)
        except Exception as problem:
            failed = problem
    if failed is not None:
        raise failed


def forget(now: datetime) -> None:
    """Delete what ended a year ago."""
    from core.database import transaction

    with transaction() as db:
        retention(db, now)


def retention(db: Session, now: datetime) -> list[RetentionPart]:
    """Delete notices and complaints, with all that people said of themselves, a year after they ended."""
    import sqlalchemy as sa

    from plugins.ward_boards.complaints.models import Complaint, LegalNotice

    last = now.date() - timedelta(days=KEPT_DAYS)
    parts = []
    for name, table in (("legal notices", LegalNotice), ("complaints", Complaint)):
        gone = db.execute(sa.delete(table).where(table.closed_on <= last).returning(table.id)).all()
        parts.append(RetentionPart(name, len(gone)))
    return parts
