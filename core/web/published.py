"""Documents of plugins below `/.well-known/`, the same for everybody who asks."""

from __future__ import annotations

from flask import Response, abort

from core import documents
from core.database import sql
from core.web.access import public


@public
def document(document: str) -> Response:
    """Show what a plugin publishes; nobody is asked who they are."""
    body = documents.body_of(sql.session, f"{document}.json")
    if body is None:
        abort(404)
    return for_everybody(body)


def for_everybody(body: bytes) -> Response:
    """Return JSON that scripts of any page may read: it is public, and sent without looking at cookies."""
    answer = Response(body, mimetype="application/json")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "no-store"
    return answer
