"""The page `/a/` and the files it needs: the same bytes for everybody, and nothing that could mark a browser.

Files come from a fixed list, read once; their addresses carry a digest, so that browsers may keep them for a year, and
the page names each with its hash. Source: w3.org/TR/SRI.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from flask import Flask, Response, render_template, request
from jinja2 import ChoiceLoader, PackageLoader

from core.web import giveaway_words
from plugins.anonymity.unlinkable import answers
from plugins.anonymity.writing.files import hash_of

KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}
OF_CORE = ("app.css", "favicon.svg", "icons.svg", "guard.js", "guard.json")
LONG = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class File:
    """A static file with its type, its address below this application, and the hash that the page names."""

    name: str
    kind: str
    content: bytes
    packed: bytes
    integrity: str

    @property
    def address(self) -> str:
        """Where it is, below the application."""
        return f"static/{self.name}?v={hashlib.sha256(self.content).hexdigest()[:10]}"


@lru_cache(maxsize=1)
def listed() -> dict[str, File]:
    """Return the files by name: this plugin's own, and of core the look and the icons."""
    own = files("plugins.anonymity") / "static" / "anonymity"
    found = [files("core") / "static" / name for name in OF_CORE]
    found += [each for each in own.iterdir() if each.is_file()] if own.is_dir() else []
    read = (_read(each) for each in found)
    return {each.name: each for each in read if each is not None}


def _read(file: Traversable) -> File | None:
    kind = next((kind for ending, kind in KINDS.items() if file.name.endswith(ending)), None)
    if kind is None:
        return None
    content = file.read_bytes()
    return File(file.name, kind, content, gzip.compress(content, 9, mtime=0), hash_of(content))


@dataclass(frozen=True)
class Names:
    """What the pages call the site, and what stands before paths of members' pages: nothing on the same host."""

    site_name: str
    members_url: str


def register(app: Flask, names: Names) -> None:
    """Add the page and its files to the application; of core's templates it draws the guard over what is written."""
    app.jinja_loader = ChoiceLoader([PackageLoader("plugins.anonymity"), PackageLoader("core")])

    @app.get("/")
    def page() -> Response:
        here = request.script_root
        return _page("anonymity/unlinkable.html", names, {name: _at(here, name) for name in OF_CORE})

    @app.get("/static/<name>")
    def static_file(name: str) -> Response:
        file = listed().get(name)
        if file is None:
            return answers.problem(404, "There is no such file here.")
        is_packed = request.accept_encodings["gzip"] > 0
        answer = Response(file.packed if is_packed else file.content, mimetype=file.kind)
        answer.headers["Cache-Control"] = LONG if request.args.get("v") else "no-store"
        answer.headers["Vary"] = "Accept-Encoding"
        if is_packed:
            answer.headers["Content-Encoding"] = "gzip"
        return answer


def cookie_page(names: Names) -> Response:
    """Return the page for a browser that came with a cookie: what happened, and where to go instead."""
    # Its files would be asked for with the cookie too, so they come from the members' side.
    look = {name: f"{names.members_url}/static/{name}" for name in OF_CORE}
    answer = _page("anonymity/unlinkable_cookie.html", names, look)
    answer.status_code = 400
    return answer


def _at(here: str, name: str) -> str:
    return f"{here}/{listed()[name].address}"


def _page(template: str, names: Names, look: dict[str, str]) -> Response:
    text = render_template(template, files=listed(), names=names, look=look, advice=giveaway_words.advice())
    return Response(text, mimetype="text/html")
