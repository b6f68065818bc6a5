"""Where answers are told: a section of the weekly letter, and a panel on the ward's page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.contributions import LetterPart
from core.instance import instance
from core.letters import plain
from plugins.police_links.questions import queries

LETTER_DAYS = 7
PANEL_DAYS = 28
MOST_IN_LETTER = 8
MOST_IN_PANEL = 3


def letter_parts(db: Session, ward_code: str, today: date) -> list[LetterPart]:
    """Return the answers of the last week, of this ward and the borough; the borough's letter has every ward's."""
    found = queries.answers(db, places(ward_code), today - timedelta(days=LETTER_DAYS))
    if not found:
        return []
    lines = [f"[{plain(row.words)}]({_address(row.session_id)}) {plain(row.answer)}" for row in found]
    note = _("Members asked, officers answered.")
    return [LetterPart(_("Answers from your officers"), lines[:MOST_IN_LETTER], note=note, order=45)]


def last_answers(db: Session, ward_code: str, today: date) -> dict[str, Any] | None:
    """Return what the panel shows of the last session with answers, or None when there are none of late."""
    found = queries.answers(db, places(ward_code), today - timedelta(days=PANEL_DAYS))
    if not found:
        return None
    of_last = [row for row in found if row.session_id == found[0].session_id]
    return {"session_id": found[0].session_id, "answers": of_last[:MOST_IN_PANEL], "all": len(of_last)}


def places(ward_code: str) -> set[str] | None:
    """Return the wards that a board is about; None stands for all, as the whole borough's board is."""
    borough = instance().config.borough
    return None if ward_code == borough else {ward_code, borough}


def _address(session_id: str) -> str:
    return f"{instance().config.public_url}/police/sessions/{session_id}/questions"
