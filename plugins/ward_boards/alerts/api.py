"""The alerts of the JSON API, added to the plugin's one API blueprint; the same services as the pages."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import PageArgs, Problem, api_public, api_requires, paged
from plugins.ward_boards.alerts import cap, publishing, queries, services, waiting_api
from plugins.ward_boards.alerts.api_schemas import (
    AlertArgs,
    AlertList,
    AlertSchema,
    AlertUpdateArgs,
    CancelArgs,
    WaitingAlertSchema,
    draft_of,
    shown,
)
from plugins.ward_boards.alerts.models import LOCAL_ID
from plugins.ward_boards.alerts.queries import AlertRow
from plugins.ward_boards.alerts.rights import ISSUE
from plugins.ward_boards.alerts.services import SecondNeeded, Target
from plugins.ward_boards.alerts.waiting_api import no_such_alert, refusals

DOCUMENT = {"content": {cap.MIMETYPE: {"schema": {"type": "string"}}}}
FEED = {"content": {publishing.ATOM_MIMETYPE: {"schema": {"type": "string"}}}}


def register(api_bp: Blueprint) -> None:
    """Add `/alerts` and what is under it."""
    _register_reading(api_bp)
    _register_writing(api_bp)
    _register_documents(api_bp)
    waiting_api.register(api_bp)


def _register_reading(api_bp: Blueprint) -> None:
    @api_bp.get("/alerts")
    @api_bp.arguments(PageArgs, location="query")
    @api_bp.response(200, AlertList)
    @api_requires("read")
    def list_alerts(page: dict[str, Any]) -> dict[str, Any]:
        """List alerts, ours and neighbours', newest first; those that are over stay, with their status."""
        limit = page["limit"]
        after = _read_cursor(page["after"]) if page["after"] else None
        rows = queries.alerts_page(sql.session, viewer(), now=now(), after=after, limit=limit + 1)
        more = len(rows) > limit
        return paged([shown(row) for row in rows[:limit]], _cursor(rows[limit - 1]) if more else None)

    @api_bp.get("/alerts/<alert_id>")
    @api_bp.response(200, AlertSchema)
    @api_requires("read")
    def get_alert(alert_id: str) -> dict[str, Any]:
        """Show one alert as it stands."""
        return shown(_found(alert_id))


def _register_writing(api_bp: Blueprint) -> None:
    @api_bp.post("/alerts")
    @api_bp.arguments(AlertArgs)
    @api_bp.response(201, AlertSchema)
    @api_bp.alt_response(202, schema=WaitingAlertSchema, description="not out: it waits for a second person")
    @api_requires("alert", ISSUE)
    def create_alert(body: dict[str, Any]) -> Any:
        """Issue an alert for wards the token's member answers for.

        The third urgent one of a ward in seven days answers 202 and waits for a second person.
        """
        moment = now()
        try:
            with refusals(), transaction() as db:
                alert_id = services.issue(db, viewer(), draft=draft_of(body, now=moment), now=moment)
        except SecondNeeded as second:
            return waiting_api.propose(second)
        return shown(_found(alert_id))

    @api_bp.put("/alerts/<alert_id>")
    @api_bp.arguments(AlertUpdateArgs)
    @api_bp.response(200, AlertSchema)
    @api_bp.alt_response(202, schema=WaitingAlertSchema, description="not changed: it waits for a second person")
    @api_requires("alert", ISSUE)
    def replace_alert(body: dict[str, Any], alert_id: str) -> Any:
        """Replace an alert by a whole new snapshot; with `revision` only if that one still stands."""
        moment = now()
        target = Target(_own(alert_id).id, body.pop("revision", None))
        try:
            with refusals(), transaction() as db:
                services.update(db, viewer(), target=target, draft=draft_of(body, now=moment), now=moment)
        except SecondNeeded as second:
            return waiting_api.propose(second)
        return shown(_found(alert_id))

    @api_bp.post("/alerts/<alert_id>/cancel")
    @api_bp.arguments(CancelArgs)
    @api_bp.response(200, AlertSchema)
    @api_requires("alert", ISSUE)
    def cancel_alert(body: dict[str, Any], alert_id: str) -> dict[str, Any]:
        """Take an alert back, saying why; a cancelled one stays cancelled."""
        target = Target(_own(alert_id).id, body.get("revision"))
        with refusals(), transaction() as db:
            services.cancel(db, viewer(), target=target, reason=body["reason"], now=now())
        return shown(_found(alert_id))


def _register_documents(api_bp: Blueprint) -> None:
    @api_bp.get("/alerts/<alert_id>.cap")
    @api_bp.response(200, DOCUMENT, content_type=cap.MIMETYPE)
    @api_requires("read")
    def alert_cap(alert_id: str) -> Response:
        """Give an alert as CAP 1.2."""
        row = _found(alert_id)
        written = publishing.cap_file(row, queries.history(sql.session, row.id))
        if written is None:
            raise Problem(404, "There is no CAP file", "The neighbour took this alert back.")
        return Response(written, mimetype=cap.MIMETYPE)

    @api_bp.get("/alerts.atom")
    @api_bp.response(200, FEED, content_type=publishing.ATOM_MIMETYPE)
    @api_public
    def alerts_atom() -> Response:
        """Give the public alerts of this borough as an Atom feed."""
        moment = now()
        written = publishing.atom_feed(queries.public_alerts(sql.session, now=moment), now=moment)
        return Response(written, mimetype=publishing.ATOM_MIMETYPE)


def _found(alert_id: str) -> AlertRow:
    row = queries.one_alert(sql.session, viewer(), alert_id, now=now())
    if row is None:
        raise no_such_alert()
    return row


def _own(alert_id: str) -> AlertRow:
    row = _found(alert_id)
    if not row.is_own:
        raise Problem(403, "This alert belongs to a neighbour", f"Only {row.origin_name} can change it.")
    return row


def _cursor(row: AlertRow) -> str:
    return base64.urlsafe_b64encode(f"{row.sent.isoformat()} {row.id}".encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[datetime, str]:
    try:
        sent, _space, alert_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        at = datetime.fromisoformat(sent)
        if at.tzinfo is None or not LOCAL_ID.fullmatch(alert_id):
            raise ValueError(text)
        return at.astimezone(UTC), alert_id
    except (ValueError, OverflowError, binascii.Error):
        raise Problem(422, "This is not a place in the list", "Use 'after' as it came in 'next'.") from None
