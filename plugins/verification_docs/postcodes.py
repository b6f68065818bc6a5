"""From a typed postcode to a ward. The postcode is sealed while a case is open, and kept nowhere afterwards."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core import wards
from plugins.verification_docs import vault
from plugins.verification_docs.refusals import PostcodeRefused


def home_postcode(db: Session, typed: str | None) -> str:
    """Return a postcode as it is written when it is one of this borough's homes.

    Raises:
        PostcodeRefused: with what is wrong.
    """
    if not typed or not typed.strip():
        raise PostcodeRefused("missing")
    written = wards.normalise_postcode(typed)
    if written is None:
        raise PostcodeRefused("not_a_postcode")
    answer = wards.ward_of_postcode(db, written)
    if answer.ward_code is None:
        raise PostcodeRefused(answer.refusal or "unknown")
    if not wards.is_ward(answer.ward_code):
        raise PostcodeRefused("outside")
    return written


def ward_of(db: Session, sealed: str | None) -> str:
    """Return the ward of a sealed postcode as the directory has it today.

    Raises:
        PostcodeRefused: it has none in this borough (any more).
    """
    postcode = home_postcode(db, vault.open_postcode(sealed) if sealed else None)
    return str(wards.ward_of_postcode(db, postcode).ward_code)
