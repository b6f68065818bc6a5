"""Reports: anybody who can read a post, also signed out; nobody learns who, and of visitors nothing is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.database import now
from plugins.ward_boards.moderation.reports import MOST_VISITOR_REPORTS


@pytest.fixture
def notice(officer: str, write: Any, writing: Any, rows: Any) -> str:
    """Return the first post of a public notice that visitors see already."""
    import sqlalchemy as sa

    from plugins.ward_boards.reading.models import PublicCopy

    placed = write(officer, "Market moves", tier="public")
    with writing() as db:
        db.execute(sa.update(PublicCopy).values(from_at=now() - timedelta(hours=1)))
    return str(placed.post_id)


def test_M1_visitor_reports_a_notice_and_leaves_nothing_of_themselves(
    browse: Any, second: str, notice: str, rows: Any
) -> None:
    visitor = browse(None)
    thread = rows("thread")[0].id
    assert f"/posts/{notice}/report" in visitor.get(f"/threads/{thread}").get_data(as_text=True)
    page = visitor.get(f"/posts/{notice}/report").get_data(as_text=True)
    assert "You need not join: nothing about you is kept." in page
    for reason in ("It could show who", "It names or shows a person", "It breaks the law"):
        assert reason in page
    for _twice in range(2):
        data = {"reason": "law", "note": "A threat."}
        assert visitor.post(f"/posts/{notice}/report", data=data).status_code == 303
    (row,) = rows("visitor_report")
    assert set(row._mapping) == {"id", "post_id", "reason", "note", "reported_on"}
    assert "1 report" in browse(second).get("/moderation").get_data(as_text=True)
    case = rows("case")[0]
    assert case.urgency_rank == 1
    browse(second).post(f"/moderation/cases/{case.id}/claim")
    assert "A threat." in browse(second).get(f"/moderation/cases/{case.id}").get_data(as_text=True)
    browse(second).post(f"/moderation/cases/{case.id}/decide", data={"verb": "keep", "reason": "fine"})
    assert rows("visitor_report") == []


def test_M1_a_stranger_cannot_fill_the_table(browse: Any, notice: str, rows: Any) -> None:
    visitor = browse(None)
    for number in range(MOST_VISITOR_REPORTS + 5):
        visitor.post(f"/posts/{notice}/report", data={"reason": "false", "note": f"Note {number}"})
    assert len(rows("visitor_report")) == MOST_VISITOR_REPORTS


def test_M1_double_reports_replace_one_another_and_the_worst_counts(
    wren: str, robin: str, write: Any, report: Any, rows: Any
) -> None:
    post = write(robin).post_id
    report(wren, post, "offtopic")
    report(wren, post, "exposes")
    report(wren, post, "unkind", "After all only unkind.")
    (row,) = rows("flag")
    assert (row.reason, row.note) == ("unkind", "After all only unkind.")
    (case,) = rows("case")
    assert case.urgency_rank == 0  # somebody thought so, and a look is cheap
