"""An instance with boards and voices, weeks with keys whose private halves are at hand, and clients without cookies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from flask import Flask
from werkzeug.test import Client

from core.database import Base, transaction
from core.testing import make_app
from core.web.mounts import Mounts
from plugins.anonymity import hooks as anonymity
from plugins.anonymity.credentials import blind_rsa, epochs
from plugins.anonymity.credentials.queries import WeekKey
from plugins.anonymity.unlinkable import app as side
from plugins.anonymity.unlinkable import copying, jobs
from plugins.anonymity.unlinkable.store import FILE_NAME, Store, keep
from plugins.ward_boards import hooks as boards

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
KEPT = {"core_ward", "core_postcode"}
TUESDAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def keys() -> dict[str, RSAPrivateKey]:
    """Return a private key for the borough and for one ward; making one takes a while."""
    return {BOROUGH: blind_rsa.new_key(), BOW_WEST: blind_rsa.new_key()}


class House:
    """An instance, its unlinkable side under a clock of its own, and the means to make voices."""

    def __init__(self, app: Flask, keys: dict[str, RSAPrivateKey], voice: Callable[..., Any]) -> None:
        self.app, self.keys, self.now, self._new_voice = app, keys, TUESDAY, voice
        self.store: Store = app.extensions["boroughwatch.unlinkable"]
        rules = side.rules_of(app.extensions["boroughwatch"].config)
        self.side = side.create(self.store, rules, lambda: self.now)
        self.client = Client(Mounts(app, {"/a": self.side}), use_cookies=False)
        self.open_week()

    @property
    def epoch(self) -> str:
        return epochs.epoch_of(self.now)

    def open_week(self, issued: int = 200) -> None:
        """Put the keys of the week that is on into the unlinkable file, as the worker does."""
        from core import wards

        weeks = [WeekKey(self.epoch, scope, blind_rsa.spki(key), issued) for scope, key in self.keys.items()]
        with self.app.app_context(), self.store.writing() as db:
            copying.take_over(db, weeks, wards.boards())

    def voice(self, scope: str = BOROUGH, epoch: str | None = None) -> Any:
        """Return a voice that was signed for a board, of this week unless another is named."""
        key = self.keys[scope]
        made = self._new_voice(epoch or self.epoch, scope)
        return made.get_signed(blind_rsa.spki(key), lambda blinded: blind_rsa.blind_sign(key, blinded))

    def work(self, at: datetime | None = None) -> None:
        """Do the worker's minute at a moment, all of it but the keys, which this house makes itself."""
        self.now = at or self.now
        with self.app.app_context():
            for step in jobs.STEPS:
                if step is not copying.copy_weeks:
                    step(self.now)


@pytest.fixture(scope="session")
def house_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Make the instance once: making one takes longer than most tests."""
    return make_app(tmp_path_factory.mktemp("house"), plugins={"anonymity": anonymity, "ward_boards": boards})


@pytest.fixture
def house(house_app: Flask, tmp_path: Path, keys: dict[str, RSAPrivateKey], voice: Callable[..., Any]) -> House:
    """Return the instance, empty of people and posts, with an unlinkable file of its own."""
    with house_app.app_context(), transaction() as db:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith(("core_", "ward_boards_", "anonymity_")) and table.name not in KEPT:
                db.execute(table.delete())
    keep(house_app, Store(f"sqlite:///{tmp_path / FILE_NAME}"))
    return House(house_app, keys, voice)
