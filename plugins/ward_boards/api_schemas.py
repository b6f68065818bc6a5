"""What the boards' part of the JSON API takes and gives."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates

from core import posting, wards
from core.web.api import PageArgs
from plugins.ward_boards import forms
from plugins.ward_boards.categories import BY_SLUG, CATEGORIES, FLAG_REASONS
from plugins.ward_boards.incidents.api_schemas import IncidentSchema
from plugins.ward_boards.models import TIERS, VERIFIED
from plugins.ward_boards.writing.api_schemas import PictureSchema, RoughSchema


class _Text(fields.String):
    """A text that can be stored: a lone surrogate is valid JSON but no character."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValidationError("This text has characters that no computer can write down.") from None
        return text


class Category(fields.String):
    """One of the boards' categories, or the slug of an alert's kind, which is kept as the category it belongs to."""

    default_error_messages = {"wrong": "Choose one of {choices}."}

    def __init__(self, **kwargs: Any) -> None:
        """Take the field's options; the description of the API lists what may be sent."""
        super().__init__(**kwargs, metadata={"enum": [*CATEGORIES, *sorted(BY_SLUG)]})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        found = text if text in CATEGORIES else BY_SLUG.get(text)
        if found is None:
            raise self.make_error("wrong", choices=", ".join(CATEGORIES))
        return found


class ThreadArgs(PageArgs):
    """Which threads: of one board, of one category, or all."""

    ward = fields.String(load_default=None)
    category = Category(load_default=None)
    open = fields.Boolean(
        load_default=False, metadata={"description": "only incidents that nobody has closed", "type": "boolean"}
    )


class SignedSchema(Schema):
    """A text and how it is signed: `alias`, `resident`, `group` or what else this instance offers.

    Unknown fields are refused, so that a mistyped `as` never publishes under the alias.
    """

    text = _Text(required=True)
    sign_as = _Text(data_key="as", load_default=posting.DEFAULT_OPTION)

    @validates("text")
    def check_text(self, value: str, **_more: Any) -> None:
        """Refuse an empty or endless text."""
        _raise(forms.check_text(value))


class ReplySchema(SignedSchema):
    """An answer; with `update` it is news of the incident, which its writer and moderators may give."""

    update = fields.Boolean(load_default=False)


class NewThreadSchema(SignedSchema, RoughSchema):
    """A thread to be opened."""

    wards = fields.List(fields.String(), required=True, validate=validate.Length(1, 60))
    title = _Text(required=True)
    category = Category(load_default=CATEGORIES[0])
    tier = fields.String(load_default=VERIFIED, validate=validate.OneOf(TIERS))

    @validates("title")
    def check_title(self, value: str, **_more: Any) -> None:
        """Refuse an empty or endless title."""
        _raise(forms.check_title(value))

    @validates("wards")
    def check_wards(self, value: list[str], **_more: Any) -> None:
        """Refuse codes that are no boards here."""
        known = {row.code for row in wards.boards()}
        _raise(None if set(value) <= known else "Only GSS codes of this borough and its wards are boards here.")


class FlagSchema(Schema):
    """Why a post should be looked at."""

    reason = fields.String(required=True, validate=validate.OneOf(FLAG_REASONS))
    note = _Text(load_default="", validate=validate.Length(max=500))


class ThreadSchema(RoughSchema):
    """A thread in a list or by itself. Never says whose it is, but by the label every reader sees."""

    id = fields.String()
    title = fields.String()
    wards = fields.List(fields.String())
    category = fields.String()
    tier = fields.String()
    by = fields.String()
    posts_count = fields.Integer()
    locked = fields.Boolean()
    state = fields.String()
    opened = fields.DateTime(format="iso")
    last_activity = fields.DateTime(format="iso")
    incident = fields.Nested(IncidentSchema, allow_none=True)
    me_too = fields.Integer(metadata={"description": "how many members said that they saw the same"})


class WholeThreadSchema(ThreadSchema):
    """A thread by itself, with the text that opened it; the answers are under `/replies`."""

    text = fields.String(allow_none=True)
    html = fields.String(allow_none=True)
    files = fields.List(fields.Nested(PictureSchema))
    former_wards = fields.List(
        fields.String(), metadata={"description": "wards that ended, on whose boards it stood before"}
    )
    first_post = fields.String(allow_none=True, metadata={"description": "id of the post that opened the thread"})


class PostSchema(Schema):
    """A post. `published` is rounded to a part of the day when `coarse` is true."""

    id = fields.String()
    thread = fields.String()
    number = fields.Integer()
    by = fields.String()
    kind = fields.String()
    text = fields.String()
    html = fields.String()
    published = fields.DateTime(format="iso")
    coarse = fields.Boolean()
    files = fields.List(fields.Nested(PictureSchema))
    update = fields.Boolean(metadata={"description": "whether it was marked as news of the incident"})
    state = fields.String()


class ThreadListSchema(Schema):
    """A page of threads."""

    items = fields.List(fields.Nested(ThreadSchema))
    next = fields.String(allow_none=True)


class PostListSchema(Schema):
    """A page of posts."""

    items = fields.List(fields.Nested(PostSchema))
    next = fields.String(allow_none=True)


def _raise(problem: str | None) -> None:
    if problem:
        raise ValidationError(problem)
