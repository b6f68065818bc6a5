"""The desk's side of a tip: read it, reply, close it, pass it on to the police. Audited; nothing commits."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, notifications, permissions, wards
from core.contributions import Viewer
from core.database import now
from plugins.anonymity.tips import services
from plugins.anonymity.tips.contributions import ANSWER
from plugins.anonymity.tips.models import CLOSED, DESK, OPEN, Tip
from plugins.anonymity.tips.services import NoSuchTip

PATH = "/tips/desk"
PASSED_ON = "We have passed what you wrote on to the police."
"""Not translated: it is stored, and read by somebody whose language we do not know."""


def tips(db: Session, viewer: Viewer) -> list[Tip]:
    """Return the tips this viewer may answer: those that wait first, then by day, and in no order within a day."""
    permissions.require(viewer, ANSWER)
    rows = sa.select(Tip).order_by(Tip.state.desc(), Tip.waits.desc(), Tip.last_on.desc(), Tip.id)
    return [tip for tip in db.scalars(rows) if _may(viewer, tip) and not services.is_over(tip, now().date())]


def waiting(db: Session, viewer: Viewer) -> int:
    """Return how many tips wait for an answer that this viewer may give."""
    rows = sa.select(Tip).where(Tip.state == OPEN, Tip.waits)
    return sum(_may(viewer, tip) and not services.is_over(tip, now().date()) for tip in db.scalars(rows))


def one(db: Session, viewer: Viewer, tip_id: str) -> Tip:
    """Return a tip.

    Raises:
        Denied: the viewer answers no tips at all. NoSuchTip: none, over, or of a ward that is not theirs.
    """
    permissions.require(viewer, ANSWER)
    tip = db.get(Tip, tip_id)
    if tip is None or services.is_over(tip, now().date()) or not _may(viewer, tip):
        raise NoSuchTip(tip_id)
    return tip


def reply(db: Session, viewer: Viewer, tip_id: str, text: str) -> None:
    """Answer the sender, who reads it with the receipt.

    Raises:
        Denied, NoSuchTip: as for `one`. TipClosed: it was closed.
    """
    tip = _open(db, viewer, tip_id)
    services.say(db, tip, DESK, text)
    audit.record(db, viewer.member_id, "tip.reply", tip_id)


def pass_on(db: Session, viewer: Viewer, tip_id: str) -> None:
    """Note that the police have it now, and say so to the sender. Doing it is for the desk: nothing is sent by itself.

    Raises:
        Denied, NoSuchTip, TipClosed: as for `reply`.
    """
    tip = _open(db, viewer, tip_id)
    if tip.handed_on is None:
        tip.handed_on = now().date()
        services.say(db, tip, DESK, PASSED_ON)
        audit.record(db, viewer.member_id, "tip.pass_on", tip_id)


def close(db: Session, viewer: Viewer, tip_id: str) -> None:
    """Take no more words in a tip; the sender can read it until it is deleted.

    Raises:
        Denied, NoSuchTip: as for `one`.
    """
    tip = one(db, viewer, tip_id)
    if tip.state != CLOSED:
        tip.state, tip.waits = CLOSED, False
        db.flush()
        audit.record(db, viewer.member_id, "tip.close", tip_id)


def tell_desk(db: Session, today: date) -> int:
    """Tell those who may answer that something waits, once a day: a mail at once would say when somebody wrote."""
    new = [tip for tip in db.scalars(sa.select(Tip).where(Tip.is_new)) if not services.is_over(tip, today)]
    for tip in new:
        tip.is_new = False
    concerned = [who for who in permissions.holders(db, ANSWER) if any(_may(who, tip) for tip in new)] if new else []
    for who in concerned:
        notifications.tell_member(db, str(who.member_id), "Something waits for you", "Somebody wrote to you.", PATH)
    db.flush()
    return len(concerned)


def _open(db: Session, viewer: Viewer, tip_id: str) -> Tip:
    tip = one(db, viewer, tip_id)
    if tip.state == CLOSED:
        raise services.TipClosed
    return tip


def _may(viewer: Viewer, tip: Tip) -> bool:
    """Whether the viewer may answer: a ward's tips are for its own people, also where the ward has a successor now."""
    held = permissions.wards_where(viewer, ANSWER)
    if tip.ward_code is None:
        return bool(held)
    return bool(held & {tip.ward_code, *wards.successors(tip.ward_code)})
