"""Tables of this room: what is trusted of a neighbour, what it says of itself, how each of its alerts stands."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime

WAITING, SHOWN, REFUSED = "waiting", "shown", "refused"


class Trust(Base):
    """What an admin decided about one neighbour; None where the settings for all neighbours hold."""

    __tablename__ = "federation_trust"
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"), primary_key=True)
    shown: Mapped[str | None] = mapped_column(sa.Text)  # all, none, or categories; see trust.rules
    floor: Mapped[str | None] = mapped_column(sa.String(20))
    accepts: Mapped[str | None] = mapped_column(sa.String(40))


class Policy(Base):
    """What a neighbour says, under its signature, of how it verifies its members; as it came."""

    __tablename__ = "federation_policy"
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"), primary_key=True)
    document: Mapped[str] = mapped_column(sa.Text)
    level: Mapped[str] = mapped_column(sa.String(20))
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    fetched_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Standing(Base):
    """How a neighbour's alert stands here. `is_looked_at`: a person decided, or a rule that a person made did."""

    __tablename__ = "federation_standing"
    alert_row: Mapped[str] = mapped_column(
        sa.ForeignKey("federation_remote_alert.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(sa.String(8), index=True)  # waiting, shown, refused
    reason: Mapped[str] = mapped_column(sa.String(12))  # why it waits: see trust.rules
    tlp: Mapped[str] = mapped_column(sa.String(12))
    level: Mapped[str] = mapped_column(sa.String(20))
    is_looked_at: Mapped[bool] = mapped_column(default=False)
    was_shown: Mapped[bool] = mapped_column(default=False)  # some revision is on the boards
    shows_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)  # an urgent one waits no longer
