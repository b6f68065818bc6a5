"""The guard as a reason to hold: asked for every draft, whichever way it comes in."""

from __future__ import annotations

from core import wards
from core.contributions import Draft, Objection
from plugins.ward_boards.guard.detector import check
from plugins.ward_boards.guard.findings import HOLD, Finding
from plugins.ward_boards.guard.sentences import held_because


def objections(draft: Draft, *, has_files: bool = False, no_faces: bool = False) -> list[Objection]:
    """Return one reason for each kind of finding that a moderator must look at before others do."""
    found = findings(draft.title or "", draft.text, draft.category, has_files=has_files, no_faces=no_faces)
    codes = dict.fromkeys(finding.code for finding in found if finding.severity == HOLD)
    return [Objection(f"guard.{code}", held_because(code)) for code in codes]


def findings(title: str, text: str, category: str, *, has_files: bool, no_faces: bool = False) -> list[Finding]:
    """Return what the guard finds, knowing the names of this borough's wards."""
    places = frozenset(row.name.lower() for row in wards.boards())
    return check(title, text, category, has_files, no_faces=no_faces, places=places)
