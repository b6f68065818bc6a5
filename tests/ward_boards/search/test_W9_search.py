"""W9: search over boards and alerts, inside the reader's permissions, on the page and in the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import permissions
from core.database import new_id, now, reading, transaction
from core.events import PeerBlocked, RemoteAlertReceived
from core.testing import api_token, make_member
from plugins.ward_boards import conversation, publishing
from plugins.ward_boards import services as boards
from plugins.ward_boards.alerts import remote, snapshots
from plugins.ward_boards.alerts import services as alerts
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.alerts.services import Target
from plugins.ward_boards.models import HIDDEN, PUBLISHED, Post, Thread
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.search import indexing, jobs
from plugins.ward_boards.search.models import SearchEntry, SearchFill

BOW_WEST, STEPNEY = "E05009320", "E05009334"


def draft(**changes: Any) -> AlertDraft:
    moment = now()
    values = {
        "headline": "Moped robberies on Roman Road",
        "description": "Two riders took phones near the market.",
        "instruction": "Keep your phone in your pocket.",
        "category": "Security",
        "event": "robbery",
        "severity": "Severe",
        "urgency": "Future",
        "certainty": "Observed",
        "areas": (BOW_WEST,),
        "onset": moment,
        "expires": moment + timedelta(hours=24),
        "audience": "all_verified",
    }
    return AlertDraft(**{**values, **changes})


def titles(rows: list[Any]) -> list[str]:
    return [row.title or row.headline for row in rows]


def change_state(writing: Any, post_id: str, state: str) -> None:
    with writing() as db:
        post = db.get_one(Post, post_id)
        if state == PUBLISHED:
            moderation.put_back(db, post, is_first_time=False)
        else:
            moderation.take_down(db, post, state, "", "")


def test_W9_a_member_finds_a_post_by_a_word_and_sees_it_marked(write: Any, browse: Any, robin: str, wren: str) -> None:
    write(robin, "Two mopeds at the bridge", text="They drove along the towpath without lights.")
    page = browse(wren).get("/search?q=moped").get_data(as_text=True)
    assert "Two <mark>mopeds</mark> at the bridge" in page
    page = browse(wren).get("/search?q=towpaths+light").get_data(as_text=True)
    assert "<mark>towpath</mark> without <mark>lights</mark>" in page
    assert "Nothing found" in browse(wren).get("/search?q=helicopter").get_data(as_text=True)
    assert "Nothing found" in browse().get("/search?q=moped").get_data(as_text=True)


def test_W9_bengali_is_found_by_whole_words(write: Any, browse: Any, find: Any, robin: str, wren: str) -> None:
    write(robin, "সেতুর কাছে মোটরসাইকেল চুরি", text="গতকাল রাতে দুটি মোটরসাইকেল চুরি হয়েছে।")
    for word in ("চুরি", "মোটরসাইকেল", "সেতুর", "হয়েছে", '"মোটরসাইকেল চুরি"'):
        assert len(find(wren, word)) == 1, word
    assert find(wren, "চর") == []
    page = browse(wren).get("/search", query_string={"q": "চুরি"}).get_data(as_text=True)
    assert "<mark>চুরি</mark>" in page


def test_W9_words_of_writers_are_shown_as_text(write: Any, browse: Any, robin: str) -> None:
    write(robin, "A <b>moped</b> & more", text='<script>alert("moped")</script> moped')
    page = browse(robin).get("/search", query_string={"q": 'moped "><img src=x>'}).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    page = browse(robin).get("/search", query_string={"q": "moped"}).get_data(as_text=True)
    assert "A &lt;b&gt;<mark>moped</mark>&lt;/b&gt; &amp; more" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "text", ["", " ", '"', "*", "NOT", "( moped", "a AND OR", "words:x^2", "\x00\x01", "😀", "--", "%"]
)
def test_W9_no_question_breaks_the_page(browse: Any, robin: str, text: str) -> None:
    for order in ("new", "best", "bogus"):
        answer = browse(robin).get("/search", query_string={"q": text, "order": order, "after": text, "ward": text})
        assert answer.status_code in (200, 422)
        assert "Search boards and alerts" in answer.get_data(as_text=True)


def test_W9_too_long_a_question_is_refused_in_words_and_kept(browse: Any, robin: str) -> None:
    answer = browse(robin).get("/search", query_string={"q": "moped " * 60})
    assert answer.status_code == 422
    assert "too long to look for" in answer.get_data(as_text=True)
    assert "moped moped" in answer.get_data(as_text=True)
    answer = browse(robin).get("/search", query_string={"q": "?!"})
    assert answer.status_code == 422
    assert "no word in it" in answer.get_data(as_text=True)


def test_W9_hidden_held_and_withdrawn_are_never_found(
    write: Any, writing: Any, find: Any, robin: str, wren: str
) -> None:
    placed = write(robin, "Two mopeds", text="By the zebracrossing")
    assert write(robin, "Three mopeds", text="hold me at the zebracrossing").state == "held"
    assert titles(find(wren, "zebracrossing")) == ["Two mopeds"]
    change_state(writing, placed.post_id, HIDDEN)
    assert find(wren, "zebracrossing") == find(robin, "zebracrossing") == []
    change_state(writing, placed.post_id, PUBLISHED)
    assert titles(find(wren, "zebracrossing")) == ["Two mopeds"]
    with writing() as db:
        boards.withdraw(db, permissions.viewer_of(db, robin), placed.post_id)
    assert find(robin, "zebracrossing") == []
    with writing() as db:
        assert db.scalars(sa.select(SearchEntry.post_id)).all() == []


def test_W9_the_index_forgets_what_is_deleted_by_any_road(write: Any, writing: Any, find: Any, robin: str) -> None:
    placed = write(robin, "Two mopeds")
    with writing() as db:
        db.execute(sa.delete(Thread).where(Thread.id == placed.thread_id))
    assert find(robin, "moped") == []
    with writing() as db:
        if db.get_bind().dialect.name == "sqlite":
            db.execute(
                sa.text("INSERT INTO ward_boards_search_words(ward_boards_search_words) VALUES ('integrity-check')")
            )
            assert (
                db.scalar(
                    sa.text(
                        "SELECT count(*) FROM ward_boards_search_words WHERE ward_boards_search_words MATCH 'moped'"
                    )
                )
                == 0
            )


def test_W9_answers_of_a_public_notice_are_for_members(
    app: Flask, write: Any, writing: Any, find: Any, officer: str, robin: str, fresh: str
) -> None:
    placed = write(officer, "Open evening at the station", tier="public")
    with writing() as db:
        viewer = permissions.viewer_of(db, robin)
        view = conversation.thread_view(db, viewer, placed.thread_id)
        assert view is not None
        publishing.reply(db, viewer, view, "Is there room for a wheelchair?", sign_as="", now=now())
    assert titles(find(robin, "wheelchair")) == ["Open evening at the station"]
    for outsider in (None, fresh):
        assert find(outsider, "wheelchair") == []
        (row,) = find(outsider, "station evening")
        assert row.alias is None
        assert "Officer" not in str(row)
        assert row.published_at.hour in (0, 23)  # a day, as the public copy has it


def test_W9_searching_a_board_finds_what_is_on_it(write: Any, find: Any, robin: str) -> None:
    write(robin, "Moped here", ward_codes=(BOW_WEST,))
    write(robin, "Moped there", ward_codes=(STEPNEY,))
    write(robin, "Moped both", ward_codes=(BOW_WEST, STEPNEY))
    assert sorted(titles(find(robin, "moped", ward_code=STEPNEY))) == ["Moped both", "Moped there"]


def test_W9_alerts_are_found_while_they_may_be_read(
    app: Flask, writing: Any, find: Any, officer: str, robin: str, fresh: str
) -> None:
    with writing() as db:
        viewer = permissions.viewer_of(db, officer)
        alert_id = alerts.issue(db, viewer, draft=draft(), now=now())
        alerts.issue(db, viewer, draft=draft(headline="Everyone: market closed", audience="public"), now=now())
    assert titles(find(robin, "roman")) == ["Moped robberies on Roman Road"]
    assert find(fresh, "roman") == find(None, "roman") == []
    assert titles(find(None, "market")) == ["Everyone: market closed"]
    assert titles(find(robin, "roman", ward_code=BOW_WEST)) == ["Moped robberies on Roman Road"]
    assert find(robin, "roman", ward_code=STEPNEY) == []
    with writing() as db:
        viewer = permissions.viewer_of(db, officer)
        alerts.update(db, viewer, target=Target(alert_id), draft=draft(headline="Moved to Victoria Park"), now=now())
    assert find(robin, "roman") == []
    assert titles(find(robin, "victoria")) == ["Moved to Victoria Park"]
    with writing() as db:
        alerts.cancel(db, permissions.viewer_of(db, officer), target=Target(alert_id), reason="Over.", now=now())
    assert find(robin, "victoria") == []


def test_W9_a_neighbours_alert_is_found_until_it_is_over_or_the_neighbour_blocked(
    app: Flask, writing: Any, find: Any, robin: str
) -> None:
    moment = now()
    theirs = snapshots.of_draft(
        draft(headline="Thefts at London Fields", areas=("E09000012",)), alert_id="b" * 32, revision=1, sent=moment
    )
    event = RemoteAlertReceived(origin="urn:x", origin_name="Hackney", alert=theirs, occurred_at=moment)
    with writing() as db:
        remote.receive(db, event)
    assert titles(find(robin, "london fields")) == ["Thefts at London Fields"]
    with writing() as db:
        remote.block(db, PeerBlocked(origin="urn:x", occurred_at=moment + timedelta(seconds=1)))
    assert find(robin, "london fields") == []


def test_W9_newest_first_goes_on_where_it_stopped(write: Any, writing: Any, find: Any, robin: str) -> None:
    for number in range(45):
        placed = write(robin, f"Moped number {number}")
        with writing() as db:
            at = now() - timedelta(days=number)
            db.execute(sa.update(Post).where(Post.id == placed.post_id).values(published_at=at))
            indexing.put_post(db, placed.post_id)
    found = titles(find(robin, "moped"))
    assert found == [f"Moped number {number}" for number in range(45)]
    assert sorted(titles(find(robin, "moped", order="best"))) == sorted(found)


def test_W9_best_match_prefers_what_says_more_about_it(write: Any, find: Any, robin: str) -> None:
    write(
        robin,
        "About the weather",
        text="Rain, and somebody said moped once in a very long story. " * 3 + "Nothing else. " * 60,
    )
    write(robin, "Moped stolen, moped found", text="The moped is back.")
    write(robin, "A quiet night", text="Nothing to tell about anything.")
    assert titles(find(robin, "moped", order="best"))[0] == "Moped stolen, moped found"


def test_W9_the_numbers_of_the_index_give_no_order_within_a_part_of_the_day(
    write: Any, looking: Any, robin: str
) -> None:
    written = [write(robin, f"Number {number}", **{"sign_as": "resident"}).post_id for number in range(40)]
    with looking() as db:
        by_number = list(db.scalars(sa.select(SearchEntry.post_id).order_by(SearchEntry.docid)))
        docids = list(db.scalars(sa.select(SearchEntry.docid)))
    assert sorted(by_number) == sorted(written)
    assert by_number not in (written, written[::-1])
    assert {docid >> indexing.RANDOM_BITS for docid in docids} <= {indexing.part_of(now()), indexing.part_of(now()) - 1}


def test_W9_the_index_is_filled_from_what_is_there(
    app: Flask, write: Any, writing: Any, find: Any, officer: str, robin: str
) -> None:
    for number in range(3):
        write(robin, f"Moped {number}")
    write(robin, "Held moped", text="hold me")
    with writing() as db:
        alerts.issue(db, permissions.viewer_of(db, officer), draft=draft(), now=now())
    with writing() as db:
        indexing.begin_again(db)
    assert find(robin, "moped") == []
    write(robin, "Moped meanwhile")
    with app.app_context():
        while jobs.fill(now()):
            pass
    assert len(find(robin, "moped")) == 5
    with writing() as db:
        assert db.scalars(sa.select(SearchFill.kind)).all() == []


def test_W9_a_page_of_results_asks_few_questions(write: Any, browse: Any, count_queries: Any, robin: str) -> None:
    for number in range(25):
        write(robin, f"Moped {number}")
    client = browse(robin)
    client.get("/search?q=moped")
    count_queries()
    for address in ("/search?q=moped", "/search?q=moped&order=best", f"/search?q=moped+number&ward={BOW_WEST}"):
        assert client.get(address).status_code == 200
        assert count_queries() <= 5, address


def test_W9_a_program_finds_what_its_member_finds(app: Flask, write: Any, browse: Any, robin: str, fresh: str) -> None:
    placed = write(robin, "Two mopeds at the bridge")
    for number in range(3):
        write(robin, f"Moped {number}")
    client = browse()
    mine = {"Authorization": f"Bearer {api_token(app, robin, 'read')}"}
    page = client.get("/api/v1/search?q=moped&limit=3", headers=mine).get_json()
    rest = client.get(f"/api/v1/search?q=moped&limit=3&after={page['next']}", headers=mine).get_json()
    assert rest["next"] is None
    found = {item["id"]: item for item in page["items"] + rest["items"]}
    assert len(found) == 4
    assert found[placed.post_id]["title"] == "Two mopeds at the bridge"
    assert found[placed.post_id]["thread"] == placed.thread_id
    other = {"Authorization": f"Bearer {api_token(app, fresh, 'read')}"}
    assert client.get("/api/v1/search?q=moped", headers=other).get_json() == {"items": [], "next": None}
    for wrong in ("q=", "q=%22", "q=moped&after=x", "q=moped&ward=nowhere", "q=moped&order=odd"):
        assert client.get(f"/api/v1/search?{wrong}", headers=mine).status_code == 422, wrong
    assert client.get("/api/v1/search?q=moped").status_code == 401


def test_W9_boards_have_a_box_that_leads_to_the_search(browse: Any, robin: str) -> None:
    for address in ("/boards", f"/boards/{BOW_WEST}"):
        page = browse(robin).get(address).get_data(as_text=True)
        assert 'role="search"' in page
        assert 'action="/search"' in page


def test_W9_an_unknown_id_in_the_index_is_nothing(app: Flask, find: Any) -> None:
    make_member(app, "Nobody")
    with app.app_context():
        with transaction() as db:
            indexing.put_post(db, new_id())
            indexing.put_alert(db, new_id())
            indexing.put_thread(db, new_id())
        with reading() as db:
            assert db.scalars(sa.select(SearchEntry.docid)).all() == []
