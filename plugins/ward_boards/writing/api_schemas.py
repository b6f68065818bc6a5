"""What the API takes and gives of pictures, places and times."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from plugins.ward_boards.writing import happened
from plugins.ward_boards.writing.about import Rough
from plugins.ward_boards.writing.attachments import Picture


class PictureSchema(Schema):
    """One picture of a post; `url` gives a JPEG to whoever may read the post."""

    id = fields.String()
    url = fields.String()
    alt = fields.String()
    width = fields.Integer()
    height = fields.Integer()


class PictureListSchema(Schema):
    """The pictures of a post."""

    files = fields.List(fields.Nested(PictureSchema))


class RoughSchema(Schema):
    """Where and when something happened, never finer than a square of 300 m and half a day; all may be missing."""

    place = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "one of /boards/{code}/places", "example": "E05009320/ne/Q17"},
    )
    happened_on = fields.Date(load_default=None, allow_none=True)
    half_day = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(happened.HALVES))

    @validates_schema
    def check_time(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse a day to come, one long ago, and half of no day."""
        day: date | None = data.get("happened_on")
        wrong = happened.check(day, data.get("half_day"))
        if wrong:
            raise ValidationError(wrong, "happened_on" if day else "half_day")


class PlaceSchema(Schema):
    """A place that a thread can be about: `place` is what is sent and stored, `name` is what people read."""

    place = fields.String()
    name = fields.String()


class PlaceListSchema(Schema):
    """The places of a board."""

    items = fields.List(fields.Nested(PlaceSchema))


def rough_of(body: dict[str, Any]) -> Rough:
    """Return what was sent of place and time."""
    return Rough(body.get("place"), body.get("happened_on"), body.get("half_day"))


def shown_rough(rough: Rough) -> dict[str, Any]:
    """Return place and time as the API shows them."""
    return {"place": rough.place, "happened_on": rough.happened_on, "half_day": rough.half_day}


def shown_files(post_id: str, files: tuple[Picture, ...]) -> list[dict[str, Any]]:
    """Return a post's pictures as the API shows them."""
    return [
        {
            "id": each.id,
            "url": f"/api/v1/posts/{post_id}/files/{each.id}.jpg",
            "alt": each.alt,
            "width": each.width,
            "height": each.height,
        }
        for each in files
    ]
