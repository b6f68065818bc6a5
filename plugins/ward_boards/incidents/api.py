"""Incidents in the JSON API, added to the plugin's one API blueprint; the same services as the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires
from plugins.ward_boards import access, conversation
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.incidents import services
from plugins.ward_boards.incidents.api_schemas import CloseIncidentSchema, IncidentSchema, ReopenIncidentSchema
from plugins.ward_boards.incidents.services import NoIncident, SignedOtherwise
from plugins.ward_boards.incidents.states import NotNow
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.publishing import Refused
from plugins.ward_boards.services import Placed


def register(api_bp: Blueprint) -> None:
    """Add what can be said of an incident."""

    @api_bp.post("/threads/<thread_id>/close")
    @api_bp.arguments(CloseIncidentSchema)
    @api_bp.response(200, IncidentSchema)
    @api_requires("post", access.POST)
    def close_incident(body: dict[str, Any], thread_id: str) -> dict[str, Any] | None:
        """Say how a matter ended: its writer, or a moderator of one of its boards."""
        view = _acting(thread_id)
        with refusals(), transaction() as db:
            services.close(db, viewer(), view, body["outcome"], body["note"], today=day_of(now()))
        return of_view(_view(thread_id))

    @api_bp.post("/threads/<thread_id>/reopen")
    @api_bp.arguments(ReopenIncidentSchema)
    @api_bp.response(200, IncidentSchema)
    @api_requires("post", access.POST)
    def reopen_incident(body: dict[str, Any], thread_id: str) -> dict[str, Any] | None:
        """Say why a matter is not over."""
        view = _acting(thread_id)
        with refusals(), transaction() as db:
            services.reopen(db, viewer(), view, body["reason"], today=day_of(now()))
        return of_view(_view(thread_id))


def shown(state: str | None, outcome: str | None, closed_on: date | None) -> dict[str, Any] | None:
    """Return how a matter stands as the API shows it; None for a thread without one."""
    return None if state is None else {"state": state, "outcome": outcome, "closed_on": closed_on}


def of_view(view: ThreadView) -> dict[str, Any] | None:
    """Return the same of a thread by itself."""
    stands = view.incident
    return None if stands is None else shown(stands.state, stands.outcome, stands.closed_on)


def reply(db: Session, view: ThreadView, write: Callable[[], Placed], *, is_update: bool) -> Placed:
    """Publish an answer, and mark it as news if that was asked for; both or neither."""
    placed = write()
    if is_update:
        with refusals():
            services.mark_update(db, view, placed.post_id, today=day_of(now()))
    return placed


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the services refuse into problems."""
    try:
        yield
    except NotNow as refusal:
        detail = f"It is {refusal.state} now. Read the thread again."
        raise Problem(409, "This does not fit how the matter stands", detail) from None
    except Refused as refusal:
        raise Problem(422, "Not published", " ".join(refusal.reasons), code="refused") from None
    except (NoIncident, SignedOtherwise) as refusal:
        raise Problem(422, "Not an update", services.update_refused(refusal), code="refused") from None


def _acting(thread_id: str) -> ThreadView:
    view = _view(thread_id)
    if view.incident is None:
        raise Problem(404, "No such matter", "This thread does not tell of something that happened.")
    services.require_to_act(view)
    return view


def _view(thread_id: str) -> ThreadView:
    view = conversation.thread_view(sql.session, viewer(), thread_id)
    if view is None:
        raise Problem(404, "No such thread", "There is none by this id that you may read.")
    return view
