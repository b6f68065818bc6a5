"""Regular work: keys die on their day, in every file of the database."""

from __future__ import annotations

import logging
from datetime import datetime

from core.database import fold_log, transaction
from plugins.anonymity import retention

log = logging.getLogger(__name__)
EVERY_SECONDS = 3600
AGAIN_SECONDS = 60.0
LOG_EVERY_SECONDS = 60
WAIT_MS = 200
"""Writers wait while the log is written back, so once a minute it must not take long."""


def forget_keys(now: datetime) -> float | None:
    """Delete keys, and what else has had its day, and empty SQLite's log, which still holds what was deleted.

    Asks to be run again soon when a reader kept the log open.
    """
    with transaction() as db:
        parts = retention.forget(db, now)
    for part in parts:
        if part.deleted:
            log.info("%s deleted: %d", part.name, part.deleted)
    return None if fold_log() else AGAIN_SECONDS


def empty_log(_now: datetime) -> None:
    """Write SQLite's log into the database and empty it: its frames lie in the order of writing.

    Whoever reads boards before they speak unseen leaves a reading mark. A thief must not see whose marks were
    written last, for posts wait meanwhile. When a reader keeps the log open, the next minute will do.
    """
    fold_log(WAIT_MS)
