"""Voices for the simulation: asked for as the background of each page does, with what both sides could have kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from runpy import run_path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from flask import Flask
from flask.testing import FlaskClient
from linking_loot import Hidden

ROOT = Path(__file__).resolve().parents[2]
client = run_path(str(ROOT / "tests" / "anonymity" / "unlinkable_client.py"))
new_id = client["new_id"]


@dataclass
class Voice:
    """One voice of one week, with the public key that signed it and what the issuing side saw."""

    speaker: Any
    """The browser's side of it, which signs each request."""
    public: RSAPublicKey
    asked: tuple[str, str]
    """What was sent to be signed and what came back, in hex."""

    def ask(self, app: Flask, method: str, path: str, content: Any = None) -> Any:
        """Send one request below `/a/api`, without cookies."""
        return self.speaker.ask(app.test_client(use_cookies=False), method, path, content)

    def hidden(self, app: Flask, member: str, posts: list[str]) -> Hidden:
        """Return what a server that keeps all it is shown would know of this voice, and whose it is."""
        numbers, sig = self.public.public_numbers(), self.speaker.sig
        shown = (self.speaker.epoch, self.speaker.scope, self.speaker.pk.hex(), self.speaker.prefix.hex(), sig.hex())
        encoded = pow(int.from_bytes(sig, "big"), numbers.e, numbers.n)
        handle = self.ask(app, "GET", "me").get_json()["handle"]
        ref = client["hashlib"].sha256(b"ccw-anon-ref/1\0" + self.speaker.pk).hexdigest()[:32]
        marks = (*posts, handle, ref, *shown[2:], f"{encoded:0512x}")
        return Hidden("voice", marks, tuple(posts), member, (*shown, f"{numbers.n:x}"))


def take(browser: FlaskClient, token: str, scope: str) -> Voice:
    """Have a voice of next week signed, with a member's cookie and the token of their page."""
    seen: list[bytes] = []
    speaker = client["take"](browser, {"X-CSRFToken": token}, scope, seen)
    spki, blinded, signature = seen
    public = serialization.load_der_public_key(spki)
    if not isinstance(public, RSAPublicKey):
        raise TypeError("the week's key is no RSA key")
    return Voice(speaker, public, (blinded.hex(), signature.hex()))
