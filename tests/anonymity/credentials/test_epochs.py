"""Weeks: ISO 8601 at the turn of years, and whole weeks without holes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.anonymity.credentials import epochs

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(weeks=-1400), timedelta(weeks=300_000)).map(lambda apart: MONDAY + apart)


@pytest.mark.parametrize(
    ("moment", "epoch"),
    [
        (datetime(2026, 11, 23, tzinfo=UTC), "2026-W48"),
        (datetime(2026, 11, 29, 23, 59, 59, 999999, UTC), "2026-W48"),
        (datetime(2026, 11, 30, tzinfo=UTC), "2026-W49"),
        (datetime(2026, 12, 31, tzinfo=UTC), "2026-W53"),
        (datetime(2027, 1, 3, 23, tzinfo=UTC), "2026-W53"),
        (datetime(2027, 1, 4, tzinfo=UTC), "2027-W01"),
        (datetime(2024, 12, 30, tzinfo=UTC), "2025-W01"),
        # Monday in Dhaka is still Sunday in UTC.
        (datetime(2026, 11, 30, 3, tzinfo=timezone(timedelta(hours=6))), "2026-W48"),
    ],
)
def test_A1_a_moment_is_in_the_iso_week_of_utc(moment: datetime, epoch: str) -> None:
    assert epochs.epoch_of(moment) == epoch


@given(moment=MOMENTS)
def test_A1_weeks_follow_one_another_without_a_hole(moment: datetime) -> None:
    epoch = epochs.epoch_of(moment)
    start = epochs.begins_at(epoch)
    assert start <= moment < epochs.ends_at(epoch)
    assert epochs.epoch_of(epochs.ends_at(epoch) - timedelta(microseconds=1)) == epoch
    following = epochs.coming(moment, 5)
    assert [epochs.begins_at(each) for each in following] == [start + timedelta(weeks=n) for n in range(1, 6)]
    assert epoch not in following


@pytest.mark.parametrize(
    "text", ["", "2026-W54", "2026-W00", "2025-W53", "2026W48", "2026-W4", " 2026-W48", "2026-W48\n", "२०२६-W४८"]
)
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="week"):
        epochs.begins_at(text)
