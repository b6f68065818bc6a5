"""A moderator stops a voice until its week ends, and learns nothing of whose it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import audit
from core.database import now, reading
from core.models import AuditEntry
from core.testing import form_token, make_app, make_member, sign_in, work
from plugins.anonymity import hooks as anonymity
from plugins.anonymity.credentials import blind_rsa
from plugins.anonymity.unlinkable import batches, release
from plugins.anonymity.unlinkable.models import Ban, Waiting
from plugins.ward_boards import hooks as boards
from plugins.ward_boards.models import Post
from plugins.ward_boards.moderation.models import Case, LogEntry

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"


def browser_of(house: Any, member_id: str) -> Any:
    browser = house.app.test_client()
    sign_in(browser, member_id)
    return browser


def posts_of(house: Any) -> list[Any]:
    with house.app.app_context(), reading() as db:
        return list(db.execute(sa.select(Post.__table__).where(Post.kind == "handle").order_by(Post.id)))


@pytest.fixture
def busy(house: Any) -> Any:
    """A house where a voice has four posts out, two of them held, and one more that waits, in the week that is on."""
    house.now = now()  # bans go by the clock of the pages
    house.open_week()
    house.robin = house.voice()
    for _number in range(4):
        assert house.robin.open_thread(house.client, [BOW_WEST]).status_code == 202
    with house.app.app_context():
        release.release(batches.next_after(house.now))
    assert sorted(post.state for post in posts_of(house)) == ["held", "held", "published", "published"]
    assert house.robin.open_thread(house.client, [BOW_WEST]).status_code == 202
    house.officer = make_member(house.app, "Officer", roles=[("officer", BOW_WEST)])
    return house


def test_the_button_is_on_the_page_of_the_post_and_stops_the_voice(busy: Any) -> None:
    out = next(post for post in posts_of(busy) if post.state == "published")
    officer = browser_of(busy, busy.officer)
    page = officer.get(f"/posts/{out.id}/moderate").text
    assert 'action="/anonymity/bans"' in page
    assert f'name="post_id" value="{out.id}"' in page
    done = officer.post("/anonymity/bans", data={"post_id": out.id})
    assert (done.status_code, done.headers["Location"]) == (303, f"/threads/{out.thread_id}")
    me = busy.robin.ask(busy.client, "GET", "me").json
    assert me["is_banned"] is True
    assert me["posts_left_today"] == 0
    for refused in (
        busy.robin.open_thread(busy.client, [BOW_WEST]),
        busy.robin.ask(busy.client, "GET", "threads"),
        busy.robin.reply(busy.client, out.thread_id),
    ):
        assert refused.status_code == 403
        assert "until its week ends" in refused.json["detail"]
    with busy.store.reading() as db:
        assert db.scalars(sa.select(Waiting.id)).all() == []
    work(busy.app)
    busy.open_week()  # the members' side of this house has no keys for it
    busy.work()
    assert {post.state for post in posts_of(busy)} == {"hidden"}
    assert {row["state"] for row in busy.robin.ask(busy.client, "GET", "me").json["posts"]} == {"hidden", "refused"}
    # Another voice goes on as before.
    assert busy.voice().open_thread(busy.client, [BOW_WEST]).status_code == 202


def test_the_log_tells_members_and_the_chain_tells_who_did_it(busy: Any) -> None:
    out = next(post for post in posts_of(busy) if post.state == "published")
    browser_of(busy, busy.officer).post("/anonymity/bans", data={"post_id": out.id})
    work(busy.app)
    with busy.app.app_context(), reading() as db:
        logged = db.execute(sa.select(LogEntry.verb, LogEntry.role, LogEntry.ward_code)).all()
        assert sorted(logged) == [("hide", "officer", BOW_WEST)] * 2 + [("refuse_post", "officer", BOW_WEST)] * 2
        assert db.scalars(sa.select(Case.is_open)).all() == [False, False]
        entry = db.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "anonymity.ban")).one()
        assert entry.subject == f"post {out.id}"
        assert entry.actor == audit.actor_hash(busy.officer)
        assert out.ref not in f"{entry.subject}{entry.reason}"
        assert audit.verify(db) is None


def test_a_held_post_has_the_button_once_its_case_is_claimed(busy: Any) -> None:
    held = next(post for post in posts_of(busy) if post.state == "held")
    officer = browser_of(busy, busy.officer)
    case = officer.get(f"/posts/{held.id}/moderate").headers["Location"]
    assert "/anonymity/bans" not in officer.get(case).text
    officer.post(f"{case}/claim")
    assert "/anonymity/bans" in officer.get(case).text


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 303), ("neighbour", 403), ("reviewer", 403), ("elsewhere", 403)]
)
def test_others_cannot_stop_a_voice(busy: Any, who: str, status: int) -> None:
    out = next(post for post in posts_of(busy) if post.state == "published")
    people = {
        "neighbour": {"ward": BOW_WEST},
        "reviewer": {"roles": ["reviewer"], "ward": BOW_WEST},
        "elsewhere": {"roles": [("officer", STEPNEY)], "ward": BOW_WEST},
    }
    browser = busy.app.test_client()
    if who != "nobody":
        sign_in(browser, make_member(busy.app, who.title(), **people[who]))
    refused = browser.post("/anonymity/bans", data={"post_id": out.id})
    assert refused.status_code == status
    assert "/anonymity/bans" not in browser.get(f"/posts/{out.id}/moderate").text
    with busy.store.reading() as db:
        assert db.scalars(sa.select(Ban.ref)).all() == []
    assert busy.robin.ask(busy.client, "GET", "threads").status_code == 200


def test_posts_of_members_have_no_such_button(busy: Any) -> None:
    member = browser_of(busy, make_member(busy.app, "Ash", ward=BOW_WEST))
    form = {"title": "Who lost keys?", "text": "At the bakery.", "wards": [BOW_WEST], "category": "general"}
    member.post(f"/boards/{BOW_WEST}/new", data={**form, "tier": "verified", "shown_tier": "verified", "as": "alias"})
    with busy.app.app_context(), reading() as db:
        post_id = db.scalars(sa.select(Post.id).where(Post.kind == "alias")).one()
    officer = browser_of(busy, busy.officer)
    assert "/anonymity/bans" not in officer.get(f"/posts/{post_id}/moderate").text
    assert officer.post("/anonymity/bans", data={"post_id": post_id}).status_code == 404
    assert officer.post("/anonymity/bans", data={"post_id": "f" * 32}).status_code == 404
    assert officer.post("/anonymity/bans").status_code == 404
    assert officer.get("/anonymity/bans").status_code == 405


def test_a_voice_whose_week_is_over_is_left_alone(house: Any) -> None:
    robin = house.voice()
    robin.open_thread(house.client, [BOW_WEST])
    house.work(datetime(2026, 11, 24, 20, 1, tzinfo=UTC))
    (post,) = posts_of(house)
    house.work(datetime(2026, 12, 1, tzinfo=UTC))  # its rows are forgotten
    officer = browser_of(house, make_member(house.app, "Officer", roles=[("officer", BOW_WEST)]))
    done = officer.post("/anonymity/bans", data={"post_id": post.id}, follow_redirects=True)
    assert "the week of this voice is over" in done.text
    with house.app.app_context(), reading() as db:
        assert db.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "anonymity.ban")).all() == []


def test_the_ban_ends_with_the_week(busy: Any) -> None:
    out = next(post for post in posts_of(busy) if post.state == "published")
    browser_of(busy, busy.officer).post("/anonymity/bans", data={"post_id": out.id})
    busy.work(busy.now + timedelta(days=7))
    with busy.store.reading() as db:
        assert db.scalars(sa.select(Ban.ref)).all() == []
    busy.open_week()
    again = busy.voice()
    again.seed = busy.robin.seed
    key = busy.keys[BOROUGH]
    again.get_signed(blind_rsa.spki(key), lambda blinded: blind_rsa.blind_sign(key, blinded))
    me = again.ask(busy.client, "GET", "me").json
    assert me["is_banned"] is False
    assert me["handle"] != out.label


def test_the_form_carries_a_token(tmp_path: Any) -> None:
    app: Flask = make_app(tmp_path, plugins={"anonymity": anonymity, "ward_boards": boards}, csrf=True)
    browser = app.test_client()
    sign_in(browser, make_member(app, "Officer", roles=[("officer", BOW_WEST)]))
    refused = browser.post("/anonymity/bans", data={"post_id": "f" * 32})
    assert refused.status_code == 400
    token = form_token(browser, "/account/change-password")
    assert browser.post("/anonymity/bans", data={"post_id": "f" * 32, "csrf_token": token}).status_code == 404
