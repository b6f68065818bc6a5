"""Which life of the database this is: after a backup was put back, what we knew of the time between is gone.

A count goes up each few minutes, first in the database and then in the file `federation.epoch` beside it. A database
that counts less than the file is an older one. It then gets a new name, neighbours read us anew from the start, and we
them. The nonces of the time between are gone too, so what was signed before that moment is not taken.
"""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, notifications
from core.database import after_commit, new_id
from core.instance import instance
from federation.http_signatures import Verified
from federation.repair.models import Cursor, Epoch

FILE_NAME = "federation.epoch"
LIFE = timedelta(seconds=300)
AHEAD = timedelta(seconds=60)
"""How long a signature lives at most, and how far ahead a neighbour's clock may be."""
WAIT_SECONDS = 60


def current(db: Session, at: datetime) -> Epoch:
    """Return this life of the database; a new one when the file has counted further."""
    row, noted = db.get(Epoch, 1), _read()
    if row is None:
        row = Epoch(id=1, epoch=new_id(), beat=0)
        db.add(row)
        _begin(db, row, noted, at if noted else None)
    elif noted is None or noted[0] != row.epoch or noted[1] > row.beat:
        row.epoch = new_id()
        _begin(db, row, noted, at)
    return row


def _begin(db: Session, row: Epoch, noted: tuple[str, int] | None, restored_at: datetime | None) -> None:
    """Start a life. The file is written first: should the commit fail, the two differ and it starts once more."""
    row.beat, row.restored_at = max(row.beat, noted[1] if noted else 0) + 1, restored_at
    _write(row.epoch, row.beat)
    db.execute(sa.delete(Cursor))
    db.flush()
    if restored_at is not None:
        audit.record(db, None, "federation.restored", row.epoch, "the database is older than its file says")
        text = _("An older copy of the data was put back. We compare everything with the others now.")
        notifications.tell_role(db, "admin", _("Please look at your site"), text, "/federation/deliveries")


def beat(db: Session, at: datetime) -> None:
    """Count on: the file follows after the commit, so it is never ahead of the database it belongs to."""
    row = current(db, at)
    row.beat += 1
    epoch, count = row.epoch, row.beat
    after_commit(db, lambda: _write(epoch, count))


def knows(db: Session, verified: Verified, at: datetime) -> bool:
    """Whether our list of nonces reaches back to when this was signed."""
    restored_at = current(db, at).restored_at
    return restored_at is None or verified.expires_at - LIFE > restored_at + AHEAD


def _read() -> tuple[str, int] | None:
    try:
        text = (instance().config.data_dir / FILE_NAME).read_text(encoding="ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    found = re.fullmatch(r"([0-9a-f]{32}) (\d{1,15})\n", text, re.ASCII)
    return (found[1], int(found[2])) if found else None


def _write(epoch: str, count: int) -> None:
    path = instance().config.data_dir / FILE_NAME
    draft = path.with_name(f"{FILE_NAME}.{os.getpid()}.{os.urandom(4).hex()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        stream.write(f"{epoch} {count}\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
