"""What federation adds to other pages."""

from __future__ import annotations

from core.contributions import Panel, Slot, Viewer
from core.database import now, sql
from core.events import RemoteAlertReceived
from core.instance import instance
from core.permissions import allowed
from federation import queries
from federation.permission_names import MANAGE, READ_DELIVERIES, REVIEW, SAY_SEEN
from federation.repair import sightings
from federation.trust import queries as trust_queries
from federation.trust import words
from federation.trust.models import SHOWN


def for_slot(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
    """Return our panels for a slot."""
    if slot is Slot.ALERT:
        return _alert(viewer, subject) if subject else []
    if slot is Slot.ADMIN:
        return _admin() if allowed(viewer, MANAGE) else []
    if slot is Slot.DASHBOARD:
        return [*_to_look_at(viewer), *_neighbours(viewer)]
    return _neighbours(viewer)


def _alert(viewer: Viewer, alert_id: str) -> list[Panel]:
    if allowed(viewer, READ_DELIVERIES):
        rows = queries.travelled(sql.session, alert_id)
        if rows:
            taken_down = [row for row in rows if row.is_removal]
            removed = sum(row.state == "acknowledged" for row in taken_down)
            still = [row.peer for row in taken_down if row.state != "acknowledged"]
            tlp = queries.label_of(sql.session, alert_id)
            context = {"tlp": tlp, "rows": rows, "taken_down": taken_down, "removed": removed, "still": still}
            context["seen"] = sightings.there(sql.session, alert_id)
            return [Panel("federation/panels/travelled.html", context)]
    origin = queries.origin_of(sql.session, alert_id)
    if origin is not None:
        context = {"name": origin[0], "since": origin[1], "words": words}
        context["standing"] = standing = trust_queries.of_alert(sql.session, alert_id)
        context["may_review"] = allowed(viewer, REVIEW)
        if standing is not None and standing.state == SHOWN:
            context["seen_here"] = sightings.here(sql.session, [standing.id], viewer.member_id)[standing.id]
            context["may_say"] = allowed(viewer, SAY_SEEN)
        return [Panel("federation/panels/origin.html", context)]
    return []


def _to_look_at(viewer: Viewer) -> list[Panel]:
    """Return how many neighbours' alerts wait for this viewer; nothing when none does."""
    if not allowed(viewer, REVIEW):
        return []
    count = trust_queries.count_to_look_at(sql.session, now())
    return [Panel("federation/trust/_count.html", {"count": count}, order=5)] if count else []


def _admin() -> list[Panel]:
    rows = queries.peer_rows(sql.session)
    context = {
        "verified": sum(row.state == "verified" for row in rows),
        "received": sum(row.state == "received" for row in rows),
        "waiting": sum(row.waiting for row in rows),
        "unreached": [row for row in rows if row.state == "verified" and row.problem],
    }
    return [Panel("federation/panels/admin.html", context)]


def _neighbours(viewer: Viewer) -> list[Panel]:
    subscribers = instance().contributions.subscriptions
    if any(sub.event_type is RemoteAlertReceived for _plugin, sub in subscribers):
        return []  # somebody shows neighbours' alerts beside our own
    alerts = queries.neighbour_alerts(sql.session, now(), everyone=not viewer.is_signed_in, limit=3)
    return [Panel("federation/panels/neighbours.html", {"alerts": alerts})] if alerts else []
