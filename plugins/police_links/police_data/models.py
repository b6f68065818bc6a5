"""Tables of the open data: all of it is public, and none of it is about a member."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column


def _ward() -> sa.ForeignKey:
    return sa.ForeignKey("core_ward.code", ondelete="CASCADE")


class Neighbourhood(Base):
    """What the police call a ward, and when its priorities were last read. Their names change, so it is kept anew."""

    __tablename__ = "police_links_neighbourhood"
    ward_code: Mapped[str] = mapped_column(_ward(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    read_on: Mapped[date]


class Priority(Base):
    """What a ward's officers say they work on, as plain words. Days as the police gave them, or none."""

    __tablename__ = "police_links_priority"
    id: Mapped[str] = id_column()
    ward_code: Mapped[str] = mapped_column(_ward(), index=True)
    issue: Mapped[str] = mapped_column(sa.String(1000))
    issued_on: Mapped[date | None]
    action: Mapped[str] = mapped_column(sa.String(1000), default="")
    acted_on: Mapped[date | None]


class CrimeCount(Base):
    """How many reports of a kind a ward had in a month (`YYYY-MM`), as data.police.uk published them."""

    __tablename__ = "police_links_crime_count"
    ward_code: Mapped[str] = mapped_column(_ward(), primary_key=True)
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    category: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    count: Mapped[int]
