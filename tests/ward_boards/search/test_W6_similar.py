"""W6: reports like the one being written are offered once, with "me too" beside each; nobody is named by it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import permissions
from core.contributions import Viewer
from core.database import now, reading, transaction
from core.testing import api_token, make_member
from plugins.ward_boards import personal
from plugins.ward_boards.alerts import services as alerts
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.models import HIDDEN, Post, Thread
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.search import me_too, similar
from plugins.ward_boards.search.models import MeToo
from plugins.ward_boards.search.similar import Report

BOW_WEST, STEPNEY, ISLAND, BOROUGH = "E05009320", "E05009334", "E05009324", "E09000030"
MINE = Report("Mopeds racing by the canal", "Loud mopeds race along the towpath at night.", (BOW_WEST,), "crime")


@pytest.fixture
def offered(app: Flask, viewer_of: Any) -> Any:
    """Return a function that says which reports a member is offered, by their titles."""

    def ask(member_id: str | None, report: Report = MINE) -> list[str]:
        with app.app_context(), reading() as db:
            return [row.title for row in similar.reports(db, viewer_of(member_id), report, now=now())]

    return ask


def test_W6_a_report_of_the_same_is_offered(write: Any, offered: Any, robin: str, wren: str) -> None:
    write(robin, "Mopeds on the towpath", text="Racing again last night.")
    write(robin, "Bins not emptied", text="In the whole street.")
    write(robin, "Mopeds race by the canal", category="meeting")
    write(robin, "A moped race by the canal, elsewhere", ward_codes=(ISLAND,))
    write(robin, "Canal mopeds racing, whole borough", ward_codes=(BOROUGH,))
    assert set(offered(wren)) == {"Mopeds on the towpath", "Canal mopeds racing, whole borough"}
    assert offered(wren, Report("Bins?", "Ok", (BOW_WEST,), "crime")) == []


def test_W6_bengali_reports_are_matched_too(write: Any, offered: Any, robin: str, wren: str) -> None:
    write(robin, "খালের পাশে মোটরসাইকেল চুরি", text="গতকাল রাতে।")
    mine = Report("মোটরসাইকেল চুরি হয়েছে", "খালের কাছে দুটি গেছে।", (BOW_WEST,), "crime")
    assert offered(wren, mine) == ["খালের পাশে মোটরসাইকেল চুরি"]


def test_W6_at_most_five_are_offered_those_alike_most_first(write: Any, offered: Any, robin: str, wren: str) -> None:
    for number in range(7):
        write(robin, f"Moped number {number}", text="By the canal.")
    write(robin, "Loud mopeds racing along the canal", text="On the towpath, every night.")
    found = offered(wren)
    assert len(found) == 5
    assert found[0] == "Loud mopeds racing along the canal"


def test_W6_old_closed_and_hidden_ones_are_not_offered(
    write: Any, writing: Any, offered: Any, robin: str, wren: str
) -> None:
    placed = [write(robin, f"Mopeds on the towpath {name}") for name in ("old", "closed", "hidden", "good")]
    with writing() as db:
        old = now() - timedelta(days=15)
        db.execute(sa.update(Thread).where(Thread.id == placed[0].thread_id).values(opened_at=old))
        db.execute(sa.update(Thread).where(Thread.id == placed[1].thread_id).values(is_locked=True))
        moderation.take_down(db, db.get_one(Post, placed[2].post_id), HIDDEN, "", "")
    assert offered(wren) == ["Mopeds on the towpath good"]


def test_W6_only_what_the_writer_may_open_is_offered(
    write: Any, offered: Any, officer: str, robin: str, fresh: str
) -> None:
    write(officer, "Mopeds on the towpath, for coordinators", tier="coordinators")
    write(robin, "Mopeds on the towpath")
    assert offered(robin) == ["Mopeds on the towpath"]
    assert set(offered(officer)) == {"Mopeds on the towpath", "Mopeds on the towpath, for coordinators"}
    assert offered(fresh) == offered(None) == []


def test_W6_an_open_alert_of_the_kind_is_offered(
    app: Flask, writing: Any, offered: Any, officer: str, robin: str
) -> None:
    moment = now()
    values = {
        "headline": "Mopeds racing on the towpath",
        "description": "By the canal.",
        "instruction": "",
        "category": "Security",
        "severity": "Moderate",
        "urgency": "Future",
        "certainty": "Observed",
        "areas": (BOW_WEST,),
        "onset": moment,
        "expires": moment + timedelta(hours=24),
        "audience": "all_verified",
    }
    with writing() as db:
        viewer = permissions.viewer_of(db, officer)
        alerts.issue(db, viewer, draft=AlertDraft(**values, event="vehicle-crime"), now=moment)
        other = {**values, "headline": "Mopeds burning on the towpath, racing stopped"}
        alerts.issue(db, viewer, draft=AlertDraft(**other, event="fire"), now=moment)
    assert offered(robin) == ["Mopeds racing on the towpath"]


def test_W6_the_form_shows_them_once_and_keeps_what_was_typed(
    write: Any, browse: Any, thread_form: Any, rows: Any, robin: str, wren: str
) -> None:
    placed = write(robin, "Two mopeds at the bridge", text="Along the towpath.")
    client = browse(wren)
    form = thread_form()
    answer = client.post(f"/boards/{BOW_WEST}/new", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Is it one of these?" in page
    assert f"/threads/{placed.thread_id}/me-too" in page
    assert "They drove along the towpath without lights." in page
    assert "None of these:" in page
    assert 'name="looked_at"' in page
    assert len(rows("thread")) == 1
    answer = client.post(f"/boards/{BOW_WEST}/new", data={**form, "looked_at": "1"})
    assert answer.status_code == 303
    assert len(rows("thread")) == 2


def test_W6_a_preview_offers_nothing(write: Any, browse: Any, thread_form: Any, robin: str, wren: str) -> None:
    write(robin, "Two mopeds at the bridge", text="Along the towpath.")
    page = browse(wren).post(f"/boards/{BOW_WEST}/new", data=thread_form(preview="1")).get_data(as_text=True)
    assert "Is it one of these?" not in page


def test_W6_me_too_counts_a_member_once_and_leads_to_the_thread(
    write: Any, browse: Any, rows: Any, robin: str, wren: str
) -> None:
    placed = write(robin)
    client, address = browse(wren), f"/threads/{placed.thread_id}"
    for _twice in range(2):
        answer = client.post(f"{address}/me-too")
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith(address)
    page = client.get(address).get_data(as_text=True)
    assert "1 neighbour saw this too" in page
    assert "Take my" in page
    assert "1 saw this too" in client.get(f"/boards/{BOW_WEST}").get_data(as_text=True)
    assert "1 neighbour saw this too" in browse(robin).get(address).get_data(as_text=True)
    (row,) = rows("me_too")
    assert wren not in str(row)
    assert client.post(f"{address}/me-too/undo").status_code == 303
    assert rows("me_too") == []
    assert client.post(f"{address}/me-too/undo").status_code == 303
    assert client.get(f"{address}/me-too").status_code == 405


def test_W6_me_too_is_for_those_who_may_write_and_open_it(
    write: Any, browse: Any, officer: str, robin: str, fresh: str
) -> None:
    placed = write(officer, "For coordinators", tier="coordinators")
    assert browse(robin).post(f"/threads/{placed.thread_id}/me-too").status_code == 404
    assert browse(officer).post(f"/threads/{placed.thread_id}/me-too").status_code == 303
    other = write(robin)
    assert browse(fresh).post(f"/threads/{other.thread_id}/me-too").status_code == 403
    assert browse().post(f"/threads/{other.thread_id}/me-too").headers["Location"].startswith("/sign-in")


def test_W6_a_hidden_thread_takes_no_me_too(write: Any, writing: Any, browse: Any, officer: str, robin: str) -> None:
    placed = write(robin)
    with writing() as db:
        moderation.take_down(db, db.get_one(Post, placed.post_id), HIDDEN, "", "")
    assert browse(officer).post(f"/threads/{placed.thread_id}/me-too").status_code == 403


def test_W6_two_threads_of_one_member_have_nothing_in_common(
    write: Any, writing: Any, rows: Any, viewer_of: Any, robin: str, wren: str
) -> None:
    for title in ("One moped", "Two mopeds"):
        placed = write(robin, title)
        with writing() as db:
            assert me_too.me_too(db, viewer_of(wren), placed.thread_id)
            assert not me_too.me_too(db, viewer_of(wren), placed.thread_id)
    assert len({row.tag for row in rows("me_too")}) == 2


def test_W6_a_member_who_goes_takes_it_back(
    write: Any, writing: Any, looking: Any, rows: Any, viewer_of: Any, robin: str, wren: str
) -> None:
    placed = write(robin, "Two mopeds")
    for member_id in (robin, wren):
        with writing() as db:
            me_too.me_too(db, viewer_of(member_id), placed.thread_id)
    with looking() as db:
        assert {"what": "me too", "thread": "Two mopeds"} in personal.export(db, wren).records
    with writing() as db:
        personal.erase(db, wren)
    assert len(rows("me_too")) == 1


def test_W6_many_presses_at_once_count_once(app: Flask, write: Any, robin: str) -> None:
    placed = write(robin)
    people = [make_member(app, f"Neighbour {number}", ward=STEPNEY) for number in range(3)]
    gate, failed = threading.Barrier(9), []

    def press(viewer: Viewer) -> None:
        gate.wait()
        try:
            with app.app_context(), transaction() as db:
                me_too.me_too(db, viewer, placed.thread_id)
        except Exception as problem:
            failed.append(problem)

    with app.app_context(), reading() as db:
        viewers = [permissions.viewer_of(db, member_id) for member_id in people] * 3
    presses = [threading.Thread(target=press, args=(viewer,)) for viewer in viewers]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert failed == []
    with app.app_context(), reading() as db:
        assert len(db.scalars(sa.select(MeToo.tag)).all()) == 3


def test_W6_me_too_by_the_api(app: Flask, write: Any, browse: Any, robin: str, wren: str, fresh: str) -> None:
    placed = write(robin)
    client, address = browse(), f"/api/v1/threads/{placed.thread_id}"
    hers = {"Authorization": f"Bearer {api_token(app, wren, 'read', 'post')}"}
    for _twice in range(2):
        assert client.post(f"{address}/me-too", headers=hers).get_json() == {"me_too": 1}
    assert client.get(address, headers=hers).get_json()["me_too"] == 1
    assert client.delete(f"{address}/me-too", headers=hers).get_json() == {"me_too": 0}
    reads = {"Authorization": f"Bearer {api_token(app, wren, 'read')}"}
    assert client.post(f"{address}/me-too", headers=reads).status_code == 403
    other = {"Authorization": f"Bearer {api_token(app, fresh, 'post')}"}
    assert client.post(f"{address}/me-too", headers=other).status_code == 403
    assert client.post(f"/api/v1/threads/{'0' * 32}/me-too", headers=hers).status_code == 404
    assert client.post(f"{address}/me-too").status_code == 401
