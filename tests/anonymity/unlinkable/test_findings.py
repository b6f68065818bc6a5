"""What `doctor` says about the unlinkable side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from core.database import now
from plugins.anonymity.unlinkable import findings
from plugins.anonymity.unlinkable.models import Sent

BOROUGH, BOW_WEST = "E09000030", "E05009320"


def said(house: Any) -> list[tuple[bool, str]]:
    with house.app.app_context():
        return [(finding.ok, finding.text) for finding in findings.findings()]


def test_all_is_well(house: Any) -> None:
    assert said(house) == [(True, "Unlinkable posts: none is late.")]


def test_posts_that_are_late_are_counted(house: Any) -> None:
    for _number in range(2):
        house.voice().open_thread(house.client, [BOW_WEST])
    with house.store.writing() as db:
        db.execute(sa.update(Sent).values(due_at=now() - timedelta(days=1)))
    assert said(house) == [(False, "Unlinkable posts: 2 should be out by now. Is the worker running?")]


def test_more_voices_than_were_issued_are_noticed(house: Any) -> None:
    house.open_week(issued=30)
    for _number in range(3):
        house.voice().open_thread(house.client, [BOW_WEST])
    house.open_week(issued=1)  # two scopes with one voice each
    assert said(house)[-1] == (False, "2026-W48: 3 voices wrote, and only 2 were issued.")


def test_a_file_that_cannot_be_read_is_said_in_a_sentence(house: Any) -> None:
    house.store.close()
    house.store.path.write_bytes(b"no database" * 1000)
    (finding,) = said(house)
    assert finding == (False, "The unlinkable side cannot open its file: DatabaseError")
