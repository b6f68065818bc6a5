"""Alerts as CAP 1.2 documents.

Source: OASIS CAP 1.2 (2010), section 3.2. Times are in offset form, UTC as `-00:00`, without
fractions (section 3.3.2); the schema refuses anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from core.events import AlertSnapshot
from plugins.ward_boards.alerts import drafting

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MIMETYPE = "application/cap+xml"
DEFAULT_NAMESPACE: Any = {None: NAMESPACE}


@dataclass(frozen=True)
class Reference:
    """An earlier message about the same alert: its revision and when it was sent."""

    revision: int
    sent: datetime


@dataclass(frozen=True)
class Message:
    """All that one document says beyond the alert itself.

    `sender` is a host name or an id without spaces and commas; `area_names` has a name for each code;
    `earlier` are the messages this one follows, oldest first.
    """

    alert: AlertSnapshot
    sender: str
    sender_name: str
    web: str
    event_name: str
    area_names: dict[str, str]
    earlier: tuple[Reference, ...] = ()


def identifier(sender: str, alert_id: str, revision: int) -> str:
    """Return the identifier of one message: a URN that is always the same for the same revision."""
    return uuid5(NAMESPACE_URL, f"cap:{token(sender)}/{token(alert_id)}/{revision}").urn


def moment(at: datetime) -> str:
    """Return a time as CAP writes it, UTC: `2026-03-01T18:30:00-00:00`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + "-00:00"


def document(message: Message) -> bytes:
    """Return the CAP 1.2 document of one message, as UTF-8 XML."""
    alert = message.alert
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap=DEFAULT_NAMESPACE)
    _add(root, "identifier", identifier(message.sender, alert.alert_id, alert.revision))
    _add(root, "sender", token(message.sender))
    _add(root, "sent", moment(alert.sent))
    _add(root, "status", "Actual")
    _add(root, "msgType", message_type(message))
    _add_scope(root, alert.audience)
    if alert.note:
        _add(root, "note", alert.note)
    if message.earlier:
        _add(root, "references", " ".join(_reference(message, earlier) for earlier in message.earlier))
    _add(root, "incidents", token(alert.alert_id))
    _add_info(root, message)
    document_bytes: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document_bytes


def message_type(message: Message) -> str:
    """Return `Alert`, `Update` or `Cancel`; a message that follows none is an `Alert`."""
    if not message.earlier:
        return "Alert"
    return "Cancel" if message.alert.state == "cancelled" else "Update"


def token(text: str) -> str:
    """Return text without what CAP forbids in identifiers: spaces, commas, `<` and `&`."""
    kept = "".join("-" if char.isspace() or char in ",<&" else char for char in drafting.tidy(text))
    return kept or "unknown"


def _add(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = drafting.tidy(text)
    return element


def _add_scope(root: etree._Element, audience: str) -> None:
    peers = drafting.peers_of(audience)
    if audience == "public":
        _add(root, "scope", "Public")
    elif peers:
        _add(root, "scope", "Private")
        _add(root, "addresses", " ".join(token(peer) for peer in peers))
    else:
        _add(root, "scope", "Restricted")
        where = "this borough" if audience == "borough" else "this borough and verified neighbouring boroughs"
        _add(root, "restriction", f"Verified members in {where}. Do not publish.")


def _reference(message: Message, earlier: Reference) -> str:
    name = identifier(message.sender, message.alert.alert_id, earlier.revision)
    return f"{token(message.sender)},{name},{moment(earlier.sent)}"


def _add_info(root: etree._Element, message: Message) -> None:
    alert = message.alert
    info = etree.SubElement(root, f"{{{NAMESPACE}}}info")
    _add(info, "language", "en-GB")
    _add(info, "category", alert.category)
    _add(info, "event", message.event_name)
    _add(info, "urgency", alert.urgency)
    _add(info, "severity", alert.severity)
    _add(info, "certainty", alert.certainty)
    _add_pair(info, "eventCode", "boroughwatch:event", alert.event)
    _add(info, "effective", moment(alert.sent))
    _add(info, "onset", moment(alert.onset))
    _add(info, "expires", moment(alert.expires))
    _add(info, "senderName", message.sender_name)
    _add(info, "headline", alert.headline)
    _add(info, "description", alert.description)
    if alert.instruction:
        _add(info, "instruction", alert.instruction)
    _add(info, "web", message.web)
    if not alert.areas:
        # A neighbour may have named no ward we could read; CAP wants at least one area.
        area = etree.SubElement(info, f"{{{NAMESPACE}}}area")
        _add(area, "areaDesc", message.sender_name)
    for code in alert.areas:
        area = etree.SubElement(info, f"{{{NAMESPACE}}}area")
        _add(area, "areaDesc", message.area_names.get(code, code))
        _add_pair(area, "geocode", "GSS", code)


def _add_pair(parent: etree._Element, name: str, value_name: str, value: str) -> None:
    pair = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    _add(pair, "valueName", value_name)
    _add(pair, "value", value)
