"""Whatever members, reviewers and time do, in any order: a case keeps the promises that are made of it."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core import audit, testing
from core.database import now, reading, transaction
from core.models import Blob
from core.permissions import viewer_of
from plugins.verification_docs import demo, refusals, reviewing, services
from plugins.verification_docs.duplicates import numbers, tags
from plugins.verification_docs.models import ACCEPTED, END_STATES, REJECTED, WAITING, Case, Evidence, Page
from plugins.verification_docs.policy import policy
from plugins.verification_docs.purging import chain

DOCUMENTS = {"id": "passport", "address": "utility_bill", "certificate": "first_aid", "volunteering": "volunteer_card"}
REFUSED = (refusals.NotNow, refusals.CaseGone, refusals.NotClaimed, refusals.ClaimedByAnother, refusals.AlreadyDecided)
KINDS = st.sampled_from(sorted(DOCUMENTS))
REVIEWERS = st.integers(0, 2)
NUMBER = "925665416"


class CaseMachine(RuleBasedStateMachine):
    """One member, three reviewers, and a clock; every verb may be tried at any time."""

    @initialize(is_complete=st.booleans())
    def begin(self, is_complete: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.app = testing.make_app(Path(self.folder.name) / "instance", ["verification_docs"])
        self.clock = time_machine.travel(now(), tick=False)
        self.time = self.clock.start()
        self.member = testing.make_member(self.app, "Wren")
        self.reviewers = [testing.make_member(self.app, name, roles=["reviewer"]) for name in ("Ash", "Elm", "Yew")]
        with self.app.app_context(), transaction() as db:
            for reviewer_id in self.reviewers:
                demo.equip(db, reviewer_id)
            self.tag = tags.document_tag("GB", NUMBER)
        if is_complete:
            self.hand_in_all()

    def teardown(self) -> None:
        if hasattr(self, "clock"):
            self.clock.stop()
            self.folder.cleanup()

    def attempt(self, verb: Any, *arguments: Any) -> Any:
        """Do it, or take a refusal in words for an answer; anything else is a bug."""
        try:
            with self.app.app_context(), transaction() as db:
                return verb(db, *arguments)
        except (*REFUSED, refusals.NumberFirst, refusals.OwnCase, refusals.BadReason):
            return None

    def papers(self) -> list[Any]:
        with self.app.app_context(), reading() as db:
            return list(db.execute(sa.select(Evidence.id, Evidence.case_id, Evidence.kind)))

    def case_id(self) -> str:
        with self.app.app_context(), reading() as db:
            return str(db.scalar(sa.select(Case.id).where(Case.ended_on.is_(None))) or "0" * 32)

    @rule(kind=KINDS)
    def hand_in(self, kind: str) -> None:
        postcode = "E3 5AA" if kind == "address" else None
        paper = services.Paper(kind, DOCUMENTS[kind], (b"a page",), postcode, self.tag if kind == "id" else None)
        self.attempt(services.hand_in, self.member, paper, now())

    @rule(kind=KINDS)
    def take_back(self, kind: str) -> None:
        self.attempt(services.take_back, self.member, kind)

    @rule()
    def hand_in_all(self) -> None:
        for kind in ("id", "address", "certificate"):
            self.hand_in(kind)

    @rule(is_sure=st.integers(0, 4))
    def withdraw(self, is_sure: int) -> None:
        if is_sure == 0:
            self.attempt(services.withdraw, self.member, now())

    @rule(who=REVIEWERS)
    def open(self, who: int) -> None:
        self.attempt(reviewing.open_case, self.reviewers[who], self.case_id(), "next", now())

    @rule(who=REVIEWERS)
    def put_back(self, who: int) -> None:
        self.attempt(reviewing.put_back, self.reviewers[who], self.case_id())

    @rule()
    def try_own_case(self) -> None:
        assert self.attempt(reviewing.open_case, self.member, self.case_id(), "next", now()) is None

    @precondition(lambda self: self.papers())
    @rule(who=REVIEWERS, which=st.integers(0, 3), accept=st.booleans())
    def decide(self, who: int, which: int, accept: bool) -> None:
        papers = self.papers()
        paper = papers[which % len(papers)]
        if paper.kind == "id" and accept:
            read = numbers.ReadTags(self.tag, None)
            self.attempt(numbers.compare, self.reviewers[who], paper.id, read, now())
        verdict = reviewing.Verdict(accept, None if accept else "unreadable")
        self.attempt(reviewing.decide, self.reviewers[who], paper.id, verdict, now())

    @rule(who=REVIEWERS, refused=st.sampled_from([None, None, None, "id", "address", "certificate"]))
    def decide_all(self, who: int, refused: str | None) -> None:
        self.open(who)
        for place, paper in enumerate(self.papers()):
            self.decide(who, place, paper.kind != refused)

    @rule(days=st.sampled_from([1, 2, 3, 20]))
    def wait(self, days: int) -> None:
        self.time.shift(timedelta(days=days))
        with self.app.app_context(), transaction() as db:
            services.let_lapse(db, now())

    @rule()
    def half_an_hour(self) -> None:
        self.time.shift(timedelta(minutes=31))

    @invariant()
    def an_ended_case_holds_nothing(self) -> None:
        if not hasattr(self, "app"):
            return
        with self.app.app_context(), reading() as db:
            for case in db.scalars(sa.select(Case)):
                papers = db.scalars(sa.select(Evidence).where(Evidence.case_id == case.id)).all()
                if case.state in END_STATES:
                    assert not papers
                    assert case.ended_on
                    assert case.postcode_sealed is case.claimed_by is None
                for paper in papers:
                    # On the day itself the job comes within six hours.
                    assert (now().date() - paper.received_on).days <= policy().kept_days

    @invariant()
    def files_and_rows_are_the_same(self) -> None:
        if not hasattr(self, "app"):
            return
        files = {path.stem for path in Path(self.folder.name).rglob("*.age")}
        with self.app.app_context(), reading() as db:
            assert files == set(db.scalars(sa.select(Page.blob_id))) == set(db.scalars(sa.select(Blob.id)))

    @invariant()
    def nobody_is_verified_without_the_rule_and_papers_that_wait_were_not_decided(self) -> None:
        if not hasattr(self, "app"):
            return
        with self.app.app_context(), reading() as db:
            ended = set(db.scalars(sa.select(Case.state)))
            assert viewer_of(db, self.member).is_verified <= ("verified" in ended)
            assert db.scalar(sa.select(sa.func.count()).select_from(Case).where(Case.ended_on.is_(None))) <= 1
            for paper in db.scalars(sa.select(Evidence)):
                assert (paper.decided_by is None) == (paper.state == WAITING)
                assert (paper.reason is None) == (paper.state != REJECTED)
                if paper.kind == "id" and paper.state == ACCEPTED:
                    assert paper.number_matched

    @invariant()
    def both_chains_hold(self) -> None:
        if not hasattr(self, "app"):
            return
        with self.app.app_context(), reading() as db:
            assert audit.verify(db) is None
            assert chain.problem(db) is None


TestCase = CaseMachine.TestCase
TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
