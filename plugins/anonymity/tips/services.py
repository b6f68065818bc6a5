"""The sender's side of a tip: give it, come back with the receipt, write more, take it back. Nothing commits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from sqlalchemy.orm import Session

from core.database import now
from core.instance import instance
from plugins.anonymity.tips import receipts
from plugins.anonymity.tips.models import CLOSED, DESK, SENDER, Tip, TipWords

SEAL = "anonymity.tip_words"
MOST_LETTERS = 4000
MOST_WORDS = 50
MOST_TIPS = 1000


class BoxFull(Exception):
    """There are `MOST_TIPS` tips, or `MOST_WORDS` messages in this one; somebody may be flooding the box."""


class NoSuchTip(LookupError):
    """No tip has this receipt, or it is over. Both are one answer: which it is would tell that there was one."""


class TipClosed(Exception):
    """The desk has closed the tip; it can be read until it is deleted."""


@dataclass(frozen=True)
class Said:
    """One message of a tip: by whom (`sender` or `desk`), what, and on which day."""

    said_by: str
    text: str
    said_on: date


def kept_days() -> int:
    """Return how many days a tip is kept after the last word in it."""
    return int(instance().config.plugin["anonymity"]["tips_kept_days"])


def give(db: Session, ward_code: str | None, text: str) -> str:
    """Take in a tip, for a ward or (None) the whole borough, and return its receipt, which is kept nowhere.

    Raises:
        BoxFull: see there.
    """
    if (db.scalar(sa.select(sa.func.count()).select_from(Tip)) or 0) >= MOST_TIPS:
        raise BoxFull
    receipt = receipts.new()
    tip = Tip(receipt_hash=receipts.hash_of(receipt), ward_code=ward_code, last_on=now().date())
    db.add(tip)
    db.flush()
    say(db, tip, SENDER, text)
    return receipt


def by_receipt(db: Session, typed: str) -> Tip:
    """Return the tip that a receipt belongs to.

    Raises:
        NoSuchTip: none, or one that should be deleted by now.
    """
    tip = db.scalar(sa.select(Tip).where(Tip.receipt_hash == receipts.hash_of(typed)))
    if tip is None or is_over(tip, now().date()):
        raise NoSuchTip
    return tip


def add(db: Session, typed: str, text: str) -> None:
    """Write more in a tip.

    Raises:
        NoSuchTip, TipClosed, BoxFull: see there.
    """
    tip = by_receipt(db, typed)
    if tip.state == CLOSED:
        raise TipClosed
    say(db, tip, SENDER, text)


def take_back(db: Session, typed: str) -> None:
    """Delete a tip with all that was said.

    Raises:
        NoSuchTip: see there.
    """
    _delete(db, [by_receipt(db, typed).id])


def say(db: Session, tip: Tip, said_by: str, text: str) -> None:
    """Add a message; the day of the last word moves on.

    Raises:
        BoxFull: see there.
    """
    last = db.scalar(sa.select(sa.func.max(TipWords.place)).where(TipWords.tip_id == tip.id)) or 0
    if last >= MOST_WORDS and said_by == SENDER:
        raise BoxFull
    today = now().date()
    sealed = instance().keys.seal_text(SEAL, text)
    db.add(TipWords(tip_id=tip.id, place=last + 1, said_by=said_by, sealed=sealed, said_on=today))
    tip.last_on, tip.waits = today, said_by == SENDER
    tip.is_new = tip.is_new if said_by == DESK else True
    db.flush()


def conversation(db: Session, tip_id: str) -> list[Said]:
    """Return what was said in a tip, in order; a message sealed under another secret is left out."""
    rows = db.scalars(sa.select(TipWords).where(TipWords.tip_id == tip_id).order_by(TipWords.place))
    opened = [(row, _opened(row)) for row in rows]
    return [Said(row.said_by, text, row.said_on) for row, text in opened if text is not None]


def first_words(db: Session, tip_ids: Collection[str], letters: int = 120) -> dict[str, str]:
    """Return how each of these tips begins, by its id."""
    begun = sa.select(TipWords).where(TipWords.tip_id.in_(tip_ids), TipWords.place == 1)
    return {row.tip_id: (_opened(row) or "")[:letters] for row in db.scalars(begun)}


def is_over(tip: Tip, today: date) -> bool:
    """Whether a tip should be deleted by now."""
    return tip.last_on + timedelta(days=kept_days()) <= today


def forget(db: Session, today: date) -> int:
    """Delete the tips in which nobody has said a word for so many days; return how many."""
    old = sa.select(Tip.id).where(Tip.last_on <= today - timedelta(days=kept_days()))
    return _delete(db, list(db.scalars(old)))


def _opened(row: TipWords) -> str | None:
    try:
        return instance().keys.open_text(SEAL, row.sealed)
    except InvalidTag:
        return None


def _delete(db: Session, tip_ids: list[str]) -> int:
    db.execute(sa.delete(TipWords).where(TipWords.tip_id.in_(tip_ids)))
    db.execute(sa.delete(Tip).where(Tip.id.in_(tip_ids)))
    return len(tip_ids)
