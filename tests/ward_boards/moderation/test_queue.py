"""The queue: who sees what in which order, claims that end by themselves, urgent cases that go to the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.database import now
from core.testing import mails as sent
from core.testing import make_member, work
from plugins.ward_boards.moderation import claims

BOW_WEST, STEPNEY = "E05009320", "E05009334"


def test_M2_what_could_expose_somebody_comes_first_then_the_oldest(
    browse: Any, robin: str, wren: str, officer: str, write: Any, report: Any
) -> None:
    for days, title, reason in ((3, "Old quarrel", "unkind"), (1, "A doorstep", "exposes"), (2, "A theft", "law")):
        report(wren, write(robin, title).post_id, reason, at=now() - timedelta(days=days))
    write(robin, "Kept back", text="hold me")
    page = browse(officer).get("/moderation").get_data(as_text=True)
    places = [page.index(title) for title in ("A doorstep", "A theft", "Kept back", "Old quarrel")]
    assert places == sorted(places)
    assert page.count("Cannot wait") == 2
    assert "A name is in it." in page  # why it was held
    for name in ("Wren", "Robin"):
        assert name not in page


def test_M2_a_claim_keeps_others_from_acting_and_ends_by_itself(
    browse: Any, robin: str, wren: str, officer: str, second: str, write: Any, report: Any, rows: Any, writing: Any
) -> None:
    post = write(robin).post_id
    report(wren, post, note="Which house it was.")
    case = rows("case")[0].id
    first, other = browse(officer), browse(second)
    assert "Which house it was." not in first.get(f"/moderation/cases/{case}").get_data(as_text=True)
    first.post(f"/moderation/cases/{case}/claim")
    assert "Which house it was." in first.get(f"/moderation/cases/{case}").get_data(as_text=True)
    assert "Somebody looks at it" in other.get("/moderation").get_data(as_text=True)
    page = other.get(f"/moderation/cases/{case}").get_data(as_text=True)
    assert "Somebody looks at it just now." in page
    assert "Which house it was." not in page
    assert 'name="verb"' not in page
    told = other.post(f"/posts/{post}/moderate", data={"verb": "hide", "reason": "unkind"}, follow_redirects=True)
    assert "somebody else looks at it just now" in told.get_data(as_text=True)
    other.post(f"/moderation/cases/{case}/decide", data={"verb": "hide", "reason": "unkind"})
    assert rows("post")[0].state == "published"
    with writing() as db:
        half_an_hour_ago = db.get(claims.Case, case)
        half_an_hour_ago.claimed_until = now() - timedelta(seconds=1)
    assert "Say that you look at it" in other.get(f"/moderation/cases/{case}").get_data(as_text=True)
    other.post(f"/moderation/cases/{case}/claim")
    other.post(f"/moderation/cases/{case}/decide", data={"verb": "hide", "reason": "unkind"})
    assert rows("post")[0].state == "hidden"


def test_M2_a_claim_can_be_given_back_and_another_s_cannot(
    browse: Any, robin: str, wren: str, officer: str, second: str, write: Any, report: Any, rows: Any
) -> None:
    report(wren, write(robin).post_id)
    case = rows("case")[0].id
    browse(officer).post(f"/moderation/cases/{case}/claim")
    browse(second).post(f"/moderation/cases/{case}/release")
    assert rows("case")[0].claim_hash
    browse(officer).post(f"/moderation/cases/{case}/release")
    assert not rows("case")[0].claim_hash


def test_M2_claims_of_one_moderator_do_not_look_alike(
    robin: str, wren: str, officer: str, write: Any, report: Any, rows: Any, writing: Any, as_viewer: Any
) -> None:
    for title in ("One thing", "Another"):
        report(wren, write(robin, title).post_id)
    for row in rows("case"):
        with writing() as db:
            claims.claim(db, as_viewer(officer), row.id, now=now())
    hashes = {row.claim_hash for row in rows("case")}
    assert len(hashes) == 2
    assert officer not in str(rows("case"))


def test_M2_urgent_case_goes_to_the_ward_then_to_the_borough(
    app: Any, robin: str, wren: str, officer: str, second: str, write: Any, report: Any, rows: Any
) -> None:
    make_member(app, "Everywhere", roles=[("coordinator", "E09000030")])
    report(wren, write(robin).post_id, "exposes")
    report(wren, write(robin, "Not so urgent").post_id, "unkind")

    def told(minutes: int) -> list[str]:
        before = len(sent(app))
        with app.app_context():
            claims.tidy(now() + timedelta(minutes=minutes))
        work(app)
        return sorted(mail["To"].split("@")[0].rstrip("0123456789") for mail in sent(app)[before:])

    assert told(59) == []
    assert told(80) == ["officer", "second"]
    assert told(90) == []
    assert told(145) == ["everywhere"]
    assert told(300) == []
    mail = sent(app)[-1]
    assert mail["Subject"] == "Something waits for you"
    assert "mopeds" not in str(mail)
    assert all(row.escalate_at is None for row in rows("case"))


def test_M2_a_claim_stops_the_clock_until_it_ends(
    app: Any, robin: str, wren: str, officer: str, write: Any, report: Any, rows: Any, writing: Any, as_viewer: Any
) -> None:
    report(wren, write(robin).post_id, "exposes")
    with writing() as db:
        claims.claim(db, as_viewer(officer), rows("case")[0].id, now=now() + timedelta(minutes=50))
    with app.app_context():
        claims.tidy(now() + timedelta(minutes=79))
    assert rows("case")[0].escalations == 0
    with app.app_context():
        claims.tidy(now() + timedelta(minutes=81))
    assert (rows("case")[0].escalations, rows("case")[0].claim_hash) == (1, "")


def test_M2_decision_has_outcome_note_and_words_for_the_writer(
    app: Any, browse: Any, robin: str, wren: str, officer: str, second: str, write: Any, report: Any, rows: Any
) -> None:
    placed = write(robin)
    report(wren, placed.post_id)
    case = rows("case")[0].id
    data = {"verb": "hide", "reason": "suspect", "words": "Leave the number plate out.", "note": "Second time."}
    browse(officer).post(f"/moderation/cases/{case}/decide", data=data)
    row = rows("case")[0]
    assert (row.is_open, row.outcome, row.reason, row.note) == (False, "hide", "suspect", "Second time.")
    own = browse(robin).get(f"/threads/{placed.thread_id}").get_data(as_text=True)
    assert "It names or shows a person who may have done wrong. Leave the number plate out." in own
    assert "Second time." not in own
    assert "Second time." in browse(second).get(f"/moderation/cases/{case}").get_data(as_text=True)
    before = len(sent(app))
    work(app)
    assert [mail["Subject"] for mail in sent(app)[before:]] == ["About something you wrote"]


def test_M7_writer_is_sent_to_the_police_with_the_text_in_hand(
    browse: Any, robin: str, wren: str, officer: str, write: Any, act: Any
) -> None:
    placed = write(robin, text="hold me")
    act(officer, placed.post_id, "police", reason="suspect")
    own = browse(robin).get(f"/threads/{placed.thread_id}").get_data(as_text=True)
    assert 'href="/police/report"' in own
    assert "hold me" in own
    assert browse(wren).get(f"/threads/{placed.thread_id}").status_code == 404


def test_M2_post_taken_down_for_a_look_comes_back_without_being_published_twice(
    browse: Any, robin: str, wren: str, officer: str, write: Any, act: Any, rows: Any
) -> None:
    from core.testing import capture_events

    placed = write(robin)
    with capture_events() as events:
        act(officer, placed.post_id, "hold")
        assert browse(wren).get(f"/threads/{placed.thread_id}").status_code == 404
        assert rows("case")[0].is_open
        act(officer, placed.post_id, "restore", reason="fine")
    assert [type(event).__name__ for event in events] == ["PostHidden", "PostRestored"]
    assert rows("thread")[0].posts_count == 1


def test_nobody_decides_about_what_they_wrote(browse: Any, officer: str, second: str, write: Any, rows: Any) -> None:
    post = write(officer, text="hold me").post_id
    told = browse(officer).post(
        f"/posts/{post}/moderate", data={"verb": "restore", "reason": "fine"}, follow_redirects=True
    )
    assert "you cannot decide about your own post" in told.get_data(as_text=True)
    assert rows("post")[0].state == "held"
    browse(second).post(f"/posts/{post}/moderate", data={"verb": "restore", "reason": "fine"})
    assert rows("post")[0].state == "published"


MATRIX = [
    (role, ward, thread_wards)
    for role in ("coordinator", "officer")
    for ward in (BOW_WEST, STEPNEY, "E09000030")
    for thread_wards in ((BOW_WEST,), (STEPNEY,), (BOW_WEST, STEPNEY))
]


@pytest.mark.parametrize(("role", "ward", "thread_wards"), MATRIX)
def test_M3_role_by_ward(
    app: Any,
    browse: Any,
    robin: str,
    wren: str,
    write: Any,
    report: Any,
    rows: Any,
    role: str,
    ward: str,
    thread_wards: Any,
) -> None:
    placed = write(robin, ward_codes=thread_wards)
    report(wren, placed.post_id)
    case = rows("case")[0].id
    moderator = browse(make_member(app, "Mod", roles=[(role, ward)]))
    may = ward in thread_wards
    assert ("Two mopeds" in moderator.get("/moderation").get_data(as_text=True)) is may
    assert moderator.get(f"/moderation/cases/{case}").status_code == (200 if may else 404)
    for verb in ("claim", "release"):
        assert moderator.post(f"/moderation/cases/{case}/{verb}").status_code == (303 if may else 404)
    data = {"verb": "hide", "reason": "unkind"}
    assert moderator.post(f"/moderation/cases/{case}/decide", data=data).status_code == (303 if may else 404)
    assert (rows("post")[0].state == "hidden") is may
    if not may:
        assert moderator.post(f"/posts/{placed.post_id}/moderate", data=data).status_code == 404
        for verb in ("lock", "move", "merge"):
            assert moderator.post(f"/threads/{placed.thread_id}/{verb}", data=data).status_code == 404
        assert rows("post")[0].state == "published"


@pytest.mark.parametrize("kind", [{}, {"ward": STEPNEY}, {"roles": ["reviewer"]}])
def test_queue_is_for_moderators(
    app: Any, browse: Any, robin: str, wren: str, write: Any, report: Any, rows: Any, kind: Any
) -> None:
    report(wren, write(robin).post_id)
    member = browse(make_member(app, "Someone", **kind))
    assert member.get("/moderation").status_code == 403
    assert member.get(f"/moderation/cases/{rows('case')[0].id}").status_code == 403
    assert '/moderation"' not in member.get("/boards").get_data(as_text=True)


def test_queue_asks_the_same_number_of_queries_however_long_it_is(
    browse: Any,
    robin: str,
    wren: str,
    elsewhere: str,
    officer: str,
    write: Any,
    report: Any,
    act: Any,
    count_queries: Any,
) -> None:
    found = []
    reader = browse(officer)
    for number in range(2):
        for each in range(3):
            report(wren, write(robin, f"Thread {number}{each}").post_id)
        reader.get("/moderation")
        count_queries()
        assert reader.get("/moderation").status_code == 200
        found.append(count_queries())
    assert found[0] == found[1] <= 10
