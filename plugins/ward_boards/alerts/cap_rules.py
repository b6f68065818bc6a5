"""Rules of CAP 1.2 that its schema does not hold: what a valid file may still get wrong.

Source: OASIS CAP 1.2 (2010), sections 3.2.1 to 3.2.4 and 3.3.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lxml import etree

from plugins.ward_boards.alerts.cap import NAMESPACE

FORBIDDEN_IN_NAMES = re.compile(r"[\s,<&]")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
GSS = re.compile(r"[ENSW]\d{8}")
FOLLOWING = frozenset({"Update", "Cancel", "Ack", "Error"})
LARGEST_BYTES = 1_000_000


def faults(document: bytes) -> list[str]:
    """Return what is wrong with a CAP document, in sentences for developers; empty when nothing is."""
    if len(document) > LARGEST_BYTES:
        return ["the document is larger than 1 MB"]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as problem:
        return [f"not XML: {problem.msg}"]
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype or docinfo.internalDTD is not None:
        return ["a DTD is not allowed"]
    if root.tag != f"{{{NAMESPACE}}}alert":
        return ["the root is not a CAP 1.2 alert"]
    found = [*_header_faults(root), *_scope_faults(root), *_reference_faults(root)]
    for info in root.iterfind(f"{{{NAMESPACE}}}info"):
        found.extend(_time_faults(root, info))
        found.extend(_area_faults(info))
    return found


def _text(parent: etree._Element, name: str) -> str:
    return (parent.findtext(f"{{{NAMESPACE}}}{name}") or "").strip()


def _time(parent: etree._Element, name: str) -> datetime | None:
    text = _text(parent, name)
    try:
        return datetime.fromisoformat(text) if MOMENT.fullmatch(text) else None
    except ValueError:
        return None


def _header_faults(root: etree._Element) -> Iterator[str]:
    for name in ("identifier", "sender"):
        text = _text(root, name)
        if not text or FORBIDDEN_IN_NAMES.search(text):
            yield f"{name} must have no space, comma, < or &: {text!r}"
    if _time(root, "sent") is None:
        yield "sent must be a time with offset, without Z and fractions"
    if _text(root, "status") == "Draft":
        yield "a Draft must not be sent"
    if _text(root, "msgType") in {"Alert", "Update"} and root.find(f"{{{NAMESPACE}}}info") is None:
        yield "an Alert or Update must have an info"


def _scope_faults(root: etree._Element) -> Iterator[str]:
    scope = _text(root, "scope")
    for wanted, name in (("Restricted", "restriction"), ("Private", "addresses")):
        if scope == wanted and not _text(root, name):
            yield f"{wanted} needs {name}"
        if scope != wanted and _text(root, name):
            yield f"{name} is only for {wanted}"


def _reference_faults(root: etree._Element) -> Iterator[str]:
    references = _text(root, "references").split()
    kind = _text(root, "msgType")
    if kind in FOLLOWING and not references:
        yield f"{kind} needs references"
    own = _text(root, "identifier")
    for reference in references:
        parts = reference.split(",")
        if len(parts) != 3 or not parts[0] or not parts[1] or not MOMENT.fullmatch(parts[2]):
            yield f"a reference is sender,identifier,sent: {reference!r}"
        elif parts[1] == own:
            yield "a message must not refer to itself"


def _time_faults(root: etree._Element, info: etree._Element) -> Iterator[str]:
    expires = _time(info, "expires")
    if expires is None:
        yield "expires is missing; receivers could not tell when to stop"
        return
    for parent, name in ((root, "sent"), (info, "effective"), (info, "onset")):
        at = _time(parent, name)
        if at is not None and expires <= at:
            yield f"expires must be after {name}"


def _area_faults(info: etree._Element) -> Iterator[str]:
    areas = info.findall(f"{{{NAMESPACE}}}area")
    if not areas:
        yield "an info needs an area"
    for area in areas:
        for polygon in area.iterfind(f"{{{NAMESPACE}}}polygon"):
            yield from _polygon_faults(polygon.text or "")
        for geocode in area.iterfind(f"{{{NAMESPACE}}}geocode"):
            if _text(geocode, "valueName") == "GSS" and not GSS.fullmatch(_text(geocode, "value")):
                yield f"not a GSS code: {_text(geocode, 'value')!r}"


def _polygon_faults(text: str) -> Iterator[str]:
    points = text.split()
    if len(points) < 4 or points[0] != points[-1]:
        yield "a polygon has four points or more and ends where it starts"
    for point in points:
        latitude, _comma, longitude = point.partition(",")
        try:
            fits = -90 <= float(latitude) <= 90 and -180 <= float(longitude) <= 180
        except ValueError:
            fits = False
        if not fits:
            yield f"a point is latitude,longitude in degrees: {point!r}"
