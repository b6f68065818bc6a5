"""What `doctor` says about anonymity."""

from __future__ import annotations

from datetime import timedelta

from core.contributions import Finding
from core.database import now, reading
from plugins.anonymity import queries
from plugins.anonymity.models import WeekNameKey


def findings() -> list[Finding]:
    """Return one sentence on the keys behind the names of threads; bad when one has outlived its day."""
    with reading() as db:
        yesterday = now().date() - timedelta(days=1)
        held, overdue, first = queries.keys_held(db, yesterday)
        _weeks, late, _first = queries.keys_held(db, yesterday, WeekNameKey)
    overdue += late
    if overdue:
        text = f"Keys behind names in threads and weeks: {overdue} should be deleted by now. Is the worker running?"
        return [Finding(ok=False, text=text)]
    if not held:
        return [Finding(ok=True, text="No key behind a name in a thread is held.")]
    return [Finding(ok=True, text=f"Keys behind names in threads: {held} held; the next goes on {first}.")]
