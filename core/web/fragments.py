"""Pieces of pages that are drawn once: a row of a list looks the same whoever asks, as long as nothing in it changed.

A template says what a piece follows from: `{{ kept(key, macro, …) }}`. The key holds all that may differ between two
drawings, and never whose page it is on; the language is added here. Nothing is stored outside this process, and
nothing for long: what a writer takes back must not lie in memory until somebody restarts the server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock

from flask import Flask, current_app
from flask_babel import get_locale
from markupsafe import Markup

_KEPT = "boroughwatch.fragments"
MOST = 4000
"""About 8 MB of rows and posts; the oldest go first."""
SECONDS = 900.0
"""So long at most a piece is kept; then all are drawn anew."""


@dataclass
class _Drawn:
    """What was drawn since `since`, by its key. Threads share it, and only one at a time throws away."""

    pieces: dict[Hashable, Markup] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)
    lock: Lock = field(default_factory=Lock)

    def add(self, key: Hashable, piece: Markup) -> None:
        """Keep a piece, and make room."""
        with self.lock:
            self.pieces[key] = piece
            while len(self.pieces) > MOST:
                del self.pieces[next(iter(self.pieces))]

    def forget_old(self) -> None:
        """Throw all away when it is time."""
        if time.monotonic() - self.since > SECONDS:
            with self.lock:
                self.pieces.clear()
                self.since = time.monotonic()


def init_fragments(app: Flask) -> None:
    """Give templates `kept`."""
    app.extensions[_KEPT] = _Drawn()
    app.jinja_env.globals["kept"] = kept


def kept(key: Hashable, macro: Callable[..., Markup], *values: object) -> Markup:
    """Return what the macro draws from `values`, drawn now or when the same key was asked for before."""
    drawn: _Drawn = current_app.extensions[_KEPT]
    drawn.forget_old()
    whole = (str(get_locale()), key)
    found = drawn.pieces.get(whole)
    if found is None:
        found = macro(*values)
        drawn.add(whole, found)
    return found
