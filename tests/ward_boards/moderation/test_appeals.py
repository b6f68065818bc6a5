"""Appeals: once, within a fortnight, decided by somebody of another ward; the writer is told, the log says it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import permissions
from core.contributions import Viewer
from core.database import Base, now, reading, transaction
from core.testing import mails as sent
from core.testing import make_app, make_member, work
from plugins.ward_boards import hooks, publishing, services
from plugins.ward_boards.models import Post
from plugins.ward_boards.moderation import appeals
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.publishing import Entry

BOW_WEST, STEPNEY, BOROUGH = "E05009320", "E05009334", "E09000030"
SAID = {"statement": "The number is that of a shop."}


def _appeal_case(rows: Any) -> Any:
    return next(row for row in rows("case") if row.kind == "appeal")


@pytest.mark.parametrize("sign_as", ["", "thread_alias"])
def test_M5_writer_appeals_and_somebody_of_another_ward_decides(
    app: Any,
    browse: Any,
    robin: str,
    officer: str,
    second: str,
    elsewhere: str,
    write: Any,
    act: Any,
    rows: Any,
    sign_as: str,
) -> None:
    before = len(sent(app))
    placed = write(robin, text="Ask at number nine.", sign_as=sign_as)
    act(officer, placed.post_id, "hide")
    own = browse(robin)
    assert f"/posts/{placed.post_id}/appeal" in own.get(f"/threads/{placed.thread_id}").get_data(as_text=True)
    assert own.get(f"/posts/{placed.post_id}/appeal").status_code == 200
    assert own.post(f"/posts/{placed.post_id}/appeal", data={"statement": " "}).status_code == 422
    assert own.post(f"/posts/{placed.post_id}/appeal", data=SAID).status_code == 303
    assert "You asked for a second look." in own.get(f"/posts/{placed.post_id}/appeal").get_data(as_text=True)
    assert own.post(f"/posts/{placed.post_id}/appeal", data=SAID).status_code == 422  # once
    case = _appeal_case(rows)
    assert "number of" not in str(case)
    for same_ward in (officer, second):
        assert "second look" not in browse(same_ward).get("/moderation").get_data(as_text=True)
        assert browse(same_ward).get(f"/moderation/cases/{case.id}").status_code == 404
    judge = browse(elsewhere)
    assert "Somebody asks for a second look" in judge.get("/moderation").get_data(as_text=True)
    assert "number nine" not in judge.get(f"/moderation/cases/{case.id}").get_data(as_text=True)
    judge.post(f"/moderation/cases/{case.id}/claim")
    page = judge.get(f"/moderation/cases/{case.id}").get_data(as_text=True)
    assert "Ask at number nine." in page
    assert SAID["statement"] in page
    assert "Robin" not in page
    assert "Otter" not in page
    judge.post(f"/moderation/cases/{case.id}/decide", data={"verb": "grant", "reason": "mistake"})
    assert rows("post")[0].state == "published"
    assert rows("thread")[0].posts_count == 1
    assert _appeal_case(rows).snapshot is None
    log = browse(robin).get("/moderation/log").get_data(as_text=True)
    assert "An officer of Stepney Green agreed with an appeal and put the post back" in log
    work(app)
    told = [mail["Subject"] for mail in sent(app)[before:] if mail["To"].startswith("robin")]
    assert told == ([] if sign_as else ["About something you wrote"] * 2)
    assert "looked at again" in own.get(f"/posts/{placed.post_id}/appeal").get_data(as_text=True)


def test_M5_refused_appeal_leaves_it_hidden_and_says_why(
    browse: Any, robin: str, officer: str, elsewhere: str, write: Any, act: Any, rows: Any
) -> None:
    placed = write(robin)
    act(officer, placed.post_id, "hide")
    browse(robin).post(f"/posts/{placed.post_id}/appeal", data=SAID)
    data = {"verb": "refuse", "reason": "exposes", "words": "It is still a home."}
    browse(elsewhere).post(f"/moderation/cases/{_appeal_case(rows).id}/decide", data=data)
    assert rows("post")[0].state == "hidden"
    page = browse(robin).get(f"/posts/{placed.post_id}/appeal").get_data(as_text=True)
    assert "The post stays hidden. It is still a home." in page
    assert browse(robin).post(f"/posts/{placed.post_id}/appeal", data=SAID).status_code == 422


def test_M5_appeal_is_the_writer_s_alone_and_ends_after_a_fortnight(
    browse: Any, robin: str, wren: str, officer: str, elsewhere: str, write: Any, act: Any, rows: Any
) -> None:
    placed = write(robin)
    assert browse(robin).get(f"/posts/{placed.post_id}/appeal").status_code == 404  # nothing is hidden
    act(officer, placed.post_id, "hide", at=now() - timedelta(days=15))
    for other in (wren, officer, elsewhere):
        assert browse(other).post(f"/posts/{placed.post_id}/appeal", data=SAID).status_code == 404
    late = browse(robin).get(f"/posts/{placed.post_id}/appeal").get_data(as_text=True)
    assert "The last day to ask was" in late
    assert browse(robin).post(f"/posts/{placed.post_id}/appeal", data=SAID).status_code == 422
    assert [row.kind for row in rows("case")] == ["act"]


def test_M5_without_another_ward_s_moderator_the_borough_or_an_admin_decides(
    app: Any, browse: Any, robin: str, officer: str, second: str, write: Any, act: Any, rows: Any
) -> None:
    placed = write(robin)
    act(officer, placed.post_id, "hide")
    browse(robin).post(f"/posts/{placed.post_id}/appeal", data=SAID)
    case = _appeal_case(rows).id
    admin = browse(make_member(app, "Admin", roles=["admin"]))
    borough = browse(make_member(app, "Everywhere", roles=[("officer", BOROUGH)]))
    assert admin.get(f"/moderation/cases/{case}").status_code == 200
    assert borough.get(f"/moderation/cases/{case}").status_code == 200
    make_member(app, "New here", roles=[("coordinator", STEPNEY)])
    assert admin.get(f"/moderation/cases/{case}").status_code == 404
    assert borough.get(f"/moderation/cases/{case}").status_code == 404


def test_M5_holder_of_both_wards_who_hid_it_never_decides(
    app: Any, browse: Any, robin: str, write: Any, act: Any, rows: Any
) -> None:
    both = make_member(app, "Both", roles=[("officer", BOW_WEST), ("officer", STEPNEY)])
    placed = write(robin)
    act(both, placed.post_id, "hide")
    browse(robin).post(f"/posts/{placed.post_id}/appeal", data=SAID)
    case = _appeal_case(rows)
    assert browse(both).get(f"/moderation/cases/{case.id}").status_code == 404
    answer = browse(both).post(f"/moderation/cases/{case.id}/decide", data={"verb": "refuse", "reason": "false"})
    assert answer.status_code == 404
    assert both not in str(rows("case"))


class Appeals(RuleBasedStateMachine):
    """A post is hidden, put back, withdrawn and appealed for in any order, by anybody; a model says what may happen."""

    app: Flask

    @initialize()
    def start(self) -> None:
        """Begin with three moderators and a writer who has written."""
        with self.app.app_context(), transaction() as db:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name.startswith(("core_", "ward_boards_")) and table.name not in (
                    "core_ward",
                    "core_postcode",
                ):
                    db.execute(table.delete())
        self.writer = make_member(self.app, "Robin", ward=BOW_WEST)
        self.moderators = {
            "here": make_member(self.app, "Here", roles=[("officer", BOW_WEST)]),
            "there": make_member(self.app, "There", roles=[("coordinator", STEPNEY)]),
            "both": make_member(self.app, "Both", roles=[("officer", BOW_WEST), ("officer", STEPNEY)]),
        }
        self.state, self.hidden_by, self.appealed, self.is_waiting, self.decisions = "published", "", False, False, 0
        self.at = now()
        self.hidden_at = self.at
        entry = Entry(title="A theft", text="Look.", ward_codes=(BOW_WEST,), category="crime", tier="verified")
        with self.app.app_context(), transaction() as db:
            self.post = publishing.open_thread(db, permissions.viewer_of(db, self.writer), entry, now=self.at).post_id

    def _try(self, deed: Any) -> bool:
        refusals = (services.PostGone, appeals.NoAppeal, appeals.NotYoursToDecide, moderation.claims.CaseClosed)
        try:
            with self.app.app_context(), transaction() as db:
                deed(db)
        except refusals:
            return False
        return True

    def _viewer(self, db: Any, member_id: str) -> Viewer:
        return permissions.viewer_of(db, member_id)

    @rule(days=st.integers(1, 9))
    def wait(self, days: int) -> None:
        """Let days go by."""
        self.at += timedelta(days=days)

    @rule(who=st.sampled_from(["here", "both"]))
    def hide(self, who: str) -> None:
        """Hide it, on its own ward."""
        member = self.moderators[who]
        done = self._try(
            lambda db: moderation.hide(db, self._viewer(db, member), self.post, Ruling("false"), now=self.at)
        )
        assert done is (self.state == "published")
        if done:
            self.state, self.hidden_by, self.appealed, self.hidden_at = "hidden", who, False, self.at

    @rule()
    def put_back(self) -> None:
        """Put it back, on its own ward; an appeal is settled by that."""
        member = self.moderators["here"]
        done = self._try(
            lambda db: moderation.restore(db, self._viewer(db, member), self.post, Ruling("fine"), now=self.at)
        )
        assert done is (self.state == "hidden")
        if done:
            self.state, self.is_waiting = "published", False

    @rule(is_writer=st.booleans())
    def appeal(self, is_writer: bool) -> None:
        """Ask for a second look."""
        member = self.writer if is_writer else self.moderators["there"]
        done = self._try(lambda db: appeals.appeal(db, self._viewer(db, member), self.post, "Please.", now=self.at))
        in_time = self.at.date() <= self.hidden_at.date() + timedelta(days=14)
        assert done is (is_writer and self.state == "hidden" and not self.appealed and in_time)
        if done:
            self.appealed = self.is_waiting = True

    @rule(who=st.sampled_from(["here", "there", "both"]), verb=st.sampled_from(["grant", "refuse"]))
    def decide(self, who: str, verb: str) -> None:
        """Decide the appeal that waits."""
        case = next((row for row in self._cases() if row.kind == "appeal" and row.is_open), None)
        if case is None:
            return
        member = self.moderators[who]
        done = self._try(
            lambda db: appeals.decide(db, self._viewer(db, member), case.id, verb, Ruling("fine"), now=self.at)
        )
        assert done is (self.is_waiting and who == "there")
        if done:
            self.is_waiting = False
            if verb == "grant" and self.state == "hidden":
                self.state = "published"

    @precondition(lambda self: self.state != "withdrawn")
    @rule()
    def withdraw(self) -> None:
        """Let the writer take it back; an appeal waits until somebody closes it."""
        self._try(lambda db: services.withdraw(db, self._viewer(db, self.writer), self.post))
        self.state = "withdrawn"

    def _cases(self) -> list[Any]:
        from plugins.ward_boards.moderation.models import Case

        with self.app.app_context(), reading() as db:
            return list(db.query(Case))

    @invariant()
    def holds(self) -> None:
        """One appeal per decision, one open case at most, a copy exactly while a case is open."""
        if not hasattr(self, "post"):
            return
        cases = self._cases()
        assert sum(case.is_open for case in cases) == int(self.is_waiting)
        assert all((case.snapshot is not None) == case.is_open for case in cases)
        about = [case.appeal_of for case in cases if case.appeal_of]
        assert len(about) == len(set(about))
        with self.app.app_context(), reading() as db:
            assert db.get_one(Post, self.post).state == self.state


def test_M5_appeals_in_any_order_keep_to_the_rules(tmp_path: Path) -> None:
    Appeals.app = make_app(tmp_path, {"ward_boards": hooks})
    run_state_machine_as_test(
        Appeals,
        settings=settings(
            max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
