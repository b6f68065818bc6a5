"""The job that lets papers go on their day, and then looks whether every file is really gone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import storage
from core.contributions import RetentionPart
from core.database import Base, fold_log, reading, transaction
from plugins.verification_docs import services
from plugins.verification_docs.duplicates.models import Tag
from plugins.verification_docs.models import Page
from plugins.verification_docs.names import PLUGIN
from plugins.verification_docs.purging import chain

log = logging.getLogger(__name__)
JOB = "let_papers_lapse"


class Unfinished(Exception):
    """A part of the work failed; it is in the log, and the rest was done."""


def run(now: datetime) -> None:
    """End what is due, delete files that a crash left, and write into the chain what was found.

    Each case and each chore has a transaction of its own, so that one that fails keeps no other here. Rows go first
    and files after the commit; a process that dies between leaves files without a row, which are deleted here. The
    entry comes last, of what is left then: once a day, and whenever there was something to do.

    Raises:
        Unfinished: something failed. The job then does not count as done, and the watch will notice.
    """
    with reading() as db:
        due = services.due(db, now)
    ended = [_done(services.lapse, case_id, now) for case_id in due]
    tidied = [_done(chore) for chore in services.chores(now)]
    swept = storage.orphans(PLUGIN)
    storage.sweep()
    left = storage.orphans(PLUGIN)
    with reading() as db:
        is_new_day = chain.last_run(db) != now.date()
    if is_new_day or due or swept:
        with transaction() as db:
            chain.record_run(db, cases=sum(ended), files_without_row=swept, files_left=left)
    fold_log()  # SQLite's log still holds what was just deleted; when a reader keeps it open, the next run folds it
    if left or not all([*ended, *tidied]):
        raise Unfinished


def _done(work: Callable[..., object], *arguments: object) -> bool:
    """Do a piece of work in a transaction of its own; False when it failed."""
    try:
        with transaction() as db:
            work(db, *arguments)
    except Exception:
        log.exception("a part of the daily deletion failed")
        return False
    return True


def delete_due(db: Session, now: datetime) -> list[RetentionPart]:
    """Do the job's work in this transaction, and return how much of what went."""
    pages, tags = _count(db, Page), _count(db, Tag)
    ended = services.let_lapse(db, now)
    return [
        RetentionPart("cases that were open too long", ended),
        RetentionPart("pages of papers", pages - _count(db, Page)),
        RetentionPart("scrambled numbers of documents", tags - _count(db, Tag)),
    ]


def _count(db: Session, table: type[Base]) -> int:
    return db.scalar(sa.select(sa.func.count()).select_from(table)) or 0
