"""Neighbours and deliveries for machines."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from core.database import sql
from core.web.api import PageArgs, Problem, api_requires, paged
from federation import queries
from federation.permission_names import MANAGE


class PeerSchema(Schema):
    """A neighbouring instance; times are times of instances, never of people."""

    id = fields.String()
    name = fields.String()
    area = fields.String()
    base_url = fields.String()
    state = fields.String()
    thumbprint = fields.String()
    verified_at = fields.AwareDateTime(allow_none=True)
    heard_at = fields.AwareDateTime(allow_none=True)
    sent_at = fields.AwareDateTime(allow_none=True)
    problem = fields.String(allow_none=True)
    waiting = fields.Integer()
    dead = fields.Integer()


class DeliverySchema(Schema):
    """One revision of an own alert on its way to one neighbour."""

    id = fields.String()
    peer = fields.String(attribute="peer_id")
    peer_name = fields.String(attribute="peer")
    alert = fields.String(attribute="alert_id")
    revision = fields.Integer()
    kind = fields.String()
    state = fields.String()
    outcome = fields.String(allow_none=True)
    attempts = fields.Integer()
    created_at = fields.AwareDateTime()
    acknowledged_at = fields.AwareDateTime(allow_none=True)


class PeerList(Schema):
    """A page of neighbours."""

    items = fields.List(fields.Nested(PeerSchema))
    next = fields.String(allow_none=True)


class DeliveryList(Schema):
    """A page of deliveries, the newest first."""

    items = fields.List(fields.Nested(DeliverySchema))
    next = fields.String(allow_none=True)


def blueprint() -> Blueprint:
    """Return the API's part about neighbours."""
    api = Blueprint("federation_api", __name__, url_prefix="/api/v1", description="Neighbours and deliveries")

    @api.get("/federation/peers")
    @api.arguments(PageArgs, location="query")
    @api.response(200, PeerList)
    @api_requires("admin", MANAGE)
    def peers(page: dict[str, Any]) -> dict[str, Any]:
        rows = queries.peer_rows(sql.session, after=page["after"], limit=page["limit"] + 1)
        shown = rows[: page["limit"]]
        return paged(shown, shown[-1].id if len(rows) > len(shown) else None)

    @api.get("/federation/deliveries")
    @api.arguments(PageArgs, location="query")
    @api.response(200, DeliveryList)
    @api_requires("admin", MANAGE)
    def deliveries(page: dict[str, Any]) -> dict[str, Any]:
        before = page["after"]
        if before is not None and not (before.isascii() and before.isdigit() and len(before) < 16):
            raise Problem(422, "This cursor is not ours", "Take 'after' from the 'next' of the page before.")
        older_than = None if before is None else int(before)
        rows = queries.delivery_rows(sql.session, before=older_than, limit=page["limit"] + 1)
        shown = rows[: page["limit"]]
        return paged([row for _place, row in shown], str(shown[-1][0]) if len(rows) > len(shown) else None)

    return api
