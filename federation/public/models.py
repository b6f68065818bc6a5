"""Tables of the public side: who follows, which servers they are on, what was published, what is on its way.

Followers are accounts on other servers; of each only its name and where its messages go is kept.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column


class Host(Base):
    """A server that followers are on: how sending to it goes, which signature it takes, who is at it."""

    __tablename__ = "federation_public_host"
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    cavage_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(sa.String(40))
    down_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    lease_until: Mapped[datetime] = mapped_column(UTCDateTime)
    lease_token: Mapped[str | None] = mapped_column(sa.String(32))


class Follower(Base):
    """An account elsewhere that wants our public alerts."""

    __tablename__ = "federation_public_follower"
    id: Mapped[str] = id_column()
    actor_id: Mapped[str] = mapped_column(sa.String(500), unique=True)
    inbox: Mapped[str] = mapped_column(sa.String(500), index=True)
    host_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_public_host.id", ondelete="CASCADE"), index=True)
    gone_since: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PublicNote(Base):
    """An alert everybody may read, at its newest revision; no text is left of one that is gone."""

    __tablename__ = "federation_public_note"
    alert_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))  # active, cancelled, gone
    snapshot: Mapped[str] = mapped_column(sa.Text)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class PublicActivity(Base):
    """One message as it goes out, with its proof; without an alert it answers one follower and is not public."""

    __tablename__ = "federation_public_activity"
    id: Mapped[str] = id_column()
    alert_id: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    kind: Mapped[str] = mapped_column(sa.String(8))  # Accept, Create, Update, Cancel, Delete
    sequence: Mapped[int] = mapped_column(index=True)
    content: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PublicDelivery(Base):
    """One message on its way to one inbox, which many followers may share."""

    __tablename__ = "federation_public_delivery"
    id: Mapped[str] = id_column()
    activity_id: Mapped[str] = mapped_column(
        # PostgreSQL allows names of 63 characters.
        sa.ForeignKey(
            "federation_public_activity.id", ondelete="CASCADE", name="fk_federation_public_delivery_activity"
        ),
        index=True,
    )
    host_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_public_host.id", ondelete="CASCADE"))
    inbox: Mapped[str] = mapped_column(sa.String(500))
    state: Mapped[str] = mapped_column(sa.String(12))  # pending, acknowledged, dead
    outcome: Mapped[str | None] = mapped_column(sa.String(40))
    attempts: Mapped[int] = mapped_column(default=0)
    gives_up_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        sa.UniqueConstraint("activity_id", "inbox"),
        sa.Index("ix_federation_public_delivery_host_id_state", "host_id", "state"),
    )


class UsedSignature(Base):
    """The digest of a signature that was used; kept until it could no longer be accepted anyway."""

    __tablename__ = "federation_public_signature"
    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
