"""When batches come out, on the days the clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.anonymity.unlinkable import batches

START, DAYS = datetime(2024, 1, 1, tzinfo=UTC), 8 * 365
MOMENTS = st.integers(0, DAYS * 24 * 3600).map(lambda seconds: START + timedelta(seconds=seconds))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "batch"),
    [
        ("2026-11-24T12:00:00", "2026-11-24T20:00:00"),
        ("2026-11-24T07:59:59", "2026-11-24T08:00:00"),
        ("2026-11-24T08:00:00", "2026-11-24T20:00:00"),
        ("2026-11-24T20:00:00", "2026-11-25T08:00:00"),
        ("2026-07-01T07:00:00", "2026-07-01T19:00:00"),
        ("2026-07-01T06:59:00", "2026-07-01T07:00:00"),
        # Clocks go forward on 29 March 2026 and back on 25 October.
        ("2026-03-28T20:00:00", "2026-03-29T07:00:00"),
        ("2026-03-29T00:59:59", "2026-03-29T07:00:00"),
        ("2026-03-29T07:00:00", "2026-03-29T19:00:00"),
        ("2026-10-24T19:00:00", "2026-10-25T08:00:00"),
        ("2026-10-25T00:30:00", "2026-10-25T08:00:00"),
        ("2026-10-25T01:30:00", "2026-10-25T08:00:00"),
        ("2026-10-25T08:00:00", "2026-10-25T20:00:00"),
        ("2026-12-31T23:59:59", "2027-01-01T08:00:00"),
    ],
)
def test_the_next_batch_is_by_the_clock_on_the_wall(moment: str, batch: str) -> None:
    assert batches.next_after(at(moment)) == at(batch)


@given(MOMENTS)
def test_every_moment_lies_between_two_batches(moment: datetime) -> None:
    before, after = batches.last_until(moment), batches.next_after(moment)
    assert before <= moment < after
    assert timedelta(hours=11) <= after - before <= timedelta(hours=13)
    assert {each.astimezone(batches.LONDON).hour for each in (before, after)} == set(batches.HOURS)
    assert batches.next_after(before) == after
