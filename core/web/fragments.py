"""Pieces of pages that are drawn once: a row of a list looks the same whoever asks, as long as nothing in it changed.

A template says what a piece follows from: `{{ kept(key, macro, …) }}`. The key holds all that may differ between two
drawings, and never whose page it is on; the language is added here. Nothing is stored outside this process.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from flask import Flask, current_app
from flask_babel import get_locale
from markupsafe import Markup

_KEPT = "boroughwatch.fragments"
MOST = 4000
"""About 8 MB of rows and posts; the oldest go first."""


def init_fragments(app: Flask) -> None:
    """Give templates `kept`."""
    app.extensions[_KEPT] = {}
    app.jinja_env.globals["kept"] = kept


def kept(key: Hashable, macro: Callable[..., Markup], *values: object) -> Markup:
    """Return what the macro draws from `values`, drawn now or when the same key was asked for before."""
    drawn: dict[Hashable, Markup] = current_app.extensions[_KEPT]
    whole = (str(get_locale()), key)
    found = drawn.get(whole)
    if found is None:
        found = drawn[whole] = macro(*values)
        while len(drawn) > MOST:
            drawn.pop(next(iter(drawn), None), None)
    return found
