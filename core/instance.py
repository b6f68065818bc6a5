"""What an app was built with, frozen: configuration, keys, plugins and what they contributed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from core.config import Config
from core.contributions import Contributions
from core.crypto import Keyring
from core.plugin_manager import Plugins


@dataclass(frozen=True)
class Instance:
    """The parts every module may rely on once the app is made; nothing here changes afterwards."""

    config: Config
    keys: Keyring
    plugins: Plugins
    contributions: Contributions


def instance(app: Flask | None = None) -> Instance:
    """Return the instance behind the current app, or behind the given one."""
    found: Instance = (app or current_app).extensions["boroughwatch"]
    return found
