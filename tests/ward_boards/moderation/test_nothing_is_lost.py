"""Reports, claims, decisions, joins, changes and withdrawals in any order, and at once: nothing is lost or doubled."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core import permissions
from core.contributions import Viewer
from core.database import Base, now, reading, transaction
from core.testing import make_app, make_member
from plugins.ward_boards import conversation, hooks, publishing, services
from plugins.ward_boards.models import Flag, Post, Tally, Thread, ThreadWard
from plugins.ward_boards.moderation import claims, editing, merging, reports, threads
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.editing import Change
from plugins.ward_boards.moderation.models import Case, LogEntry, VisitorReport
from plugins.ward_boards.publishing import Entry

BOW_WEST = "E05009320"
REFUSALS = (
    services.PostGone,
    services.NotYours,
    services.ThreadClosed,
    editing.TooLate,
    claims.Claimed,
    claims.CaseClosed,
    threads.ThreadGone,
    threads.WouldWiden,
    moderation.OwnPost,
)
VERBS = ("hide", "police", "restore", "hold", "keep")


def problems(db: Any) -> list[str]:
    """Return what does not fit together in the tables of boards and moderation."""
    found = []
    posts, all_threads = list(db.scalars(sa.select(Post))), list(db.scalars(sa.select(Thread)))
    out = Counter(post.thread_id for post in posts if post.state == "published")
    last: dict[str, int] = {}
    for post in posts:
        last[post.thread_id] = max(last.get(post.thread_id, 0), post.number)
    listed: Counter[tuple[str, str]] = Counter()
    for thread in all_threads:
        if thread.posts_count != out[thread.id]:
            found.append(f"a thread counts {thread.posts_count} posts and has {out[thread.id]}")
        if last.get(thread.id, 0) > thread.last_number:
            found.append("a thread's last number is too small")
        first = next((post for post in posts if post.thread_id == thread.id and post.number == 1), None)
        if first is not None and first.state != thread.state and (first.state, thread.state) != ("withdrawn", "hidden"):
            found.append(f"a thread is {thread.state} and its first post {first.state}")
    for place in db.scalars(sa.select(ThreadWard)):
        if place.is_listed:
            listed[place.ward_code, place.tier] += 1
    for tally in db.scalars(sa.select(Tally)):
        if tally.threads_count != listed[tally.ward_code, tally.tier]:
            found.append(
                f"a board counts {tally.threads_count} threads and lists {listed[tally.ward_code, tally.tier]}"
            )
    cases = list(db.scalars(sa.select(Case)))
    waiting = {case.post_id for case in cases if case.is_open}
    if any((case.snapshot is not None) != case.is_open for case in cases):
        found.append("a copy outlives its case, or an open case has none")
    if any(count > 1 for count in Counter(case.post_id for case in cases if case.is_open).values()):
        found.append("a post has two open cases")
    if any(case.thread_id != next(post.thread_id for post in posts if post.id == case.post_id) for case in cases):
        found.append("a case lies with another thread than its post")
    if any(post.state == "held" and post.id not in waiting for post in posts):
        found.append("a held post waits for nobody")
    asked = {*db.scalars(sa.select(Flag.post_id).where(Flag.is_open)), *db.scalars(sa.select(VisitorReport.post_id))}
    if not asked <= waiting:
        found.append("a report is in nobody's queue")
    return found


class Board(RuleBasedStateMachine):
    """Two writers, two moderators and strangers, in any order; a model counts what must still be there."""

    app: Flask
    posts: Bundle[str] = Bundle("posts")

    @initialize()
    def start(self) -> None:
        """Begin with people and no posts."""
        with self.app.app_context(), transaction() as db:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name.startswith(("core_", "ward_boards_")) and table.name not in (
                    "core_ward",
                    "core_postcode",
                ):
                    db.execute(table.delete())
        self.writers = [make_member(self.app, name, ward=BOW_WEST) for name in ("Robin", "Wren")]
        self.moderators = [make_member(self.app, name, roles=[("officer", BOW_WEST)]) for name in ("One", "Two")]
        self.written = self.decided = 0
        self.texts: dict[str, str] = {}
        self.at = now()

    def _do(self, deed: Any, member_id: str | None = None) -> Any:
        try:
            with self.app.app_context(), transaction() as db:
                viewer = Viewer() if member_id is None else permissions.viewer_of(db, member_id)
                return deed(db, viewer)
        except REFUSALS:
            return None

    def _thread_of(self, post: str) -> str:
        with self.app.app_context(), reading() as db:
            return str(db.get_one(Post, post).thread_id)

    @rule(target=posts, who=st.integers(0, 1))
    def open_thread(self, who: int) -> str:
        """Write a thread."""
        self.written += 1
        text = f"Text {self.written}"
        entry = Entry(title="A theft", text=text, ward_codes=(BOW_WEST,), category="crime", tier="verified")
        placed = self._do(lambda db, viewer: publishing.open_thread(db, viewer, entry, now=self.at), self.writers[who])
        self.texts[placed.post_id] = text
        return str(placed.post_id)

    @rule(post=posts, who=st.integers(0, 1))
    def reply(self, post: str, who: int) -> None:
        """Answer where a post is."""
        thread_id, text = self._thread_of(post), f"Text {self.written + 1}"

        def deed(db: Any, viewer: Viewer) -> Any:
            view = conversation.thread_view(db, viewer, thread_id)
            if view is None:
                raise services.ThreadClosed(thread_id)
            return publishing.reply(db, viewer, view, text, sign_as="", now=self.at)

        placed = self._do(deed, self.writers[who])
        if placed is not None:
            self.written += 1
            self.texts[placed.post_id] = text

    @rule(post=posts, who=st.integers(0, 1), reason=st.sampled_from(["exposes", "unkind"]))
    def report(self, post: str, who: int, reason: str) -> None:
        """Report it as a member."""
        member = self.writers[who]
        self._do(lambda db, _viewer: reports.flag(db, member, post, reason=reason, note="", now=self.at))

    @rule(post=posts)
    def report_as_visitor(self, post: str) -> None:
        """Report it without being signed in."""
        self._do(lambda db, _viewer: reports.report_as_visitor(db, post, reason="law", note="", now=self.at))

    @rule(post=posts, who=st.integers(0, 1))
    def claim(self, post: str, who: int) -> None:
        """Look at it."""

        def deed(db: Any, viewer: Viewer) -> None:
            case = db.scalar(sa.select(Case.id).where(Case.post_id == post, Case.is_open))
            claims.claim(db, viewer, case or "", now=self.at)

        self._do(deed, self.moderators[who])

    @rule(post=posts, who=st.integers(0, 1), verb=st.sampled_from(VERBS))
    def decide(self, post: str, who: int, verb: str) -> None:
        """Decide about it; nobody else may have claimed it."""

        def deed(db: Any, viewer: Viewer) -> bool:
            case = db.scalar(sa.select(Case).where(Case.post_id == post, Case.is_open))
            was_taken = case is not None and claims.holder(case, viewer, self.at) == "other"
            moderation.act(db, viewer, post, verb, Ruling("false"), now=self.at)
            assert not was_taken
            return True

        self.decided += bool(self._do(deed, self.moderators[who]))

    @rule(post=posts, who=st.integers(0, 1))
    def change(self, post: str, who: int) -> None:
        """Change it."""
        new = f"{self.texts[post]} again"
        if self._do(
            lambda db, viewer: editing.edit(db, viewer, post, Change(new, "A theft"), now=self.at), self.writers[who]
        ):
            self.texts[post] = new

    @rule(post=posts, who=st.integers(0, 1))
    def withdraw(self, post: str, who: int) -> None:
        """Take it back."""
        if self._do(lambda db, viewer: services.withdraw(db, viewer, post), self.writers[who]):
            self.texts[post] = ""

    @rule(one=posts, other=posts)
    def merge(self, one: str, other: str) -> None:
        """Join the threads of two posts."""
        pair = (self._thread_of(one), self._thread_of(other))
        done = self._do(
            lambda db, viewer: merging.merge(db, viewer, *pair, Ruling("repeat"), now=self.at), self.moderators[0]
        )
        self.decided += done is not None

    @rule()
    def wait(self) -> None:
        """Let claims end."""
        self.at += timedelta(minutes=11)
        with self.app.app_context():
            claims.tidy(self.at)

    @invariant()
    def everything_is_there(self) -> None:
        """Every text that was written and not taken back is there once; all counts fit; every deed is in the log."""
        if not hasattr(self, "texts"):
            return
        with self.app.app_context(), reading() as db:
            assert problems(db) == []
            assert {post.id: post.text for post in db.scalars(sa.select(Post))} == self.texts
            assert db.scalar(sa.select(sa.func.count()).select_from(LogEntry)) == self.decided


def test_M2_deeds_in_any_order_lose_nothing(tmp_path: Path) -> None:
    Board.app = make_app(tmp_path, {"ward_boards": hooks})
    run_state_machine_as_test(
        Board,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def race(app: Flask) -> None:
    """Let ten people report, claim, decide, change, answer, withdraw and join at once, and look at what is left."""
    writer, reader = make_member(app, "Robin", ward=BOW_WEST), make_member(app, "Wren", ward=BOW_WEST)
    moderators = [make_member(app, f"Mod {number}", roles=[("officer", BOW_WEST)]) for number in range(3)]
    entry = Entry(title="A theft", text="Text", ward_codes=(BOW_WEST,), category="crime", tier="verified")
    with app.app_context(), transaction() as db:
        viewer = permissions.viewer_of(db, writer)
        placed = [publishing.open_thread(db, viewer, entry, now=now()) for _number in range(6)]
    first, second = placed[:2]
    claimed: list[str] = []
    answered: list[str] = []

    def claim(db: Any, viewer: Viewer) -> None:
        case = db.scalar(sa.select(Case).where(Case.post_id == first.post_id, Case.is_open))
        if case is not None and claims.holder(case, viewer, now()) == "":
            claims.take(db, viewer, case, now=now())
            claimed.append(str(viewer.alias))

    def answer(db: Any, viewer: Viewer) -> None:
        view = conversation.thread_view(db, viewer, second.thread_id)
        if view is None:
            raise services.ThreadClosed(second.thread_id)
        answered.append(publishing.reply(db, viewer, view, "An answer", sign_as="", now=now()).post_id)

    report = {"reason": "exposes", "note": "", "now": now()}
    jobs: list[tuple[str, Any]] = [
        (reader, lambda db, viewer: reports.flag(db, viewer.member_id, first.post_id, **report)),
        (moderators[0], claim),
        (moderators[1], claim),
        (moderators[2], claim),
        (reader, answer),
        (writer, lambda db, viewer: services.withdraw(db, viewer, placed[2].post_id)),
        (writer, lambda db, viewer: editing.edit(db, viewer, placed[3].post_id, Change("New", "New one"), now=now())),
    ]
    for moderator in moderators:
        for each in placed[1:5]:
            deed = lambda db, viewer, each=each: moderation.hide(db, viewer, each.post_id, Ruling(), now=now())  # noqa: E731
            jobs.append((moderator, deed))
    merge = (second.thread_id, placed[5].thread_id)
    jobs.append((moderators[0], lambda db, viewer: merging.merge(db, viewer, *merge, Ruling(), now=now())))
    bugs = run_at_once(app, jobs)
    assert bugs == []
    with app.app_context(), reading() as db:
        assert problems(db) == []
        texts = Counter(post.text for post in db.scalars(sa.select(Post)))
    assert texts["An answer"] == len(answered)
    assert texts["Text"] + texts["New"] + texts[""] == 6
    assert len(set(claimed)) == len(claimed) <= 1


def run_at_once(app: Flask, jobs: list[tuple[str, Any]]) -> list[Exception]:
    """Let each job run in a thread of its own, three times; return what went wrong beyond a clear refusal."""
    gate, bugs = threading.Barrier(len(jobs)), []

    def work(member_id: str, deed: Any) -> None:
        with app.app_context():
            gate.wait()
            for _again in range(3):
                try:
                    with transaction() as db:
                        deed(db, permissions.viewer_of(db, member_id))
                except REFUSALS:
                    continue
                except Exception as bug:  # noqa: BLE001  # a thread's error would be lost
                    bugs.append(bug)

    workers = [threading.Thread(target=work, args=job) for job in jobs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return bugs


def test_M2_ten_people_at_once_lose_nothing(tmp_path: Path) -> None:
    race(make_app(tmp_path, {"ward_boards": hooks}))
