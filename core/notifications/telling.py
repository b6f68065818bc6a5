"""Telling: to whom a note goes, by which way and when. All in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import mail, permissions
from core.contributions import LEVELS, Viewer
from core.database import new_id, now
from core.instance import instance
from core.models import Member, Membership, Notice, PushSubscription, RoleGrant, WaitingNote
from core.notifications import composing, following
from core.notifications.notes import LETTER, Note, seal
from core.notifications.recipients import WARD, Recipient, concerned
from core.notifications.timing import due_at

BEHIND_THE_LINK = "You may have to sign in to read it."


def tell(
    db: Session,
    topics: Collection[str],
    note: Note,
    *,
    leave_out: Collection[str] = (),
    only_if: Callable[[Viewer], bool] | None = None,
) -> int:
    """Tell each member once whom these topics concern, the way they chose; return how many.

    A topic is `ward:<code>` or `<plugin>.<noun>:<id>`. `leave_out` are member ids. `only_if` is asked for each one
    with their rights of now. At once, after quiet hours or with the next digest; rolls back with the transaction.

    Raises:
        core.mail.TellingSubject: the subject is not neutral; a bug of the caller.
    """
    mail.require_neutral(note.subject)
    moment = now()
    told = 0
    for to in concerned(db, topics, leave_out):
        if only_if is None or only_if(permissions.viewer_of(db, to.member_id)):
            told += _give(db, to, note, moment)
    db.flush()
    return told


def _give(db: Session, to: Recipient, note: Note, moment: datetime) -> bool:
    due = due_at(to.choice, note, moment)
    if due is None:
        return False
    if note.kind == LETTER:
        subject, text, headers = composing.one(to, note, {})
        mail.queue(db, to.email, subject, text, headers, due_at=due)
        return True
    if to.choice.by_web:
        db.add(Notice(id=new_id(), member_id=to.member_id, sealed=seal(note), noticed_on=moment.date()))
    if to.choice.by_mail and due <= moment:
        titles = following.titles(db, to.member_id, [note]) if to.choice.with_titles else {}
        mail.queue(db, to.email, *composing.one(to, note, titles))
    elif to.choice.by_mail:
        db.add(WaitingNote(id=new_id(), member_id=to.member_id, sealed=seal(note), due_at=due))
    mine = PushSubscription.member_id == to.member_id
    is_later = PushSubscription.due_at.is_(None) | (PushSubscription.due_at > due)
    knocks = db.execute(sa.update(PushSubscription).where(mine, is_later).values(due_at=due))
    has_browser = bool(knocks.rowcount)  # type: ignore[attr-defined]  # CursorResult of an UPDATE
    return to.choice.by_web or to.choice.by_mail or has_browser


def tell_wards(
    db: Session, ward_codes: Collection[str], subject: str, text: str, path: str, *, priority: str = "important"
) -> int:
    """Tell each verified member who lives in one of these wards or follows one; return how many.

    Readers, who may read what it is about, are among them. The borough's own code reaches every one. `path` starts
    with a slash and becomes a link under the text. Rolls back with the caller's transaction.
    """
    note = Note(subject, text, path, priority=priority)
    return tell(db, [f"{WARD}{code}" for code in ward_codes], note)


def tell_member(db: Session, member_id: str, subject: str, text: str, path: str) -> bool:
    """Queue a mail to one member about what is theirs, at any hour; False when the account is closed or gone."""
    one = sa.select(Member.email).where(Member.id == member_id, Member.active)
    return _queue(db, one, subject, text, path) == 1


def tell_role(db: Session, role: str, subject: str, text: str, path: str) -> int:
    """Queue one mail to each member with a role, in whichever ward; return how many.

    `member` is everyone with an open account; `verified` and `reader` everyone whose membership of that level stands.
    """
    if role in LEVELS:
        standing = Membership.until_on >= now().date()
        concerned = sa.select(Member.email).join(Membership, Membership.member_id == Member.id)
        concerned = concerned.where(Member.active, standing, Membership.level == role)
    else:
        concerned = sa.select(Member.email).where(Member.active)
        if role != "member":
            holders = sa.select(RoleGrant.member_id).where(RoleGrant.role == role)
            concerned = concerned.where(Member.id.in_(holders))
    return _queue(db, concerned, subject, text, path)


def _queue(db: Session, concerned: sa.Select[str], subject: str, text: str, path: str) -> int:
    """Queue mails that cannot be switched off: they are about one's own account or one's own duties."""
    config = instance().config
    parts = (text, f"{config.public_url}{path}", BEHIND_THE_LINK, config.site_name)
    body = "\n\n".join(parts) + "\n"
    recipients = db.scalars(concerned.order_by(Member.email)).all()
    for recipient in recipients:
        mail.queue(db, recipient, subject, body)
    return len(recipients)
