"""Posts of writers without an account: put on the boards, copied, signed for those who must act, and stopped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from core import event_log, permissions, posting
from core.contributions import Authorship
from core.database import new_id, now
from core.events import PostPublished, VoiceStopped
from core.released import ReleasedPost
from core.testing import capture_events, work
from plugins.ward_boards import publishing, words
from plugins.ward_boards.models import Post, Thread
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.models import Case, LogEntry
from plugins.ward_boards.search.models import SearchEntry
from plugins.ward_boards.services import Placed

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
BATCH = datetime(2026, 11, 24, 8, tzinfo=UTC)
HERON = Authorship("handle", "Quiet Heron 123456", ref="f" * 32)


def released(**changes: Any) -> ReleasedPost:
    values = {
        "post_id": new_id(),
        "thread_id": None,
        "ward_codes": (BOW_WEST,),
        "title": "Vans at the bridge",
        "text": "Every night at ten.",
        "category": "crime",
        "author": HERON,
        "at": BATCH,
    }
    return ReleasedPost(**{**values, **changes})


def publish(writing: Any, **changes: Any) -> Any:
    with writing() as db:
        return posting.publish_released(db, released(**changes))


def one(looking: Any, post_id: str) -> Post:
    with looking() as db:
        return db.get_one(Post, post_id)


def test_a_released_post_is_on_its_board_with_the_moment_of_its_batch(writing: Any, looking: Any) -> None:
    with capture_events() as facts:
        placed = publish(writing, post_id="a" * 32)
    assert placed.state == "published"
    post = one(looking, "a" * 32)
    assert (post.kind, post.label, post.ref, post.member_id) == ("handle", HERON.label, HERON.ref, None)
    assert post.published_at == BATCH
    (fact,) = [fact for fact in facts if isinstance(fact, PostPublished)]
    assert (fact.post_id, fact.occurred_at, fact.is_first) == ("a" * 32, BATCH, True)
    with looking() as db:
        thread = db.get_one(Thread, placed.thread_id)
        assert (thread.tier, thread.opened_at, thread.last_post_at) == ("verified", BATCH, BATCH)
        assert db.scalar(sa.select(SearchEntry.post_id).where(SearchEntry.post_id == "a" * 32)) == "a" * 32


def test_the_name_says_in_plain_words_what_it_is(app: Any, writing: Any, looking: Any) -> None:
    publish(writing, post_id="a" * 32)
    with app.test_request_context():
        speaker, post = words.Speaker(), one(looking, "a" * 32)
        assert speaker.note(post, post.kind) == "verified, nobody knows who"  # type: ignore[arg-type]


def test_the_same_post_again_changes_nothing(writing: Any, looking: Any, rows: Any) -> None:
    first = publish(writing, post_id="a" * 32)
    again = publish(writing, post_id="a" * 32, text="Something else.", title="Another")
    assert first == again
    assert len(rows("post")) == len(rows("thread")) == 1
    assert one(looking, "a" * 32).text == "Every night at ten."


def test_the_id_of_another_post_is_not_touched(writing: Any, write: Any, robin: str, looking: Any) -> None:
    theirs = write(robin).post_id
    refused = publish(writing, post_id=theirs)
    assert (refused.thread_id, refused.state) == (None, "refused")
    assert "Another post has this number" in refused.reason
    with writing() as db:
        assert not posting.withdraw_released(db, theirs, HERON.ref or "")
        assert posting.placed_posts(db, [theirs, "e" * 32]) == {}
    assert one(looking, theirs).state == "published"


def test_a_held_post_is_in_the_queue_and_comes_out_with_its_batch(writing: Any, looking: Any, officer: str) -> None:
    placed = publish(writing, post_id="a" * 32, hold_note="Look first.")
    assert placed.state == "held"
    with looking() as db:
        case = db.scalars(sa.select(Case)).one()
        assert (case.post_id, case.kind, case.opened_on) == ("a" * 32, "held", BATCH.date())
    with capture_events() as facts, writing() as db:
        moderation.restore(db, permissions.viewer_of(db, officer), "a" * 32, Ruling("fine"), now=now())
    assert [fact.occurred_at for fact in facts if isinstance(fact, PostPublished)] == [BATCH]
    with writing() as db:
        assert posting.placed_posts(db, ["a" * 32])["a" * 32].state == "published"


def test_the_guard_looks_at_it_as_at_any_other(writing: Any, looking: Any) -> None:
    refused = publish(writing, text="Please refuse me.")
    assert (refused.state, refused.reason) == ("refused", "Take the house number out.")
    held = publish(writing, post_id="a" * 32, text="hold me", hold_note="Look first.")
    assert held.state == "held"
    assert one(looking, "a" * 32).state_note == "Look first. A name is in it."


@pytest.mark.parametrize("changes", [{"text": " \n"}, {"text": "x" * 10_001}, {"title": "x" * 121}, {"title": "\n"}])
def test_what_a_member_could_not_send_does_not_go_out(writing: Any, changes: dict[str, Any], rows: Any) -> None:
    assert publish(writing, **changes).state == "refused"
    assert rows("post") == []


def test_an_unknown_kind_of_matter_and_an_unknown_board(writing: Any, looking: Any) -> None:
    placed = publish(writing, category="letter")
    with looking() as db:
        assert db.get_one(Thread, placed.thread_id).category == "general"
    gone = publish(writing, ward_codes=("E05000001",))
    assert (gone.state, gone.reason) == ("refused", "The board is no longer there.")


def test_it_answers_where_verified_members_do(
    writing: Any, write: Any, robin: str, officer: str, looking: Any, rows: Any
) -> None:
    thread: Placed = write(robin, ward_codes=(BOW_WEST, STEPNEY))
    placed = publish(writing, thread_id=thread.thread_id, post_id="a" * 32)
    assert (placed.thread_id, placed.state) == (thread.thread_id, "published")
    assert one(looking, "a" * 32).number == 2
    for tier in ("public", "coordinators"):
        other = write(officer, tier=tier)
        assert publish(writing, thread_id=other.thread_id).state == "refused"
    assert publish(writing, thread_id="e" * 32).state == "refused"
    with writing() as db:
        db.execute(sa.update(Thread).values(is_locked=True))
    locked = publish(writing, thread_id=thread.thread_id)
    assert (locked.state, locked.reason) == ("refused", "The thread is no longer there, or takes no more replies.")


def test_its_writer_takes_it_back(writing: Any, looking: Any) -> None:
    publish(writing, post_id="a" * 32)
    with writing() as db:
        assert not posting.withdraw_released(db, "a" * 32, "e" * 32)
    assert one(looking, "a" * 32).state == "published"
    for _time in range(2):
        with writing() as db:
            assert posting.withdraw_released(db, "a" * 32, HERON.ref or "")
    post = one(looking, "a" * 32)
    assert (post.state, post.text, post.ref, post.label) == ("withdrawn", "", None, "")
    assert publish(writing, post_id="a" * 32).state == "withdrawn"
    with looking() as db:
        assert posting.signature_of(db, "a" * 32) is None


def test_a_reason_reaches_its_writer(writing: Any, officer: str) -> None:
    publish(writing, post_id="a" * 32)
    with writing() as db:
        viewer = permissions.viewer_of(db, officer)
        moderation.hide(db, viewer, "a" * 32, Ruling("unkind", "Say it kindly."), now=now())
    with writing() as db:
        placed = posting.placed_posts(db, ["a" * 32])["a" * 32]
    assert placed.state == "hidden"
    assert placed.reason.endswith("Say it kindly.")


def test_a_signature_says_how_a_post_is_signed(writing: Any, write: Any, robin: str, looking: Any) -> None:
    publish(writing, post_id="a" * 32)
    named = write(robin, ward_codes=(BOW_WEST, STEPNEY))
    with looking() as db:
        hidden = posting.signature_of(db, "a" * 32)
        assert hidden is not None
        assert (hidden.kind, hidden.ref, hidden.member_id) == ("handle", HERON.ref, None)
        assert hidden.ward_codes == (BOW_WEST,)
        open_one = posting.signature_of(db, named.post_id)
        assert open_one is not None
        assert (open_one.kind, open_one.ref, open_one.member_id) == ("alias", None, robin)
        assert open_one.ward_codes == (BOW_WEST, STEPNEY)
        assert posting.signature_of(db, "e" * 32) is None


def test_copies_hold_what_verified_members_read_and_no_more(
    writing: Any, write: Any, robin: str, officer: str, looking: Any
) -> None:
    first = write(robin, title="One")
    write(officer, title="Public", tier="public")
    write(officer, title="Staff", tier="coordinators")
    write(robin, title="Held", text="hold me")
    alone = publish(writing, title="Alone")
    for text in ("An answer.", "hold me"):
        publish(writing, thread_id=first.thread_id, text=text)
    with looking() as db:
        copies = {copy.title: copy for copy in posting.copied_threads(db, 50)}
    assert set(copies) == {"One", "Alone"}
    assert [(post.number, post.label) for post in copies["One"].posts] == [(1, "Robin"), (2, HERON.label)]
    assert copies["One"].ward_codes == (BOW_WEST,)
    assert copies["One"].takes_replies
    assert copies["Alone"].posts[0].when == "24 Nov 2026, morning"
    assert ":" not in copies["One"].posts[0].when
    with writing() as db:
        db.execute(sa.update(Thread).where(Thread.id == first.thread_id).values(is_locked=True))
        post = db.scalars(sa.select(Post).where(Post.thread_id == alone.thread_id)).one()
        moderation.take_down(db, post, "hidden", "", "")
    with looking() as db:
        (left,) = posting.copied_threads(db, 50)
    assert (left.title, left.takes_replies) == ("One", False)


def test_copies_are_the_newest_and_few_queries(writing: Any, looking: Any, count_queries: Any) -> None:
    for day in range(1, 6):
        at = BATCH.replace(day=day)
        publish(writing, title=f"Day {day}", at=at)
    with looking() as db:
        count_queries()
        found = posting.copied_threads(db, 3)
        assert count_queries() == 3
    assert [copy.title for copy in found] == ["Day 5", "Day 4", "Day 3"]


def test_long_threads_are_copied_from_their_end_with_their_first_post(writing: Any, looking: Any) -> None:
    placed = publish(writing)
    with writing() as db:
        for _number in range(60):
            posting.publish_released(db, released(thread_id=placed.thread_id))
    with looking() as db:
        (copy,) = posting.copied_threads(db, 3)
    assert [post.number for post in copy.posts] == [1, *range(12, 62)]


def test_a_stopped_voice_has_its_posts_taken_off(app: Any, writing: Any, looking: Any, officer: str) -> None:
    publish(writing, post_id="a" * 32)
    publish(writing, post_id="b" * 32, hold_note="Look first.")
    other = Authorship("handle", "Brave Otter 222222", ref="e" * 32)
    publish(writing, post_id="c" * 32, author=other)
    for _time in range(2):
        with writing() as db:
            event_log.append(db, VoiceStopped(ref=HERON.ref or "", role="officer", ward_code=BOW_WEST))
        work(app)
    states = {post_id: one(looking, post_id * 32).state for post_id in "abc"}
    assert states == {"a": "hidden", "b": "hidden", "c": "published"}
    with looking() as db:
        assert sorted(db.scalars(sa.select(LogEntry.verb))) == ["hide", "refuse_post"]
        assert db.scalars(sa.select(Case.is_open)).all() == [False]


def test_titles_are_what_publishing_allows() -> None:
    from plugins.anonymity.unlinkable import wishes
    from plugins.ward_boards import forms

    assert (wishes.LONGEST_TITLE, wishes.LONGEST_TEXT) == (publishing.LONGEST_TITLE, publishing.LONGEST_TEXT)
    assert wishes.SHORTEST_TITLE == forms.SHORTEST_TITLE
