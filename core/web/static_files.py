"""Static files travel small and once: their addresses carry a digest of the file, and text is compressed.

Pages are not compressed: they hold tokens beside words that a stranger may have chosen (BREACH).
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request, session
from werkzeug.security import safe_join

YEAR_SECONDS = 365 * 24 * 3600
TEXT = frozenset({"text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml"})


def init_static_files(app: Flask) -> None:
    """Add `?v=<digest>` to every static address that is built, and let browsers keep what came by one."""
    app.url_defaults(_add_digest)
    app.after_request(_let_keep)
    app.after_request(_compress)


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
    if _is_static(request.endpoint):
        # Extensions look into the session on every request; "Vary: Cookie" would have each sign-in fetch all again.
        session.accessed = False
    if _is_static(request.endpoint) and request.args.get("v") and response.status_code in (200, 304):
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response


def _compress(response: Response) -> Response:
    if not _is_static(request.endpoint) or response.mimetype not in TEXT or response.status_code != 200:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] and "Range" not in request.headers:
        response.direct_passthrough = False
        response.set_data(_packed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("ETag", None)
    return response


@lru_cache(maxsize=64)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
