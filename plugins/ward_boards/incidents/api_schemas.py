"""What the incidents' part of the JSON API takes and gives."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from plugins.ward_boards.incidents.models import STATES
from plugins.ward_boards.incidents.states import LONGEST_NOTE, OUTCOMES


class IncidentSchema(Schema):
    """How the matter of a thread stands; null for threads that have no end to wait for."""

    state = fields.String(metadata={"enum": list(STATES)})
    outcome = fields.String(allow_none=True, metadata={"enum": [*OUTCOMES, None]})
    closed_on = fields.Date(allow_none=True)


class CloseIncidentSchema(Schema):
    """How it ended, and perhaps a sentence that readers see beside it."""

    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    note = fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))


class ReopenIncidentSchema(Schema):
    """Why it is not over; readers see it."""

    reason = fields.String(required=True, validate=validate.Length(1, LONGEST_NOTE))
