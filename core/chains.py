"""The chains of records that nobody may change afterwards: core's audit log, and whatever plugins keep."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from core import audit, plugin_manager
from core.contributions import Chain

AUDIT = "audit log"


def look_at(db: Session, heads: Collection[str] = ()) -> list[Chain]:
    """Look at every chain from its beginning, core's first; a plugin that fails to look is a problem of its own.

    `heads` are hashes that somebody noted before; each chain says which of them it has (`known`).
    """
    found = [_of_audit(db, heads)]
    for name, answer in plugin_manager.current().ask_each("verify_chains", db=db, heads=frozenset(heads)):
        if isinstance(answer, Exception):
            found.append(Chain(name, f"The plugin {name} could not look at its records: {answer}"))
        else:
            found.extend(answer)
    return found


def _of_audit(db: Session, heads: Collection[str]) -> Chain:
    last = audit.head(db)
    length, newest = last if last else (0, "")
    return Chain(AUDIT, audit.verify(db), length=length, head=newest, known=audit.having(db, heads))
