"""What was found, as people read it: a title, a piece of the text, by whom, where and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from plugins.ward_boards import addresses, words
from plugins.ward_boards.search import excerpts
from plugins.ward_boards.search.excerpts import Piece
from plugins.ward_boards.search.finding import FoundRow


@dataclass(frozen=True)
class Hit:
    """One line of the list. Pieces hold plain text; the page escapes them."""

    row: FoundRow
    address: str
    title: list[Piece]
    excerpt: list[Piece]
    by: str
    when: str
    is_over: bool = False


def hits(rows: list[FoundRow], wanted: frozenset[str], *, now: datetime) -> list[Hit]:
    """Return the lines of a page."""
    speaker = words.Speaker()
    return [_post(row, wanted, speaker) if row.is_post else _alert(row, wanted, speaker, now) for row in rows]


def _post(row: FoundRow, wanted: frozenset[str], speaker: words.Speaker) -> Hit:
    signed = Signature(row.label or "", row.ref, row.alias)
    at = row.published_at
    return Hit(
        row,
        addresses.of_post(row.thread_id or "", row.number or 1),
        excerpts.marked(row.title or _("Title withdrawn by its writer"), wanted),
        excerpts.around(row.text or "", wanted),
        words.author(signed),
        "" if at is None else speaker.recent(at) if words.is_coarse(signed) else speaker.written(signed, at),
    )


def _alert(row: FoundRow, wanted: frozenset[str], speaker: words.Speaker, now: datetime) -> Hit:
    text = "\n".join(filter(None, (row.description, row.instruction)))
    return Hit(
        row,
        url_for("ward_boards.alert", alert_id=row.alert_id),
        excerpts.marked(row.headline or "", wanted),
        excerpts.around(text, wanted),
        row.origin_name or "",
        "" if row.sent is None else speaker.recent(row.sent),
        is_over=row.expires is not None and row.expires <= now,
    )


@dataclass(frozen=True)
class Signature:
    """How a text is signed."""

    label: str
    ref: str | None
    alias: str | None
