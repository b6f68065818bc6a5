"""What an admin says of one postcode: it wins over every directory, and the next import leaves it alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, wards
from core.models import Postcode, PostcodeOverride


class NotAPostcode(ValueError):
    """The text cannot be a postcode."""


class NotOurWard(ValueError):
    """The code is not a ward of this borough; the message says so."""


@dataclass(frozen=True)
class Origin:
    """What is known of a postcode and where it comes from.

    `answer` is what counts. The rest says what the directory holds (`listed` is None when it is not in one, `product`
    is the directory's kind and `file` its name) and since when an admin has said otherwise (None: nobody did).
    """

    postcode: str
    answer: wards.PostcodeAnswer
    listed: wards.PostcodeAnswer | None
    product: str
    file: str
    is_nearest: bool
    override_since: date | None


@dataclass(frozen=True)
class OverrideRow:
    """One postcode of which an admin said something; without a ward nobody lives there."""

    postcode: str
    ward_code: str | None
    set_on: date


def origin(db: Session, text: str) -> Origin:
    """Return what counts for a postcode, and why.

    Raises:
        NotAPostcode: it cannot be one.
    """
    written = _written(text)
    row = db.get(Postcode, written)
    said = db.get(PostcodeOverride, written)
    return Origin(
        postcode=written,
        answer=wards.ward_of_postcode(db, written),
        listed=wards.PostcodeAnswer(row.ward_code, row.refusal) if row else None,
        product=row.product if row else "",
        file=row.source if row else "",
        is_nearest=bool(row and row.is_nearest),
        override_since=said.set_on if said else None,
    )


def overrides(db: Session) -> list[OverrideRow]:
    """Return all of them by postcode."""
    columns = (PostcodeOverride.postcode, PostcodeOverride.ward_code, PostcodeOverride.set_on)
    return [OverrideRow(*row) for row in db.execute(sa.select(*columns).order_by(PostcodeOverride.postcode))]


def set_ward(db: Session, text: str, ward_code: str | None, actor_id: str | None, today: date) -> str:
    """Say in which ward a postcode lies, or (None) that nobody lives there; return it as it is written.

    The log gets the ward and not the postcode: beside the day, that might tell who was about to be verified.

    Raises:
        NotAPostcode, NotOurWard: nothing was changed.
    """
    written = _written(text)
    if ward_code is not None and not wards.is_ward(ward_code):
        raise NotOurWard(f"'{ward_code}' is not a ward of this borough.")
    db.merge(PostcodeOverride(postcode=written, ward_code=ward_code, set_on=today))
    audit.record(db, actor_id, "postcodes.set", ward_code or "nobody lives there")
    db.flush()
    return written


def unset(db: Session, text: str, actor_id: str | None) -> bool:
    """Let the directory decide again about a postcode; return whether an admin had said anything of it.

    Raises:
        NotAPostcode: it cannot be one.
    """
    row = db.get(PostcodeOverride, _written(text))
    if row is None:
        return False
    audit.record(db, actor_id, "postcodes.unset", row.ward_code or "nobody lives there")
    db.delete(row)
    db.flush()
    return True


def _written(text: str) -> str:
    written = wards.normalise_postcode(text)
    if written is None:
        raise NotAPostcode("This does not look like a postcode. It should look like E3 4AB.")
    return written
