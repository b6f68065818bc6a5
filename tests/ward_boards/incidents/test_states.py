"""The states of a matter, walked through at random: nothing is closed without an outcome, or asked twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from plugins.ward_boards.incidents import states
from plugins.ward_boards.incidents.states import OUTCOMES, NoOutcome, NotNow

START = date(2026, 5, 1)


class Matter(RuleBasedStateMachine):
    """A matter, a calendar, and everything that people and the job can do in any order."""

    def __init__(self) -> None:
        """Begin on the day it is opened."""
        super().__init__()
        self.today = START
        self.stands = states.opened(self.today)
        self.times_asked = 0

    @rule(days=st.integers(0, 40))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def update(self) -> None:
        if self.stands.is_closed:
            with pytest.raises(NotNow):
                states.updated(self.stands, self.today)
        else:
            self.stands = states.updated(self.stands, self.today)
            assert self.stands.state == "updated"
            assert not self.stands.is_to_be_asked(self.today)
            self.times_asked = 0

    @rule(outcome=st.sampled_from([*OUTCOMES, "", "hidden"]))
    def close(self, outcome: str) -> None:
        if self.stands.is_closed:
            with pytest.raises(NotNow):
                states.closed(self.stands, outcome, "", self.today)
        elif outcome not in OUTCOMES:
            with pytest.raises(NoOutcome):
                states.closed(self.stands, outcome, "", self.today)
        else:
            self.stands = states.closed(self.stands, outcome, "It is mended.", self.today)

    @rule()
    def reopen(self) -> None:
        if self.stands.is_closed:
            self.stands = states.reopened(self.stands, "It began again.", self.today)
            self.times_asked = 0
        else:
            with pytest.raises(NotNow):
                states.reopened(self.stands, "It began again.", self.today)

    @rule()
    def ask(self) -> None:
        if self.stands.is_to_be_asked(self.today):
            self.stands = states.asked(self.stands, self.today)
            self.times_asked += 1
        else:
            with pytest.raises(NotNow):
                states.asked(self.stands, self.today)

    @precondition(lambda self: not self.stands.is_closed)
    @rule()
    def say_that_it_goes_on(self) -> None:
        self.stands = states.gone_on(self.stands, self.today)
        self.times_asked = 0
        assert self.stands.asked_on is None

    @invariant()
    def closed_means_an_outcome_and_a_day(self) -> None:
        assert self.stands.is_closed == (self.stands.outcome is not None) == (self.stands.closed_on is not None)

    @invariant()
    def nobody_is_asked_twice_about_one_silence(self) -> None:
        assert self.times_asked <= 1

    @invariant()
    def it_waits_for_news_or_has_none_or_neither(self) -> None:
        assert not (self.stands.waits_for_news(self.today) and self.stands.has_no_news(self.today))
        assert self.stands.news_on <= self.today


TestMatter = Matter.TestCase


@given(st.integers(0, 60))
def test_W7_the_writer_is_asked_after_fourteen_days_and_readers_are_told_after_fourteen_more(days: int) -> None:
    new = states.opened(START)
    assert new.is_to_be_asked(START + timedelta(days=days)) == (days >= 14)
    asked = states.asked(new, START + timedelta(days=14))
    later = START + timedelta(days=14 + days)
    assert asked.has_no_news(later) == (days >= 14)
    assert asked.waits_for_news(later) == (days < 14)
