"""Posts come out in batches, in no order, once and not twice, and leave nothing behind."""

from __future__ import annotations

import os
import secrets
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.database import now, reading, sql, transaction
from core.testing import make_member
from plugins.anonymity.credentials import epochs
from plugins.anonymity.credentials.models import EpochKey
from plugins.anonymity.unlinkable import copying, queries, release
from plugins.anonymity.unlinkable.models import CopiedThread, Sent, Side, Waiting, Week
from plugins.anonymity.unlinkable.store import Store
from plugins.ward_boards.models import Post, Thread
from plugins.ward_boards.moderation.models import Case

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
EVENING = datetime(2026, 11, 24, 20, 0, 40, tzinfo=UTC)
BATCH = datetime(2026, 11, 24, 20, tzinfo=UTC)


def posts_of(house: Any) -> list[Any]:
    with house.app.app_context(), reading() as db:
        return list(db.execute(sa.select(Post.__table__).where(Post.kind == "handle")))


def files_of(house: Any) -> bytes:
    """Return all bytes of the unlinkable file and whatever lies beside it."""
    folder: Path = house.store.path.parent
    return b"".join(path.read_bytes() for path in folder.glob(f"{house.store.path.name}*"))


def test_a_batch_has_one_moment_whenever_the_worker_comes(house: Any) -> None:
    for _number in range(3):
        house.voice().open_thread(house.client, [BOW_WEST])
        house.now += timedelta(hours=2)
    house.work(EVENING + timedelta(minutes=50))
    assert {post.published_at for post in posts_of(house)} == {BATCH}
    with house.app.app_context(), reading() as db:
        assert set(db.scalars(sa.select(Thread.opened_at))) == {BATCH}
        assert set(db.scalars(sa.select(Case.opened_on))) == {BATCH.date()}


def test_what_was_sent_after_a_batch_waits_for_the_next(house: Any) -> None:
    house.now = BATCH
    sent = house.voice().open_thread(house.client, [BOW_WEST])
    assert sent.json["appears_at"] == "2026-11-25T08:00:00Z"
    house.work(EVENING)
    assert posts_of(house) == []
    house.work(datetime(2026, 11, 25, 8, 1, tzinfo=UTC))
    assert len(posts_of(house)) == 1


def thread_of_members(house: Any) -> str:
    """Return a thread that a member opened, after it was copied."""
    from core import permissions
    from plugins.ward_boards import publishing
    from plugins.ward_boards.publishing import Entry

    member = make_member(house.app, "Ash", ward=BOW_WEST)
    with house.app.app_context(), transaction() as db:
        entry = Entry("Two mopeds", "On the towpath.", (BOW_WEST,), "crime", "verified")
        placed = publishing.open_thread(db, permissions.viewer_of(db, member), entry, now=house.now)
    house.work()
    return placed.thread_id


def test_the_order_on_the_boards_is_not_the_order_of_writing(house: Any) -> None:
    thread_id = thread_of_members(house)
    order = [f"{number:02}" for number in range(24)]
    for mark in order:
        assert house.voice().reply(house.client, thread_id, f"Post {mark}.").status_code == 202
    house.work(EVENING)
    rows = sorted(posts_of(house), key=lambda post: post.number)
    came = [post.text[5:7] for post in rows]
    assert sorted(came) == order
    assert came not in (order, order[::-1])
    agreeing = sum(first < second for at, first in enumerate(came) for second in came[at + 1 :])
    assert 0.15 < agreeing / (24 * 23 / 2) < 0.85


def filled(path: Path, ids: list[str]) -> Store:
    """Return a store with a post and its text for each id, each written by itself in this order."""
    store = Store(f"sqlite:///{path}")
    for post_id in ids:
        with store.writing() as db:
            row = {"epoch": "2026-W48", "sent_on": BATCH.date(), "due_at": BATCH, "state": "waiting"}
            db.add(Sent(id=post_id, ref=post_id[::-1], thread_id=None, reason="", is_leaving=False, **row))
            db.add(Waiting(id=post_id, handle="H", title="T", text="x" * 300, category="crime", wards=BOW_WEST))
    return store


def pages_of(store: Store) -> bytes:
    """Return the file without its header, where SQLite counts how often it was changed."""
    return store.path.read_bytes()[100:]


def test_the_file_does_not_tell_the_order_either(tmp_path: Path) -> None:
    ids = [secrets.token_hex(16) for _number in range(30)]
    one, other = filled(tmp_path / "one", ids), filled(tmp_path / "other", sorted(ids)[::-1])
    assert pages_of(one) != pages_of(other)
    one.pack()
    other.pack()
    assert pages_of(one) == pages_of(other)
    before = one.path.stat().st_mtime_ns
    one.pack()  # nothing changed, so nothing is written
    assert one.path.stat().st_mtime_ns == before


def test_the_text_is_gone_from_the_file_once_it_is_out(house: Any) -> None:
    canary = "kingfisher-7731"
    sent = house.voice().open_thread(house.client, [BOW_WEST], title=f"About {canary}", text=f"{canary} " * 300)
    assert canary.encode() in files_of(house)
    house.work(EVENING)
    assert canary.encode() not in files_of(house)
    with house.store.reading() as db:
        assert db.scalars(sa.select(Waiting.id)).all() == []
        assert db.get(Sent, sent.json["id"]).state == "held"
    assert canary in posts_of(house)[0].text


def test_a_text_that_was_taken_back_is_gone_at_once(house: Any) -> None:
    robin, canary = house.voice(), "kingfisher-7732"
    sent = robin.open_thread(house.client, [BOW_WEST], text=canary)
    robin.ask(house.client, "DELETE", f"posts/{sent.json['id']}")
    assert canary.encode() not in files_of(house)
    house.work(EVENING)
    assert posts_of(house) == []
    assert robin.ask(house.client, "GET", "me").json["posts"][0]["state"] == "withdrawn"


def test_the_file_keeps_no_log_and_its_tables_no_rowids(house: Any) -> None:
    house.voice().open_thread(house.client, [BOW_WEST])
    house.work(EVENING)
    assert house.store.path.read_bytes()[18:20] == b"\x01\x01"  # 2 would be a write-ahead log
    beside = {path.name for path in house.store.path.parent.glob(f"{house.store.path.name}-*")}
    assert beside <= {f"{house.store.path.name}-journal"}
    assert all((house.store.path.parent / name).stat().st_size == 0 for name in beside)
    with house.store.reading() as db:
        found = {name: db.execute(sa.text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "secure_delete")}
        assert found == {"journal_mode": "truncate", "secure_delete": 1}
        assert db.execute(sa.text("PRAGMA synchronous")).scalar() == 2
    with closing(sqlite3.connect(house.store.path)) as file:
        made = dict(file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    assert set(made) == set(Side.metadata.tables)
    for name, statement in made.items():
        assert statement.rstrip().endswith("WITHOUT ROWID"), name
        assert "AUTOINCREMENT" not in statement
        assert "created" not in statement


def test_no_table_points_at_a_member(house: Any) -> None:
    columns = {column.name for table in Side.metadata.tables.values() for column in table.columns}
    assert not {name for name in columns if "member" in name or "address" in name or "agent" in name}
    assert not any(table.foreign_keys for table in Side.metadata.tables.values())


def killed_after_the_boards_have_it(house: Any) -> int:
    """Release in a child that is killed between the two databases; return the signal that ended it."""
    house.store.close()
    with house.app.app_context():
        sql.engine.dispose()
    child = os.fork()
    if child == 0:
        release._mark = lambda *_more: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
        house.work(EVENING)
        os._exit(1)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def test_a_worker_killed_between_the_two_databases_publishes_once(house: Any) -> None:
    sent = {house.voice().open_thread(house.client, [BOW_WEST]).json["id"] for _number in range(3)}
    assert killed_after_the_boards_have_it(house) == signal.SIGKILL
    assert len(posts_of(house)) == 1
    with house.store.reading() as db:
        assert len(db.scalars(sa.select(Waiting.id)).all()) == 3
    house.work(EVENING + timedelta(minutes=5))
    posts = posts_of(house)
    assert {post.id for post in posts} == sent
    assert len(posts) == 3
    assert {post.published_at for post in posts} == {BATCH}
    with house.store.reading() as db:
        assert db.scalars(sa.select(Waiting.id)).all() == []
        assert set(db.scalars(sa.select(Sent.state))) == {"held"}


def test_a_post_taken_back_while_it_was_being_carried_leaves_the_boards(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    robin = house.voice()
    sent = robin.open_thread(house.client, [BOW_WEST])
    mark = release._mark

    def taken_back_first(*more: Any) -> None:
        assert robin.ask(house.client, "DELETE", f"posts/{sent.json['id']}").status_code == 204
        mark(*more)

    monkeypatch.setattr(release, "_mark", taken_back_first)
    house.work(EVENING)
    (post,) = posts_of(house)
    assert (post.state, post.text, post.ref) == ("withdrawn", "", None)
    assert robin.ask(house.client, "GET", "me").json["posts"][0]["state"] == "withdrawn"


def test_two_posts_are_looked_at_first_and_the_third_goes_out(house: Any) -> None:
    robin = house.voice()
    for _number in range(3):
        robin.open_thread(house.client, [BOW_WEST])
    house.work(EVENING)
    assert sorted(post.state for post in posts_of(house)) == ["held", "held", "published"]
    note = next(post.state_note for post in posts_of(house) if post.state == "held")
    assert "new this week" in note


def test_a_post_that_cannot_go_out_says_why_to_its_writer(house: Any) -> None:
    thread_id = thread_of_members(house)
    robin = house.voice()
    robin.reply(house.client, thread_id)
    with house.app.app_context(), transaction() as db:
        db.execute(sa.update(Thread).values(is_locked=True))
    house.work(EVENING)
    (told,) = robin.ask(house.client, "GET", "me").json["posts"]
    assert told["state"] == "refused"
    assert "takes no more replies" in told["reason"]
    assert posts_of(house) == []


def test_an_id_of_a_post_of_somebody_else_changes_nothing(house: Any) -> None:
    thread_id = thread_of_members(house)
    with house.app.app_context(), reading() as db:
        others = db.scalars(sa.select(Post.id).where(Post.thread_id == thread_id)).one()
    robin = house.voice()
    assert robin.open_thread(house.client, [BOW_WEST], others).status_code == 202
    house.work(EVENING)
    assert robin.ask(house.client, "GET", "me").json["posts"][0]["state"] == "refused"
    assert robin.ask(house.client, "DELETE", f"posts/{others}").status_code == 204
    house.work()
    with house.app.app_context(), reading() as db:
        assert db.get_one(Post, others).state == "published"


def test_states_come_back_and_copies_follow(house: Any) -> None:
    robin = house.voice()
    for _number in range(3):
        robin.open_thread(house.client, [BOW_WEST])
    house.work(EVENING)
    out = next(post for post in posts_of(house) if post.state == "published")
    (copied,) = robin.ask(house.client, "GET", "threads").json["items"]
    assert copied["id"] == out.thread_id
    posts = robin.ask(house.client, "GET", f"threads/{out.thread_id}").json["posts"]
    assert posts[0]["is_own"] is True
    assert posts[0]["when"] == "24 Nov 2026, evening"
    from plugins.ward_boards.moderation.services import take_down

    with house.app.app_context(), transaction() as db:
        take_down(db, db.get_one(Post, out.id), "hidden", "unkind", "Please say it kindly.")
    house.work()
    told = {row["id"]: row for row in robin.ask(house.client, "GET", "me").json["posts"]}
    assert told[out.id]["state"] == "hidden"
    assert "Please say it kindly." in told[out.id]["reason"]
    assert robin.ask(house.client, "GET", "threads").json["items"] == []
    assert robin.ask(house.client, "GET", f"threads/{out.thread_id}").status_code == 404


def test_the_copy_is_written_only_when_something_changed(house: Any) -> None:
    thread_of_members(house)
    before = house.store.path.read_bytes()
    house.work()
    house.work()
    assert house.store.path.read_bytes() == before
    with house.store.reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(CopiedThread)) == 1


def test_threads_come_in_pages(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "THREADS_PER_PAGE", 2)
    robin = house.voice()
    with house.store.writing() as db:
        for place in range(5):
            ward = STEPNEY if place == 3 else BOW_WEST
            row = {"title": f"T{place}", "category": "general", "takes_replies": True, "posts_count": 0}
            db.add(CopiedThread(id=f"{place:032x}", place=place, wards=ward, **row))
    seen, after = [], ""
    while True:
        page = robin.ask(house.client, "GET", f"threads?after={after}" if after else "threads").json
        seen += [row["title"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ["T0", "T1", "T2", "T3", "T4"]
    here = robin.ask(house.client, "GET", f"threads?ward={STEPNEY}").json
    assert [row["title"] for row in here["items"]] == ["T3"]
    assert here["next"] is None
    assert robin.ask(house.client, "GET", "threads?ward=%25").json["items"] == []


def test_a_week_that_ended_leaves_nothing(house: Any) -> None:
    robin = house.voice()
    robin.open_thread(house.client, [BOW_WEST])
    house.work(EVENING)
    house.now = datetime(2026, 11, 29, 21, tzinfo=UTC)
    late = house.voice().open_thread(house.client, [BOW_WEST])
    assert late.json["appears_at"] == "2026-11-30T08:00:00Z"
    house.work(datetime(2026, 11, 30, 0, 1, tzinfo=UTC))
    with house.store.reading() as db:
        assert db.scalars(sa.select(Sent.id)).all() == [late.json["id"]]
        assert db.scalars(sa.select(Week.epoch)).all() == []
    house.work(datetime(2026, 11, 30, 8, 1, tzinfo=UTC))
    assert len(posts_of(house)) == 2
    house.work(datetime(2026, 11, 30, 8, 2, tzinfo=UTC))
    with house.store.reading() as db:
        assert db.scalars(sa.select(Sent.id)).all() == []


def test_keys_and_boards_come_over_when_the_week_begins(house: Any) -> None:
    current = epochs.epoch_of(now())  # the members' side shows no key before its week by its own clock
    with house.app.app_context(), transaction() as db:
        row = {"spki": b"key", "sealed_private": None, "eligible": 60, "issued": 41}
        db.add(EpochKey(epoch=current, scope=BOW_WEST, **row))
    with house.app.app_context():
        copying.copy_weeks(now())
    with house.store.reading() as side:
        (week,) = side.scalars(sa.select(Week)).all()
        assert (week.epoch, week.scope, week.spki, week.issued) == (current, BOW_WEST, b"key", 41)
        assert queries.name_of(side, BOW_WEST) == "Bow West"
