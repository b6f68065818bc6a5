"""What the police pages add to a board's weekly letter: sessions to come, answers, open data."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import format_datetime
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import wards
from core.contributions import LetterPart
from core.instance import instance
from core.letters import plain
from plugins.police_links import queries
from plugins.police_links.london_time import LONDON
from plugins.police_links.police_data import queries as data
from plugins.police_links.police_data.wording import kind_words, month_words
from plugins.police_links.queries import SessionRow
from plugins.police_links.questions import told

AHEAD_DAYS = 21
MOST = 8


def parts(db: Session, ward_code: str, now: datetime) -> list[LetterPart]:
    """Return the sessions of the next three weeks in this ward; the borough's letter has those of every ward."""
    codes = told.places(ward_code)
    until = now + timedelta(days=AHEAD_DAYS)
    coming = [row for row in queries.coming_sessions(db, now, codes) if row.starts_at <= until]
    lines = [_line(row, told_ward=codes is None) for row in coming[:MOST]]
    return [
        LetterPart(_("Meet the officers of your ward"), lines, order=40),
        *told.letter_parts(db, ward_code, now.date()),
        *_open_data(db, ward_code, now.date()),
    ]


def _open_data(db: Session, ward_code: str, today: date) -> list[LetterPart]:
    rows = data.priorities(db, ward_code)
    is_stale = bool(rows) and all(row.is_stale(today) for row in rows)
    note = _("Nothing was said of these for 90 days. They may be out of date.") if is_stale else ""
    worked_on = [plain(row.issue) + (f" – {plain(row.action)}" if row.action else "") for row in rows[:MOST]]
    found = [LetterPart(_("What the officers work on"), worked_on, note=note, order=50)]
    months = data.months(db, ward_code, limit=2)
    if months:
        words = kind_words()
        lines = [f"{words.get(kind, kind)}: {count}" for kind, count in months[0].kinds[:5]]
        total = _("All reports: %(n)s", n=months[0].total)
        if len(months) > 1:
            before = _("%(month)s: %(n)s", month=month_words(months[1].month), n=months[1].total)
            total = f"{total} ({before})"
        heading = _("Reports to the police in %(month)s", month=month_words(months[0].month))
        note = _("From data.police.uk. It is published about two months later. Places are moved a little on purpose.")
        found.append(LetterPart(heading, [total, *lines], note=note, order=60))
    return found


def _line(row: SessionRow, *, told_ward: bool) -> str:
    when = format_datetime(row.starts_at.astimezone(LONDON), "EEEE d MMMM, HH:mm", rebase=False)
    where = f"{row.place}, {wards.name_of(row.ward_code)}" if told_ward else row.place
    address = f"{instance().config.public_url}/police/sessions/{row.id}"
    said = f"[{plain(row.title)}]({address}): {when}, {plain(where)}"
    return f"~~{said}~~ {_('(called off)')}" if row.is_cancelled else said
