"""The regular work of the search: fill the index after an upgrade, and tidy it.

FTS5 writes each change as a piece of its own and joins pieces when it likes. Until they are joined, the pieces tell
in which order texts were written, and still hold the words of texts that are gone. So they are joined every hour.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Job, Subscription
from core.database import fold_log, has_one_worker, reading, transaction
from core.events import WardsChanged
from plugins.ward_boards.search import indexing
from plugins.ward_boards.search.models import SearchEntry

PAGES_AT_ONCE = 500
ROUNDS_AT_ONCE = 40
_PIECES = sa.text("SELECT count(DISTINCT segid) FROM ward_boards_search_words_idx")
_MERGE = sa.text("INSERT INTO ward_boards_search_words(ward_boards_search_words, rank) VALUES ('merge', :pages)")


def jobs() -> list[Job]:
    """Return both, for the plugin's front door."""
    return [Job("search_fill", fill, 60), Job("search_tidy", tidy, 3600)]


def subscriptions() -> list[Subscription]:
    """Return what the search wants to hear of: boards that became others, for texts are kept by board."""
    return [Subscription(WardsChanged, _follow_wards, "search_ward_changes")]


def _follow_wards(db: Session, event: WardsChanged) -> None:
    indexing.bring_in_line(db)


def fill(now: datetime) -> float | None:
    """Put what is not in the index yet into it, some thousands of texts a run; asks to be run again until done."""
    for _round in range(ROUNDS_AT_ONCE):
        with reading() as db:
            if not indexing.is_filling(db):
                return None
        with transaction() as db:
            indexing.fill_some(db)
    return 1


def rebuild() -> int:
    """Make the whole index anew, in transactions of its own; return how many texts are in it.

    On SQLite the table of the index is made anew too: one that is damaged, or that a newer SQLite wrote, goes with it.
    """
    with transaction() as db:
        indexing.begin_again(db)
    while True:
        with transaction() as db:
            if not indexing.fill_some(db):
                break
    with reading() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(SearchEntry)) or 0


def tidy(now: datetime) -> float | None:
    """Join the pieces of SQLite's index into one, a few hundred pages at a time so that writers need not wait.

    Source: sqlite.org/fts5.html, section 6.8 (the 'merge' command).
    """
    if not has_one_worker():
        return None
    with reading() as db:
        if (db.scalar(_PIECES) or 0) < 2:
            return None
    pages = -PAGES_AT_ONCE
    while _merge(pages) >= 2:
        pages = PAGES_AT_ONCE
    fold_log()
    return None


def _merge(pages: int) -> int:
    """Do one step; return how many rows of its own tables SQLite changed."""
    with transaction() as db:
        before = _changes(db)
        db.execute(_MERGE, {"pages": pages})
        return _changes(db) - before


def _changes(db: Session) -> int:
    return int(db.scalar(sa.text("SELECT total_changes()")) or 0)
