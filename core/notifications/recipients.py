"""Who is concerned: by home ward, followed ward or followed topic, each once, with how they want to be told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import now
from core.instance import instance
from core.models import Member, Membership, NoticeChoice, RoleGrant, TopicFollow, WardFollow
from core.notifications import choices
from core.notifications.following import topic_hash
from core.notifications.timing import Choice

WARD = "ward:"


@dataclass(frozen=True)
class Recipient:
    """A member to be told: where, how, and the login that links in the mail hang on."""

    member_id: str
    email: str
    login: str
    choice: Choice


def concerned(db: Session, topics: Collection[str], leave_out: Collection[str] = ()) -> list[Recipient]:
    """Return each member once whom one of these topics concerns, sorted by address.

    `ward:<code>` concerns those verified there or anywhere who follow it; the borough's own code every verified one.
    Other topics concern those who follow them, as long as they are verified or hold a role.
    """
    codes = {topic.removeprefix(WARD) for topic in topics if topic.startswith(WARD)}
    hashes = {topic_hash(topic) for topic in topics if not topic.startswith(WARD)}
    ways = []
    if codes:
        ways.append(_standing() & _in_wards(codes))
    if hashes:
        theirs = sa.select(TopicFollow.member_id).where(TopicFollow.topic_hash.in_(hashes))
        ways.append(reads_boards() & Member.id.in_(theirs))
    if not ways:
        return []
    statement = _people().where(sa.or_(*ways)).order_by(Member.email)
    if leave_out:
        statement = statement.where(Member.id.not_in(set(leave_out)))
    return [_recipient(row) for row in db.execute(statement)]


def one(db: Session, member_id: str) -> Recipient | None:
    """Return a member as a recipient, or None when the account is closed or may read the boards no more."""
    row = db.execute(_people().where(Member.id == member_id, reads_boards())).one_or_none()
    return None if row is None else _recipient(row)


def reads_boards() -> sa.ColumnElement[bool]:
    """Return the condition that a member's verification stands, or that they hold a role."""
    return _standing() | Member.id.in_(sa.select(RoleGrant.member_id))


def _standing() -> sa.ColumnElement[bool]:
    return Membership.until_on >= now().date()


def _in_wards(codes: set[str]) -> sa.ColumnElement[bool]:
    if instance().config.borough in codes:
        return sa.true()
    follows = sa.select(WardFollow.member_id).where(WardFollow.ward_code.in_(codes))
    return Membership.ward_code.in_(codes) | Member.id.in_(follows)


def _people() -> sa.Select[Any]:
    return (
        sa.select(Member.id, Member.email, Member.fs_uniquifier, *choices.COLUMNS)
        .outerjoin(Membership, Membership.member_id == Member.id)
        .outerjoin(NoticeChoice, NoticeChoice.member_id == Member.id)
        .where(Member.active)
    )


def _recipient(row: Any) -> Recipient:
    return Recipient(row.id, row.email, row.fs_uniquifier, choices.of_row(row))
