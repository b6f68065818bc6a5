"""Where and when a thread is about, as it is stored: one row beside the thread, or none."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.ward_boards.writing import happened, places
from plugins.ward_boards.writing.models import About


class Rough(NamedTuple):
    """A coarse place, a day and its half; each may be missing."""

    place: str | None = None
    happened_on: date | None = None
    half_day: str | None = None

    @property
    def place_words(self) -> str:
        """The place in words; empty when there is none."""
        return places.label(self.place)

    @property
    def time_words(self) -> str:
        """The time in words; empty when there is none."""
        return happened.label(self.happened_on, self.half_day)


NOTHING = Rough()


def keep(db: Session, thread_id: str, rough: Rough) -> None:
    """Store what was said; the caller has checked it. Nothing said makes no row."""
    if rough != NOTHING:
        db.add(About(thread_id=thread_id, square=rough.place, happened_on=rough.happened_on, half=rough.half_day))
        db.flush()


def forget(db: Session, thread_id: str) -> None:
    """Delete what was said, for the writer takes the thread's first post back."""
    db.execute(sa.delete(About).where(About.thread_id == thread_id))
