"""The draft of a weekly letter, written from what happened: no person decides what is in it until they edit it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import letters, wards
from core.contributions import LetterPart
from core.instance import instance
from plugins.ward_boards import markup
from plugins.ward_boards.incidents.queries import closed_since
from plugins.ward_boards.incidents.states import outcome_words
from plugins.ward_boards.models import VERIFIED
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.weekly import queries
from plugins.ward_boards.weekly.queries import AlertLine, Told

LONGEST_TITLE, LONGEST_TEXT = 120, 10_000
LINK = re.compile(r"\[((?:\\.|[^\]\\\n]){0,300})\]\(([^()\s]{1,500})\)")
SIGNS = re.compile(r"(?m)^#{1,6} +|\*\*|^> ?")


def title_of(ward_code: str, week_on: date) -> str:
    """Return the title of a board's letter of a week."""
    day = format_date(week_on, "d MMMM yyyy")
    return str(_("%(ward)s: the week to %(day)s", ward=wards.name_of(ward_code), day=day))[:LONGEST_TITLE]


def text_of(db: Session, ward_code: str, *, since: datetime, now: datetime) -> str:
    """Return the draft in the Markdown of posts; a quiet week says so and still asks people to write."""
    places = {ward_code, instance().config.borough}
    parts = [
        LetterPart(_("Messages for your area"), _alerts(queries.new_alerts(db, places, since)), order=10),
        LetterPart(_("New on the board"), _threads(queries.new_threads(db, ward_code, since)), order=20),
        LetterPart(_("Settled"), _closed(db, ward_code, since), order=30),
        LetterPart(_("Can you help?"), _threads(queries.unanswered(db, ward_code, since)), order=70),
    ]
    told = sorted([*parts, *letters.parts(db, ward_code, since, now)], key=lambda part: part.order)
    sections = [_section(part) for part in told if part.lines]
    if not sections:
        sections = [_("A quiet week. Seen something odd? Planning a walk or a meeting? Tell your neighbours.")]
    return fitting(sections)


def fitting(sections: Sequence[str]) -> str:
    """Join sections until the letter would be too long for a post; what does not fit stays away whole."""
    text = ""
    for section in sections:
        longer = f"{text}\n\n{section}" if text else section
        if len(longer) <= LONGEST_TEXT:
            text = longer
    return text


def _section(part: LetterPart) -> str:
    note = f"\n\n*{part.note}*" if part.note else ""
    return f"### {part.heading}{note}\n\n" + "\n".join(f"- {line}" for line in part.lines)


def _threads(rows: Iterable[Told]) -> list[str]:
    return [f"{_thread(row.id, row.title)}{_answers(row.posts_count)}" for row in rows]


def _answers(posts_count: int) -> str:
    count = posts_count - 1
    return " – " + str(ngettext("%(num)s reply", "%(num)s replies", count)) if count > 0 else ""


def _thread(thread_id: str, title: str) -> str:
    return f"[{letters.plain(markup.one_line(title))}]({instance().config.public_url}/threads/{thread_id})"


def _alerts(rows: Iterable[AlertLine]) -> list[str]:
    base = instance().config.public_url
    return [f"[{letters.plain(markup.one_line(row.headline))}]({base}/alerts/{row.id})" for row in rows]


def _closed(db: Session, ward_code: str, since: datetime) -> list[str]:
    rows = closed_since(db, VERIFIED, ward_code, day_of(since), queries.MOST_LINES)
    words = outcome_words()
    return [f"{_thread(row.thread_id, row.title)}: {words.get(row.outcome, row.outcome)}" for row in rows]


def as_mail(text: str) -> str:
    """Return a letter as plain text: each link's address behind its words, no signs of Markdown."""
    spelled = LINK.sub(r"\1: \2", text)
    return letters.spoken(SIGNS.sub("", spelled)).strip()
