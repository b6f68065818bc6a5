"""Tables of credentials: keys of coming weeks, who has a voice in which, sealed cards, and the published chain.

No row has a time, and no table a rowid: neither says in which order members were here.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base

BLOB_BYTES = 8192
KEEPS = ("device", "card", "none")


class EpochKey(Base):
    """The key of one week and board. `sealed_private` is emptied when the week begins; `issued` counts its voices."""

    __tablename__ = "anonymity_epoch_key"
    epoch: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    scope: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code"), primary_key=True)
    spki: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sealed_private: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    # How many were verified here when the key was made.
    eligible: Mapped[int]
    issued: Mapped[int] = mapped_column(default=0)
    __table_args__ = {"sqlite_with_rowid": False}


class Issuance(Base):
    """A member has their one voice for a coming week and board. Deleted when the week begins.

    The hash (keyed) lets them ask for the same answer again, should it have been lost on its way.
    """

    __tablename__ = "anonymity_issuance"
    epoch: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    scope: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code"), primary_key=True)
    member_id: Mapped[str] = mapped_column(
        sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    blinded_hash: Mapped[str] = mapped_column(sa.String(32))
    __table_args__ = {"sqlite_with_rowid": False}


class VoiceVault(Base):
    """What a member's browser sealed under their card, as it came: we cannot open it. Always of one size."""

    __tablename__ = "anonymity_vault"
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True)
    blob: Mapped[bytes] = mapped_column(sa.LargeBinary)
    __table_args__ = {"sqlite_with_rowid": False}


class VoiceChoice(Base):
    """Where a member wants their voices kept: on the device, on the card only, or that they take no part."""

    __tablename__ = "anonymity_voice_choice"
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True)
    keep: Mapped[str] = mapped_column(sa.String(6))
    __table_args__ = (
        sa.CheckConstraint("keep IN ('device', 'card', 'none')", name="keep"),
        {"sqlite_with_rowid": False},
    )


class ManifestEntry(Base):
    """One entry of the published chain: a key was made, or its week began with so many voices. Never changed."""

    __tablename__ = "anonymity_manifest_entry"
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(sa.String(8))
    scope: Mapped[str] = mapped_column(sa.String(9))
    spki_sha256: Mapped[str] = mapped_column(sa.String(64))
    issued: Mapped[int | None]
    previous: Mapped[str] = mapped_column(sa.String(64))
    __table_args__ = {"sqlite_with_rowid": False}
