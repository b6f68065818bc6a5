"""A small client of the unlinkable side, for tests: what a browser does with its key, in Python.

Other tests get it through the fixture `voice` of this folder's conftest, or load this file by its path.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plugins.anonymity.credentials import blind_rsa, blinding

Signer = Callable[[bytes], bytes]
"""Takes the blinded value and returns the blind signature: a private key at hand, or `POST /anonymity/issue`."""


def to_text(content: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_id() -> str:
    """Return an id for a post, as a browser chooses it."""
    return secrets.token_hex(16)


@dataclass
class VoiceClient:
    """One voice: a seed, a week and a board; once signed it speaks through `ask` to any test client or HTTP client."""

    epoch: str
    scope: str
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    prefix: bytes = b""
    sig: bytes = b""

    @property
    def key(self) -> Ed25519PrivateKey:
        """The key of this week and board, from the seed."""
        info = b"\0".join((b"ccw-anon/1", self.epoch.encode(), self.scope.encode()))
        secret = HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(self.seed)
        return Ed25519PrivateKey.from_private_bytes(secret)

    @property
    def pk(self) -> bytes:
        """Its public half, which is all that is signed."""
        return self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def get_signed(self, spki: bytes, signer: Signer) -> VoiceClient:
        """Have the key signed blind under the public key of the week; return self."""
        public = serialization.load_der_public_key(spki)
        assert isinstance(public, RSAPublicKey)
        prepared = blinding.prepare(blind_rsa.message(self.epoch, self.scope, self.pk))
        blinded, inverse = blinding.blind(public, prepared)
        self.prefix = prepared[: blind_rsa.PREFIX_BYTES]
        self.sig = blinding.finalize(public, prepared, signer(blinded), inverse)
        return self

    @property
    def credential(self) -> str:
        """The header `Anon-Credential`."""
        return ".".join((self.epoch, self.scope, to_text(self.pk), to_text(self.prefix), to_text(self.sig)))

    def headers(self, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        """Return both headers of a request; `path` with its query, as it is sent."""
        message = f"ccw-anon-proof/1|{method}|{path}|{hashlib.sha256(body).hexdigest()}"
        return {"Anon-Credential": self.credential, "Anon-Proof": to_text(self.key.sign(message.encode()))}

    def ask(self, client: Any, method: str, path: str, content: Any = None, **more: str) -> Any:
        """Send a request below `/a/api` with a Flask or Werkzeug test client; `more` are further headers."""
        body = b"" if content is None else json.dumps(content).encode()
        whole = f"/a/api/{path}"
        headers = {**self.headers(method, whole, body), **more}
        kind = {} if content is None else {"content_type": "application/json"}
        return client.open(whole, method=method, data=body or None, headers=headers, **kind)

    def open_thread(self, client: Any, wards: list[str], post_id: str | None = None, **changes: Any) -> Any:
        """Send a new thread."""
        content = {
            "id": post_id or new_id(),
            "title": "Vans at the bridge",
            "text": "Every night at ten.",
            "category": "crime",
            "wards": wards,
            **changes,
        }
        return self.ask(client, "POST", "threads", content)

    def reply(self, client: Any, thread_id: str, text: str = "I saw it too.", post_id: str | None = None) -> Any:
        """Send an answer."""
        return self.ask(client, "POST", f"threads/{thread_id}/replies", {"id": post_id or new_id(), "text": text})


def take(client: Any, headers: dict[str, str], scope: str, seen: list[bytes] | None = None) -> VoiceClient:
    """Have a voice of next week signed by the members' side, with a member's token or cookie in `headers`.

    `seen` gets what the server saw: the public key it signs with, the blinded value, and its answer.
    """
    offers = client.get("/api/v1/anonymity/epochs", headers=headers).get_json()["items"]
    offer = next(offer for offer in offers if offer["scope"] == scope)
    spki = from_text(offer["spki"])

    def signer(blinded: bytes) -> bytes:
        sent = {"epoch": offer["epoch"], "scope": scope, "blinded": to_text(blinded)}
        answer = client.post("/api/v1/anonymity/issue", json=sent, headers=headers)
        assert answer.status_code == 200, answer.text
        signature = from_text(answer.get_json()["blind_signature"])
        if seen is not None:
            seen.extend((spki, blinded, signature))
        return signature

    return VoiceClient(offer["epoch"], scope).get_signed(spki, signer)
