"""Moderators, readers and writers at once on PostgreSQL: reports, claims, decisions and joins lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from runpy import run_path

from flask import Flask

ROOM = Path(__file__).parents[1] / "ward_boards" / "moderation" / "test_nothing_is_lost.py"


def test_M2_ten_people_at_once_lose_nothing_on_postgres(make_app: Callable[..., Flask]) -> None:
    run_path(str(ROOM))["race"](make_app(["ward_boards"]))
