"""Tables of the alerts. No column says which member issued one: role and ward are enough."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column

LOCAL_ID = re.compile(r"[0-9a-f]{32}")
"""What our ids look like; nothing else is looked up."""

OWN = ""
"""The `origin` of alerts issued here."""


class Alert(Base):
    """An alert as it stands now: ours (`origin` is empty) or a neighbour's (its peer id).

    `alert_id` is the origin's name for it and unique there only; `id` is ours and appears in addresses.
    Whether it has expired is never stored: `expires` and the clock say it.
    """

    __tablename__ = "ward_boards_alert"
    __table_args__ = (
        sa.UniqueConstraint("origin", "alert_id"),
        sa.CheckConstraint("state IN ('active', 'cancelled')", name="known_state"),
        sa.CheckConstraint("revision >= 1", name="positive_revision"),
    )
    id: Mapped[str] = id_column()
    origin: Mapped[str] = mapped_column(sa.String(200), default=OWN)
    origin_name: Mapped[str] = mapped_column(sa.String(120), default="")
    alert_id: Mapped[str] = mapped_column(sa.String(200))
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(sa.String(10), default="active")
    headline: Mapped[str] = mapped_column(sa.String(160))
    description: Mapped[str] = mapped_column(sa.Text)
    instruction: Mapped[str] = mapped_column(sa.Text, default="")
    category: Mapped[str] = mapped_column(sa.String(20))
    event: Mapped[str] = mapped_column(sa.String(80))
    severity: Mapped[str] = mapped_column(sa.String(10))
    severity_rank: Mapped[int]
    urgency: Mapped[str] = mapped_column(sa.String(10))
    certainty: Mapped[str] = mapped_column(sa.String(10))
    onset: Mapped[datetime] = mapped_column(UTCDateTime)
    sent: Mapped[datetime] = mapped_column(UTCDateTime)
    expires: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    audience: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    issuer_role: Mapped[str] = mapped_column(sa.String(20), default="")
    issuer_ward: Mapped[str] = mapped_column(sa.String(9), default="")
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AlertArea(Base):
    """One ward (or the whole borough) an alert is about, by GSS code."""

    __tablename__ = "ward_boards_alert_area"
    alert_row: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_alert.id", ondelete="CASCADE"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(sa.String(9), primary_key=True, index=True)


class AlertRevision(Base):
    """One message in the life of an alert, as it was sent: the whole snapshot, and who sent it by role."""

    __tablename__ = "ward_boards_alert_revision"
    alert_row: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_alert.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(sa.String(10))
    sent: Mapped[datetime] = mapped_column(UTCDateTime)
    issuer_role: Mapped[str] = mapped_column(sa.String(20), default="")
    issuer_ward: Mapped[str] = mapped_column(sa.String(9), default="")
    snapshot: Mapped[str] = mapped_column(sa.Text)


class BlockedOrigin(Base):
    """What a neighbour sent until this moment must not be shown; what it sends after it is trusted again may."""

    __tablename__ = "ward_boards_alert_block"
    origin: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    blocked_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AlertProposal(Base):
    """An urgent alert that waits for a second person, because its area has had enough of them for now.

    What it says, and who proposed it (so that they can be told), is sealed; the row lives for two days at most. That
    nobody confirms their own is kept by the database too, on keyed hashes that are worth nothing anywhere else.
    """

    __tablename__ = "ward_boards_alert_proposal"
    id: Mapped[str] = id_column()
    alert_row: Mapped[str | None] = mapped_column(sa.ForeignKey("ward_boards_alert.id", ondelete="CASCADE"))
    revision: Mapped[int | None]
    sealed: Mapped[str] = mapped_column(sa.Text)
    proposer_hash: Mapped[str] = mapped_column(sa.String(64))
    confirmer_hash: Mapped[str | None] = mapped_column(sa.String(64))
    until_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        sa.CheckConstraint("(alert_row IS NULL) = (revision IS NULL)", name="update_of_a_revision"),
        sa.CheckConstraint("confirmer_hash IS NULL OR confirmer_hash <> proposer_hash", name="four_eyes"),
        {"sqlite_with_rowid": False},
    )
