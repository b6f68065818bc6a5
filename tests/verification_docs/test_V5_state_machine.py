"""V5: whatever is done in whatever order, nobody is verified at a counter without two others who read the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy.orm import Session

from core import testing
from core.database import now, sql
from core.models import Membership
from plugins.verification_docs.in_person import refusals, services
from plugins.verification_docs.in_person.models import CounterCheck
from plugins.verification_docs.reviewers.models import ClosePerson

PEOPLE = ("member", "close", "one", "two", "three")
NUMBERS = ("a" * 64, "b" * 64)
ENOUGH, TOO_LITTLE = frozenset({"id", "address", "certificate"}), frozenset({"id", "address"})
# What leads on is drawn more often, or most runs would end before anybody has signed.
SELDOM, OFTEN = st.sampled_from((False,) * 7 + (True,)), st.sampled_from((True,) * 4 + (False,))
WHO = st.sampled_from((*PEOPLE, "one", "two", "three"))
NUMBER = st.sampled_from((*NUMBERS, NUMBERS[0], NUMBERS[0]))
_made: list[tuple[Flask, dict[str, str]]] = []


def world() -> tuple[Flask, dict[str, str]]:
    """Return one instance for all runs: each of them rolls back what it did."""
    if not _made:
        app = testing.make_app(Path(tempfile.mkdtemp()) / "instance", ["verification_docs"])
        people = {name: testing.make_member(app, name.title(), roles=["reviewer"]) for name in PEOPLE}
        _made.append((app, people))
    return _made[0]


class Counter(RuleBasedStateMachine):
    """A member, somebody close to them, and three others, who all try everything."""

    @initialize()
    def begin(self) -> None:
        """Open a transaction that is rolled back at the end."""
        self.app, self.people = world()
        self.context = self.app.app_context()
        self.context.push()
        self.db = Session(sql.engine)
        self.db.add(ClosePerson(reviewer_id=self.people["close"], person_hash="0", member_id=self.people["member"]))
        self.db.flush()
        self.codes = ["4444-4444", services.make(self.db, self.people["member"], now())]
        self.first: tuple[str, str] | None = None
        self.wrong = 0
        self.pair: tuple[str, str] | None = None

    def teardown(self) -> None:
        """Forget everything."""
        if hasattr(self, "db"):
            self.db.rollback()
            self.db.close()
            self.context.pop()

    @rule(really=SELDOM)
    def make(self, really: bool) -> None:
        """The member makes a new code; always when the last one is used up."""
        is_gone = not self.db.scalar(sa.select(sa.func.count()).select_from(CounterCheck))
        if really or is_gone:
            self.codes.append(services.make(self.db, self.people["member"], now()))

    @rule(really=SELDOM)
    def cancel(self, really: bool) -> None:
        """The member gives it up."""
        if really:
            services.cancel(self.db, self.people["member"])
            self.first, self.wrong = None, 0

    @rule(who=WHO, old=SELDOM, number=NUMBER, enough=OFTEN)
    def sign_first(self, who: str, old: bool, number: str, enough: bool) -> None:
        """Somebody signs as the first."""
        code = self.codes[-2 if old else -1]
        seen = services.Seen(ENOUGH if enough else TOO_LITTLE, "E05009320", number, None)
        if self._refused(services.sign_first, who, code, seen):
            return
        assert who not in ("member", "close")
        assert enough
        assert not old
        assert self.first is None
        self.first = (who, number)

    @rule(who=WHO, old=SELDOM, number=NUMBER)
    def sign_second(self, who: str, old: bool, number: str) -> None:
        """Somebody signs as the second."""
        code = self.codes[-2 if old else -1]
        found = self._refused(services.sign_second, who, code, number)
        if found is True:
            return
        assert who not in ("member", "close")
        assert not old
        assert self.first is not None
        assert self.first[0] != who
        assert (found.outcome == services.VERIFIED_NOW) is (number == self.first[1])
        if found.outcome == services.VERIFIED_NOW:
            self.pair, self.first, self.wrong = (self.first[0], who), None, 0
            event("verified")
        else:
            self.wrong += 1
            assert found.outcome == (services.OVER if self.wrong == 3 else services.DIFFERS)
            if self.wrong == 3:
                self.first, self.wrong = None, 0

    def _refused(self, verb: Any, who: str, code: str, what: Any) -> Any:
        known = (refusals.CodeUnknown, refusals.OwnCheck, refusals.KnowsMember, refusals.SignedAlready)
        try:
            return verb(self.db, self.people[who], code, what, now()) or False
        except (*known, refusals.SignedByAnother, refusals.NotEnough):
            return True

    @invariant()
    def two_people_or_nobody(self) -> None:
        """Only a pair of others makes a member verified, and then the check is gone."""
        if not hasattr(self, "db"):
            return
        member_id = self.people["member"]
        is_verified = self.db.scalar(sa.select(sa.exists().where(Membership.member_id == member_id)))
        assert is_verified is (self.pair is not None)
        check = self.db.scalars(sa.select(CounterCheck).where(CounterCheck.member_id == member_id)).one_or_none()
        assert check is None or check.second_by is None
        assert (check is not None and check.first_by is not None) is (self.first is not None)


TestCounter = Counter.TestCase
TestCounter.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
