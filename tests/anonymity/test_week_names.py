from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from core import permissions, posting, retention
from core.contributions import Authorship, Viewer
from core.database import now, reading, transaction
from core.testing import make_app, make_member, sign_in, work
from plugins.anonymity import findings, hooks, week_names
from plugins.anonymity.models import WeekNameKey

BOW_WEST, SHADWELL = "E05009320", "E05009332"
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SUNDAY_NIGHT = datetime(2026, 11, 29, 23, 59, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)

WRITTEN = {"title": "Lamp out", "text": "The lamp is out.", "category": "general", "wards": [BOW_WEST]}
WRITTEN |= {"tier": "verified", "shown_tier": "verified", "as": "week_name"}


def viewer_of(member_id: str) -> Viewer:
    with reading() as db:
        return permissions.viewer_of(db, member_id)


def sign(member_id: str, thread_id: str, ward: str = BOW_WEST) -> Authorship:
    with transaction() as db:
        viewer = permissions.viewer_of(db, member_id)
        return posting.authorship(db, viewer, thread_id, ward, {"as": "week_name"})


def test_A2_the_name_of_a_week_is_the_same_on_all_boards_and_another_next_week(app: Flask) -> None:
    with time_machine.travel(WEDNESDAY, tick=False) as clock, app.test_request_context():
        writer, other = make_member(app, ward=BOW_WEST), make_member(app, ward=BOW_WEST)
        one = sign(writer, "t1")
        assert (one.kind, one.member_id) == ("week_name", None)
        assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+ \d{4}", one.label)
        assert sign(writer, "t2", SHADWELL) == one
        assert sign(other, "t1") != one
        clock.move_to(SUNDAY_NIGHT)
        assert sign(writer, "t3") == one
        clock.move_to(MONDAY)
        after = sign(writer, "t1")
        assert after.ref != one.ref
        assert after.label != one.label


def test_A2_it_has_nothing_in_common_with_the_name_in_a_thread(app: Flask) -> None:
    member = make_member(app, ward=BOW_WEST)
    with app.test_request_context():
        with transaction() as db:
            viewer = permissions.viewer_of(db, member)
            of_thread = posting.authorship(db, viewer, "t1", BOW_WEST, {"as": "thread_alias"})
        of_week = sign(member, "t1")
        assert of_week.ref != of_thread.ref
        assert {of_week.ref, of_thread.ref} <= posting.own_refs(viewer_of(member), "t1")


def test_A2_one_can_take_a_post_back_while_the_key_lives_and_not_after(app: Flask) -> None:
    with time_machine.travel(WEDNESDAY, tick=False) as clock, app.test_request_context():
        writer, other = make_member(app), make_member(app)
        ref = sign(writer, "t1").ref
        assert ref in posting.own_refs(viewer_of(writer), "any thread")
        assert ref not in posting.own_refs(viewer_of(other), "t1")
        clock.move_to(MONDAY)  # even where the worker stands still, an old key is not used
        assert posting.own_refs(viewer_of(writer), "t1") == frozenset()


def test_A2_the_key_is_in_no_file_once_the_week_is_over(app: Flask, tmp_path: Path) -> None:
    with time_machine.travel(WEDNESDAY, tick=False), app.test_request_context():
        sign(make_member(app), "t1")
        with reading() as db:
            sealed = db.scalars(sa.select(WeekNameKey.sealed_key)).one().encode()
    with time_machine.travel(SUNDAY_NIGHT, tick=False):
        work(app)
    assert any(sealed in path.read_bytes() for path in tmp_path.glob("boroughwatch.db*"))
    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False):
        work(app)
    assert not any(sealed in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_A2_asking_for_own_refs_makes_no_key(app: Flask) -> None:
    member = make_member(app)
    with app.test_request_context():
        posting.own_refs(viewer_of(member), "t1")
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(WeekNameKey)) == 0


def test_A2_two_first_writers_of_a_week_share_one_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_member(app), make_member(app)
    with app.test_request_context():
        theirs = sign(first, "t1")
        answers = iter([None])  # the second looked before the first had committed
        looked = week_names._key
        monkeypatch.setattr(week_names, "_key", lambda db, week: next(answers, looked(db, week)))
        mine = sign(second, "t1")
        assert theirs.ref in posting.own_refs(viewer_of(first), "t1")
        assert mine.ref in posting.own_refs(viewer_of(second), "t1")


def test_after_the_secret_was_replaced_the_week_begins_anew(app: Flask, tmp_path: Path) -> None:
    member = make_member(app)
    with app.test_request_context():
        before = sign(member, "t1")
    (tmp_path / "secret.key").write_text("another secret " * 8)
    later = make_app(tmp_path, plugins={"anonymity": hooks})
    with later.test_request_context():
        assert posting.own_refs(viewer_of(member), "t1") == frozenset()
        assert sign(member, "t1").ref != before.ref


def test_a_visitor_gets_no_name_of_a_week(app: Flask) -> None:
    with app.test_request_context(), transaction() as db, pytest.raises(posting.UnknownAuthorship):
        posting.authorship(db, Viewer(), "t1", BOW_WEST, {"as": "week_name"})


def test_retention_tells_of_keys_of_weeks_that_are_over(app: Flask) -> None:
    with time_machine.travel(WEDNESDAY, tick=False), app.test_request_context():
        sign(make_member(app), "t1")
    with time_machine.travel(MONDAY, tick=False), app.app_context():
        found = {part.name: part.deleted for name, part in retention.run(now(), dry_run=True) if name == "anonymity"}
        assert found["keys behind names of a week"] == 1
        retention.run(now(), dry_run=False)
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(WeekNameKey)) == 0


def test_doctor_says_when_the_key_of_a_week_is_overdue(app: Flask) -> None:
    with time_machine.travel(WEDNESDAY, tick=False), app.test_request_context():
        sign(make_member(app), "t1")
        assert all(finding.ok for finding in findings.findings())
    with time_machine.travel(MONDAY + timedelta(days=3), tick=False), app.app_context():
        assert "worker" in " ".join(finding.text for finding in findings.findings() if not finding.ok)


def _chosen(client: FlaskClient, code: str) -> str:
    page = client.get(f"/boards/{code}/new").get_data(as_text=True)
    found = re.search(r'name="as" value="(\w+)" checked', page)
    assert found
    return found.group(1)


def test_A2_the_choice_is_remembered_per_board_and_only_in_the_browser(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    client = app.test_client()
    sign_in(client, make_member(app, ward=BOW_WEST))
    assert _chosen(client, BOW_WEST) == "alias"
    answer = client.post(f"/boards/{BOW_WEST}/new", data=WRITTEN)
    assert answer.status_code == 303
    assert _chosen(client, BOW_WEST) == "week_name"
    assert _chosen(client, SHADWELL) == "alias"
    thread = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert '<span class="bw-badge bw-badge-calm">this week only</span>' in thread
    fresh = app.test_client()
    sign_in(fresh, make_member(app, ward=BOW_WEST))
    assert _chosen(fresh, BOW_WEST) == "alias"


def test_A2_a_post_of_the_week_is_withdrawn_by_its_writer_alone(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    writer, other = app.test_client(), app.test_client()
    sign_in(writer, make_member(app, ward=BOW_WEST))
    sign_in(other, make_member(app, ward=BOW_WEST))
    at = writer.post(f"/boards/{BOW_WEST}/new", data=WRITTEN).headers["Location"].partition("#")[0]
    page = writer.get(at).get_data(as_text=True)
    found = re.search(r"(/posts/[0-9a-f]{32}/withdraw)", page)
    assert found
    assert "/withdraw" not in other.get(at).get_data(as_text=True)
    assert other.post(found.group(1), data={"sure": "y"}).status_code == 404
    assert writer.post(found.group(1), data={"sure": "y"}).status_code in (302, 303)
    assert "The lamp is out." not in other.get(at).get_data(as_text=True)
