"""Regular work: keys for coming weeks, and the end of a private key the moment its week begins."""

from __future__ import annotations

import logging
from datetime import datetime

from core.database import fold_log, reading, transaction
from plugins.anonymity.credentials import epochs, keys

log = logging.getLogger(__name__)
EVERY_SECONDS = 3600
AGAIN_SECONDS = 60.0


def turn_weeks(now: datetime) -> float | None:
    """Delete what a week that began must not have any more, in every file of the database; make keys that lack.

    Asks to be run again at the very moment the next week begins, or soon when a reader kept SQLite's log open.
    """
    with transaction() as db:
        gone = keys.begin(db, now)
    if gone:
        log.info("%d private keys of weeks were deleted", gone)
    is_clean = fold_log()
    with reading() as db:
        lacking = keys.missing(db, now)
    if lacking:
        made = keys.make(lacking)
        with transaction() as db:
            log.info("%d keys for coming weeks were made", keys.write(db, made))
    if not is_clean:
        return AGAIN_SECONDS
    until = (epochs.begins_at(epochs.coming(now, 1)[0]) - now).total_seconds()
    return min(EVERY_SECONDS, max(until, 1.0))
