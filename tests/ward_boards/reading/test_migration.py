"""Notices that were out before public copies existed stay out, and nothing else comes out."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from core.database import Base

BOW_WEST = "E05009320"
STEP = "plugins.ward_boards.migrations.versions.ward_boards_0005_reading"


def test_W5_notices_from_before_are_copied_and_held_ones_are_not(
    writing: Any, rows: Any, robin: str, officer: str, write: Any
) -> None:
    out = write(officer, "Out", tier="public")
    write(officer, "Held", text="hold me", tier="public")
    write(robin, "For members")
    said: list[str] = []
    step = import_module(STEP)
    with patch.object(step, "op") as op:  # what the step makes is tested elsewhere; here what it says
        op.execute.side_effect = said.append
        step.upgrade()
    with writing() as db:
        for table in ("public_place", "public"):
            db.execute(Base.metadata.tables[f"ward_boards_{table}"].delete())
        for statement in said:
            db.execute(sa.text(statement))
    (copy,), (place,) = rows("public"), rows("public_place")
    assert (copy.thread_id, copy.role, copy.content_hash) == (out.thread_id, "", "")
    assert (place.thread_id, place.ward_code, place.from_at) == (out.thread_id, BOW_WEST, copy.from_at)
