"""When notes go out: quiet hours over midnight and on the days the clock jumps, and digests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.notifications import Choice, Note
from core.notifications.notes import seal, unseal
from core.notifications.timing import LONDON, default_choice, due_at, is_quiet, next_digest, quiet_end
from core.testing import make_app

HOURS = st.integers(0, 23)
# Around the days of 2026 and 2027 on which the clock jumps, and any other.
JUMPS = [datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)]
NEAR = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(JUMPS), st.integers(-2000, 2000)
)
MOMENTS = NEAR | st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001  # the strategy wants naive ones


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@given(MOMENTS, HOURS, HOURS)
@example(datetime(2027, 3, 27, 23, 30, tzinfo=UTC), 2, 1)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 22, 1)
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 22, 2)
def test_N2_quiet_hours_end_where_it_is_no_longer_quiet_and_not_later(moment: datetime, begins: int, ends: int) -> None:
    over = quiet_end(moment, begins, ends)
    assert not is_quiet(over, begins, ends)
    if not is_quiet(moment, begins, ends):
        assert over == moment
        return
    assert moment < over <= moment + timedelta(hours=49)
    step = moment
    while (step := step + timedelta(minutes=20)) < over:
        # With 23 quiet hours the clock may jump over the only loud one; nothing else may be waited through.
        assert is_quiet(step, begins, ends)


@given(MOMENTS, HOURS, st.integers(0, 6), st.sampled_from(["daily", "weekly"]))
def test_N3_the_next_digest_is_later_at_the_chosen_hour_and_within_its_period(
    moment: datetime, hour: int, weekday: int, rhythm: str
) -> None:
    due = next_digest(moment, Choice(rhythm=rhythm, digest_hour=hour, digest_weekday=weekday))
    longest = timedelta(days=1 if rhythm == "daily" else 7, hours=1)
    assert moment < due <= moment + longest
    local = due.astimezone(LONDON)
    assert local.hour == hour or (local.hour, hour) == (2, 1), "the hour that does not exist in March"
    assert rhythm == "daily" or local.weekday() == weekday


@given(
    MOMENTS,
    st.builds(
        Choice,
        quiet_from=HOURS,
        quiet_until=HOURS,
        digest_hour=HOURS,
        rhythm=st.sampled_from(["now", "daily", "weekly"]),
    ),
)
def test_N2_nothing_but_danger_ever_goes_out_in_quiet_hours(moment: datetime, choice: Choice) -> None:
    for priority in ("ordinary", "important", "urgent"):
        due = due_at(choice, Note("News", "News.", "/x", priority=priority), moment)
        assert due is not None
        assert due >= moment
        if priority == "urgent":
            assert due == moment
        else:
            assert not is_quiet(due, choice.quiet_from, choice.quiet_until)


@pytest.mark.parametrize(
    ("moment", "over"),
    [
        ("2026-11-24 21:59", "2026-11-24 21:59"),
        ("2026-11-24 22:00", "2026-11-25 07:00"),
        ("2026-11-25 06:59", "2026-11-25 07:00"),
        ("2026-11-25 07:00", "2026-11-25 07:00"),
        ("2026-10-24 23:00", "2026-10-25 07:00"),
        ("2027-03-27 23:00", "2027-03-28 07:00"),
    ],
)
def test_N2_quiet_hours_over_midnight(moment: str, over: str) -> None:
    assert quiet_end(at(moment), 22, 7) == at(over)


def test_N2_the_operators_line_is_the_default() -> None:
    assert (default_choice("22-7").quiet_from, default_choice("22-7").quiet_until) == (22, 7)
    assert not is_quiet(at("2026-11-24 23:00"), default_choice("").quiet_from, default_choice("").quiet_until)


@pytest.mark.parametrize(
    ("least", "heard"),
    [
        ("ordinary", {"ordinary", "important", "urgent"}),
        ("important", {"important", "urgent"}),
        ("urgent", {"urgent"}),
    ],
)
def test_N2_only_what_matters_enough_is_told(least: str, heard: set[str]) -> None:
    moment = at("2026-11-24 12:00")
    notes = {name: Note("News", "News.", "/x", priority=name) for name in ("ordinary", "important", "urgent")}
    assert {name for name, note in notes.items() if due_at(Choice(least=least), note, moment)} == heard


def test_N3_important_things_skip_the_digest_and_ordinary_ones_do_not() -> None:
    moment, choice = at("2026-11-24 12:00"), Choice(rhythm="weekly", digest_weekday=5)
    assert due_at(choice, Note("News", "News.", "/x"), moment) == at("2026-11-28 08:00")
    assert due_at(choice, Note("News", "News.", "/x", priority="important"), moment) == moment
    assert due_at(choice, Note("News", "News.", "/x", priority="urgent"), at("2026-11-24 23:00")) == at(
        "2026-11-24 23:00"
    )
    no_danger = Choice(urgent_in_quiet=False)
    assert due_at(no_danger, Note("News", "News.", "/x", priority="urgent"), at("2026-11-24 23:00")) == at(
        "2026-11-25 07:00"
    )


def test_N5_letters_go_whole_and_only_to_those_who_want_them() -> None:
    moment = at("2026-11-24 12:00")
    letter = Note("Your letter", "All of it.", "/x", kind="letter")
    assert due_at(Choice(least="urgent", rhythm="weekly"), letter, moment) == moment
    assert due_at(Choice(letters=False), letter, moment) is None
    assert due_at(Choice(), letter, at("2026-11-24 23:00")) == at("2026-11-25 07:00")


def test_N5_what_a_letter_says_is_never_stored(tmp_path: Path) -> None:
    letter = Note("Your letter", "There is a new letter.", "/x", kind="letter", title="A lost cat")
    with make_app(tmp_path, []).app_context():
        stored = unseal(seal(letter))
    assert stored is not None
    assert (stored.text, stored.title) == ("There is a new letter.", "")


def test_N6_a_note_waits_for_its_earliest_moment() -> None:
    moment, later = at("2026-11-24 12:00"), at("2026-11-24 18:00")
    note = Note("News", "News.", "/x", priority="important", not_before=later)
    assert due_at(Choice(), note, moment) == later
