"""Hints for the worker: "look now". The database holds what is due, so a lost hint costs seconds only.

Huey carries them, on a file of its own or on Redis.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from flask import current_app

from core.config import Config
from core.crypto import Keyring

log = logging.getLogger(__name__)


class Hints:
    """The queue behind an app: `wake` puts one hint into it."""

    def __init__(self, config: Config, *, in_memory: bool = False) -> None:
        """Choose Redis when it is configured, else a file beside the database; in memory for tests."""
        self.huey = _huey(config, in_memory)
        self.work: Any = None
        self.tick = self.huey.task(name="boroughwatch_tick")(self._look)

    def _look(self) -> None:
        if self.work is not None:
            self.work()


def _huey(config: Config, in_memory: bool) -> Any:
    from huey import MemoryHuey, RedisHuey, SqliteHuey
    from huey.serializer import SignedSerializer

    if in_memory:
        return MemoryHuey("boroughwatch")

    if config.redis_url:
        # Messages are pickled: who can write to Redis must not run code here. Neighbours may share one Redis.
        secret = Keyring.from_file(Path(config.secret_key_file)).derive("hints").hex()
        name = f"boroughwatch_{config.borough.lower()}"
        return RedisHuey(name, url=config.redis_url, results=False, serializer=SignedSerializer(secret=secret))
    return SqliteHuey("boroughwatch", filename=str(config.data_dir / "queue.db"), results=False)


def wake(delay_seconds: float = 0) -> None:
    """Ask the worker to look now, or in a while. Never fails: the minute's sweep finds the work anyway."""
    hints: Hints | None = current_app.extensions.get("boroughwatch.hints")
    if hints is None:
        return
    try:
        hints.tick.schedule(delay=delay_seconds) if delay_seconds else hints.tick()
    except Exception:
        log.exception("the queue did not take a hint; the sweep will find the work")
