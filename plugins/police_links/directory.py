"""The doors of a ward: what was edited here over what we ship, and the edits themselves.

A ward's own row wins over the borough's row, which wins over `directory.json`. So facts that we correct in
a later release reach every instance that has not set its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
from core.contributions import Viewer
from core.instance import instance
from core.permissions import require
from plugins.police_links import queries
from plugins.police_links.doors import KINDS, MAIN_KINDS, OTHER_KINDS, Force, ShownDoor, Words, force_of, shipped
from plugins.police_links.models import Door

EDIT = "police_links.edit_doors"


@dataclass(frozen=True)
class DoorDraft:
    """What someone typed about a door, checked by the form. `url` None: no address is known."""

    title: str
    is_for: str
    not_for: str
    url: str | None
    hours: str
    source: str
    last_checked_on: date | None


class NotSecure(ValueError):
    """The address is not a plain https one."""


def own_force() -> Force:
    """Return the force of this instance's borough."""
    return force_of(instance().config.borough)


def main_doors(db: Session, ward_code: str) -> list[ShownDoor]:
    """Return the four doors of a ward (or of the borough, by its code), in their fixed order."""
    return _doors(db, ward_code, MAIN_KINDS)


def other_doors(db: Session, ward_code: str) -> list[ShownDoor]:
    """Return the further ways in, those with an address only."""
    return [door for door in _doors(db, ward_code, OTHER_KINDS) if door.url]


def all_doors(db: Session, ward_code: str) -> list[ShownDoor]:
    """Return every kind of door, known address or not, for those who edit them."""
    return _doors(db, ward_code, KINDS)


def _doors(db: Session, ward_code: str, kinds: tuple[str, ...]) -> list[ShownDoor]:
    borough = instance().config.borough
    force = own_force()
    rows = queries.door_rows(db, {ward_code, borough})
    by_place = {(row.ward_code, row.kind): row for row in rows}
    found = []
    for kind in kinds:
        row = by_place.get((ward_code, kind)) or by_place.get((borough, kind))
        found.append(_shown(row, shipped(kind, force), ward_code) if row else shipped(kind, force))
    return found


def _shown(row: queries.DoorRow, base: ShownDoor, ward_code: str) -> ShownDoor:
    same_place = base.phone if row.url == base.url else None
    return replace(
        base,
        words=Words(row.title, row.is_for, row.not_for),
        url=row.url,
        phone=same_place,
        hours=row.hours,
        source=row.source,
        last_checked_on=row.last_checked_on,
        is_edited=row.ward_code == ward_code,
    )


def save_door(db: Session, viewer: Viewer, ward_code: str, kind: str, *, draft: DoorDraft) -> None:
    """Write a door for a ward, or for the whole borough under its code; audited.

    Raises:
        Denied: the viewer may not edit doors there.
        NotSecure: the address is not https; nothing else is ever linked.
    """
    require(viewer, EDIT, ward_code)
    if kind not in KINDS:
        raise LookupError(kind)
    if draft.url is not None and not is_plain_https(draft.url):
        raise NotSecure(draft.url)
    door = db.scalar(sa.select(Door).where(Door.ward_code == ward_code, Door.kind == kind))
    if door is None:
        door = Door(ward_code=ward_code, kind=kind)
        db.add(door)
    door.title, door.is_for, door.not_for = draft.title, draft.is_for, draft.not_for
    door.url, door.hours, door.source = draft.url, draft.hours, draft.source
    door.last_checked_on = draft.last_checked_on
    audit.record(db, viewer.member_id, "police_links.door_saved", f"{ward_code} {kind}")


def reset_door(db: Session, viewer: Viewer, ward_code: str, kind: str) -> bool:
    """Drop what was set here, so that the borough's or the shipped door shows again; False when nothing was set.

    Raises:
        Denied: the viewer may not edit doors there.
    """
    require(viewer, EDIT, ward_code)
    gone = db.execute(sa.delete(Door).where(Door.ward_code == ward_code, Door.kind == kind).returning(Door.id)).all()
    if gone:
        audit.record(db, viewer.member_id, "police_links.door_reset", f"{ward_code} {kind}")
    return bool(gone)


def is_plain_https(url: str) -> bool:
    """Whether this is an https address with a host name of dots, without name or password in it."""
    if any(character.isspace() or ord(character) < 32 for character in url):
        return False
    try:
        parts = urlsplit(url)
        has_port = parts.port is not None
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and "." in host and "@" not in parts.netloc and not has_port and "\\" not in url
