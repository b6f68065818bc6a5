"""A member's notices in the JSON API: what their own pages show."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from core import notifications
from core.database import sql
from core.notifications import inbox
from core.web.access import viewer
from core.web.api import api_requires, paged


class OwnNoticeSchema(Schema):
    """One note; the day is all the time there is."""

    subject = fields.String()
    text = fields.String()
    path = fields.String()
    priority = fields.String()
    noticed_on = fields.Date()
    read = fields.Boolean()


class OwnNoticesSchema(Schema):
    """The notes of thirty days."""

    items = fields.List(fields.Nested(OwnNoticeSchema))
    next = fields.String(allow_none=True)


class FollowedSchema(Schema):
    """What the token's member follows."""

    wards = fields.List(fields.String())
    topics = fields.List(fields.String())


def blueprint() -> Blueprint:
    """Return the resources as a blueprint beside that of the account's pages."""
    bp = Blueprint("account_api", __name__, url_prefix="/api/v1", description="What members are told")

    @bp.get("/me/notices")
    @bp.response(200, OwnNoticesSchema)
    @api_requires("read")
    def own_notices() -> dict[str, Any]:
        """List what you were told in the last thirty days."""
        shown = inbox.notices(sql.session, str(viewer().member_id))
        items = [
            {
                "subject": each.note.subject,
                "text": each.note.text,
                "path": each.note.path,
                "priority": each.note.priority,
                "noticed_on": each.noticed_on,
                "read": each.is_read,
            }
            for each in shown
        ]
        return paged(items, None)

    @bp.get("/me/followed")
    @bp.response(200, FollowedSchema)
    @api_requires("read")
    def own_followed() -> dict[str, Any]:
        """List the wards and topics you follow."""
        member_id = str(viewer().member_id)
        topics = sorted(notifications.topics(sql.session, member_id).values())
        return {"wards": notifications.followed(sql.session, member_id), "topics": topics}

    return bp
