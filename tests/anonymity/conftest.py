from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from core.testing import make_app
from plugins.anonymity import hooks

BOW_WEST = "E05009320"
SHADWELL = "E05009332"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """An instance with this plugin alone."""
    return make_app(tmp_path, plugins={"anonymity": hooks})
