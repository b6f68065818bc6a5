from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="session")
def voice() -> Any:
    """Return the client of the unlinkable side: call it with an epoch and a scope, then let it `get_signed`."""
    name = "anonymity_unlinkable_client"
    if name not in sys.modules:
        spec = spec_from_file_location(name, Path(__file__).with_name("unlinkable_client.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)  # dataclasses look their own module up
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].VoiceClient
