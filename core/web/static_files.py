"""Addresses of static files carry a digest of the file, so that a browser asks for each version once only."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.security import safe_join

YEAR_SECONDS = 365 * 24 * 3600


def init_static_files(app: Flask) -> None:
    """Add `?v=<digest>` to every static address that is built, and let browsers keep what came by one."""
    app.url_defaults(_add_digest)
    app.after_request(_let_keep)


def _is_static(endpoint: str | None) -> bool:
    return endpoint is not None and (endpoint == "static" or endpoint.endswith(".static"))


def _add_digest(endpoint: str, values: dict[str, Any]) -> None:
    if not _is_static(endpoint) or "v" in values:
        return
    name, dot, _rest = endpoint.rpartition(".")
    folder = current_app.blueprints[name].static_folder if dot else current_app.static_folder
    path = safe_join(folder or "", values["filename"])
    digest = _digest(path) if path else None
    if digest:
        values["v"] = digest


@lru_cache(maxsize=256)
def _digest(path: str) -> str | None:
    file = Path(path)
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else None


def _let_keep(response: Response) -> Response:
    if _is_static(request.endpoint) and request.args.get("v") and response.status_code in (200, 304):
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response
