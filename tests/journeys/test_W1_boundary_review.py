"""A boundary review with boards full of posts: every thread is found again, and nothing is counted twice."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from core import event_log, permissions, ward_change_files, ward_changes, ward_plans, wards
from core.contributions import Viewer
from core.database import now, reading, transaction
from core.models import Ward
from core.testing import api_token, make_app, make_member, sign_in, work
from core.ward_change_files import ChangeRow
from plugins.police_links.models import ContactSession, Door, SessionRequest
from plugins.ward_boards import publishing, queries
from plugins.ward_boards.alerts import services as alerts
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.models import Post, Tally, Thread, ThreadWard
from plugins.ward_boards.publishing import Entry

GREEN_NORTH, GREEN_SOUTH, BOW_EAST, LANSBURY = "E05000573", "E05000574", "E05000576", "E05000579"
GREEN_WEST, GREEN_EAST, NEW_BOW_EAST = "E05009331", "E05009317", "E05009319"


def _rows(shared_data: Path) -> list[ChangeRow]:
    file = shared_data / "boundaries" / "tower_hamlets_ward_change_2013_to_2014.json"
    return ward_change_files.read(file, date(2014, 5, 22))


@pytest.fixture
def app(tmp_path: Path, shared_data: Path) -> Flask:
    """Return an instance as it would have been in 2013: seventeen wards, none of them today's."""
    made = make_app(tmp_path / "of2013")
    with made.app_context():
        with transaction() as db:
            db.execute(sa.delete(Ward).where(Ward.kind == "ward"))
            names = {row.old_code: row.old_name for row in _rows(shared_data)}
            db.add_all(Ward(code=code, borough_code="E09000030", name=name) for code, name in names.items())
        wards.forget_boards()
    return made


def _write(app: Flask, member_id: str, title: str, *codes: str, tier: str = "verified") -> str:
    with app.app_context(), transaction() as db:
        viewer = permissions.viewer_of(db, member_id)
        return publishing.open_thread(
            db, viewer, Entry(title, "On the corner.", codes, "crime", tier), now=now()
        ).thread_id


def _review(app: Flask, rows: list[ChangeRow]) -> None:
    with app.app_context():
        with transaction() as db:
            ward_changes.apply(db, ward_plans.plan(db, rows, borough="E09000030", today=now().date()))
        wards.forget_boards()
        event_log.dispatch()


def _titles_by_board(app: Flask, viewer: Viewer) -> dict[str, set[str]]:
    with app.app_context(), reading() as db:
        wish = queries.ThreadFilter(limit=100)
        return {
            row.code: {found.title for found in queries.board_threads(db, viewer, row.code, wish).rows}
            for row in wards.boards()
        }


def _counts(app: Flask) -> tuple[int, int]:
    with app.app_context(), reading() as db:
        return tuple(db.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in (Thread, Post))  # type: ignore[return-value]


def test_W1_after_the_review_of_2014_every_post_is_found_and_counts_are_right(app: Flask, shared_data: Path) -> None:
    staff = make_member(app, "Cora", roles=["coordinator"], ward=GREEN_NORTH)
    old_codes = sorted({row.old_code for row in _rows(shared_data)})
    titles = {code: f"Seen in {code}" for code in old_codes}
    for code, title in titles.items():
        _write(app, staff, title, code, tier="public" if code == BOW_EAST else "verified")
    both = _write(app, staff, "Over the border", GREEN_NORTH, GREEN_SOUTH)
    before = _counts(app)
    _review(app, _rows(shared_data))
    assert _counts(app) == before, "nothing is lost and nothing is written twice"
    with app.app_context(), reading() as db:
        viewer = permissions.viewer_of(db, staff)
    boards = _titles_by_board(app, viewer)
    assert not set(old_codes) & set(boards)
    with app.app_context():
        for code, title in titles.items():
            for new in wards.successors(code):
                assert title in boards[new], (code, new)
    assert {titles[GREEN_NORTH], titles[GREEN_SOUTH], "Over the border"} <= boards[GREEN_WEST], (
        "a merged board lists both"
    )
    with app.app_context(), reading() as db:
        listed = sa.select(ThreadWard.ward_code, ThreadWard.tier, sa.func.count()).where(ThreadWard.is_listed)
        counted = {
            (code, tier): n for code, tier, n in db.execute(listed.group_by(ThreadWard.ward_code, ThreadWard.tier))
        }
        kept = {
            (code, tier): n
            for code, tier, n in db.execute(sa.select(Tally.ward_code, Tally.tier, Tally.threads_count))
            if n
        }
        assert kept == counted
    browser = app.test_client()
    sign_in(browser, staff)
    page = browser.get(f"/threads/{both}").text
    assert "Written when this was Bethnal Green North" in page
    assert "Written when this was Bethnal Green South" in page
    assert browser.post(f"/threads/{both}", data={"text": "Still so.", "as": "alias"}).status_code == 303


def test_W1_old_addresses_lead_on_in_pages_search_and_api(app: Flask, shared_data: Path) -> None:
    robin = make_member(app, "Robin", ward=LANSBURY)
    thread = _write(app, robin, "Lamp out at the lock", LANSBURY)
    _review(app, _rows(shared_data))
    work(app)
    browser = app.test_client()
    sign_in(browser, robin)
    moved = browser.get(f"/boards/{LANSBURY}?category=crime&open=1")
    assert moved.status_code == 308
    assert moved.headers["Location"].startswith("/boards/E05009325?")
    assert "category=crime" in moved.headers["Location"]
    assert "Lamp out" in browser.get(f"/boards/{LANSBURY}", follow_redirects=True).text
    split = browser.get(f"/boards/{GREEN_SOUTH}", follow_redirects=True).text
    for name in ("Bethnal Green East", "Bethnal Green West", "Spitalfields"):
        assert name in split
    assert browser.get(f"/boards/{LANSBURY}/new").status_code == 308
    assert browser.get(f"/police/{LANSBURY}").status_code == 308
    assert browser.get("/boards/E05000999").status_code == 404
    assert f"/threads/{thread}" in browser.get("/search?q=lamp").text
    head = {"Authorization": f"Bearer {api_token(app, robin, 'read')}"}
    gone = browser.get(f"/api/v1/threads?ward={GREEN_SOUTH}", headers=head)
    assert gone.status_code == 410
    assert gone.json["successors"][0] in (GREEN_EAST, GREEN_WEST)
    assert "Bethnal Green South ended on 2014-05-22. Its threads are on:" in gone.json["detail"]
    shown = browser.get(f"/api/v1/threads/{thread}", headers=head).json
    assert (shown["wards"], shown["former_wards"]) == (["E05009325"], [LANSBURY])


def test_W1_who_writes_from_an_old_list_of_wards_is_read_on_the_new_board(app: Flask, shared_data: Path) -> None:
    robin = make_member(app, "Robin", ward=LANSBURY)
    with app.app_context():
        known = wards.boards()
        with transaction() as db:
            ward_changes.apply(db, ward_plans.plan(db, _rows(shared_data), borough="E09000030", today=now().date()))
        assert wards.boards() == known, "this process has not heard of it"
    _write(app, robin, "Sent a minute later", LANSBURY)
    with app.app_context():
        wards.forget_boards()
        event_log.dispatch()
        with reading() as db:
            viewer = permissions.viewer_of(db, robin)
    assert "Sent a minute later" in _titles_by_board(app, viewer)["E05009325"]


def test_W1_open_alerts_and_the_doors_of_the_police_go_along(app: Flask, shared_data: Path) -> None:
    officer = make_member(app, "Officer", roles=[("officer", GREEN_NORTH)])
    asker = make_member(app, "Robin", ward=GREEN_NORTH)
    moment = now()
    draft = AlertDraft(
        headline="Moped robberies",
        description="Two riders took phones.",
        category="Security",
        event="robbery",
        severity="Moderate",
        urgency="Expected",
        certainty="Observed",
        areas=(GREEN_NORTH,),
        onset=moment,
        expires=moment + timedelta(days=1),
    )
    with app.app_context(), transaction() as db:
        alert_id = alerts.issue(db, permissions.viewer_of(db, officer), draft=draft, now=moment)
        door = {"title": "Our team", "is_for": "Advice", "not_for": "999", "last_checked_on": None}
        db.add(Door(ward_code=GREEN_NORTH, kind="ward_team", url=None, **door))
        db.add(SessionRequest(ward_code=GREEN_NORTH, member_id=asker, suits="evening", requested_on=moment.date()))
        db.add(
            ContactSession(
                ward_code=GREEN_NORTH,
                title="Meet us",
                place="Library",
                starts_at=moment + timedelta(days=2),
                ends_at=moment + timedelta(days=2, hours=1),
                capacity=9,
                published_by_role="officer",
                revised_on=moment.date(),
            )
        )
    _review(app, _rows(shared_data))
    browser = app.test_client()
    sign_in(browser, officer)
    for code in (GREEN_WEST, GREEN_EAST):
        assert "Moped robberies" in browser.get(f"/boards/{code}").text
        assert "Our team" in browser.get(f"/police/{code}").text
    assert "Meet us" in browser.get(f"/police/{GREEN_WEST}").text, "sessions go to the largest part"
    assert browser.get(f"/alerts/{alert_id}/cancel").status_code == 200, "its officer answers for all parts"
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(SessionRequest.ward_code)) == GREEN_WEST
        again = [row.old_code for row in _rows(shared_data)]
        assert db.scalar(sa.select(Door.id).where(Door.ward_code.in_(again))) is None


def test_W1_an_outline_is_drawn_for_wards_of_today_only(app: Flask, shared_data: Path) -> None:
    from core import boundaries

    _review(app, _rows(shared_data))
    with app.app_context():
        counts = boundaries.import_boundaries(shared_data / "boundaries" / "wards_2024_tower_hamlets_E09000030.geojson")
        assert (counts.outlined, counts.missing) == (20, ())
