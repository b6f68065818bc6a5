"""What the police pages add to a board's weekly letter: sessions to come, and those called off."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from flask_babel import format_datetime
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import wards
from core.contributions import LetterPart
from core.instance import instance
from plugins.police_links import queries
from plugins.police_links.london_time import LONDON
from plugins.police_links.queries import SessionRow

AHEAD_DAYS = 21
MOST = 8
SPECIAL = re.compile(r"([\\`*_\[\]<>#])")


def parts(db: Session, ward_code: str, now: datetime) -> list[LetterPart]:
    """Return the sessions of the next three weeks in this ward; the borough's letter has those of every ward."""
    borough = instance().config.borough
    codes = None if ward_code == borough else {ward_code, borough}
    until = now + timedelta(days=AHEAD_DAYS)
    coming = [row for row in queries.coming_sessions(db, now, codes) if row.starts_at <= until]
    lines = [_line(row, told_ward=codes is None) for row in coming[:MOST]]
    return [LetterPart(_("Meet the officers of your ward"), lines, order=40)]


def _line(row: SessionRow, *, told_ward: bool) -> str:
    when = format_datetime(row.starts_at.astimezone(LONDON), "EEEE d MMMM, HH:mm", rebase=False)
    where = f"{row.place}, {wards.name_of(row.ward_code)}" if told_ward else row.place
    address = f"{instance().config.public_url}/police/sessions/{row.id}"
    said = f"[{_plain(row.title)}]({address}): {when}, {_plain(where)}"
    return f"~~{said}~~ {_('(called off)')}" if row.is_cancelled else said


def _plain(words: str) -> str:
    return SPECIAL.sub(r"\\\1", " ".join(words.split()))
