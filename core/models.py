"""Core's tables. Plugins may point at them; they point at nothing of a plugin.

No column holds a time of a member's doings finer than a day.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column


def member_key(*, keep_row: bool = False, nullable: bool = False) -> Mapped[str]:
    """Return a column pointing at a member; the row goes with them, or with `keep_row` only lets go."""
    rule = "SET NULL" if keep_row else "CASCADE"
    return mapped_column(sa.ForeignKey("core_member.id", ondelete=rule), nullable=keep_row or nullable, index=True)


class Member(Base, UserMixin):
    """An account: an alias and an e-mail address. There is no column for a real name."""

    __tablename__ = "core_member"
    id: Mapped[str] = id_column()  # type: ignore[assignment]  # the mixin expects numbers; ours are random texts
    alias: Mapped[str] = mapped_column(sa.String(40), unique=True)
    alias_changes: Mapped[int] = mapped_column(default=0)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    locale: Mapped[str] = mapped_column(sa.String(10), default="en")
    disguise: Mapped[str] = mapped_column(sa.String(16), default="", server_default="")
    joined_on: Mapped[date]
    # What Flask-Security keeps for second factors.
    tf_totp_secret: Mapped[str | None] = mapped_column(sa.String(255))
    tf_primary_method: Mapped[str | None] = mapped_column(sa.String(64))
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(sa.JSON))

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]  # nothing may write it
        """Empty: rights come from grants and memberships, never from Flask-Security's roles."""
        return []


class Ward(Base):
    """A ward of this borough, or the borough itself (`kind` is `ward` or `borough`), by GSS code.

    `name` is today's. With `ended_on` it is a ward no more since that day; what was written there keeps pointing at it.
    """

    __tablename__ = "core_ward"
    code: Mapped[str] = mapped_column(sa.String(9), primary_key=True)
    borough_code: Mapped[str] = mapped_column(sa.String(9), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[str] = mapped_column(sa.String(8), default="ward")
    boundary: Mapped[str | None] = mapped_column(sa.Text)
    ended_on: Mapped[date | None]


class WardName(Base):
    """What a ward has been called from a day on. Without a row it has always had the name it has now."""

    __tablename__ = "core_ward_name"
    code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    __table_args__ = {"sqlite_with_rowid": False}


class WardChange(Base):
    """Where a ward went at a boundary review: a row for each successor, with its part of the old ward if that is known.

    A ward that only got a new name succeeds itself. One that left the borough is succeeded by the borough.
    """

    __tablename__ = "core_ward_change"
    old_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    new_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(6))
    share_permille: Mapped[int | None]
    __table_args__ = (
        sa.CheckConstraint("kind IN ('rename', 'split', 'merge', 'end')", name="kind"),
        {"sqlite_with_rowid": False},
    )


class Postcode(Base):
    """One residential postcode and its ward. Holds places, never people: nothing points here."""

    __tablename__ = "core_postcode"
    postcode: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    ward_code: Mapped[str | None] = mapped_column(sa.String(9), index=True)
    refusal: Mapped[str | None] = mapped_column(sa.String(20))
    source: Mapped[str] = mapped_column(sa.String(40))
    # Which product decided, and whether it named the ward or only a point near the outline of one.
    product: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    is_nearest: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    __table_args__ = {"sqlite_with_rowid": False}


class PostcodeOverride(Base):
    """What an admin says of one postcode, over every directory: its ward, or (null) that nobody lives there."""

    __tablename__ = "core_postcode_override"
    postcode: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    ward_code: Mapped[str | None] = mapped_column(sa.ForeignKey("core_ward.code"))
    set_on: Mapped[date]


class Membership(Base):
    """A member is verified: for which home ward, at which level, how, since and until which day."""

    __tablename__ = "core_membership"
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code"), index=True)
    # `reader` reads the boards, `verified` writes too.
    level: Mapped[str] = mapped_column(sa.String(10), default="verified", server_default="verified")
    method: Mapped[str] = mapped_column(sa.String(40))
    verified_on: Mapped[date]
    until_on: Mapped[date]
    # The shortest notice of the end that was given, in days; none yet when empty.
    reminded_days: Mapped[int | None]
    # Their ward was split and we keep no address: `ward_code` is its largest part until they say otherwise.
    split_from: Mapped[str | None] = mapped_column(sa.String(9))
    __table_args__ = (sa.CheckConstraint("level IN ('verified', 'reader')", name="level"),)


class RoleGrant(Base):
    """A role given to a member, for one ward or (ward_code null) everywhere."""

    __tablename__ = "core_role_grant"
    id: Mapped[str] = id_column()
    member_id: Mapped[str] = member_key()
    role: Mapped[str] = mapped_column(sa.String(20))
    ward_code: Mapped[str | None] = mapped_column(sa.ForeignKey("core_ward.code"))
    granted_on: Mapped[date]


class Proposal(Base):
    """One person asks for a role for a member, or that their second factor is reset; another must confirm it.

    The row lives until it is confirmed, turned down or lapsed; what happened is in the audit chain. The database
    itself refuses that one who proposed it, or whom it concerns, confirms it.
    """

    __tablename__ = "core_proposal"
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(20))
    member_id: Mapped[str] = member_key()
    role: Mapped[str | None] = mapped_column(sa.String(20))
    ward_code: Mapped[str | None] = mapped_column(sa.ForeignKey("core_ward.code"))
    reason: Mapped[str | None] = mapped_column(sa.String(200))
    proposed_by: Mapped[str | None] = member_key(nullable=True)
    proposed_on: Mapped[date]
    until_on: Mapped[date]
    confirmed_by: Mapped[str | None] = member_key(nullable=True)
    __table_args__ = (
        sa.CheckConstraint("kind IN ('grant', 'reset_second_factor')", name="kind"),
        sa.CheckConstraint("(kind = 'grant') = (role IS NOT NULL)", name="role"),
        sa.CheckConstraint("proposed_by <> member_id", name="not_for_oneself"),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR "
            "(proposed_by IS NOT NULL AND confirmed_by <> proposed_by AND confirmed_by <> member_id)",
            name="four_eyes",
        ),
    )


class WardFollow(Base):
    """A member wants to hear of a ward besides their own."""

    __tablename__ = "core_ward_follow"
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code"), primary_key=True)


class TopicFollow(Base):
    """A member wants to hear of one thing, like a thread.

    The hash finds those to tell, the sealed topic tells the member what they follow; both need a key that is not in
    the database, so that whoever takes the database does not learn what anybody follows.
    """

    __tablename__ = "core_topic_follow"
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True)
    topic_hash: Mapped[str] = mapped_column(sa.String(32), primary_key=True, index=True)
    sealed: Mapped[str] = mapped_column(sa.Text)
    __table_args__ = {"sqlite_with_rowid": False}


class NoticeChoice(Base):
    """How a member wants to be told. Without a row the defaults hold; hours are those of London."""

    __tablename__ = "core_notice_choice"
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True)
    least: Mapped[str] = mapped_column(sa.String(10))
    rhythm: Mapped[str] = mapped_column(sa.String(8))
    digest_hour: Mapped[int]
    digest_weekday: Mapped[int]
    # The same hour twice means no quiet hours.
    quiet_from: Mapped[int]
    quiet_until: Mapped[int]
    urgent_in_quiet: Mapped[bool]
    by_mail: Mapped[bool]
    by_web: Mapped[bool]
    letters: Mapped[bool]
    with_titles: Mapped[bool]


class WaitingNote(Base):
    """A note that waits until quiet hours are over or for the next digest; `due_at` is that moment, of no doing."""

    __tablename__ = "core_waiting_note"
    id: Mapped[str] = id_column()
    member_id: Mapped[str] = member_key()
    sealed: Mapped[str] = mapped_column(sa.Text)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    __table_args__ = {"sqlite_with_rowid": False}


class Notice(Base):
    """A note on a member's own page; gone after thirty days. The text is sealed, for it may lead to a thread."""

    __tablename__ = "core_notice"
    id: Mapped[str] = id_column()
    member_id: Mapped[str] = member_key()
    sealed: Mapped[str] = mapped_column(sa.Text)
    noticed_on: Mapped[date] = mapped_column(index=True)
    is_read: Mapped[bool] = mapped_column(default=False)
    __table_args__ = {"sqlite_with_rowid": False}


class PushSubscription(Base):
    """A browser of a member that wants a knock, which carries no words. `due_at` is set while one is to be sent."""

    __tablename__ = "core_push_subscription"
    id: Mapped[str] = id_column()
    member_id: Mapped[str] = member_key()
    endpoint_hash: Mapped[str] = mapped_column(sa.String(32), unique=True)
    sealed: Mapped[str] = mapped_column(sa.Text)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    fails: Mapped[int] = mapped_column(default=0)
    __table_args__ = {"sqlite_with_rowid": False}


class Token(Base):
    """An API token: the hash of it, whose it is, what it may do and until when."""

    __tablename__ = "core_token"
    id: Mapped[str] = id_column()
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    member_id: Mapped[str] = member_key()
    scopes: Mapped[str] = mapped_column(sa.String(200))
    expires_on: Mapped[date]


class AuditEntry(Base):
    """One link of the audit chain. The actor is a keyed hash; the day is all the time there is."""

    __tablename__ = "core_audit_entry"
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recorded_on: Mapped[date]
    actor: Mapped[str] = mapped_column(sa.String(32))
    verb: Mapped[str] = mapped_column(sa.String(60))
    subject: Mapped[str] = mapped_column(sa.String(120))
    reason: Mapped[str] = mapped_column(sa.String(500))
    previous_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)


class Blob(Base):
    """A sealed file in the store, owned by a plugin and perhaps a member; `area` is `files` or `vault`.

    When the row goes with its member the file is an orphan, which the sweep deletes.
    """

    __tablename__ = "core_blob"
    id: Mapped[str] = id_column()
    owner: Mapped[str] = mapped_column(sa.String(40), index=True)
    member_id: Mapped[str | None] = member_key(nullable=True)
    size_bytes: Mapped[int]
    delete_from_on: Mapped[date | None]
    area: Mapped[str] = mapped_column(sa.String(8), default="files", server_default="files")


class EventRecord(Base):
    """A fact that some subscriber has not dealt with yet; deleted when all have."""

    __tablename__ = "core_event"
    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(60))
    payload: Mapped[str] = mapped_column(sa.Text)
    sequence: Mapped[int] = mapped_column(index=True)


class Receipt(Base):
    """One subscriber's outstanding work on one event."""

    __tablename__ = "core_receipt"
    event_id: Mapped[str] = mapped_column(sa.ForeignKey("core_event.id", ondelete="CASCADE"), primary_key=True)
    subscriber: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    problem: Mapped[str | None] = mapped_column(sa.String(300))


class Mail(Base):
    """A message waiting to be sent; the row is deleted once the mail server has taken it."""

    __tablename__ = "core_mail"
    id: Mapped[str] = id_column()
    recipient: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(200))
    text: Mapped[str] = mapped_column(sa.Text)
    headers: Mapped[str] = mapped_column(sa.Text, default="{}")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class JobRun(Base):
    """When a regular job is due next, and who holds it until when."""

    __tablename__ = "core_job"
    name: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    leased_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    problem: Mapped[str | None] = mapped_column(sa.String(300))
