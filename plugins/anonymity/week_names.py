"""A member's name for one ISO week, equal on every board: the way to a name of one's own without scripts.

Each week has a random key, sealed under the instance's secret, from the first post that wants one until the Monday
after. While it lives the people who run the server could compute whose a name is; then nobody can. No table says
which member has which name. Source: RFC 2104 (HMAC); ISO 8601-1:2019, 5.5.3.2 (weeks).
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.instance import instance
from plugins.anonymity import pseudonyms, queries
from plugins.anonymity.credentials import epochs
from plugins.anonymity.models import WeekNameKey

log = logging.getLogger(__name__)
KIND = "week_name"
PURPOSE = "anonymity.week_name_key"


def ref_in(db: Session, member_id: str, at: datetime) -> str:
    """Return the ref under which a member writes in the week of this moment; makes the week's key when it has none."""
    week = epochs.epoch_of(at)
    key = _key(db, week) or _new_key(db, week)
    return pseudonyms.ref_of(key, member_id, week, KIND)


def known_refs(db: Session, member_id: str, at: datetime) -> list[str]:
    """Return the ref a member has this week; empty when nobody has asked for such a name yet."""
    week = epochs.epoch_of(at)
    key = _key(db, week)
    return [] if key is None else [pseudonyms.ref_of(key, member_id, week, KIND)]


def writer_of(db: Session, ref: str, members: Sequence[str], at: datetime) -> str | None:
    """Return which of these members has a ref in the week of this moment, or None."""
    week = epochs.epoch_of(at)
    key = _key(db, week)
    if key is None:
        return None
    refs = ((member_id, pseudonyms.ref_of(key, member_id, week, KIND)) for member_id in members)
    return next((member_id for member_id, found in refs if hmac.compare_digest(found, ref)), None)


def forget_keys(db: Session, today: date) -> int:
    """Delete the keys of weeks that are over; return how many. Names stay as they are, the way back is gone."""
    gone = db.execute(sa.delete(WeekNameKey).where(WeekNameKey.delete_from_on <= today))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE


def _key(db: Session, week: str) -> bytes | None:
    # Only this week's: a key that should be gone by now is not used, even where the worker stands still.
    sealed = db.scalar(queries.sealed_week_key_statement(), {"week": week})
    if sealed is None:
        return None
    try:
        return bytes.fromhex(instance().keys.open_text(PURPOSE, sealed))
    except InvalidTag:
        log.error("the key of this week's names was sealed under another secret; names of the week begin anew")
        return None


def _new_key(db: Session, week: str) -> bytes:
    key = secrets.token_bytes(pseudonyms.KEY_BYTES)
    sealed = instance().keys.seal_text(PURPOSE, key.hex())
    try:
        with db.begin_nested():
            db.add(WeekNameKey(week=week, sealed_key=sealed, delete_from_on=epochs.ends_at(week).date()))
    except IntegrityError:
        # Another writer was quicker, and theirs is the week's key; or the one there cannot be opened any more.
        theirs = _key(db, week)
        if theirs is not None:
            return theirs
        db.execute(sa.update(WeekNameKey).where(WeekNameKey.week == week).values(sealed_key=sealed))
    return key
