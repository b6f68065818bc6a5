"""Threads as an Atom feed. Times are days: a feed tells no hour that the pages would not.

Source: RFC 4287 (Atom).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MIMETYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_NAMESPACE: Any = {None: _ATOM}
# XML 1.0 section 2.2: what cannot stand in a document, however it is escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """One thread: where it is, its title, its day, who it is by, and its first post as HTML, or None for the title."""

    url: str
    title: str
    day: datetime
    by: str
    html: str | None = None


@dataclass(frozen=True)
class Head:
    """What a feed says of itself; `self_url` is left out where the address is a secret."""

    id: str
    title: str
    page_url: str
    author: str
    self_url: str | None = None


def written(head: Head, entries: Sequence[Entry], *, now: datetime) -> bytes:
    """Return the feed as a document, entries in the order given."""
    from lxml import etree

    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap=_NAMESPACE)
    _add(feed, "id", head.id)
    _add(feed, "title", head.title)
    _add(feed, "updated", _rfc3339(max((entry.day for entry in entries), default=_midnight(now))))
    if head.self_url:
        _add(feed, "link", "", rel="self", href=head.self_url, type=MIMETYPE)
    _add(feed, "link", "", rel="alternate", href=head.page_url, type="text/html")
    _add(_add(feed, "author", ""), "name", head.author)
    for entry in entries:
        item = _add(feed, "entry", "")
        _add(item, "id", entry.url)
        _add(item, "title", entry.title)
        _add(item, "updated", _rfc3339(entry.day))
        _add(item, "link", "", rel="alternate", href=entry.url, type="text/html")
        _add(_add(item, "author", ""), "name", entry.by)
        if entry.html is not None:
            _add(item, "content", entry.html, type="html")
    document: bytes = etree.tostring(feed, xml_declaration=True, encoding="UTF-8")
    return document


def _add(parent: Any, name: str, text: str, **attributes: str) -> Any:
    from lxml import etree

    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    element.text = _NOT_XML.sub("", text) or None
    return element


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
