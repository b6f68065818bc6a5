"""What federation does when it hears of an alert of this instance: one row per neighbour, then a nudge to the job."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core import jobs
from core.database import after_commit, now
from core.events import AlertIssued, AlertWithdrawn
from federation import audience
from federation.public import publishing

JOB = "federation.deliver"


def on_issued(db: Session, event: AlertIssued) -> None:
    """Queue a created or updated alert for every neighbour in its audience."""
    _spread(db, event)


def on_withdrawn(db: Session, event: AlertWithdrawn) -> None:
    """Queue a cancellation for every neighbour that was sent the alert."""
    _spread(db, event)


def _spread(db: Session, event: AlertIssued | AlertWithdrawn) -> None:
    if audience.spread(db, event.alert, now()):
        after_commit(db, lambda: jobs.make_due(JOB))


def publish(db: Session, event: AlertIssued | AlertWithdrawn) -> None:
    """Show an alert for everybody on the public side too, change it there, or take it back."""
    publishing.on_alert(db, event.alert, now())
