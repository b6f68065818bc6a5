"""Moving and joining threads: only on one's own boards, never before more readers, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from core import permissions
from core.database import now
from plugins.ward_boards.moderation import merging, threads
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.threads import Place

BOW_WEST, STEPNEY, ISLAND = "E05009320", "E05009334", "E05009324"
WHY = {"reason": "offtopic", "category": "crime", "tier": "verified"}


def _boards(rows: Any) -> set[str]:
    return {row.ward_code for row in rows("thread_ward")}


def test_M3_another_board_is_asked_and_answers(
    browse: Any, robin: str, officer: str, elsewhere: str, write: Any, rows: Any
) -> None:
    thread = write(robin).thread_id
    data = WHY | {"wards": [BOW_WEST, STEPNEY]}
    told = browse(officer).post(f"/threads/{thread}/move", data=data, follow_redirects=True).get_data(as_text=True)
    assert "The moderators of 1 other board are asked" in told
    assert _boards(rows) == {BOW_WEST}
    case = rows("case")[0].id
    assert browse(officer).get(f"/moderation/cases/{case}").status_code == 404
    assert "Asks for Stepney Green" in browse(elsewhere).get("/moderation").get_data(as_text=True)
    browse(elsewhere).post(f"/moderation/cases/{case}/decide", data={"verb": "accept", "reason": "fine"})
    assert _boards(rows) == {BOW_WEST, STEPNEY}
    assert "Two mopeds" in browse(robin).get(f"/boards/{STEPNEY}").get_data(as_text=True)
    tallies = {(row.ward_code, row.tier): row.threads_count for row in rows("tally")}
    assert (tallies[BOW_WEST, "verified"], tallies[STEPNEY, "verified"]) == (1, 1)


def test_M3_a_thread_is_taken_off_own_boards_only_and_never_off_the_last(
    browse: Any, robin: str, officer: str, write: Any, rows: Any
) -> None:
    thread = write(robin, ward_codes=(BOW_WEST, STEPNEY)).thread_id
    told = browse(officer).post(f"/threads/{thread}/move", data=WHY | {"wards": [BOW_WEST]}, follow_redirects=True)
    assert "you can only take a thread off a board that you moderate" in told.get_data(as_text=True)
    assert _boards(rows) == {BOW_WEST, STEPNEY}
    browse(officer).post(f"/threads/{thread}/move", data=WHY | {"wards": [STEPNEY]})
    assert _boards(rows) == {STEPNEY}
    assert {(row.ward_code, row.threads_count) for row in rows("tally")} == {(BOW_WEST, 0), (STEPNEY, 1)}


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("public", "verified", True),
        ("public", "coordinators", True),
        ("verified", "coordinators", True),
        ("verified", "public", False),
        ("coordinators", "verified", False),
        ("coordinators", "public", False),
    ],
)
def test_M3_a_move_never_shows_a_thread_to_more_people(
    browse: Any, officer: str, writing: Any, write: Any, rows: Any, before: str, after: str, may: bool
) -> None:
    thread = write(officer, tier=before).thread_id
    page = browse(officer).post(f"/threads/{thread}/move", data=WHY | {"wards": [BOW_WEST], "tier": after})
    assert page.status_code == (303 if may else 422)
    wanted = after if may else before
    assert (rows("thread")[0].tier, rows("thread_ward")[0].tier) == (wanted, wanted)
    assert {row.tier: row.threads_count for row in rows("tally")} == {before: 0 if may else 1} | {wanted: 1}
    if not may:
        wider = Place(frozenset({BOW_WEST}), "crime", after)
        with writing() as db, pytest.raises(threads.WouldWiden):
            threads.move(db, permissions.viewer_of(db, officer), thread, wider, Ruling(), now=now())


def test_M2_joined_threads_lose_nothing_and_the_old_address_leads_on(
    app: Any, browse: Any, robin: str, wren: str, officer: str, write: Any, report: Any, rows: Any
) -> None:
    kept, gone = write(robin, "Mopeds").thread_id, write(wren, "Mopeds again", text="I saw them too.").thread_id
    browse(wren).post(f"/threads/{kept}", data={"text": "First answer", "as": "alias"})
    browse(robin).post(f"/threads/{gone}", data={"text": "Second answer", "as": "thread_alias"})
    hidden_author = next(row for row in rows("post") if row.ref)
    report(wren, hidden_author.id)
    before = {row.id: row.text for row in rows("post")}
    page = browse(officer)
    address = f"http://localhost/threads/{kept}?after=0#post-1"
    sent = page.post(f"/threads/{gone}/merge", data={"into": address, "reason": "repeat"})
    assert sent.status_code == 303
    posts = sorted(rows("post"), key=lambda row: row.number)
    assert {row.id: row.text for row in posts} == before
    assert [(row.number, row.text) for row in posts] == [
        (1, "On the towpath."),
        (2, "First answer"),
        (3, "I saw them too."),
        (4, "Second answer"),
    ]
    thread = next(row for row in rows("thread") if row.id == kept)
    assert (thread.posts_count, thread.last_number) == (4, 4)
    assert {row.threads_count for row in rows("tally")} == {1}
    moved = browse(wren).get(f"/threads/{gone}")
    assert (moved.status_code, moved.headers["Location"]) == (308, f"/threads/{kept}#post-3")
    assert browse(None).get(f"/threads/{gone}").status_code == 404  # nobody learns that there was one
    late = browse(wren).post(f"/threads/{gone}", data={"text": "A late answer", "as": "alias"})
    assert late.status_code == 308  # a browser sends the same text there
    own = browse(robin)
    assert own.get(f"/posts/{hidden_author.id}/withdraw").status_code == 200  # their ref still counts
    assert "Second answer" in page.get(f"/posts/{hidden_author.id}/moderate", follow_redirects=True).get_data(True)
    assert own.post(f"/posts/{hidden_author.id}/withdraw").status_code == 303


def test_M2_chain_of_joined_threads_leads_to_the_last(
    browse: Any, robin: str, officer: str, write: Any, writing: Any, rows: Any
) -> None:
    one, two, three = (write(robin, f"Thread {name}").thread_id for name in ("one", "two", "six"))
    with writing() as db:
        viewer = permissions.viewer_of(db, officer)
        merging.merge(db, viewer, one, two, Ruling(), now=now())
        merging.merge(db, viewer, two, three, Ruling(), now=now())
    assert [row.number for row in sorted(rows("post"), key=lambda row: row.number)] == [1, 2, 3]
    assert browse(robin).get(f"/threads/{one}").headers["Location"] == f"/threads/{three}#post-3"
    with writing() as db, pytest.raises(threads.ThreadGone):
        merging.merge(db, permissions.viewer_of(db, officer), one, three, Ruling(), now=now())


def test_M3_join_needs_both_threads_and_no_wider_readers(
    app: Any, browse: Any, robin: str, officer: str, write: Any, writing: Any, rows: Any
) -> None:
    here, there = write(robin, "Here").thread_id, write(robin, "There", ward_codes=(STEPNEY,)).thread_id
    public, rota = (
        write(officer, "Notice", tier="public").thread_id,
        write(officer, "Rota", tier="coordinators").thread_id,
    )
    page = browse(officer)
    for target in (there, "nonsense", here, "0" * 32):
        assert page.post(f"/threads/{here}/merge", data={"into": target, "reason": "repeat"}).status_code == 422
    for source, target in ((here, public), (rota, here), (rota, public)):
        page.post(f"/threads/{source}/merge", data={"into": target, "reason": "repeat"})
        with writing() as db, pytest.raises(threads.WouldWiden):
            merging.merge(db, permissions.viewer_of(db, officer), source, target, Ruling(), now=now())
    assert rows("merge") == []
    with writing() as db:
        merging.merge(db, permissions.viewer_of(db, officer), public, here, Ruling(), now=now())
    assert len(rows("merge")) == 1


def test_M2_hidden_thread_is_not_brought_to_light_by_joining(
    robin: str, officer: str, write: Any, writing: Any, act: Any
) -> None:
    kept, hidden = write(robin, "Kept"), write(robin, "Hidden")
    act(officer, hidden.post_id, "hide")
    for pair in ((hidden.thread_id, kept.thread_id), (kept.thread_id, hidden.thread_id)):
        with writing() as db, pytest.raises(threads.ThreadGone):
            merging.merge(db, permissions.viewer_of(db, officer), *pair, Ruling(), now=now())


def test_M2_every_table_that_points_at_a_thread_is_carried_or_stays_on_purpose(
    app: Any, writing: Any, robin: str, write: Any
) -> None:
    from core.database import Base
    from plugins.ward_boards.moderation import carrying

    one, two = write(robin, "Thread one").thread_id, write(robin, "Thread two").thread_id
    with writing() as db:
        carrying.carry(db, one, two)
        for table in Base.metadata.sorted_tables:
            if not table.name.startswith("ward_boards_") or table.name in carrying.STAYING:
                continue
            for column in table.columns:
                if any(key.target_fullname == "ward_boards_thread.id" for key in column.foreign_keys):
                    assert db.scalar(sa.select(sa.func.count()).select_from(table).where(column == one)) == 0, (
                        table.name
                    )
