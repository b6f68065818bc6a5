"""An instance with boards and alerts, and the people who use them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core.testing import make_app

BOW_WEST = "E05009320"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, ["ward_boards"])
    with app.app_context():
        yield app
