"""A member's name in one thread: equal inside the thread, joined to nothing outside it.

Each thread with such a name has a random key of its own, sealed under the instance's secret. The
author's ref is HMAC-SHA256(key, kind, thread, member): a thief of the database lacks the secret, and after
the key is deleted nobody can compute it any more, the operator with secret and backups of the secret
included. No table says which member has which ref. Source: RFC 2104 (HMAC).
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import aliases
from core.database import now
from core.instance import instance
from plugins.anonymity import queries
from plugins.anonymity.models import ThreadKey

log = logging.getLogger(__name__)
PURPOSE = "anonymity.thread_key"
KEY_BYTES = 32
REF_DIGITS = 32
NAME_DIGITS = 4


def kept_days() -> int:
    """Return how many days a thread's key lives."""
    return int(instance().config.plugin["anonymity"]["thread_keys_kept_days"])


def ref_in(db: Session, member_id: str, thread_id: str, *, kind: str, today: date) -> str:
    """Return the ref under which a member writes in a thread; makes the thread's key when it has none.

    Refs of two kinds are as different as those of two members.
    """
    key = _key(db, thread_id) or _new_key(db, thread_id, today)
    return ref_of(key, member_id, thread_id, kind)


def known_refs(db: Session, member_id: str, thread_id: str, kinds: tuple[str, ...]) -> list[str]:
    """Return the refs a member would have in a thread; empty when its key is gone or was never made."""
    key = _key(db, thread_id)
    return [] if key is None else [ref_of(key, member_id, thread_id, kind) for kind in kinds]


def writer_of(db: Session, ref: str, thread_id: str, kind: str, members: Sequence[str]) -> str | None:
    """Return which of these members has a ref, or None when no key that may still be used gives it to one of them.

    The thread's own key is tried first, then all others: a merged thread keeps the refs of the ones it came from.
    """
    held = db.execute(sa.select(ThreadKey.thread_id).where(ThreadKey.delete_from_on > now().date()))
    for scope in sorted(held.scalars(), key=lambda each: (each != thread_id, each)):
        key = _key(db, scope)
        if key is None:
            continue
        for member_id in members:
            if hmac.compare_digest(ref_of(key, member_id, scope, kind), ref):
                return member_id
    return None


def name_of(ref: str) -> str:
    """Return the name that readers see for a ref: two plain words and a number."""
    return aliases.from_bytes(bytes.fromhex(ref), digits=NAME_DIGITS)


def forget_keys(db: Session, today: date) -> int:
    """Delete the keys whose day has come; return how many. Names stay as they are, the way back is gone."""
    gone = db.execute(sa.delete(ThreadKey).where(ThreadKey.delete_from_on <= today))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE


def ref_of(key: bytes, member_id: str, scope: str, kind: str) -> str:
    """Return a member's ref under a key, for one thread or one week (`scope`) and one kind of name."""
    # Each part with its length before it, so that no two lists of parts give the same message.
    message = "".join(f"{len(part)}:{part}" for part in (kind, scope, member_id)).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:REF_DIGITS]


def _key(db: Session, thread_id: str) -> bytes | None:
    sealed = db.scalar(queries.sealed_key_statement(), {"thread_id": thread_id})
    if sealed is None:
        return None
    try:
        return bytes.fromhex(instance().keys.open_text(PURPOSE, sealed))
    except InvalidTag:
        log.error("a thread key was sealed under another secret; names in that thread begin anew")
        return None


def _new_key(db: Session, thread_id: str, today: date) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    row = ThreadKey(
        thread_id=thread_id,
        sealed_key=instance().keys.seal_text(PURPOSE, key.hex()),
        delete_from_on=today + timedelta(days=kept_days()),
    )
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError:
        # Another writer was quicker, and theirs is the thread's key; or the one there cannot be opened any more.
        theirs = _key(db, thread_id)
        if theirs is not None:
            return theirs
        renewed = sa.update(ThreadKey).where(ThreadKey.thread_id == thread_id)
        db.execute(renewed.values(sealed_key=row.sealed_key, delete_from_on=row.delete_from_on))
    return key
