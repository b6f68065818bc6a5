"""Whatever is asked in whatever order: one voice for each member, week and board, and the count of them is right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import members
from core.database import now, transaction
from core.testing import make_member
from plugins.anonymity.credentials import blind_rsa, epochs, issuing
from plugins.anonymity.credentials.models import EpochKey

BOROUGH, BOW_WEST, SHADWELL = "E09000030", "E05009320", "E05009332"
WEEKS = [*epochs.coming(now(), 5), epochs.epoch_of(now())]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),  # who
        st.sampled_from(WEEKS),
        st.sampled_from([BOROUGH, BOW_WEST, SHADWELL]),
        st.sampled_from([2, 3, 5, 7]),  # what was blinded
        st.sampled_from(["ask", "ask", "ask", "move", "lapse"]),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def people(app: Flask) -> list[str]:
    return [make_member(app, ward=BOW_WEST) for _ in range(3)]


class _Undo(Exception):
    """Ends a try, so that the next begins where this one did."""


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_A1_one_voice_each_in_any_order(app: Flask, people: list[str], steps: list[Any]) -> None:
    given_out: dict[tuple[str, str, str], tuple[int, bytes]] = {}
    with app.app_context():
        try:
            with transaction() as db:
                before = {(key.epoch, key.scope): key.issued for key in db.query(EpochKey)}
                for step in steps:
                    _take(db, people, step, given_out)
                after = {(key.epoch, key.scope): key.issued for key in db.query(EpochKey)}
                counted = {place: after[place] - before[place] for place in after}
                for place, count in counted.items():
                    assert count == sum((epoch, scope) == place for _who, epoch, scope in given_out)
                raise _Undo
        except _Undo:
            pass
    for who in people:
        for week in WEEKS:
            held = {scope for member, epoch, scope in given_out if (member, epoch) == (who, week)}
            assert len(held - {BOROUGH}) <= 1, "one ward at most"
            assert not held or week in WEEKS[:4]


def _take(db: Any, people: list[str], step: Any, given_out: dict[tuple[str, str, str], tuple[int, bytes]]) -> None:
    place, epoch, scope, number, verb = step
    who, until = people[place], now().date() + timedelta(days=300)
    if verb == "move":
        members.verify(db, who, scope if scope != BOROUGH else SHADWELL, "test", until)
        return
    if verb == "lapse":
        members.lapse(db, who, None, "test")
        return
    wanted = issuing.Wanted(epoch, scope, number.to_bytes(blind_rsa.KEY_BYTES, "big"))
    try:
        signature = issuing.issue(db, who, wanted, now())
    except (issuing.NotOffered, issuing.TooLate):
        return
    except issuing.AlreadyIssued:
        theirs = [key for key in given_out if key[:2] == (who, epoch)]
        assert theirs, "refused without a reason"
        return
    first = given_out.setdefault((who, epoch, scope), (number, signature))
    assert first == (number, signature), "a second voice"
