"""The page to write without a name that leads anywhere, and the worker that compares our keys at neighbours."""

from __future__ import annotations

from importlib.resources import files as resources
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template

from core import documents
from core.database import sql
from core.instance import instance
from core.web.access import public, viewer
from core.web.security import connect_to
from plugins.anonymity.credentials import policy
from plugins.anonymity.writing import boxes, files


def register(bp: Blueprint) -> None:
    """Add the pages to the plugin's blueprint."""
    bp.add_url_rule("/anonymity/write", "write", write)
    bp.add_url_rule("/anonymity/neighbours.js", "neighbours", neighbours)


@public
def write() -> str:
    """Show the page. What it shows of a voice comes from the browser and from the unlinkable side, not from here."""
    who = viewer()
    base = str(instance().config.plugin["anonymity"]["unlinkable_url"])
    if urlsplit(base).netloc:
        connect_to([base])
    # Empty for who has no voice of their own: the page then shows what this device keeps, or the way to a voice.
    mark = boxes.mark_of(who.member_id) if who.is_verified and who.member_id else ""
    return render_template(
        "anonymity/write.html", mark=mark, base=base, integrity=files.integrity, modules=files.MODULES
    )


@public
def neighbours() -> Response:
    """Return the worker, which alone may ask the neighbours that show copies of our list of keys."""
    connect_to(mirror.url for mirror in documents.mirrors_of(sql.session, policy.DOCUMENT))
    script = (resources("plugins.anonymity") / "static" / "anonymity" / "neighbours.js").read_bytes()
    return Response(script, mimetype="text/javascript")
