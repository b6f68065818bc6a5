"""Federation's tables: neighbours, what goes out to them, what came in. No person is in any of them.

Times here are times of instances, never of people.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column
from federation.public import models as public_models  # noqa: F401  # tables of the same schema
from federation.repair import models as repair_models  # noqa: F401
from federation.trust import models as trust_models  # noqa: F401

STATES = ("proposed", "received", "awaiting_confirmation", "verified", "suspended", "revoked")


class Peer(Base):
    """A neighbouring instance: who it says it is, its pinned key, how far the ceremony got, how sending goes."""

    __tablename__ = "federation_peer"
    id: Mapped[str] = id_column()
    instance_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    base_url: Mapped[str] = mapped_column(sa.String(300), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    area: Mapped[str] = mapped_column(sa.String(9))
    state: Mapped[str] = mapped_column(sa.String(24), index=True)
    peering_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    message: Mapped[str] = mapped_column(sa.String(1000), default="")
    problem_text: Mapped[str] = mapped_column(sa.String(300), default="")
    # Their keys, as base64url of 32 bytes, and the thumbprint promised for the next one.
    key: Mapped[str] = mapped_column(sa.String(43))
    thumbprint: Mapped[str] = mapped_column(sa.String(43), index=True)
    next_thumbprint: Mapped[str] = mapped_column(sa.String(43))
    previous_key: Mapped[str | None] = mapped_column(sa.String(43))
    previous_thumbprint: Mapped[str | None] = mapped_column(sa.String(43), index=True)
    previous_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Which of our keys they know us by.
    our_thumbprint: Mapped[str] = mapped_column(sa.String(43))
    # The ceremony.
    we_confirmed: Mapped[bool] = mapped_column(default=False)
    they_confirmed: Mapped[bool] = mapped_column(default=False)
    stopped_by_them: Mapped[bool] = mapped_column(default=False)
    notice: Mapped[str | None] = mapped_column(sa.String(24))
    proposal_ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Sending: health, pauses, and who is at it (lease and fencing token).
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(sa.String(40))
    down_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    lease_until: Mapped[datetime] = mapped_column(UTCDateTime)
    lease_token: Mapped[str | None] = mapped_column(sa.String(32))
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Receiving.
    heard_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Mirror(Base):
    """A document that a neighbour publishes, as we show it; and whether they show ours as we publish it."""

    __tablename__ = "federation_mirror"
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    fetched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_same: Mapped[bool] = mapped_column(default=False)


class Outgoing(Base):
    """One revision of an own alert that at least one neighbour may get, as JSON of `AlertSnapshot`."""

    __tablename__ = "federation_outgoing"
    alert_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(sa.String(10))
    audience: Mapped[str] = mapped_column(sa.Text)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    snapshot: Mapped[str] = mapped_column(sa.Text)


class Delivery(Base):
    """One revision on its way to one neighbour; `kind` is Create, Update, Cancel or Delete (a recall)."""

    __tablename__ = "federation_delivery"
    id: Mapped[str] = id_column()
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"))
    alert_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    revision: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(8))
    sequence: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))  # pending, acknowledged, dead
    outcome: Mapped[str | None] = mapped_column(sa.String(40))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    gives_up_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        sa.UniqueConstraint("peer_id", "alert_id", "revision", "kind"),
        sa.Index("ix_federation_delivery_peer_state_sequence", "peer_id", "state", "sequence"),
        sa.ForeignKeyConstraint(
            ["alert_id", "revision"],
            ["federation_outgoing.alert_id", "federation_outgoing.revision"],
            ondelete="CASCADE",
            name="fk_federation_delivery_outgoing",
        ),
    )


class RemoteAlert(Base):
    """A neighbour's alert at its newest revision; a tombstone when it was recalled (no text is left)."""

    __tablename__ = "federation_remote_alert"
    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)  # names origin and alert together
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"), index=True)
    alert_id: Mapped[str] = mapped_column(sa.String(64))
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))  # active, cancelled, recalled
    scope: Mapped[str] = mapped_column(sa.String(12))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    snapshot: Mapped[str] = mapped_column(sa.Text)
    activity: Mapped[str] = mapped_column(sa.Text)  # as received, with its proof
    __table_args__ = (sa.UniqueConstraint("peer_id", "alert_id"),)


class Nonce(Base):
    """A nonce a neighbour has used; kept until its signature could no longer be accepted anyway."""

    __tablename__ = "federation_nonce"
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"), primary_key=True)
    nonce: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class Refusal(Base):
    """Something a verified neighbour sent that we could not take in, shortened, for the admin to look at."""

    __tablename__ = "federation_refusal"
    id: Mapped[str] = id_column()
    peer_id: Mapped[str] = mapped_column(sa.ForeignKey("federation_peer.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(sa.String(40))
    content: Mapped[str] = mapped_column(sa.Text)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
