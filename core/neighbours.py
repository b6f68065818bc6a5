"""The seam between what a borough says to its neighbours and the plugins that know it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from core import plugin_manager
from core.crossing import ASSURANCE_LEVELS, Assurance, Recipient


def assurance(db: Session) -> Assurance:
    """Return how this instance verifies people; the least of all levels when no plugin does."""
    for _name, answer in plugin_manager.current().ask("assurance", db=db):
        if answer is not None and answer.level in ASSURANCE_LEVELS:
            found: Assurance = answer
            return found
    return Assurance(ASSURANCE_LEVELS[0])


def alert_recipients(db: Session, audience: str) -> list[Recipient]:
    """Return every neighbour with whether an alert for this audience reaches it; empty without neighbours."""
    answers = plugin_manager.current().ask("alert_recipients", db=db, audience=audience)
    return [recipient for _name, found in answers for recipient in found]


def alert_marks(db: Session, alerts: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return what must stand beside neighbours' alerts, by (neighbour's id, alert's id there); mostly nothing."""
    found: dict[tuple[str, str], str] = {}
    for _name, answer in plugin_manager.current().ask("alert_marks", db=db, alerts=alerts) if alerts else ():
        found.update(answer)
    return found
