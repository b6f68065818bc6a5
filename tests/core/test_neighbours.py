"""What core asks plugins about neighbours: how people are verified, and whom an alert reaches."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core import neighbours
from core.crossing import Assurance, Recipient
from core.database import reading
from core.hookspecs import hookimpl
from core.plugin_manager import PluginError
from core.testing import make_app


def _plugin(**hooks: Any) -> SimpleNamespace:
    return SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()})


def test_hook_assurance(tmp_path: Path) -> None:
    found = Assurance("id_address", ("address", "id"), "id AND address", 3, ("police",), 1, 12)
    lamp = _plugin(assurance=lambda db: found)
    app = make_app(tmp_path / "a", plugins={"lamp": lamp})
    with app.app_context(), reading() as db:
        assert neighbours.assurance(db) == found
    for nothing in ({}, {"lamp": _plugin(assurance=lambda db: Assurance("gold"))}):
        app = make_app(tmp_path / "b", plugins=nothing)
        with app.app_context(), reading() as db:
            assert neighbours.assurance(db) == Assurance("none")
    with pytest.raises(PluginError):
        make_app(tmp_path / "c", plugins={"lamp": lamp, "moon": lamp})


def test_hook_alert_recipients(tmp_path: Path) -> None:
    near = Recipient("1", "Hackney", reached=False, reason="It is not among those you have chosen.")
    lamp = _plugin(alert_recipients=lambda db, audience: [near] if audience == "borough" else [])
    app = make_app(tmp_path / "a", plugins={"lamp": lamp})
    with app.app_context(), reading() as db:
        assert neighbours.alert_recipients(db, "borough") == [near]
        assert neighbours.alert_recipients(db, "public") == []


def test_hook_alert_marks(tmp_path: Path) -> None:
    asked: list[Any] = []

    def marks(alerts: Any) -> dict[Any, str]:
        asked.append(alerts)
        return {("near", "1"): "Not looked at here yet"}

    app = make_app(tmp_path / "a", plugins={"lamp": _plugin(alert_marks=lambda db, alerts: marks(alerts))})
    with app.app_context(), reading() as db:
        assert neighbours.alert_marks(db, []) == {}
        assert asked == []
        assert neighbours.alert_marks(db, [("near", "1")]) == {("near", "1"): "Not looked at here yet"}
