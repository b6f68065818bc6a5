"""What moderation's part of the JSON API takes and gives."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates, validates_schema

from core.web.api import PageArgs
from plugins.ward_boards import forms
from plugins.ward_boards.moderation import vocabulary
from plugins.ward_boards.moderation.appeals import LONGEST_STATEMENT
from plugins.ward_boards.moderation.forms import LONGEST_NOTE, LONGEST_WORDS, check_words

VERBS = (*vocabulary.POST_VERBS, *vocabulary.APPEAL_VERBS, *vocabulary.ASK_VERBS)


class QueueArgs(Schema):
    """Which part of the queue: of one board, or all."""

    ward = fields.String(load_default=None)


class LogArgs(PageArgs):
    """Which part of the log: of one board, or all."""

    ward = fields.String(load_default=None)


class RulingSchema(Schema):
    """A decision: `words` are told to the writer, `note` to other moderators, `reason` to all members."""

    verb = fields.String(required=True, validate=validate.OneOf(VERBS))
    reason = fields.String(required=True, validate=validate.OneOf(vocabulary.REASONS))
    words = fields.String(load_default="", validate=validate.Length(max=LONGEST_WORDS))
    note = fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))

    @validates_schema
    def check(self, data: dict[str, Any], **_more: Any) -> None:
        """Want words when no reason of the list fits."""
        problem = check_words(data.get("reason", ""), data.get("words", ""))
        if problem:
            raise ValidationError(problem, "words")


class AppealSchema(Schema):
    """Why a writer thinks that their post should be back."""

    statement = fields.String(required=True, validate=validate.Length(1, LONGEST_STATEMENT))


class EditSchema(Schema):
    """A post in its new words; `title` counts for the first post of a thread only."""

    text = fields.String(required=True)
    title = fields.String(load_default=None)

    @validates("text")
    def check_text(self, value: str, **_more: Any) -> None:
        """Refuse an empty or endless text."""
        problem = forms.check_text(value)
        if problem:
            raise ValidationError(problem)

    @validates("title")
    def check_title(self, value: str | None, **_more: Any) -> None:
        """Refuse an empty or endless title."""
        problem = None if value is None else forms.check_title(value)
        if problem:
            raise ValidationError(problem)


class CaseReportSchema(Schema):
    """What one reader said; never who."""

    reason = fields.String()
    note = fields.String()


class CasePictureSchema(Schema):
    """A picture of what a case is about, at `/moderation/cases/<id>/pictures/<picture id>.jpg`."""

    id = fields.String()
    alt = fields.String()


class QueueCaseSchema(Schema):
    """A case. `copy` and `reports` are there for the moderator who has claimed it."""

    id = fields.String()
    kind = fields.String(metadata={"enum": list(vocabulary.KINDS)})
    urgent = fields.Boolean()
    opened_on = fields.Date()
    post = fields.String(allow_none=True)
    thread = fields.String(allow_none=True)
    state = fields.String(allow_none=True, metadata={"description": "of the post, as it is now"})
    hold_code = fields.String()
    hold_note = fields.String()
    reports_count = fields.Integer()
    claimed = fields.String(metadata={"description": "mine, other, or empty"})
    asked_ward = fields.String(allow_none=True)
    text = fields.String()


class WholeCaseSchema(QueueCaseSchema):
    """A case by itself."""

    copy = fields.String(allow_none=True)
    pictures = fields.List(fields.Nested(CasePictureSchema))
    statement = fields.String(allow_none=True)
    reports = fields.List(fields.Nested(CaseReportSchema))


class CaseListSchema(Schema):
    """What waits."""

    items = fields.List(fields.Nested(QueueCaseSchema))
    next = fields.String(allow_none=True)


class LogEntrySchema(Schema):
    """What a moderator did: the day, the deed, the reason, a role and its ward."""

    day = fields.Date()
    verb = fields.String()
    reason = fields.String()
    role = fields.String()
    ward = fields.String()
    thread = fields.String(allow_none=True)


class LogListSchema(Schema):
    """A page of the log."""

    items = fields.List(fields.Nested(LogEntrySchema))
    next = fields.String(allow_none=True)
