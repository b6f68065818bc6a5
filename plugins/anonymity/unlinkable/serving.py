"""The unlinkable side as a process of its own, for a second hostname: without the secret and the main database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from core import config as configuration
from core.config import Config
from core.web.mounts import Application, Mounts
from plugins.anonymity.unlinkable import app as side
from plugins.anonymity.unlinkable import contributions
from plugins.anonymity.unlinkable.store import Store, url_of

MADE_BY = "plugins.anonymity.unlinkable.serving:application"
WHERE = "BOROUGHWATCH_DATA"


def config_of(folder: Path) -> Config:
    """Return the configuration of an instance, of which this process only uses a few lines.

    Raises:
        ConfigError: it cannot be used; the message says what to do.
    """
    settings = {setting.name: setting for setting in contributions.settings()}
    raw = configuration.read(folder)
    # The lines of other rooms are checked where the pages start; they are nothing to this process.
    own = {name: value for name, value in raw.get("anonymity", {}).items() if name in settings}
    return configuration.build(folder, {**raw, "anonymity": own}, {"anonymity": settings})


def check(folder: Path) -> None:
    """Pass silently when the folder's configuration and its file can be used.

    Raises:
        ConfigError, store.WrongVersion: see there.
    """
    store = Store(url_of(config_of(folder.resolve())))
    store.prepare()
    store.close()


def application() -> Application:
    """Return the application for the folder that the environment names; for the server's own processes."""
    config = config_of(Path(os.environ[WHERE]).resolve())
    store = Store(url_of(config))
    store.prepare()
    mounted: Any = side.create(store, side.rules_of(config))
    return Mounts(_nothing_else, {side.PATH: mounted})


def _nothing_else(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("404 Not Found", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
    return [b"There is nothing here. Look below /a/.\n"]
