"""Opening a name: one custodian asks, another of a different ward decides, both may look for a week. No commits.

Every step is in the audit chain: who is a keyed hash, and so are the post and the reference of the order.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, notifications, permissions, posting
from core.contributions import PostSignature, Viewer
from core.database import new_id, now
from core.instance import instance
from core.models import Member
from plugins.anonymity.openings import behind, counting, sealed
from plugins.anonymity.openings.contributions import OPEN
from plugins.anonymity.openings.models import GRANTED, REFUSED, WAITING, Opening, OpeningNote
from plugins.anonymity.openings.sealed import Order, Result, Told

DECIDE_DAYS = SHOWN_DAYS = 7
PATH = "/anonymity/openings"


class Refused(ValueError):
    """It cannot be asked or decided like this; the message says why, for a person to read."""


class Gone(LookupError):
    """Nothing is under this id for this viewer, or not any more. The same for what never was."""


def look_at(db: Session, viewer: Viewer, post_id: str) -> tuple[PostSignature, behind.Disclosure]:
    """Return how a post is signed, and what an opening would give; nothing is stored.

    Raises:
        Denied: no custodian. Refused: no such post, no home ward, or not for this custodian to ask.
    """
    permissions.require(viewer, OPEN)
    signature, member_id = _behind(db, viewer, post_id)
    return signature, behind.disclosure(signature, is_known=member_id is not None)


def ask(db: Session, viewer: Viewer, post_id: str, order: Order) -> str:
    """Ask that the name on a post be opened, and return the request's id; those who may decide get a neutral mail.

    Raises:
        Denied, Refused: as for `look_at`; Refused too when nothing can be opened, or it was asked before.
    """
    permissions.require(viewer, OPEN)
    signature, member_id = _behind(db, viewer, post_id)
    if member_id is None:
        raise Refused(behind.disclosure(signature, is_known=False).cannot)
    if db.scalar(sa.select(Opening.id).where(Opening.post_id == post_id, Opening.state.in_([WAITING, GRANTED]))):
        raise Refused(_("Somebody has asked about this post already. Look at the list of requests."))
    today = now().date()
    row = Opening(id=new_id(), post_id=post_id, reason=order.reason, sealed_words=sealed.seal_order(order))
    row.asked_by, row.asked_on, row.until_on = viewer.member_id, today, today + timedelta(days=DECIDE_DAYS)
    db.add(row)
    db.flush()
    reference = instance().keys.keyed_hash(sealed.ORDER, order.reference) if order.reference else "none"
    audit.record(db, viewer.member_id, "opening.ask", subject_of(post_id), f"{order.reason}, order {reference}")
    counting.count(db, today, order.reason, "asked")
    for other in _others(db, viewer):
        if other.member_id != member_id:  # who wrote it does not decide, and must not be warned
            text = _("Somebody has to look at a request within %(days)s days.", days=DECIDE_DAYS)
            notifications.tell_member(db, str(other.member_id), _("Something waits for you"), text, PATH)
    return row.id


def grant(db: Session, viewer: Viewer, opening_id: str) -> None:
    """Open the name: from now on both custodians may look at the account for seven days. The member is told later.

    Raises:
        Denied, Gone, Refused: as for `refuse`.
    """
    row, member_id = _to_decide(db, viewer, opening_id)
    _decide(db, viewer, row, GRANTED)
    account = db.get(Member, member_id) if member_id else None
    result = Result()
    if account is not None:
        ward = permissions.viewer_of(db, account.id).home_ward
        result = Result(account.alias, account.email, ward or "", _note(db, account.id, row.reason))
    db.execute(sa.update(Opening).where(Opening.id == row.id).values(sealed_result=sealed.seal_result(result)))


def refuse(db: Session, viewer: Viewer, opening_id: str) -> None:
    """Leave the name closed.

    Raises:
        Denied: no custodian. Gone: it does not wait (any more) for this viewer. Refused: the same person or ward.
    """
    row, _member_id = _to_decide(db, viewer, opening_id)
    _decide(db, viewer, row, REFUSED)


def look(db: Session, viewer: Viewer, opening_id: str) -> Result:
    """Return the account behind a post; each look is in the audit chain.

    Raises:
        Denied: no custodian (any more). Gone: not granted, too late, or neither asked nor decided by this viewer.
    """
    row, result = _granted(db, viewer, opening_id)
    audit.record(db, viewer.member_id, "opening.look", subject_of(row.post_id), row.reason)
    return result


def put_off(db: Session, viewer: Viewer, opening_id: str, reason: str) -> None:
    """Let the member be told as many days later again, once; either of the two may, and the reason is in the chain.

    Raises:
        Denied, Gone: as for `look`. Refused: it was put off before, or there is nobody to tell (any more).
    """
    row, result = _granted(db, viewer, opening_id)
    days = timedelta(days=told_days())
    mine = (OpeningNote.id == result.note_id, OpeningNote.is_told.is_(False), OpeningNote.is_put_off.is_(False))
    later = sa.update(OpeningNote).where(*mine).returning(OpeningNote.tell_on)
    tell_on = db.scalar(sa.select(OpeningNote.tell_on).where(*mine))
    if tell_on is None or not db.scalar(later.values(is_put_off=True, tell_on=tell_on + days)):
        raise Refused(_("This cannot be put off: it was before, or the member has been told, or has left."))
    audit.record(db, viewer.member_id, "opening.put_off", subject_of(row.post_id), reason)


def told_days() -> int:
    """Return after how many days a member is told."""
    return int(instance().config.plugin["anonymity"]["opening_told_days"])


def _granted(db: Session, viewer: Viewer, opening_id: str) -> tuple[Opening, Result]:
    permissions.require(viewer, OPEN)
    row = db.get(Opening, opening_id)
    is_theirs = row is not None and viewer.member_id in (row.asked_by, row.decided_by)
    if row is None or not is_theirs or row.state != GRANTED or row.until_on < now().date() or not row.sealed_result:
        raise Gone(opening_id)
    return row, sealed.open_result(row.sealed_result)


def may_decide(db: Session, viewer: Viewer, row: Opening) -> bool:
    """Whether this viewer is another custodian of another ward than who asked, and did not write the post."""
    try:
        _check_two(db, viewer, row)
    except (Gone, Refused):
        return False
    return True


def subject_of(post_id: str) -> str:
    """Return how a post is written in the audit chain."""
    return instance().keys.keyed_hash("anonymity.opening_post", post_id)


def _behind(db: Session, viewer: Viewer, post_id: str) -> tuple[PostSignature, str | None]:
    if viewer.home_ward is None:
        raise Refused(_("You must be verified for a ward yourself before you can ask. See the page Verify."))
    signature = posting.signature_of(db, post_id)
    if signature is None:
        raise Refused(_("There is no such post on the boards. Copy its address again from below the post."))
    member_id = behind.member_behind(db, signature)
    if member_id == viewer.member_id:
        raise Refused(_("You cannot ask about this post. Leave it to another custodian."))
    if not _others(db, viewer):
        raise Refused(_("Nobody could decide: there is no other custodian of another ward. Ask an admin to name one."))
    return signature, member_id


def _others(db: Session, viewer: Viewer) -> list[Viewer]:
    """Return the custodians of other wards, whoever wrote what: leaving the writer out here would give them away."""
    able = (who for who in permissions.holders(db, OPEN) if who.member_id != viewer.member_id)
    return [who for who in able if who.home_ward and who.home_ward != viewer.home_ward]


def _to_decide(db: Session, viewer: Viewer, opening_id: str) -> tuple[Opening, str | None]:
    permissions.require(viewer, OPEN)
    row = db.get(Opening, opening_id)
    if row is None or row.state != WAITING or row.until_on < now().date():
        raise Gone(opening_id)
    return row, _check_two(db, viewer, row)


def _check_two(db: Session, viewer: Viewer, row: Opening) -> str | None:
    """Return the member behind the post when this viewer may decide on it. Rights are read anew."""
    asker, decider = permissions.viewer_of(db, row.asked_by), permissions.viewer_of(db, viewer.member_id)
    if not permissions.allowed(decider, OPEN):
        raise Gone(row.id)
    signature = posting.signature_of(db, row.post_id)
    member_id = behind.member_behind(db, signature) if signature else None
    if member_id == viewer.member_id:
        raise Gone(row.id)
    if row.asked_by == viewer.member_id:
        raise Refused(_("You asked this yourself. Another custodian must decide."))
    if decider.home_ward is None or decider.home_ward == asker.home_ward:
        raise Refused(_("You and the one who asked must live in different wards. Another custodian must decide."))
    if not permissions.allowed(asker, OPEN) or asker.home_ward is None:
        raise Refused(_("The one who asked is no custodian of a ward any more. Refuse it; another can ask again."))
    return member_id


def _decide(db: Session, viewer: Viewer, row: Opening, state: str) -> None:
    """Write the decision, once: of two at the same moment the later one finds that it waits no more."""
    today = now().date()
    mine = sa.update(Opening).where(Opening.id == row.id, Opening.state == WAITING, Opening.until_on >= today)
    values = {"state": state, "decided_by": viewer.member_id, "until_on": today + timedelta(days=SHOWN_DAYS)}
    if not db.execute(mine.values(**values)).rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        raise Gone(row.id)
    verb = "opening.grant" if state == GRANTED else "opening.refuse"
    audit.record(db, viewer.member_id, verb, subject_of(row.post_id), row.reason)
    counting.count(db, today, row.reason, state)
    if row.asked_by:
        text = _("Somebody has decided about your request. It stays on your page for %(days)s days.", days=SHOWN_DAYS)
        notifications.tell_member(db, row.asked_by, _("There is an answer for you"), text, f"{PATH}/{row.id}")


def _note(db: Session, member_id: str, reason: str) -> str:
    """Write down whom to tell, and return the note's id, which only the sealed result holds."""
    today = now().date()
    days = told_days()
    told = sealed.seal_told(Told(member_id, today, reason))
    note = OpeningNote(id=new_id(), tag=sealed.tag_of(member_id), sealed=told, tell_on=today + timedelta(days=days))
    db.add(note)
    db.flush()
    return note.id
