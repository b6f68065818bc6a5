"""A machine that does anything in any order, and a model of what may come of it."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core import audit, permissions
from core.contributions import PostSignature
from core.database import now, reading, transaction
from core.hookspecs import hookimpl
from core.models import AuditEntry
from core.testing import make_app, make_member
from plugins.anonymity import hooks
from plugins.anonymity.openings import closing, services
from plugins.anonymity.openings.models import GRANTED, WAITING, Opening
from plugins.anonymity.openings.sealed import Order
from plugins.anonymity.openings.services import Gone, Refused

WARDS = {"ash": "E05009320", "birch": "E05009332", "cedar": "E05009320", "dogwood": "E05009319"}
POSTS = {"p1": "oak", "p2": "birch", "p3": None}
"""Who wrote what; nothing leads to the writer of the third."""
CUSTODIANS, POST_IDS = st.sampled_from(sorted(WARDS)), st.sampled_from(sorted(POSTS))


class Openings(RuleBasedStateMachine):
    """Custodians of three wards, one of whom wrote a post, and days that pass."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.clock = self.stack.enter_context(time_machine.travel(datetime(2026, 11, 25, 9, tzinfo=UTC), tick=False))
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.members: dict[str, str] = {}

        @hookimpl
        def signature_of(post_id: str) -> PostSignature:
            writer = self.members.get(POSTS[post_id] or "")
            return PostSignature(post_id, "t", (WARDS["ash"],), "alias" if writer else "resident", "", member_id=writer)

        app = make_app(folder, plugins={"anonymity": hooks, "boards": SimpleNamespace(signature_of=signature_of)})
        for name, ward in WARDS.items():
            self.members[name] = make_member(app, name, roles=["custodian"], ward=ward)
        self.members["oak"] = make_member(app, "oak", ward=WARDS["ash"])
        self.stack.enter_context(app.test_request_context())
        self.state: dict[str, dict[str, object]] = {}
        self.looks = 0

    def teardown(self) -> None:
        self.stack.close()

    def viewer(self, name: str) -> permissions.Viewer:
        with reading() as db:
            return permissions.viewer_of(db, self.members[name])

    @rule(who=CUSTODIANS, post=POST_IDS)
    def ask(self, who: str, post: str) -> None:
        live = [each for each in self.state.values() if each["post"] == post and each["state"] in (WAITING, GRANTED)]
        possible = POSTS[post] not in (None, who) and not live
        try:
            with transaction() as db:
                found = services.ask(db, self.viewer(who), post, Order("court", "Words.", "1/2026"))
        except Refused:
            assert not possible
        else:
            assert possible
            until = now().date() + timedelta(days=7)
            self.state[found] = {"post": post, "state": WAITING, "asker": who, "decider": None, "until": until}

    @precondition(lambda self: self.state)
    @rule(who=CUSTODIANS, data=st.data(), verb=st.sampled_from(["grant", "refuse"]))
    def decide(self, who: str, data: st.DataObject, verb: str) -> None:
        opening_id = data.draw(st.sampled_from(sorted(self.state)))
        row = self.state[opening_id]
        possible = row["state"] == WAITING and now().date() <= row["until"]
        possible = possible and WARDS[who] != WARDS[str(row["asker"])] and POSTS[str(row["post"])] != who
        try:
            with transaction() as db:
                getattr(services, verb)(db, self.viewer(who), opening_id)
        except (Gone, Refused):
            assert not possible
        else:
            assert possible
            state = GRANTED if verb == "grant" else "refused"
            row |= {"state": state, "decider": who, "until": now().date() + timedelta(days=7)}

    @precondition(lambda self: self.state)
    @rule(who=CUSTODIANS, data=st.data())
    def look(self, who: str, data: st.DataObject) -> None:
        opening_id = data.draw(st.sampled_from(sorted(self.state)))
        row = self.state[opening_id]
        possible = row["state"] == GRANTED and now().date() <= row["until"] and who in (row["asker"], row["decider"])
        try:
            with transaction() as db:
                found = services.look(db, self.viewer(who), opening_id)
        except Gone:
            assert not possible
        else:
            assert possible
            assert found.alias == POSTS[str(row["post"])]
            self.looks += 1

    @rule(days=st.integers(1, 8), is_working=st.booleans())
    def pass_days(self, days: int, is_working: bool) -> None:
        self.clock.shift(timedelta(days=days))
        if not is_working:
            return
        with transaction() as db:
            closing.lapse(db, now().date())
            closing.forget(db, now().date())
        for opening_id, row in list(self.state.items()):
            if row["until"] < now().date():
                if row["state"] == WAITING:
                    row |= {"state": "lapsed", "until": now().date() + timedelta(days=7)}
                else:
                    del self.state[opening_id]

    @invariant()
    def the_rows_are_those_of_the_model(self) -> None:
        with reading() as db:
            rows = {row.id: row for row in db.scalars(sa.select(Opening))}
        assert {key: row.state for key, row in rows.items()} == {key: row["state"] for key, row in self.state.items()}
        for row in rows.values():
            assert (row.sealed_result is not None) == (row.state == GRANTED)
            assert row.decided_by is None or row.decided_by != row.asked_by

    @invariant()
    def every_step_is_in_a_whole_chain(self) -> None:
        with reading() as db:
            found = Counter(db.scalars(sa.select(AuditEntry.verb)))
            assert audit.verify(db) is None
        assert found["opening.look"] == self.looks
        assert found["opening.ask"] >= found["opening.grant"] + found["opening.refuse"] + found["opening.lapse"]


TestA4States = Openings.TestCase
TestA4States.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
