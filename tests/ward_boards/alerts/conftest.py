"""An instance with boards and alerts, and the people who use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core import permissions
from core.contributions import Viewer
from core.database import Base, now, reading, transaction
from core.testing import make_app, make_member
from plugins.ward_boards.alerts.drafting import AlertDraft

BOW_WEST = "E05009320"


KEPT = {"core_ward", "core_postcode"}


@pytest.fixture(scope="session")
def alerts_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Make an instance with this plugin alone, once: making one takes longer than most tests."""
    return make_app(Path(tmp_path_factory.mktemp("alerts")), ["ward_boards"])


@pytest.fixture
def app(alerts_app: Flask) -> Flask:
    """Return the instance, empty of people, alerts and mails."""
    folder: Path = alerts_app.extensions["boroughwatch"].config.data_dir
    for mail in folder.glob("mail/*.eml"):
        mail.unlink()
    with alerts_app.app_context(), transaction() as db:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith(("core_", "ward_boards_")) and table.name not in KEPT:
                db.execute(table.delete())
    return alerts_app


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    """Run the test in the app's context; never together with a client, which would share its `g`."""
    with app.app_context():
        yield


@pytest.fixture
def officer(app: Flask) -> str:
    """Return the member id of Bow West's officer."""
    return make_member(app, "Officer", roles=[("officer", BOW_WEST)])


@pytest.fixture
def as_viewer(app: Flask) -> Any:
    """Return a function from a member id to the viewer."""

    def look_up(member_id: str | None) -> Viewer:
        with app.app_context(), reading() as db:
            return permissions.viewer_of(db, member_id)

    return look_up


@pytest.fixture
def draft() -> Any:
    """Return a function that makes a draft, good unless told otherwise."""

    def make(**changes: Any) -> AlertDraft:
        moment = now()
        values = {
            "headline": "Moped robberies on Roman Road",
            "description": "Two riders took phones near the market.",
            "instruction": "Keep your phone in your pocket.",
            "category": "Security",
            "event": "robbery",
            "severity": "Severe",
            "urgency": "Immediate",
            "certainty": "Observed",
            "areas": (BOW_WEST,),
            "onset": moment,
            "expires": moment + timedelta(hours=24),
            "audience": "borough",
        }
        return AlertDraft(**{**values, **changes})

    return make
