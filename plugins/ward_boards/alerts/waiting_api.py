"""Alerts that wait for a second person, in the JSON API; and what the services refuse, as problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import jsonify
from flask_smorest import Blueprint

from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires, paged
from plugins.ward_boards.alerts import queries, second_person
from plugins.ward_boards.alerts.api_schemas import (
    AlertSchema,
    WaitingAlertList,
    WaitingAlertSchema,
    shown,
    shown_waiting,
)
from plugins.ward_boards.alerts.drafting import UnfitDraft
from plugins.ward_boards.alerts.rights import ISSUE
from plugins.ward_boards.alerts.second_person import NothingWaits, OwnProposal
from plugins.ward_boards.alerts.services import AlertOver, NoSuchAlert, SecondNeeded, StaleAlert


def register(api_bp: Blueprint) -> None:
    """Add `/alerts/waiting` and what is under it."""

    @api_bp.get("/alerts/waiting")
    @api_bp.response(200, WaitingAlertList)
    @api_requires("alert", ISSUE)
    def list_waiting_alerts() -> dict[str, Any]:
        """List what waits for a second person in the wards you issue alerts for."""
        return paged([shown_waiting(each) for each in second_person.waiting(sql.session, viewer(), now=now())], None)

    @api_bp.post("/alerts/waiting/<waiting_id>/agree")
    @api_bp.response(201, AlertSchema)
    @api_requires("alert", ISSUE)
    def agree_to_waiting_alert(waiting_id: str) -> dict[str, Any]:
        """Send what another person wrote."""
        with refusals(), transaction() as db:
            alert_id = second_person.agree(db, viewer(), waiting_id, now=now())
        row = queries.one_alert(sql.session, viewer(), alert_id, now=now())
        if row is None:
            raise no_such_alert()
        return shown(row)

    @api_bp.post("/alerts/waiting/<waiting_id>/turn-down")
    @api_bp.response(204)
    @api_requires("alert", ISSUE)
    def turn_down_waiting_alert(waiting_id: str) -> None:
        """Drop it; whoever wrote it is told, and may drop it too."""
        with refusals(), transaction() as db:
            second_person.turn_down(db, viewer(), waiting_id, now=now())


def propose(second: SecondNeeded) -> Any:
    """Keep an alert for a second person, and return the answer 202 that says so."""
    with transaction() as db:
        kept = second_person.propose(db, viewer(), second.draft, second.target, now=now())
    return _accepted(WaitingAlertSchema().dump(shown_waiting(kept)))


def _accepted(body: Any) -> Any:
    answer = jsonify(body)
    answer.status_code = 202
    return answer


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the services refuse into problems."""
    try:
        yield
    except UnfitDraft as unfit:
        detail = "; ".join(f"{name}: {text}" for name, text in unfit.faults.items())
        errors = {"json": {name: [text] for name, text in unfit.faults.items()}}
        raise Problem(422, "This alert cannot be sent as it is", detail, errors=errors) from None
    except StaleAlert as stale:
        detail = f"It is at revision {stale.revision} now. Read it again, then send your change."
        raise Problem(409, "Somebody changed this alert meanwhile", detail, revision=stale.revision) from None
    except AlertOver as over:
        detail = f"It is {over.status} and cannot be changed any more. Issue a new one."
        raise Problem(409, "This alert is over", detail, alert_status=over.status) from None
    except NoSuchAlert:
        raise no_such_alert() from None
    except NothingWaits:
        raise Problem(
            404, "Nothing waits under this id", "It was sent, turned down or is over, or is not yours."
        ) from None
    except OwnProposal:
        raise Problem(403, "You wrote this yourself", "Another person must agree to it.") from None


def no_such_alert() -> Problem:
    """Return the answer to an id that leads to no alert this viewer may read."""
    return Problem(404, "There is no such alert", "It may not be public, or the id has a mistake.")
