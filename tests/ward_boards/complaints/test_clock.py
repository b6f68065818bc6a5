"""The clock of notices: known days, and what must be true of any moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ward_boards.complaints import clock
from plugins.ward_boards.moments import LONDON

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2060, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # bounds


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("year", "easter"),
    [
        (2024, date(2024, 3, 31)),
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter_is_on_the_day_the_calendar_says(year: int, easter: date) -> None:
    assert clock.easter_sunday(year) == easter


def test_bank_holidays_of_a_plain_year_and_of_one_with_substitutes() -> None:
    assert clock.holidays(2026) == {
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 4),
        date(2026, 5, 25),
        date(2026, 8, 31),
        date(2026, 12, 25),
        date(2026, 12, 28),  # for Saturday the 26th
    }
    assert {date(2022, 1, 3), date(2022, 12, 26), date(2022, 12, 27)} <= clock.holidays(2022)
    assert {date(2021, 12, 27), date(2021, 12, 28)} <= clock.holidays(2021)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-24T10:00", "2026-11-26T10:00"),
        ("2026-11-26T18:30", "2026-11-30T18:30"),  # over a weekend
        ("2026-11-28T03:00", "2026-12-02T00:00"),  # begins on a Saturday: Monday and Tuesday count
        ("2026-04-02T12:00", "2026-04-08T12:00"),  # over Easter
        ("2026-12-24T09:00", "2026-12-30T09:00"),  # over Christmas and the substitute for Boxing Day
    ],
)
def test_48_hours_leave_out_what_the_law_leaves_out(start: str, due: str) -> None:
    assert clock.after_hours(london(start), 48) == london(due)


def test_answer_has_until_midnight_of_the_fifth_counted_day() -> None:
    assert clock.answer_by(london("2026-11-24T15:00")) == london("2026-12-02T00:00")


@given(MOMENTS, st.integers(1, 120))
def test_due_moment_counts_and_is_late_enough(start: datetime, hours: int) -> None:
    due = clock.after_hours(start, hours)
    assert clock.counts(due.astimezone(LONDON).date())
    assert due >= start + timedelta(hours=hours)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=30)), st.integers(1, 72))
def test_who_comes_later_is_due_no_earlier(start: datetime, later: timedelta, hours: int) -> None:
    assert clock.after_hours(start, hours) <= clock.after_hours(start + later, hours)
    assert clock.answer_by(start) <= clock.answer_by(start + later)


@given(MOMENTS)
def test_answer_ends_with_a_day_that_counts(sent: datetime) -> None:
    end = clock.answer_by(sent).astimezone(LONDON)
    last = (end - timedelta(minutes=1)).date()
    assert (end.hour, end.minute) == (0, 0)
    assert clock.counts(last)
    between = (sent.astimezone(LONDON).date() + timedelta(days=n) for n in range(1, 60))
    assert sum(clock.counts(day) for day in between if day <= last) == clock.ANSWER_DAYS


@given(st.integers(1990, 2100))
def test_each_year_has_eight_holidays_on_weekdays_but_for_christmas(year: int) -> None:
    weekdays = [day for day in clock.holidays(year) if day.weekday() < 5]
    assert len(weekdays) == 8
