"""The guard in the JSON API: a program can show the same advice before it sends a post. Nothing is kept."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core.web.api import api_requires
from plugins.ward_boards import access
from plugins.ward_boards.categories import CATEGORIES
from plugins.ward_boards.guard.objecting import findings
from plugins.ward_boards.guard.sentences import advice


class LookThroughSchema(Schema):
    """A text that is about to be posted."""

    title = fields.String(load_default="", validate=validate.Length(max=200))
    text = fields.String(required=True, validate=validate.Length(max=12_000))
    category = fields.String(load_default=CATEGORIES[0], validate=validate.OneOf(CATEGORIES))
    has_files = fields.Boolean(load_default=False)
    no_faces = fields.Boolean(load_default=False)


class GuardFindingSchema(Schema):
    """One finding: `part` is `title`, `text` or `files`; `severity` `hold` means that a moderator looks first."""

    code = fields.String()
    severity = fields.String()
    part = fields.String()
    start = fields.Integer()
    end = fields.Integer()
    advice = fields.String()


class GuardFindingsSchema(Schema):
    """All findings, in the order of the text."""

    items = fields.List(fields.Nested(GuardFindingSchema))


def register(bp: Blueprint) -> None:
    """Add the resource to the API blueprint."""

    @bp.post("/posts/look-through")
    @bp.arguments(LookThroughSchema)
    @bp.response(200, GuardFindingsSchema)
    @api_requires("post", access.POST)
    def look_through(body: dict[str, Any]) -> dict[str, Any]:
        """Say what a post would be marked or held for, without posting it."""
        found = findings(
            body["title"], body["text"], body["category"], has_files=body["has_files"], no_faces=body["no_faces"]
        )
        return {"items": [{**one._asdict(), "advice": advice(one.code)} for one in found]}
