"""Tables of the police pages: doors that someone edited, contact sessions, their bookings, and requests for one.

No row says when a member did something. A session says on which day it was last changed, because calendar
programs ask for it.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column
from core.models import member_key
from plugins.police_links.police_data import models as data_models  # noqa: F401  # tables of the same schema
from plugins.police_links.questions import models as question_models  # noqa: F401  # tables of the same schema


def _ward_key() -> Mapped[str]:
    return mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), index=True)


class Door(Base):
    """A door as someone here has set it, for one ward or (under the borough's own code) for all of them.

    A door without a row is shown as `directory.json` ships it.
    """

    __tablename__ = "police_links_door"
    __table_args__ = (sa.UniqueConstraint("ward_code", "kind"),)
    id: Mapped[str] = id_column()
    ward_code: Mapped[str] = _ward_key()
    kind: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(80))
    url: Mapped[str | None] = mapped_column(sa.String(500))
    is_for: Mapped[str] = mapped_column(sa.String(500))
    not_for: Mapped[str] = mapped_column(sa.String(500))
    hours: Mapped[str] = mapped_column(sa.String(200), default="")
    source: Mapped[str] = mapped_column(sa.String(300), default="")
    last_checked_on: Mapped[date | None]


class ContactSession(Base):
    """A meeting with the ward's officers. `state` is `open` or `cancelled`; `sequence` counts its changes."""

    __tablename__ = "police_links_session"
    id: Mapped[str] = id_column()
    ward_code: Mapped[str] = _ward_key()
    title: Mapped[str] = mapped_column(sa.String(120))
    place: Mapped[str] = mapped_column(sa.String(200))
    details: Mapped[str] = mapped_column(sa.String(1000), default="")
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    capacity: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10), default="open")
    cancel_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    sequence: Mapped[int] = mapped_column(default=0)
    published_by_role: Mapped[str] = mapped_column(sa.String(20))
    revised_on: Mapped[date]
    is_reminded: Mapped[bool] = mapped_column(default=False)


class Booking(Base):
    """One place at a contact session. Goes with its member, and the place is free again."""

    __tablename__ = "police_links_booking"
    __table_args__ = (sa.UniqueConstraint("session_id", "member_id"),)
    id: Mapped[str] = id_column()
    session_id: Mapped[str] = mapped_column(sa.ForeignKey("police_links_session.id", ondelete="CASCADE"))
    member_id: Mapped[str] = member_key()
    cancel_token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)


class SessionRequest(Base):
    """A member asks the ward's team for a session. Officers see what suits and what about, never who."""

    __tablename__ = "police_links_request"
    __table_args__ = (sa.UniqueConstraint("ward_code", "member_id"),)
    id: Mapped[str] = id_column()
    ward_code: Mapped[str] = _ward_key()
    member_id: Mapped[str] = member_key()
    suits: Mapped[str] = mapped_column(sa.String(20))
    about: Mapped[str] = mapped_column(sa.String(200), default="")
    requested_on: Mapped[date]
