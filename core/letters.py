"""What plugins have to say in the weekly letter of a board, whoever writes it."""

from __future__ import annotations

import logging
import re
from datetime import datetime

from sqlalchemy.orm import Session

from core import plugin_manager
from core.contributions import LetterPart

log = logging.getLogger(__name__)
_SIGN = re.compile(r"([\\`*_\[\]<>#~])")
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>#~])")


def plain(words: str) -> str:
    """Return words on one line in which nothing is Markdown, for the lines of a section."""
    return _SIGN.sub(r"\\\1", " ".join(words.split()))


def spoken(text: str) -> str:
    """Return what `plain` made as it was: for a letter that goes out as plain text."""
    return _ESCAPED.sub(r"\1", text)


def parts(db: Session, ward_code: str, since: datetime, now: datetime) -> list[LetterPart]:
    """Return every section that has lines, in order; a plugin that fails is left out, for a letter may be shorter."""
    found: list[LetterPart] = []
    asked = plugin_manager.current().ask_each("letter_parts", db=db, ward_code=ward_code, since=since, now=now)
    for name, answer in asked:
        if isinstance(answer, Exception):
            log.error("letter_parts of %s failed", name, exc_info=answer)
        else:
            found.extend(part for part in answer if part.lines)
    return sorted(found, key=lambda part: part.order)
