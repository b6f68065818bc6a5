"""An instance with keys for coming weeks, and a client as another program would write it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from flask import Flask

from core.database import now, reading
from core.testing import api_token, make_app, make_member
from plugins.anonymity import hooks
from plugins.anonymity.credentials import blind_rsa, blinding, epochs, jobs
from plugins.anonymity.credentials.wire import from_text, to_text

BOROUGH = "E09000030"
BOW_WEST = "E05009320"
SHADWELL = "E05009332"


def build(folder: Path) -> Flask:
    """Return an instance with this plugin alone, where two verified members are enough for a ward, and its keys."""
    app = make_app(folder, plugins={"anonymity": hooks}, anonymity={"ward_least_members": 2, "crowd_least": 2})
    for _ in range(2):
        make_member(app, ward=BOW_WEST)
    with app.app_context():
        jobs.turn_weeks(now())
    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An instance for all tests of a module: keys take their time. Each test has members of its own."""
    return build(tmp_path_factory.mktemp("voices"))


@pytest.fixture
def fresh_app(tmp_path: Path) -> Flask:
    """An instance for one test, whose weeks may turn."""
    return build(tmp_path)


@pytest.fixture
def next_week() -> str:
    """The nearest week a voice can be had for."""
    return epochs.coming(now(), 1)[0]


class Card:
    """What a browser does: a key of its own, blinded, signed, and the blinding taken off."""

    def __init__(self, offer: dict[str, Any], pk: bytes = bytes(range(32))) -> None:
        self.epoch, self.scope, self.pk = offer["epoch"], offer["scope"], pk
        self.public: Any = load_der_public_key(from_text(offer["spki"]))
        self.prepared = blinding.prepare(blind_rsa.message(self.epoch, self.scope, pk))
        self.blinded, self.inverse = blinding.blind(self.public, self.prepared)

    @property
    def body(self) -> dict[str, str]:
        return {"epoch": self.epoch, "scope": self.scope, "blinded": to_text(self.blinded)}

    def finish(self, answer: dict[str, str]) -> bytes:
        return blinding.finalize(self.public, self.prepared, from_text(answer["blind_signature"]), self.inverse)


@pytest.fixture
def card() -> type[Card]:
    """The client."""
    return Card


@pytest.fixture
def ask() -> Callable[..., Any]:
    """Read the database once: `ask(app, function, *arguments)`."""

    def asked(app: Flask, function: Callable[..., Any], *arguments: Any) -> Any:
        with app.app_context(), reading() as db:
            return function(db, *arguments)

    return asked


@pytest.fixture
def bearer_of() -> Callable[[Flask, str], dict[str, str]]:
    """Return the header of a member's token for today."""

    def header(app: Flask, member_id: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {api_token(app, member_id, 'read', 'post')}"}

    return header
