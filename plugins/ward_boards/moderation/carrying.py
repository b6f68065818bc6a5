"""What hangs on a thread when its posts move to another: followers, searches and the like follow them.

Rooms keep such rows in tables of their own. They are found by their foreign key, so that a room made tomorrow is not
forgotten; where the other thread has such a row already, it stays and ours goes.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import Base

STAYING = frozenset(
    {
        "ward_boards_thread_ward",  # dealt with by the merge itself
        "ward_boards_post",
        "ward_boards_case",
        "ward_boards_merge",
        "ward_boards_log",  # says what was done to the old thread; the old address leads on
        "ward_boards_public",  # made anew by `settle`
        "ward_boards_public_place",
        "ward_boards_me_too",  # its tags hold for one thread and are made anew by `me_too.move`
    }
)


def carry(db: Session, from_id: str, into_id: str) -> None:
    """Point every row of a room that points at one thread at the other."""
    for table in list(Base.metadata.tables.values()):
        if not table.name.startswith("ward_boards_") or table.name in STAYING:
            continue
        for column in table.columns:
            if any(key.target_fullname == "ward_boards_thread.id" for key in column.foreign_keys):
                _carry(db, table, column, (from_id, into_id))


def _carry(db: Session, table: sa.Table, column: sa.Column[str], threads: tuple[str, str]) -> None:
    from_id, into_id = threads
    if column.primary_key:
        others = [each for each in table.primary_key.columns if each is not column]
        there = table.alias()
        taken = sa.exists().where(there.c[column.name] == into_id, *(there.c[each.name] == each for each in others))
        db.execute(sa.delete(table).where(column == from_id, taken))
    db.execute(sa.update(table).where(column == from_id).values({column.name: into_id}))
