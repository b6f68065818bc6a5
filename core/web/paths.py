"""Addresses in templates: a page builds the same forty again and again, so those without parts of their own are kept.

Kept are addresses that follow from the endpoint alone: those without values, and those of static files, whose
digest is fixed once a process has read them.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, current_app, has_request_context, request

_KEPT = "boroughwatch.paths"
_MOST = 1000
"""Far more than there are endpoints and static files; a bound all the same."""


def init_paths(app: Flask) -> None:
    """Give templates a `url_for` that remembers."""
    app.extensions[_KEPT] = {}
    app.jinja_env.globals["url_for"] = url_for
    app.jinja_env.globals["has_page"] = has_page


def has_page(path: str) -> bool:
    """Whether this instance has a page at a path, whichever part of it that is."""
    return bool(current_app.url_map.bind("localhost").test(path, "GET"))


def own_path(wanted: str) -> str:
    """Return a path of ours; the home page for another site's address, or signs that browsers drop or swap."""
    is_ours = re.match(r"/(?![/\\])", wanted) and wanted.isprintable()
    return wanted if is_ours else "/"


def url_for(endpoint: str, **values: Any) -> str:
    """Return the address, as Flask's `url_for` does."""
    if endpoint.startswith(".") or (values and values.keys() != {"filename"}) or not has_request_context():
        return current_app.url_for(endpoint, **values)
    kept: dict[tuple[str, str, str | None], str] = current_app.extensions[_KEPT]
    key = (request.script_root, endpoint, values.get("filename"))
    found = kept.get(key)
    if found is None:
        found = current_app.url_for(endpoint, **values)
        if len(kept) < _MOST:
            kept[key] = found
    return found
