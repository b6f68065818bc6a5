"""A watch over the job that deletes papers: when it has not succeeded for too long, people are told.

It is told on the admin's page, by `doctor`, in the metrics, and by mail as long as any worker runs. When none runs,
no mail goes out; then the page and `doctor` still tell, and whatever watches the metrics from outside. When the
whole instance is down nothing here can tell, and papers stay until it comes back: the first run then ends them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import jobs
from core.database import reading, transaction
from plugins.verification_docs import letters
from plugins.verification_docs.models import Evidence
from plugins.verification_docs.names import PLUGIN
from plugins.verification_docs.purging import daily

LATE_AFTER = timedelta(hours=36)
ONE_DAY_SECONDS = 24 * 3600.0


def is_late(db: Session, now: datetime) -> bool:
    """Whether the job has not succeeded for 36 hours, or never, though papers lie here that long."""
    succeeded_at = jobs.last_success(db, f"{PLUGIN}.{daily.JOB}")
    if succeeded_at is not None:
        return now - succeeded_at > LATE_AFTER
    oldest = db.scalar(sa.select(sa.func.min(Evidence.received_on)))
    return oldest is not None and oldest < (now - LATE_AFTER).date()


def look(now: datetime) -> float | None:
    """Tell the admins when the job is late, once a day; returns in how many seconds to look again, then."""
    with reading() as db:
        late = is_late(db, now)
    if not late:
        return None
    with transaction() as db:
        letters.deletions_late(db)
    return ONE_DAY_SECONDS
