"""Alerts for machines outside: the CAP file of an alert as it stands, and the Atom feed of the public ones.

Source: OASIS CAP 1.2 (2010); RFC 4287 (Atom).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from lxml import etree

from core import wards
from core.instance import instance
from plugins.ward_boards.alerts import cap, vocabulary
from plugins.ward_boards.alerts.drafting import tidy
from plugins.ward_boards.alerts.queries import AlertRow, RevisionRow

ATOM = "http://www.w3.org/2005/Atom"
ATOM_MIMETYPE = "application/atom+xml"
DEFAULT_NAMESPACE: Any = {None: ATOM}


def cap_file(row: AlertRow, history: Sequence[RevisionRow]) -> bytes | None:
    """Return the newest message of an alert as CAP 1.2, referring to those before it.

    None when a neighbour cancelled what we never had: a CAP `Cancel` must refer to something.
    """
    newest = next(message for message in history if message.revision == row.revision)
    earlier = tuple(cap.Reference(old.revision, old.sent) for old in history if old.revision < row.revision)
    if newest.alert.state == "cancelled" and not earlier:
        return None
    sender = own_sender() if row.is_own else cap.token(row.origin)
    with force_locale("en"):
        event_name = vocabulary.kind_label(newest.alert.event)
    message = cap.Message(
        alert=newest.alert,
        sender=sender,
        sender_name=own_name() if row.is_own else row.origin_name,
        web=f"{instance().config.public_url}/alerts/{row.id}",
        event_name=event_name,
        area_names={code: wards.name_of(code) for code in newest.alert.areas},
        earlier=earlier,
    )
    return cap.document(message)


def own_sender() -> str:
    """Return the stable name of this instance in CAP: its public host and port."""
    return cap.token(instance().config.public_host)


def own_name() -> str:
    """Return what people call this instance: site and borough."""
    config = instance().config
    return f"{config.site_name}, {config.borough_name}"


def atom_feed(rows: Sequence[AlertRow], *, now: datetime) -> bytes:
    """Return an Atom feed of alerts, each linking to its page and its CAP file."""
    base = instance().config.public_url
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap=DEFAULT_NAMESPACE)
    _add(feed, "id", f"{base}/alerts.atom")
    _add(feed, "title", own_name())
    _add(feed, "updated", _rfc3339(max((row.sent for row in rows), default=now)))
    _link(feed, "self", f"{base}/alerts.atom", ATOM_MIMETYPE)
    _link(feed, "alternate", f"{base}/alerts", "text/html")
    author = etree.SubElement(feed, f"{{{ATOM}}}author")
    _add(author, "name", own_name())
    for row in rows:
        entry = etree.SubElement(feed, f"{{{ATOM}}}entry")
        _add(entry, "id", f"{base}/alerts/{row.id}")
        _add(entry, "title", row.headline if row.is_open else f"[{row.status}] {row.headline}")
        _add(entry, "updated", _rfc3339(row.sent))
        _add(entry, "summary", row.note if row.status == "cancelled" else row.description)
        _link(entry, "alternate", f"{base}/alerts/{row.id}", "text/html")
        _link(entry, "enclosure", f"{base}/alerts/{row.id}.cap", cap.MIMETYPE)
    written: bytes = etree.tostring(feed, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = tidy(text)


def _link(parent: etree._Element, rel: str, href: str, kind: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=href, type=kind)


def _rfc3339(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
