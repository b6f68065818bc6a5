"""Showing a writer once what the guard found, with the words marked; what was typed is kept whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request
from markupsafe import Markup, escape

from core.instance import instance
from core.web.paths import has_page
from plugins.ward_boards.guard.findings import FILES, HOLD, TEXT, TITLE, Finding
from plugins.ward_boards.guard.objecting import findings
from plugins.ward_boards.guard.sentences import CODES, advice

PURPOSE = "ward_boards.guard.warned"
POLICE_PAGE = "/police/report"
"""Where another part may have its way to the police; offered only where there is such a page."""


@dataclass(frozen=True)
class Written:
    """What is about to go out; `text` has with it the words for pictures."""

    title: str
    text: str
    category: str
    has_files: bool = False
    no_faces: bool = False


@dataclass(frozen=True)
class Notice:
    """What was found, and whether its writer has seen it for exactly this text."""

    written: Written
    found: tuple[Finding, ...]
    token: str
    asks: bool

    @property
    def is_held(self) -> bool:
        """Whether a coordinator would look at it first."""
        return any(finding.severity == HOLD for finding in self.found)

    @property
    def lines(self) -> list[tuple[str, str, list[str]]]:
        """For each kind: its severity, the advice, and the words found; the gravest come first."""
        kinds = sorted({finding.code for finding in self.found}, key=CODES.index)
        return [(self._gravest(code), advice(code), self._words(code)) for code in kinds]

    @property
    def has_kind(self) -> frozenset[str]:
        """The kinds that were found."""
        return frozenset(finding.code for finding in self.found)

    @property
    def title(self) -> Markup:
        """The title with the found words marked."""
        return marked(self.written.title, [one for one in self.found if one.part == TITLE])

    @property
    def text(self) -> Markup:
        """The text with the found words marked."""
        return marked(self.written.text, [one for one in self.found if one.part == TEXT])

    @property
    def police_page(self) -> str:
        """Where this instance leads to the police's own form; empty when it has no such page."""
        return POLICE_PAGE if has_page(POLICE_PAGE) else ""

    def _gravest(self, code: str) -> str:
        held = any(one.severity == HOLD for one in self.found if one.code == code)
        return HOLD if held else "mark"

    def _words(self, code: str) -> list[str]:
        texts = {TITLE: self.written.title, TEXT: self.written.text, FILES: ""}
        words = (texts[one.part][one.start : one.end] for one in self.found if one.code == code)
        return list(dict.fromkeys(word for word in words if 0 < len(word) <= 60))


def look(written: Written, warned: str) -> Notice:
    """Return what the guard has to say; `warned` is what the form sends back of an earlier notice."""
    written = replace(written, title=_lines(written.title), text=_lines(written.text))
    found = findings(
        written.title, written.text, written.category, has_files=written.has_files, no_faces=written.no_faces
    )
    # The tick about faces is the answer to a notice, so it is no part of what was shown.
    parts = (written.title, written.text, written.category, "files" if written.has_files else "")
    token = instance().keys.keyed_hash(PURPOSE, *(part.replace("\r\n", "\n") for part in parts))
    return Notice(written, tuple(found), token, asks=bool(found) and warned != token)


def _lines(text: str) -> str:
    """Return a text with the ends of lines as we keep them; browsers send them otherwise."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def police_only(notice: Notice) -> str | None:
    """Return the page that keeps the text for the police, when its button was pressed; nothing is published."""
    if not request.form.get("police_only"):
        return None
    return render_template("ward_boards/guard/police_only.html", notice=notice)


def marked(text: str, found: list[Finding]) -> Markup:
    """Return a text as HTML with the findings in `<mark>`; where two lie over each other they become one."""
    parts: list[Any] = []
    at = 0
    for one in sorted(found, key=lambda one: (one.start, one.end)):
        start, end = max(one.start, at), max(one.end, at)
        if start < end:
            parts += [escape(text[at:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
            at = end
    parts.append(escape(text[at:]))
    return Markup("").join(parts).replace("\n", Markup("<br>"))
