"""Web push: a knock at a member's browser, without words. Sent only to services the operator has named.

The browser shows what its worker script says for every knock, so neither the push service nor a thief of the
database learns what it was about. Source: RFC 8030 (push), RFC 8292 (VAPID); nothing to encrypt, for nothing is said.
"""

from __future__ import annotations

import base64
import logging
import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.config import Config
from core.database import new_id, now, reading, transaction
from core.instance import instance
from core.models import PushSubscription

log = logging.getLogger(__name__)
_PURPOSE = "push-endpoint"
MOST_BROWSERS = 5
LONGEST_ENDPOINT = 1000
TAKEN_FOR = timedelta(minutes=10)
GIVE_UP_AFTER = 8
AT_A_TIME = 200
KEPT_SECONDS = 24 * 3600
CLAIM_SECONDS = 12 * 3600
GONE = (404, 410)
# Nothing else in a host: at a backslash the sender's reading of an address and ours would part.
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE | re.ASCII)


class UnfitEndpoint(ValueError):
    """The address is of no push service that we may ask; asking any address would let members aim our server."""


def is_fit(endpoint: str, config: Config) -> bool:
    """Whether an address is one of the push services the operator has named, over https and its usual port."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if len(endpoint) > LONGEST_ENDPOINT or parts.username is not None or not _HOST.fullmatch(parts.hostname or ""):
        return False
    if any(sign in endpoint for sign in "\\\t\r\n"):
        return False
    if config.require_https and (parts.scheme != "https" or port not in (None, 443)):
        return False
    return parts.scheme in ("https", "http") and any(
        _is_host(str(parts.hostname), wanted) for wanted in config.push_services.replace(",", " ").split()
    )


def _is_host(host: str, wanted: str) -> bool:
    return host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted


def subscribe(db: Session, member_id: str, endpoint: str) -> None:
    """Knock at this browser from now on, whoever used it before.

    Raises:
        UnfitEndpoint: no push service that we know, or too many browsers already.
    """
    if not is_fit(endpoint, instance().config):
        raise UnfitEndpoint(endpoint)
    hashed = instance().keys.keyed_hash(_PURPOSE, endpoint)
    db.execute(sa.delete(PushSubscription).where(PushSubscription.endpoint_hash == hashed))
    if browsers(db, member_id) >= MOST_BROWSERS:
        raise UnfitEndpoint("too many")
    sealed = instance().keys.seal_text(_PURPOSE, endpoint)
    db.add(PushSubscription(id=new_id(), member_id=member_id, endpoint_hash=hashed, sealed=sealed))
    db.flush()


def forget(db: Session, member_id: str) -> None:
    """Knock at none of a member's browsers any more."""
    db.execute(sa.delete(PushSubscription).where(PushSubscription.member_id == member_id))


def browsers(db: Session, member_id: str) -> int:
    """Return at how many browsers a member wants us to knock."""
    theirs = sa.select(sa.func.count()).select_from(PushSubscription).where(PushSubscription.member_id == member_id)
    return db.scalar(theirs) or 0


def public_key() -> str:
    """Return the key by which push services know us, as browsers want it (uncompressed point, base64url)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def _private_key() -> Any:
    return _key_of(instance().keys.derive("web-push", 48))


@lru_cache(maxsize=4)
def _key_of(material: bytes) -> Any:
    """Return the P-256 key of this instance. Source: FIPS 186-5 A.2.1 (48 bytes, reduced; order of SP 800-186)."""
    from cryptography.hazmat.primitives.asymmetric import ec

    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return ec.derive_private_key(int.from_bytes(material) % (order - 1) + 1, ec.SECP256R1())


def send_due(at: datetime | None = None) -> float | None:
    """Knock where it is due; return seconds until the next try, or None. One browser's failure stops no other."""
    moment = at or now()
    chosen = sa.select(PushSubscription.id, PushSubscription.sealed, PushSubscription.due_at)
    with reading() as db:
        due = db.execute(chosen.where(PushSubscription.due_at <= moment).limit(AT_A_TIME)).all()
    failed = 0
    for row in due:
        if _take(row.id, row.due_at, moment):
            failed += not _knock(row.id, row.sealed, moment)
    return 60.0 if failed else (1.0 if len(due) == AT_A_TIME else None)


def _take(subscription_id: str, due: datetime, moment: datetime) -> bool:
    """Take a knock before it is sent; if we die with it, it is sent later."""
    mine = sa.update(PushSubscription).where(PushSubscription.id == subscription_id, PushSubscription.due_at == due)
    with transaction() as db:
        return bool(db.execute(mine.values(due_at=moment + TAKEN_FOR)).rowcount)  # type: ignore[attr-defined]  # UPDATE


def _knock(subscription_id: str, sealed: str, moment: datetime) -> bool:
    status = _post(sealed)
    this = PushSubscription.id == subscription_id
    with transaction() as db:
        if 200 <= status < 300:
            waits = sa.update(PushSubscription).where(this, PushSubscription.due_at == moment + TAKEN_FOR)
            db.execute(waits.values(due_at=None))
            db.execute(sa.update(PushSubscription).where(this).values(fails=0))
            return True
        # The endpoint is personal: log the kind of failure only.
        log.warning("a push service answered %d", status)
        fails = db.scalar(sa.select(PushSubscription.fails).where(this)) or 0
        if status in GONE or fails + 1 >= GIVE_UP_AFTER:
            db.execute(sa.delete(PushSubscription).where(this))
        else:
            later = moment + timedelta(seconds=60 * 2**fails)
            db.execute(sa.update(PushSubscription).where(this).values(fails=fails + 1, due_at=later))
    return False


def _post(sealed: str) -> int:
    """Return the service's status, 0 when it could not be asked, 410 when it may not be asked any more."""
    import requests
    from cryptography.exceptions import InvalidTag

    try:
        endpoint = instance().keys.open_text(_PURPOSE, sealed)
    except InvalidTag:
        return 410
    if not is_fit(endpoint, instance().config):
        return 410
    headers = {"TTL": str(KEPT_SECONDS), "Urgency": "normal", "Authorization": _claim(endpoint)}
    try:
        with requests.Session() as browser:
            browser.trust_env = False
            answer = browser.post(endpoint, data=b"", headers=headers, timeout=10, allow_redirects=False, stream=True)
            answer.close()
            return answer.status_code
    except requests.RequestException:
        return 0


def _claim(endpoint: str) -> str:
    """Return who we are, signed for one service. Source: RFC 8292 section 3."""
    from joserfc import jwt
    from joserfc.jwk import ECKey

    parts = urlsplit(endpoint)
    config = instance().config
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(now().timestamp()) + CLAIM_SECONDS,
        "sub": f"mailto:{config.sender}",
    }
    token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(_pem()), algorithms=["ES256"])
    return f"vapid t={token}, k={public_key()}"


def _pem() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    whole: bytes = _private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return whole


def described(db: Session, member_id: str) -> list[dict[str, Any]]:
    """Return what we hold of a member's browsers, for their own eyes."""
    rows = db.scalars(sa.select(PushSubscription.sealed).where(PushSubscription.member_id == member_id))
    return [{"service": urlsplit(instance().keys.open_text(_PURPOSE, sealed)).hostname} for sealed in rows]
