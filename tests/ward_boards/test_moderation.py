"""Reports, hiding, restoring, locking: who may, where, and what others see of it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from core.models import AuditEntry
from core.testing import capture_events, make_member

BOW_WEST, STEPNEY = "E05009320", "E05009334"


@pytest.fixture
def post_id(robin: str, write: Any) -> str:
    """Return the only post of a thread by Robin in Bow West."""
    return str(write(robin).post_id)


def _audit(looking: Any) -> list[tuple[str, str]]:
    with looking() as db:
        return [
            tuple(row)
            for row in db.execute(sa.select(AuditEntry.verb, AuditEntry.reason))
            if row.verb.startswith("ward")
        ]


@pytest.mark.parametrize("role", ["officer", "coordinator"])
def test_M3_moderator_of_the_ward_hides_and_restores_with_a_reason(
    app: Any, looking: Any, browse: Any, wren: str, robin: str, post_id: str, rows: Any, role: str
) -> None:
    moderator = browse(make_member(app, "Mod", roles=[(role, BOW_WEST)]))
    thread = rows("thread")[0].id
    with capture_events() as events:
        moderator.post(
            f"/posts/{post_id}/moderate", data={"reason": "exposes", "words": "It named a house.", "verb": "hide"}
        )
        assert browse(wren).get(f"/threads/{thread}").status_code == 404
        own = browse(robin).get(f"/threads/{thread}").get_data(as_text=True)
        assert "It named a house." in own
        moderator.post(
            f"/posts/{post_id}/moderate", data={"reason": "fine", "words": "The house is out.", "verb": "restore"}
        )
    assert browse(wren).get(f"/threads/{thread}").status_code == 200
    assert [type(event).__name__ for event in events] == ["PostHidden", "PostRestored"]
    assert _audit(looking) == [
        ("ward_boards.hide", "It named a house."),
        ("ward_boards.restore", "The house is out."),
    ]


def test_M3_moderator_of_another_ward_cannot_touch_it(app: Any, browse: Any, post_id: str, rows: Any) -> None:
    elsewhere = browse(make_member(app, "Elsewhere", roles=[("officer", STEPNEY)], ward=STEPNEY))
    thread = rows("thread")[0].id
    assert elsewhere.get(f"/posts/{post_id}/moderate").status_code == 403
    assert elsewhere.post(f"/posts/{post_id}/moderate", data={"reason": "exposes", "verb": "hide"}).status_code == 403
    assert elsewhere.post(f"/threads/{thread}/lock", data={"locked": "1"}).status_code == 403
    assert elsewhere.get(f"/boards/{BOW_WEST}/waiting").status_code == 403
    assert rows("post")[0].state == "published"
    assert not rows("thread")[0].is_locked


def test_member_moderates_nothing(browse: Any, robin: str, post_id: str, rows: Any) -> None:
    browser = browse(robin)
    assert browser.get(f"/posts/{post_id}/moderate").status_code == 403
    assert browser.post(f"/posts/{post_id}/moderate", data={"reason": "exposes", "verb": "hide"}).status_code == 403
    assert browser.post(f"/threads/{rows('thread')[0].id}/lock", data={"locked": "1"}).status_code == 403
    assert browse(None).post(f"/posts/{post_id}/moderate").status_code == 303


@pytest.mark.parametrize(("reason", "words"), [("", ""), ("boring", ""), ("other", ""), ("false", "x" * 301)])
def test_moderator_must_say_why(browse: Any, officer: str, post_id: str, rows: Any, reason: str, words: str) -> None:
    data = {"reason": reason, "words": words, "verb": "hide"}
    page = browse(officer).post(f"/posts/{post_id}/moderate", data=data)
    assert page.status_code == 422
    assert "There is a problem" in page.get_data(as_text=True)
    assert rows("post")[0].state == "published"


def test_thread_on_two_wards_is_moderated_from_either(app: Any, browse: Any, robin: str, write: Any, rows: Any) -> None:
    post = write(robin, ward_codes=(BOW_WEST, STEPNEY)).post_id
    elsewhere = browse(make_member(app, "Elsewhere", roles=[("officer", STEPNEY)]))
    assert elsewhere.post(f"/posts/{post}/moderate", data={"reason": "suspect", "verb": "hide"}).status_code == 303
    assert rows("post")[0].state == "hidden"


def test_held_post_is_let_out_and_told_then(browse: Any, robin: str, wren: str, officer: str, write: Any) -> None:
    with capture_events() as events:
        held = write(robin, text="hold me")
        assert events == []
        browse(officer).post(f"/posts/{held.post_id}/moderate", data={"reason": "fine", "verb": "restore"})
    assert [type(event).__name__ for event in events] == ["PostPublished"]
    assert "hold me" in browse(wren).get(f"/threads/{held.thread_id}").get_data(as_text=True)


def test_locked_thread_takes_no_replies_until_opened(
    browse: Any, robin: str, officer: str, post_id: str, rows: Any
) -> None:
    thread = rows("thread")[0].id
    browse(officer).post(f"/threads/{thread}/lock", data={"locked": "1"})
    page = browse(robin).get(f"/threads/{thread}").get_data(as_text=True)
    assert "A coordinator has closed this thread." in page
    assert "<textarea" not in page
    late = browse(robin).post(f"/threads/{thread}", data={"text": "One more", "as": "alias"})
    assert late.status_code == 422
    assert "This thread was closed while you were writing." in late.get_data(as_text=True)
    browse(officer).post(f"/threads/{thread}/lock", data={"locked": "0"})
    assert browse(robin).post(f"/threads/{thread}", data={"text": "One more", "as": "alias"}).status_code == 303


def test_M1_report_reaches_the_moderators_and_names_nobody(
    browse: Any, wren: str, officer: str, post_id: str, rows: Any
) -> None:
    browser = browse(wren)
    assert "Nobody is told that it was you." in browser.get(f"/posts/{post_id}/report").get_data(as_text=True)
    sent = browser.post(f"/posts/{post_id}/report", data={"reason": "exposes", "note": "It says which house."})
    assert sent.status_code == 303
    browser.post(f"/posts/{post_id}/report", data={"reason": "unkind"})
    assert [(row.reason, row.is_open) for row in rows("flag")] == [("unkind", True)]
    for page in ("/moderation", f"/boards/{BOW_WEST}/waiting", f"/posts/{post_id}/moderate"):
        text = browse(officer).get(page, follow_redirects=True).get_data(as_text=True)
        assert "Two mopeds" in text
        assert "Wren" not in text
    assert "1 report" in browse(officer).get(f"/boards/{BOW_WEST}/waiting").get_data(as_text=True)
    browse(officer).post(f"/posts/{post_id}/moderate", data={"reason": "exposes", "verb": "hide"})
    assert not rows("flag")[0].is_open


@pytest.mark.parametrize("data", [{}, {"reason": "boring"}, {"reason": "other", "note": "x" * 501}])
def test_bad_report_gets_a_sentence(browse: Any, wren: str, post_id: str, rows: Any, data: dict[str, str]) -> None:
    page = browse(wren).post(f"/posts/{post_id}/report", data=data)
    assert page.status_code == 422
    assert "There is a problem" in page.get_data(as_text=True)
    assert rows("flag") == []


def test_nobody_reports_what_they_cannot_read(browse: Any, fresh: str, post_id: str) -> None:
    for who in (fresh, None):
        assert browse(who).post(f"/posts/{post_id}/report", data={"reason": "other"}).status_code == 404


def test_withdrawing_does_not_bring_a_hidden_thread_back(
    browse: Any, robin: str, wren: str, officer: str, post_id: str, rows: Any
) -> None:
    thread = rows("thread")[0].id
    browse(wren).post(f"/threads/{thread}", data={"text": "An answer", "as": "alias"})
    browse(officer).post(f"/posts/{post_id}/moderate", data={"reason": "suspect", "verb": "hide"})
    assert browse(robin).post(f"/posts/{post_id}/withdraw").status_code == 303
    assert browse(wren).get(f"/threads/{thread}").status_code == 404
    assert "An answer" not in browse(wren).get(f"/boards/{BOW_WEST}").get_data(as_text=True)


def test_state_never_changes_by_get(browse: Any, officer: str, robin: str, post_id: str, rows: Any) -> None:
    for who in (officer, robin):
        for verb in ("withdraw", "report", "moderate?verb=hide&reason=x"):
            browse(who).get(f"/posts/{post_id}/{verb}")
        assert browse(who).get(f"/threads/{rows('thread')[0].id}/lock?locked=1").status_code == 405
    assert rows("post")[0].state == "published"
    assert rows("flag") == []


def test_every_form_carries_its_token(
    browse: Any, robin: str, wren: str, officer: str, post_id: str, rows: Any
) -> None:
    thread = rows("thread")[0].id
    for who, path, forms in (
        (robin, f"/posts/{post_id}/withdraw", 1),
        (wren, f"/posts/{post_id}/report", 1),
        (officer, f"/posts/{post_id}/moderate", 1),
        (officer, f"/threads/{thread}", 2),
        (robin, f"/boards/{BOW_WEST}/new", 1),
    ):
        page = browse(who).get(path).get_data(as_text=True)
        assert page.count('name="csrf_token"') >= forms, path
