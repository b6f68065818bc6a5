"""Opened, updated, closed with an outcome, asked for after two weeks: by whom, and what others see of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.database import now
from core.models import AuditEntry
from core.testing import api_token, mails, make_member, work
from plugins.ward_boards.incidents import asking, queries
from plugins.ward_boards.moments import day_of

BOW_WEST, STEPNEY = "E05009320", "E05009334"
PATH = "/threads/{}"


def _close(browser: Any, thread: str, **changes: Any) -> Any:
    return browser.post(
        f"/threads/{thread}/close", data={"outcome": "police", "note": "Two people were stopped."} | changes
    )


@pytest.mark.parametrize("category", ["crime", "suspicious", "nuisance", "safety"])
def test_W7_a_thread_that_tells_of_something_opens_an_incident(
    robin: str, write: Any, incident: Any, category: str
) -> None:
    write(robin, category=category)
    found = incident()
    assert (found.state, found.news_on, found.outcome, found.asked_on) == ("open", now().date(), None, None)


@pytest.mark.parametrize("category", ["general", "meeting"])
def test_W7_other_threads_have_no_end_to_wait_for(
    robin: str, write: Any, browse: Any, incident: Any, category: str
) -> None:
    thread = write(robin, category=category).thread_id
    assert incident() is None
    assert "How it stands" not in browse(robin).get(PATH.format(thread)).text
    assert browse(robin).get(f"/threads/{thread}/close").status_code == 404


def test_W7_its_writer_closes_it_and_every_list_says_how_it_ended(
    robin: str, wren: str, write: Any, browse: Any, incident: Any
) -> None:
    thread = write(robin).thread_id
    assert "Open" in browse(wren).get(f"/boards/{BOW_WEST}").text
    refused = _close(browse(robin), thread, outcome="")
    assert refused.status_code == 422
    assert "Choose how it ended." in refused.text
    assert "Two people were stopped." in refused.text, "what was typed is kept"
    assert incident().state == "open"
    assert _close(browse(robin), thread).status_code == 303
    page = browse(wren).get(PATH.format(thread)).text
    assert "The police dealt with it" in page
    assert "Two people were stopped." in page
    assert "The police dealt with it" in browse(wren).get(f"/boards/{BOW_WEST}").text
    assert "Two mopeds" not in browse(wren).get(f"/boards/{BOW_WEST}?open=1").text
    found = incident()
    assert (found.state, found.outcome, found.closed_on) == ("closed", "police", now().date())


def test_W7_the_writer_who_hides_closes_it_and_no_trace_says_who(
    robin: str, wren: str, write: Any, browse: Any, incident: Any, looking: Any
) -> None:
    thread = write(robin, sign_as="thread_alias").thread_id
    assert browse(wren).get(f"/threads/{thread}/close").status_code == 403
    assert "It is over" not in browse(wren).get(PATH.format(thread)).text
    assert "It is over" in browse(robin).get(PATH.format(thread)).text
    assert _close(browse(robin), thread).status_code == 303
    assert incident().state == "closed"
    with looking() as db:
        assert db.scalars(sa.select(AuditEntry).where(AuditEntry.verb.contains("incident"))).all() == []


@pytest.mark.parametrize("role", ["officer", "coordinator"])
def test_W7_a_moderator_of_its_board_closes_it_and_the_audit_knows(
    app: Any, robin: str, write: Any, browse: Any, incident: Any, looking: Any, role: str
) -> None:
    thread = write(robin).thread_id
    moderator = make_member(app, "Mod", roles=[(role, BOW_WEST)])
    assert _close(browse(moderator), thread).status_code == 303
    assert incident().outcome == "police"
    with looking() as db:
        verbs = db.execute(sa.select(AuditEntry.verb, AuditEntry.reason).where(AuditEntry.verb.contains("incident")))
        assert [tuple(row) for row in verbs] == [("ward_boards.close_incident", "police")]


def test_W7_nobody_else_closes_opens_again_or_says_that_it_goes_on(
    app: Any, robin: str, wren: str, write: Any, browse: Any, incident: Any
) -> None:
    thread = write(robin).thread_id
    elsewhere = make_member(app, "Elsewhere", roles=[("officer", STEPNEY)], ward=STEPNEY)
    for somebody in (wren, elsewhere):
        assert browse(somebody).get(f"/threads/{thread}/close").status_code == 403
        assert _close(browse(somebody), thread).status_code == 403
        assert browse(somebody).post(f"/threads/{thread}/reopen", data={"reason": "No."}).status_code == 403
        assert browse(somebody).post(f"/threads/{thread}/goes-on").status_code == 403
    assert browse(None).post(f"/threads/{thread}/goes-on").status_code == 303
    assert incident().state == "open"


def test_W7_it_is_opened_again_with_a_reason(robin: str, write: Any, browse: Any, incident: Any) -> None:
    thread = write(robin).thread_id
    _close(browse(robin), thread)
    refused = browse(robin).post(f"/threads/{thread}/reopen", data={"reason": " "})
    assert refused.status_code == 422
    assert browse(robin).post(f"/threads/{thread}/reopen", data={"reason": "They came back."}).status_code == 303
    found = incident()
    assert (found.state, found.outcome, found.closed_on, found.note) == ("open", None, None, "They came back.")
    again = browse(robin).post(f"/threads/{thread}/reopen", data={"reason": "Twice."}, follow_redirects=True)
    assert "it is open already" in again.text


def test_W7_what_a_plugin_objects_to_is_no_sentence_beside_the_end(
    robin: str, write: Any, browse: Any, incident: Any
) -> None:
    thread = write(robin).thread_id
    refused = _close(browse(robin), thread, note="refuse me, number 12")
    assert refused.status_code == 422
    assert "Take the house number out." in refused.text
    assert incident().state == "open"


def test_W7_an_update_is_marked_by_a_tick(robin: str, wren: str, write: Any, browse: Any, incident: Any) -> None:
    thread = write(robin).thread_id
    sent = {"text": "The lamp is mended.", "as": "alias", "is_update": "y"}
    assert "This is news of the matter" in browse(robin).get(PATH.format(thread)).text
    assert "This is news of the matter" not in browse(wren).get(PATH.format(thread)).text
    assert browse(wren).post(PATH.format(thread), data=sent).status_code == 403
    assert incident().state == "open"
    assert browse(robin).post(PATH.format(thread), data=sent).status_code == 303
    assert incident().state == "updated"
    page = browse(wren).get(PATH.format(thread)).text
    assert "Updated" in page
    assert page.count("> Update</span>") == 1


def test_W7_an_update_never_joins_a_hidden_writer_to_their_alias(
    robin: str, write: Any, browse: Any, incident: Any, rows: Any
) -> None:
    thread = write(robin, sign_as="thread_alias").thread_id
    sent = {"text": "It went on tonight.", "as": "alias", "is_update": "y"}
    refused = browse(robin).post(PATH.format(thread), data=sent)
    assert refused.status_code == 422
    assert "Sign it as you signed the first post" in refused.text
    assert len(rows("post")) == 1
    assert browse(robin).post(PATH.format(thread), data=sent | {"as": "thread_alias"}).status_code == 303
    assert incident().state == "updated"


def test_W7_a_held_update_counts_once_it_is_out(
    app: Any, robin: str, write: Any, browse: Any, incident: Any, rows: Any
) -> None:
    thread = write(robin).thread_id
    sent = {"text": "hold me: the lamp is mended.", "as": "alias", "is_update": "y"}
    browse(robin).post(PATH.format(thread), data=sent)
    assert incident().state == "open"
    post = next(row.id for row in rows("post") if row.number == 2)
    moderator = browse(make_member(app, "Mod", roles=[("officer", BOW_WEST)]))
    moderator.post(f"/posts/{post}/moderate", data={"reason": "fine", "verb": "restore"})
    assert incident().state == "updated"


def test_W7_after_two_weeks_an_alias_is_asked_by_a_neutral_mail_and_once(
    app: Any, robin: str, write: Any, incident: Any, grow_old: Any, browse: Any
) -> None:
    thread = write(robin).thread_id
    before = len(mails(app))
    grow_old(13)
    _ask(app)
    assert incident().asked_on is None
    grow_old(1)
    assert [_ask(app), _ask(app)] == [1, 0]
    work(app)
    sent = [mail for mail in mails(app)[before:] if "anything new" in mail["Subject"]]
    assert len(sent) == 1
    assert f"/threads/{thread}#matter" in sent[0].get_content()
    assert "moped" not in sent[0].get_content().lower()
    page = browse(robin).get(PATH.format(thread)).text
    assert "Is there anything new?" in page
    browse(robin).post(f"/threads/{thread}/goes-on")
    assert (incident().asked_on, incident().news_on) == (None, now().date())


def test_W7_who_hides_is_asked_on_the_page_and_by_no_mail(
    app: Any, robin: str, wren: str, write: Any, grow_old: Any, browse: Any
) -> None:
    thread = write(robin, sign_as="thread_alias").thread_id
    work(app)
    before = len(mails(app))
    grow_old(14)
    _ask(app)
    work(app)
    assert [mail["Subject"] for mail in mails(app)[before:] if "anything new" in mail["Subject"]] == []
    assert "Is there anything new?" in browse(robin).get(PATH.format(thread)).text
    assert "Is there anything new?" not in browse(wren).get(PATH.format(thread)).text
    assert "Asked for news" in browse(robin).get(f"/boards/{BOW_WEST}").text


def test_W7_when_nobody_answers_readers_see_it_and_moderators_have_a_list(
    app: Any, robin: str, wren: str, write: Any, grow_old: Any, browse: Any
) -> None:
    write(robin)
    grow_old(14)
    _ask(app)
    grow_old(14)
    assert "No news" in browse(wren).get(f"/boards/{BOW_WEST}").text
    moderator = make_member(app, "Mod", roles=[("coordinator", BOW_WEST)])
    elsewhere = make_member(app, "Elsewhere", roles=[("coordinator", STEPNEY)])
    assert "Two mopeds" in browse(moderator).get(f"/boards/{BOW_WEST}/no-news").text
    assert browse(elsewhere).get(f"/boards/{BOW_WEST}/no-news").status_code == 403
    assert browse(wren).get(f"/boards/{BOW_WEST}/no-news").status_code == 403


def test_W7_the_weekly_letter_learns_what_ended_and_nothing_for_coordinators(
    app: Any, robin: str, write: Any, browse: Any, looking: Any
) -> None:
    coordinator = make_member(app, "Cora", roles=[("coordinator", BOW_WEST)], ward=BOW_WEST)
    threads = {
        tier: write(coordinator, title=f"For {tier}", tier=tier).thread_id
        for tier in ("public", "verified", "coordinators")
    }
    for thread in threads.values():
        assert _close(browse(coordinator), thread).status_code == 303
    since = day_of(now()) - timedelta(days=7)
    with looking() as db:
        assert {row.title for row in queries.closed_since(db, "verified", BOW_WEST, since)} == {
            "For public",
            "For verified",
        }
        assert [row.outcome for row in queries.closed_since(db, "public", BOW_WEST, since)] == ["police"]
        assert queries.closed_since(db, "verified", STEPNEY, since) == []
        assert queries.closed_since(db, "verified", BOW_WEST, since + timedelta(days=8)) == []


def test_W7_by_api_it_is_read_filtered_updated_closed_and_opened_again(
    app: Any, robin: str, wren: str, write: Any
) -> None:
    thread = write(robin).thread_id
    mine, theirs = app.test_client(), app.test_client()
    head = {"Authorization": f"Bearer {api_token(app, robin, 'read', 'post')}"}
    other = {"Authorization": f"Bearer {api_token(app, wren, 'read', 'post')}"}
    address = f"/api/v1/threads/{thread}"
    assert mine.get(address, headers=head).json["incident"] == {"state": "open", "outcome": None, "closed_on": None}
    update = {"text": "The lamp is mended.", "update": True}
    assert theirs.post(f"{address}/replies", json=update, headers=other).status_code == 403
    assert mine.post(f"{address}/replies", json=update, headers=head).json["update"] is True
    end = {"outcome": "council", "note": "A new lamp."}
    assert theirs.post(f"{address}/close", json=end, headers=other).status_code == 403
    assert mine.post(f"{address}/close", json={"outcome": "magic"}, headers=head).status_code == 422
    closed = mine.post(f"{address}/close", json=end, headers=head)
    assert (closed.status_code, closed.json["state"], closed.json["outcome"]) == (200, "closed", "council")
    assert mine.post(f"{address}/close", json=end, headers=head).status_code == 409
    assert mine.post(f"{address}/replies", json=update, headers=head).status_code == 409
    listed = mine.get(f"/api/v1/threads?ward={BOW_WEST}", headers=head).json["items"][0]
    assert listed["incident"]["outcome"] == "council"
    for place in (f"ward={BOW_WEST}&open=true", "open=true"):
        assert mine.get(f"/api/v1/threads?{place}", headers=head).json["items"] == []
    assert mine.post(f"{address}/reopen", json={"reason": "It is dark again."}, headers=head).json["state"] == "open"


def _ask(app: Any) -> int:
    from core.database import transaction

    with app.app_context(), transaction() as db:
        return asking.ask(db, day_of(now()))
