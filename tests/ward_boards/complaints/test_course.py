"""The course of a notice, whatever steps are tried in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ward_boards.complaints import course, wording


@given(st.lists(st.sampled_from([*course.STEPS, "nonsense"]), max_size=12))
def test_no_order_of_steps_leaves_the_course(steps: list[str]) -> None:
    state, moves = course.RECEIVED, 0
    for step in steps:
        try:
            state = course.after(state, step)
        except course.NotNow:
            continue
        moves += 1
        assert state in course.STATES
    assert moves <= 2  # sent on, and one end


@pytest.mark.parametrize("state", [course.KEPT, course.REMOVED, course.CLOSED])
@pytest.mark.parametrize("step", course.STEPS)
def test_nothing_follows_an_end(state: str, step: str) -> None:
    with pytest.raises(course.NotNow):
        course.after(state, step)


@pytest.mark.parametrize("state", course.OPEN)
@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("has_mail", [True, False])
def test_clock_always_finds_a_step_that_can_be_taken(state: str, is_there: bool, has_mail: bool) -> None:
    step = course.when_due(state, is_there=is_there, has_mail=has_mail)
    assert course.after(state, step) in course.STATES


def test_every_state_and_step_has_words(app: object) -> None:
    assert all(wording.state(name) for name in course.STATES)
    assert all(wording.step(name) for name in ("received", *course.STEPS))
