"""The job that lets papers go on their day, and then looks whether every file is really gone."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import storage
from core.contributions import RetentionPart
from core.database import Base, reading, transaction
from plugins.verification_docs import services
from plugins.verification_docs.duplicates.models import Tag
from plugins.verification_docs.models import Page
from plugins.verification_docs.names import PLUGIN
from plugins.verification_docs.purging import chain

JOB = "let_papers_lapse"


def run(now: datetime) -> None:
    """End what is due, delete files that a crash left, and write into the chain what was found.

    Rows go first and files after the commit, so a process that dies between leaves files without a row; they are
    deleted here. The entry comes last, of what is left then: once a day, and whenever there was something to do.
    """
    with transaction() as db:
        ended = services.let_lapse(db, now)
    swept = storage.orphans(PLUGIN)
    storage.sweep()
    left = storage.orphans(PLUGIN)
    with reading() as db:
        is_new_day = chain.last_run(db) != now.date()
    if is_new_day or ended or swept:
        with transaction() as db:
            chain.record_run(db, cases=ended, files_without_row=swept, files_left=left)


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
