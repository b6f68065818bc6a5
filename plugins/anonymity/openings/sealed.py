"""What of an opening is sealed: the words of the one who asks, the result, and whom to tell. All under the instance."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

from core.instance import instance

ORDER, RESULT, TOLD = "anonymity.opening_order", "anonymity.opening_result", "anonymity.opening_told"


@dataclass(frozen=True)
class Order:
    """Why a name shall be opened: a reason of the list, words, and the reference of what was ordered in writing."""

    reason: str
    words: str
    reference: str = ""


@dataclass(frozen=True)
class Result:
    """The account behind a post, and the note to its member; all empty when nothing could be found any more."""

    alias: str = ""
    email: str = ""
    ward_code: str = ""
    note_id: str = ""

    @property
    def is_found(self) -> bool:
        """Whether there is an account."""
        return bool(self.email)


@dataclass(frozen=True)
class Told:
    """What a member is told: on which day, and for which reason, two custodians learned that a post is theirs."""

    member_id: str
    opened_on: date
    reason: str


def seal_order(order: Order) -> str:
    """Return the words and the reference for storage; the reason has a column of its own."""
    return instance().keys.seal_text(ORDER, json.dumps([order.words, order.reference]))


def open_order(reason: str, sealed: str) -> Order:
    """Return an order as it was asked. Raises InvalidTag when it was sealed under another secret."""
    words, reference = json.loads(instance().keys.open_text(ORDER, sealed))
    return Order(reason, words, reference)


def seal_result(result: Result) -> str:
    """Return a result for storage."""
    return instance().keys.seal_text(RESULT, json.dumps(asdict(result)))


def open_result(sealed: str) -> Result:
    """Return a stored result. Raises InvalidTag when it was sealed under another secret."""
    return Result(**json.loads(instance().keys.open_text(RESULT, sealed)))


def seal_told(told: Told) -> str:
    """Return for storage whom to tell of what."""
    return instance().keys.seal_text(TOLD, json.dumps([told.member_id, told.opened_on.isoformat(), told.reason]))


def open_told(sealed: str) -> Told:
    """Return whom to tell of what. Raises InvalidTag when it was sealed under another secret."""
    member_id, opened_on, reason = json.loads(instance().keys.open_text(TOLD, sealed))
    return Told(member_id, date.fromisoformat(opened_on), reason)


def tag_of(member_id: str) -> str:
    """Return what a member's notes are found by."""
    return instance().keys.keyed_hash(TOLD, member_id)
