"""What other pages show of us: the doors and last answers of a ward, 999 and 101 beside a post, the next sessions."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale

from core import wards
from core.contributions import Panel, Slot, Viewer
from core.database import now, remembered, sql
from core.instance import instance
from plugins.police_links import directory, queries
from plugins.police_links.questions import told

SHOWN_ON_DASHBOARD = 3


def panels_for(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
    """Return our panels for a slot; `subject` is a ward's code in WARD and COMPOSE."""
    if slot is Slot.WARD:
        return _ward(subject)
    if slot is Slot.COMPOSE:
        return [_compose(viewer, subject)]
    if slot is Slot.DASHBOARD:
        return _dashboard(viewer)
    return []


def _place(code: str | None) -> str | None:
    """Return the code when it is a ward of ours, else None: the borough's own doors are meant."""
    return code if code is not None and wards.is_ward(code) else None


def _ward(subject: str | None) -> list[Panel]:
    ward_code = _place(subject)
    context = remembered(("police_links.ward", ward_code, str(get_locale())), lambda: _ward_facts(ward_code))
    found = [Panel("police_links/panels/ward.html", context, order=40)]
    if context["last"] is not None:
        found.append(Panel("police_links/panels/answers.html", context["last"], order=35))
    return found


def _ward_facts(ward_code: str | None) -> dict[str, Any]:
    """Read what every reader of a ward's page sees of us; the pages of police_links themselves are always fresh."""
    borough = instance().config.borough
    coming = queries.coming_sessions(sql.session, now(), {ward_code or borough, borough}, limit=5)
    return {
        "ward_code": ward_code,
        "doors": directory.main_doors(sql.session, ward_code or borough),
        "next_session": next((row for row in coming if not row.is_cancelled), None),
        "last": told.last_answers(sql.session, ward_code or borough, now().date()),
    }


def _compose(viewer: Viewer, subject: str | None) -> Panel:
    ward_code = _place(subject) or _place(viewer.home_ward)
    context = remembered(("police_links.compose", ward_code, str(get_locale())), lambda: _compose_facts(ward_code))
    return Panel("police_links/panels/compose.html", context, order=10)


def _compose_facts(ward_code: str | None) -> dict[str, Any]:
    shown = directory.main_doors(sql.session, ward_code or instance().config.borough)
    return {"ward_code": ward_code, "report": next(door for door in shown if door.kind == "report_online")}


def _dashboard(viewer: Viewer) -> list[Panel]:
    if viewer.member_id is None:
        return []
    db, at = sql.session, now()
    mine = queries.booked_sessions(db, viewer.member_id, at)
    near = {viewer.home_ward, instance().config.borough} if viewer.home_ward else None
    coming = [row for row in queries.coming_sessions(db, at, near, limit=10) if not row.is_cancelled]
    taken = {row.id for row in mine}
    others = [row for row in coming if row.id not in taken]
    if not mine and not others:
        return []
    context = {"mine": mine, "others": others[:SHOWN_ON_DASHBOARD]}
    return [Panel("police_links/panels/dashboard.html", context, order=60)]
