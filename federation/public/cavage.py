"""The older way to sign requests, which most servers still use: draft-cavage-http-signatures-12.

Only RSA with SHA-256 (also under the name `hs2019`, as servers use it) and Ed25519. A signature must cover
`(request-target)`, `host`, `date` or `(created)`, and `digest` where there is a body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from federation.http_signatures import LONGEST_FIELD, MOST_COMPONENTS, Refused, Request
from federation.public.claims import Claim, VerifyingKey, check_window, keyid_of

PARAMETER = re.compile(r'\s*([a-zA-Z]+)=(?:"([^"\\]*)"|(\d{1,12}))\s*(?:,|$)')


def sign(request: Request, key: RSAPrivateKey, keyid: str, moment: datetime) -> None:
    """Add `Date`, `Host`, `Digest` and `Signature` to a request's headers."""
    request.headers["Date"] = format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
    request.headers["Host"] = urlsplit(request.url).netloc
    covered = ["(request-target)", "host", "date"]
    if request.body is not None:
        request.headers["Digest"] = "SHA-256=" + base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        covered.append("digest")
    lines = _lines(request, {name.lower(): value for name, value in request.headers.items()}, covered, {})
    value = base64.b64encode(key.sign(lines, PKCS1v15(), SHA256())).decode()
    names = " ".join(covered)
    request.headers["Signature"] = f'keyId="{keyid}",algorithm="rsa-sha256",headers="{names}",signature="{value}"'


def read(request: Request, headers: Mapping[str, str], moment: datetime) -> Claim:
    """Return what the request's signature claims; header names in small letters.

    Raises:
        Refused: as `rfc9421.read`.
    """
    params = _parameters(headers.get("signature", ""))
    covered = params.get("headers", "").split(" ")
    has_time = "date" in covered or "(created)" in covered
    needed = {"(request-target)", "host"} | (set() if request.body is None else {"digest"})
    if not needed <= set(covered) or not has_time or len(covered) > MOST_COMPONENTS:
        raise Refused("signature_incomplete", "The signature must cover (request-target), host, date and digest.")
    if params.get("algorithm", "hs2019").lower() not in ("rsa-sha256", "hs2019", "ed25519"):
        raise Refused("signature_malformed", "Sign with rsa-sha256.")
    expires_at = _times(params, covered, headers, moment)
    if request.body is not None:
        _check_digest(headers.get("digest", ""), request.body)
    lines, value = _lines(request, headers, covered, params), _unbase64(params.get("signature", ""))

    def check(key: VerifyingKey) -> None:
        try:
            if isinstance(key, Ed25519PublicKey):
                key.verify(value, lines)
            else:
                key.verify(value, lines, PKCS1v15(), SHA256())
        except InvalidSignature:
            raise Refused("signature_invalid", "The signature does not fit this message.") from None

    return Claim(keyid_of(params.get("keyId")), hashlib.sha256(value).hexdigest(), expires_at, check)


def _parameters(field: str) -> dict[str, str]:
    if not field:
        raise Refused("signature_missing", "The message is not signed.")
    found: dict[str, str] = {}
    place = 0
    while place < len(field):
        part = PARAMETER.match(field, place)
        if part is None or part[1] in found or len(field) > LONGEST_FIELD:
            raise Refused("signature_malformed", "The signature field cannot be read.")
        found[part[1]] = part[2] if part[2] is not None else part[3]
        place = part.end()
    return found


def _lines(request: Request, headers: Mapping[str, str], covered: list[str], params: Mapping[str, str]) -> bytes:
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    special = {"(request-target)": f"{request.method.lower()} {target}"}
    special.update({f"({name})": params[name] for name in ("created", "expires") if name in params})
    lines = []
    for name in covered:
        value = special.get(name) if name.startswith("(") else headers.get(name)
        if value is None:
            raise Refused("signature_incomplete", "The signature covers a part that is not there.")
        lines.append(f"{name}: {value.strip()}")
    return "\n".join(lines).encode("latin-1", "replace")


def _times(params: Mapping[str, str], covered: list[str], headers: Mapping[str, str], moment: datetime) -> datetime:
    try:
        if "(created)" in covered:
            created = float(params["created"])
        else:
            created = parsedate_to_datetime(headers["date"]).astimezone(UTC).timestamp()
        if "(expires)" in covered and float(params["expires"]) < moment.timestamp():
            raise Refused("clock_skew", "The signature has ended.")
    except (KeyError, ValueError, TypeError, OverflowError):
        raise Refused("signature_malformed", "The time of the signature is missing or cannot be read.") from None
    return check_window(created, moment)


def _check_digest(field: str, body: bytes) -> None:
    digests = dict(part.strip().split("=", 1) for part in field.split(",") if "=" in part)
    wanted = next((value for name, value in digests.items() if name.lower() == "sha-256"), "")
    if not wanted or not hmac.compare_digest(_unbase64(wanted), hashlib.sha256(body).digest()):
        raise Refused("digest_mismatch", "The body is not the one that was signed, or it has no SHA-256 digest.")


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("signature_malformed", "The signature or digest is not base64.") from None
