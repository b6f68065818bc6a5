"""The end of being verified, by time: two letters before it, and the day it is over.

Alias, posts and roles stay: an officer need not live here, and a coordinator's role is the admin's to take.
Each letter is marked in the transaction that queues it, so it goes once, however often or late the job runs.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import event_log, notifications
from core.database import reading, transaction
from core.events import MembershipLapsed
from core.members import REMINDER_DAYS
from core.models import Membership

PATH = "/account"


def look(now: datetime) -> None:
    """Do what is due today: reminders, then ends. Each member is a transaction of their own."""
    today = now.date()
    # The shortest first: when both are due because we were late, only the more urgent one is sent.
    for days in sorted(REMINDER_DAYS):
        for member_id in _due(_ends_within(today, days), Membership.until_on >= today):
            with transaction() as db:
                remind(db, member_id, days, today)
    for member_id in _due(Membership.until_on < today):
        with transaction() as db:
            expire(db, member_id, today)


def _due(*which: sa.ColumnElement[bool]) -> list[str]:
    with reading() as db:
        return list(db.scalars(sa.select(Membership.member_id).where(*which)))


def _ends_within(today: date, days: int) -> sa.ColumnElement[bool]:
    not_yet = sa.or_(Membership.reminded_days.is_(None), Membership.reminded_days > days)
    return sa.and_(Membership.until_on <= today + timedelta(days=days), not_yet)


def remind(db: Session, member_id: str, days: int, today: date) -> bool:
    """Tell a member once that the end is at most so many days away; return whether a mail was queued.

    Somebody who was verified for less time than that is not told at once that it ends.
    """
    row = db.scalar(sa.select(Membership).where(Membership.member_id == member_id).with_for_update())
    due = _ends_within(today, days)
    marked = sa.update(Membership).where(Membership.member_id == member_id, due).values(reminded_days=days)
    if row is None or not db.execute(marked).rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        return False
    if (row.until_on - row.verified_on).days <= days:
        return False
    left = (row.until_on - today).days
    when = _("today") if left == 0 else _("tomorrow") if left == 1 else _("in %(days)s days", days=left)
    text = _("What you showed us a while ago holds for a certain time. Yours ends %(when)s.", when=when)
    what = _("Sign in to renew it. If you have done so already, you need do nothing more.")
    return notifications.tell_member(db, member_id, _("Please renew soon"), f"{text} {what}", PATH)


def expire(db: Session, member_id: str, today: date) -> bool:
    """End a verification whose last day is over, and say so; False when it was renewed or ended meanwhile."""
    over = sa.delete(Membership).where(Membership.member_id == member_id, Membership.until_on < today)
    if not db.execute(over).rowcount:  # type: ignore[attr-defined]  # CursorResult of a DELETE
        return False
    event_log.append(db, MembershipLapsed(member_id=member_id))
    text = _(
        "What you showed us has run out. You can still read public notices. Your alias and posts stay as they are."
    )
    what = _("To write again, sign in and renew it.")
    notifications.tell_member(db, member_id, _("Time to renew"), f"{text} {what}", PATH)
    return True
