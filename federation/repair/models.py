"""Tables of this room: which life of the database this is, how far we have read, and numbers of sightings."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime


class Epoch(Base):
    """One row: the name of this life of the database, and a count that a file beside it holds too."""

    __tablename__ = "federation_epoch"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(sa.String(32))
    beat: Mapped[int]
    restored_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Cursor(Base):
    """How far we have read a neighbour's outbox; `cursor` is its own text, and means something there only."""

    __tablename__ = "federation_cursor"
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"), primary_key=True)
    cursor: Mapped[str] = mapped_column(sa.String(500), default="")
    epoch: Mapped[str] = mapped_column(sa.String(32), default="")
    is_due: Mapped[bool] = mapped_column(default=True)
    pulled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    compared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    newer_there: Mapped[int] = mapped_column(default=0)  # our alerts of which they hold a version we have lost


class Quota(Base):
    """How many alerts and changes of alerts a neighbour has sent on one day."""

    __tablename__ = "federation_quota"
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    taken: Mapped[int] = mapped_column(default=0)
    pulled: Mapped[int] = mapped_column(default=0)
    is_told: Mapped[bool] = mapped_column(default=False)


class Sighting(Base):
    """That somebody here has seen what a neighbour's alert tells of: a keyed hash, no member and no time."""

    __tablename__ = "federation_sighting"
    alert_row: Mapped[str] = mapped_column(
        sa.ForeignKey("federation_remote_alert.id", ondelete="CASCADE"), primary_key=True
    )
    mark: Mapped[str] = mapped_column(sa.String(32), primary_key=True)


class SightingsSent(Base):
    """The number that the origin was told last, and when; times of servers."""

    __tablename__ = "federation_sightings_sent"
    alert_row: Mapped[str] = mapped_column(
        sa.ForeignKey("federation_remote_alert.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SightingsThere(Base):
    """How many at one neighbour say that they have seen what an own alert tells of."""

    __tablename__ = "federation_sightings_there"
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"), primary_key=True)
    alert_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    number: Mapped[int]
    heard_at: Mapped[datetime] = mapped_column(UTCDateTime)
