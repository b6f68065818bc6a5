"""What time does to reviewers and to those they passed; called by the job that lets papers lapse."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from plugins.verification_docs.reviewers import passed, vetting


def look(db: Session, today: date) -> None:
    """Do what is due today: reminders, claims of those whose vetting is over, and papers not shown again in time."""
    vetting.remind(db, today)
    vetting.release(db, today)
    passed.end_overdue(db, today)
    passed.forget(db, today)
