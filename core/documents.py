"""Documents that this instance publishes for everybody, and the copies of them that neighbours show.

Whoever is shown another document than the rest of the world can see it by comparing with a copy elsewhere.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from core import plugin_manager
from core.contributions import Mirror
from core.instance import instance


def names() -> list[str]:
    """Return what documents instances with our plugins publish, in the order of their names."""
    return sorted(instance().contributions.documents)


def body_of(db: Session, name: str) -> bytes | None:
    """Return one of our documents as it is now, or None when no plugin publishes it."""
    document = instance().contributions.documents.get(name)
    return None if document is None else document.body(db)


def agrees(db: Session, name: str, copy: bytes) -> bool:
    """Whether a copy is of our document, of now or from before; False when no plugin publishes it."""
    document = instance().contributions.documents.get(name)
    return document is not None and document.agrees(db, copy)


def mirrors_of(db: Session, name: str) -> list[Mirror]:
    """Return where neighbours show copies of one of our documents; empty without neighbours."""
    answers = plugin_manager.current().ask("mirrors_of", db=db, name=name)
    return [mirror for _name, found in answers for mirror in found]
