"""What the alerts of the API look like, coming and going: field names of CAP 1.2, times RFC 3339 UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from core.instance import instance
from plugins.ward_boards.alerts import drafting
from plugins.ward_boards.alerts import vocabulary as words
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.alerts.queries import AlertRow
from plugins.ward_boards.alerts.second_person import Waiting

PLAIN_KIND = "other"


class Audience(fields.Field):  # type: ignore[type-arg]  # marshmallow's generic is private
    """A level (`borough`, `all_verified`, `public`), or peer ids as a list or as text with commas."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, list) and value and all(isinstance(peer, str) for peer in value):
            if any("," in peer for peer in value):
                raise self.make_error("wrong")
            return drafting.audience_of(value)
        if isinstance(value, str) and value.strip():
            return value.strip() if value.strip() in words.AUDIENCES else drafting.audience_of(value.split(","))
        raise self.make_error("wrong")

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return list(drafting.peers_of(value)) or value

    default_error_messages = {"wrong": "Send borough, all_verified, public, or a list of peer ids."}


AUDIENCE_SHAPE = {
    "description": "a level, or a list of peer ids",
    "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}


def _one_of(choices: Any) -> validate.OneOf:
    return validate.OneOf(list(choices), error="Choose one of {choices}.")


class AlertArgs(Schema):
    """An alert to send. `event` is a kind of the taxonomy; `onset` is now when it is missing."""

    headline = fields.String(required=True)
    description = fields.String(required=True)
    instruction = fields.String(load_default="")
    category = fields.String(required=True, validate=_one_of(words.CATEGORIES))
    event = fields.String(load_default="", validate=_one_of(["", *words.KIND_BY_SLUG]))
    severity = fields.String(required=True, validate=_one_of(words.SEVERITIES))
    urgency = fields.String(required=True, validate=_one_of(words.URGENCIES))
    certainty = fields.String(required=True, validate=_one_of(words.CERTAINTIES))
    areas = fields.List(fields.String(), required=True, validate=validate.Length(1, 200))
    onset = fields.AwareDateTime(load_default=None, allow_none=True, default_timezone=UTC)
    expires = fields.AwareDateTime(required=True, default_timezone=UTC)
    audience = Audience(load_default="borough", metadata=AUDIENCE_SHAPE)


READ_ONLY = frozenset({"id", "origin", "origin_name", "status", "sent", "note"})


class AlertUpdateArgs(AlertArgs):
    """The whole of a changed alert, and perhaps the revision it was made from.

    What was read from here may be sent back as it is: members that nobody can change are passed over.
    """

    revision = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1))

    @pre_load
    def leave_out_what_is_read_only(self, data: Any, **_more: Any) -> Any:
        """Pass over the members that only reading gives."""
        return (
            {name: value for name, value in data.items() if name not in READ_ONLY} if isinstance(data, dict) else data
        )


class CancelArgs(Schema):
    """Why an alert is taken back, and perhaps the revision that was looked at."""

    reason = fields.String(required=True)
    revision = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1))


class AlertSchema(Schema):
    """An alert as it stands. `origin` is the GSS code of this borough for our own, else the neighbour's peer id."""

    id = fields.String()
    origin = fields.String()
    origin_name = fields.String()
    status = fields.String(metadata={"enum": ["active", "cancelled", "expired"]})
    revision = fields.Integer()
    headline = fields.String()
    description = fields.String()
    instruction = fields.String()
    category = fields.String()
    event = fields.String()
    severity = fields.String()
    urgency = fields.String()
    certainty = fields.String()
    areas = fields.List(fields.String())
    onset = fields.String(metadata={"format": "date-time"})
    sent = fields.String(metadata={"format": "date-time"})
    expires = fields.String(metadata={"format": "date-time"})
    audience = Audience(metadata=AUDIENCE_SHAPE)
    note = fields.String(metadata={"description": "why it was cancelled; empty unless it was"})


class WaitingAlertSchema(Schema):
    """An urgent alert that is not out: it waits until `until` for a second person, who is not its writer."""

    id = fields.String()
    status = fields.String(metadata={"enum": ["waiting"]})
    until = fields.String(metadata={"format": "date-time"})
    why = fields.String()
    own = fields.Boolean(metadata={"description": "whether you wrote it; somebody else must agree then"})
    changes = fields.String(allow_none=True, metadata={"description": "the id of the alert it would change"})
    headline = fields.String()
    description = fields.String()
    instruction = fields.String()
    category = fields.String()
    event = fields.String()
    severity = fields.String()
    urgency = fields.String()
    certainty = fields.String()
    areas = fields.List(fields.String())
    onset = fields.String(metadata={"format": "date-time"})
    expires = fields.String(metadata={"format": "date-time"})
    audience = Audience(metadata=AUDIENCE_SHAPE)


class WaitingAlertList(Schema):
    """What waits for a second person in the wards you issue alerts for."""

    items = fields.List(fields.Nested(WaitingAlertSchema))
    next = fields.String(allow_none=True)


class AlertList(Schema):
    """A page of alerts, newest first."""

    items = fields.List(fields.Nested(AlertSchema))
    next = fields.String(allow_none=True)


def draft_of(body: dict[str, Any], *, now: datetime) -> AlertDraft:
    """Return the draft a body asks for; what officers type is checked by the draft's own rules."""
    return AlertDraft(
        headline=body["headline"],
        description=body["description"],
        instruction=body["instruction"],
        category=body["category"],
        event=body["event"] or PLAIN_KIND,
        severity=body["severity"],
        urgency=body["urgency"],
        certainty=body["certainty"],
        areas=tuple(body["areas"]),
        onset=body["onset"] or now,
        expires=body["expires"],
        audience=body["audience"],
    )


def shown(row: AlertRow) -> dict[str, Any]:
    """Return an alert as the API shows it."""
    plain = (
        "id status revision headline description instruction category event severity urgency certainty audience note"
    )
    config = instance().config
    return {
        **{name: getattr(row, name) for name in plain.split()},
        "origin": config.borough if row.is_own else row.origin,
        "origin_name": config.borough_name if row.is_own else row.origin_name,
        "areas": list(row.areas),
        **{name: _rfc3339(getattr(row, name)) for name in ("onset", "sent", "expires")},
    }


def shown_waiting(found: Waiting) -> dict[str, Any]:
    """Return an alert that waits for a second person as the API shows it."""
    draft = found.draft
    plain = "headline description instruction category event severity urgency certainty audience"
    return {
        **{name: getattr(draft, name) for name in plain.split()},
        "id": found.id,
        "status": "waiting",
        "until": _rfc3339(found.until),
        "why": "It is urgent, and its place has had two urgent alerts in seven days. A second person must agree.",
        "own": found.is_own,
        "changes": found.changes,
        "areas": list(draft.areas),
        "onset": _rfc3339(draft.onset),
        "expires": _rfc3339(draft.expires or found.until),
    }


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
