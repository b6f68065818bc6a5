"""High roles, and the reset of a second factor, take two people; services and the database both refuse one alone."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core import audit, members, permissions, proposals
from core.contributions import ROLES, WARD_ROLES
from core.database import now, reading, sql, transaction
from core.models import AuditEntry, Member, Proposal, RoleGrant, Token
from core.testing import api_token, mails, make_app, make_member, sign_in, work

BOW = "E05009320"
GIVEN = [role for role in ROLES if role not in members.GIVEN_BY_CIRCUMSTANCE]


class House:
    """An instance with two admins, a reviewer and somebody to be promoted."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ids = {
            "admin": make_member(app, "Ash", roles=["admin"]),
            "admin2": make_member(app, "Birch", roles=["admin"]),
            "reviewer": make_member(app, "Cedar", roles=["reviewer"]),
            "coordinator": make_member(app, "Elm", roles=[("coordinator", BOW)]),
            "member": make_member(app, "Fir", ward=BOW),
        }

    def client(self, name: str) -> FlaskClient:
        client = self.app.test_client()
        sign_in(client, self.ids[name])
        return client

    def email(self, name: str) -> str:
        with self.app.app_context():
            return str(sql.session.get_one(Member, self.ids[name]).email)

    def roles(self, name: str) -> set[str]:
        with self.app.app_context(), reading() as db:
            return set(db.scalars(sa.select(RoleGrant.role).where(RoleGrant.member_id == self.ids[name])))

    def propose(self, role: str = "reviewer", of: str = "member", by: str = "admin") -> str:
        fields = {"email": self.email(of), "verb": "grant", "role": role, "ward": BOW if role in WARD_ROLES else ""}
        answer = self.client(by).post("/admin", data=fields)
        assert answer.status_code == 303, answer.text
        return self.only().id

    def ask_reset(self, of: str, by: str = "admin") -> str:
        fields = {"email": self.email(of), "reason": "lost phone, met in person"}
        answer = self.client(by).post("/admin/second-factor", data=fields)
        assert answer.status_code == 303, answer.text
        return self.only().id

    def only(self) -> Proposal:
        with self.app.app_context(), reading() as db:
            return db.scalars(sa.select(Proposal)).one()

    def count(self) -> int:
        with self.app.app_context(), reading() as db:
            return int(db.scalar(sa.select(sa.func.count()).select_from(Proposal)) or 0)

    def decide(self, name: str, proposal: str, of: str = "member", verb: str = "confirm") -> Any:
        fields = {"email": self.email(of), "verb": verb}
        return self.client(name).post(f"{proposals.PATH}/{proposal}", data=fields)

    def audited(self) -> list[tuple[str, str, str]]:
        with self.app.app_context(), reading() as db:
            assert audit.verify(db) is None
            rows = sa.select(AuditEntry.actor, AuditEntry.verb, AuditEntry.reason).order_by(AuditEntry.sequence)
            return [(row.actor, row.verb, row.reason) for row in db.execute(rows)]

    def hash(self, name: str) -> str:
        with self.app.app_context():
            return audit.actor_hash(self.ids[name])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(make_app(tmp_path, {}))


@pytest.mark.parametrize("role", GIVEN)
def test_V13_every_given_role_takes_two_people(house: House, role: str) -> None:
    of = "member"
    proposal = house.propose(role)
    assert house.roles(of) == set()
    assert house.decide("admin", proposal).status_code == 422
    assert house.roles(of) == set()
    assert house.decide("reviewer", proposal).status_code == 303
    assert house.roles(of) == {role}
    assert house.count() == 0


@pytest.mark.parametrize(
    ("name", "status"), [("reviewer", 200), ("admin", 200), ("admin2", 200), ("coordinator", 403), ("member", 403)]
)
def test_V13_who_may_see_what_waits(house: House, name: str, status: int) -> None:
    house.propose()
    assert house.client(name).get(proposals.PATH).status_code == status
    assert house.app.test_client().get(proposals.PATH).status_code == 303


def test_V13_the_proposer_cannot_confirm(house: House) -> None:
    proposal = house.propose()
    page = house.client("admin").get(f"{proposals.PATH}/{proposal}").text
    assert "You proposed this yourself" in page
    assert 'value="confirm"' not in page
    refused = house.decide("admin", proposal)
    assert refused.status_code == 422
    assert "Another person must confirm it" in refused.text


def test_V13_the_one_promoted_cannot_confirm_or_turn_down(house: House) -> None:
    proposal = house.propose("admin", of="reviewer")
    for verb in ("confirm", "turn_down"):
        refused = house.decide("reviewer", proposal, of="reviewer", verb=verb)
        assert refused.status_code == 422
        assert "about you" in refused.text
    assert house.roles("reviewer") == {"reviewer"}
    assert house.decide("admin2", proposal, of="reviewer").status_code == 303
    assert house.roles("reviewer") == {"reviewer", "admin"}


@pytest.mark.parametrize("who", ["proposed_by", "member_id"])
def test_V13_the_database_refuses_one_person_for_both(house: House, who: str) -> None:
    proposal = house.propose()
    with house.app.app_context(), pytest.raises(sa.exc.IntegrityError, match="four_eyes"), transaction() as db:
        db.execute(sa.update(Proposal).where(Proposal.id == proposal).values(confirmed_by=sa.column(who)))


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"kind": "grant", "role": "admin", "proposed_by": "member"}, "not_for_oneself"),
        ({"kind": "grant", "role": None}, "role"),
        ({"kind": "reset_second_factor", "role": "admin"}, "role"),
        ({"kind": "other", "role": None}, "kind"),
    ],
)
def test_V13_the_database_keeps_proposals_in_shape(house: House, fields: dict[str, Any], rule: str) -> None:
    values = {**fields, "proposed_by": house.ids[fields.get("proposed_by", "admin")], "member_id": house.ids["member"]}
    today = now().date()
    with house.app.app_context(), pytest.raises(sa.exc.IntegrityError, match=rule), transaction() as db:
        db.add(Proposal(proposed_on=today, until_on=today, **values))


def test_V13_nobody_proposes_for_themselves(house: House) -> None:
    fields = {"email": house.email("admin"), "verb": "grant", "role": "reviewer", "ward": ""}
    refused = house.client("admin").post("/admin", data=fields)
    assert refused.status_code == 422
    assert "Nobody gives a role to themselves" in refused.text
    assert house.count() == 0


@pytest.mark.parametrize(
    ("of", "role", "sentence"), [("reviewer", "reviewer", "has this role already"), ("member", "reviewer", "waits")]
)
def test_V13_what_is_there_or_waits_is_not_proposed_again(house: House, of: str, role: str, sentence: str) -> None:
    if of == "member":
        house.propose(role, of)
    fields = {"email": house.email(of), "verb": "grant", "role": role, "ward": ""}
    refused = house.client("admin2").post("/admin", data=fields)
    assert refused.status_code == 422
    assert sentence in refused.text


def test_V13_who_confirms_must_know_whom(house: House) -> None:
    proposal = house.propose()
    page = house.client("reviewer").get(f"{proposals.PATH}/{proposal}").text
    assert house.email("member") not in page
    assert "Fir" not in page
    assert house.ids["member"] not in page
    wrong = house.decide("reviewer", proposal, of="coordinator")
    assert wrong.status_code == 422
    assert "not the address it was proposed for" in wrong.text
    assert house.email("coordinator") in wrong.text
    assert house.roles("member") == set()


@pytest.mark.parametrize("name", ["admin", "admin2", "reviewer"])
def test_V13_it_can_be_turned_down(house: House, name: str) -> None:
    proposal = house.propose()
    assert house.decide(name, proposal, verb="turn_down").status_code == 303
    assert house.count() == 0
    assert house.roles("member") == set()
    assert house.audited()[-1][:2] == (house.hash(name), "proposal.turn_down")


@pytest.mark.parametrize("first", ["confirm", "turn_down"])
def test_V13_two_decisions_at_the_same_moment_are_one(house: House, first: str) -> None:
    proposal = house.propose()
    email = house.email("member")
    deciders = [(house.client("admin2"), first), (house.client("reviewer"), "confirm")]
    barrier = threading.Barrier(2)

    def decide(client: FlaskClient, verb: str) -> None:
        barrier.wait()
        client.post(f"{proposals.PATH}/{proposal}", data={"email": email, "verb": verb})

    threads = [threading.Thread(target=decide, args=each) for each in deciders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [verb for _actor, verb, _reason in house.audited() if verb in ("proposal.confirm", "proposal.turn_down")]
    assert len(done) == 1
    assert house.count() == 0
    assert (house.roles("member") == {"reviewer"}) is (done == ["proposal.confirm"])


def test_V13_a_proposal_of_one_who_is_no_admin_any_more_counts_for_nothing(house: House) -> None:
    proposal = house.propose()
    with house.app.app_context(), transaction() as db:
        members.withdraw(db, house.ids["admin"], "admin", None, house.ids["admin2"])
    refused = house.decide("reviewer", proposal)
    assert refused.status_code == 422
    assert "no admin any more" in refused.text


def test_V13_a_confirmer_whose_role_was_taken_meanwhile_is_refused(house: House) -> None:
    proposal = house.propose()
    with house.app.app_context(), transaction() as db:
        stale = permissions.viewer_of(db, house.ids["reviewer"])
        members.withdraw(db, house.ids["reviewer"], "reviewer", None, None)
        with pytest.raises(proposals.Gone):
            proposals.confirm(db, stale, proposal, db.get_one(Member, house.ids["member"]).email)


def test_V13_taking_a_role_back_needs_one_person_and_bites_at_once(house: House) -> None:
    reviewer = house.client("reviewer")
    assert reviewer.get(proposals.PATH).status_code == 200
    fields = {"email": house.email("reviewer"), "verb": "withdraw", "role": "reviewer", "ward": ""}
    assert house.client("admin").post("/admin", data=fields).status_code == 303
    assert house.roles("reviewer") == set()
    assert reviewer.get(proposals.PATH).status_code == 303


def test_V13_the_chain_says_who_did_what_and_the_mails_are_neutral(house: House) -> None:
    house.decide("reviewer", house.propose())
    actors = {verb: actor for actor, verb, _reason in house.audited()}
    assert actors["proposal.grant"] == house.hash("admin")
    assert actors["proposal.confirm"] == actors["members.grant"] == house.hash("reviewer")
    confirmed = next(reason for _actor, verb, reason in house.audited() if verb == "proposal.confirm")
    assert house.hash("admin") in confirmed
    work(house.app)
    told = {(mail["To"], mail["Subject"]) for mail in mails(house.app)}
    assert told == {
        (house.email("admin2"), "Something waits for you"),
        (house.email("reviewer"), "Something waits for you"),
        (house.email("member"), "Something about your account has changed"),
    }


def test_V13_alone_nobody_can_confirm_and_the_page_says_what_to_do(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    first, second = (
        make_member(app, "Ash", roles=["admin"]),
        make_member(app, "Birch", roles=["reviewer"], second_factor=False),
    )
    other = make_member(app, "Fir")
    client = app.test_client()
    sign_in(client, first)
    with app.app_context():
        email = sql.session.get_one(Member, other).email
    client.post("/admin", data={"email": email, "verb": "grant", "role": "reviewer", "ward": ""})
    with app.app_context(), reading() as db:
        proposal = db.scalars(sa.select(Proposal)).one()
        assert not proposals.can_confirm(db, proposal)
    assert "command line" in client.get(f"{proposals.PATH}/{proposal.id}").text
    reviewer = app.test_client()
    sign_in(reviewer, second)
    assert reviewer.get(proposals.PATH).headers["Location"].startswith("/account/second-factor")


def test_V13_proposals_lapse_after_seven_days(house: House) -> None:
    proposal = house.propose()
    with house.app.app_context(), transaction() as db:
        db.execute(sa.update(Proposal).values(until_on=now().date()))
    work(house.app)
    assert house.count() == 1
    work(house.app, now() + timedelta(days=1))
    assert house.count() == 0
    assert house.audited()[-1][:2] == ("system", "proposal.lapse")
    assert house.decide("reviewer", proposal).status_code == 303
    assert house.roles("member") == set()


def test_V13_one_that_has_lapsed_cannot_be_confirmed_though_no_job_ran(house: House) -> None:
    proposal = house.propose()
    with house.app.app_context(), transaction() as db:
        db.execute(sa.update(Proposal).values(until_on=now().date() - timedelta(days=1)))
    assert house.client("reviewer").get(f"{proposals.PATH}/{proposal}").status_code == 404
    house.decide("reviewer", proposal)
    assert house.roles("member") == set()


def test_O2_two_admins_reset_a_lost_second_factor(house: House) -> None:
    api_token(house.app, house.ids["reviewer"], "review")
    open_login = house.client("reviewer")
    proposal = house.ask_reset("reviewer")
    assert house.decide("admin", proposal, of="reviewer").status_code == 422
    assert house.decide("admin2", proposal, of="reviewer").status_code == 303
    assert open_login.get("/account").status_code == 303
    with house.app.app_context(), reading() as db:
        member = db.get_one(Member, house.ids["reviewer"])
        assert (member.tf_totp_secret, member.tf_primary_method, member.mf_recovery_codes) == (None, None, None)
        assert db.scalars(sa.select(Token)).all() == []
    actors = {verb: actor for actor, verb, _reason in house.audited()}
    assert actors["proposal.reset_second_factor"] == house.hash("admin")
    assert actors["second_factor.reset"] == house.hash("admin2")
    work(house.app)
    subjects = [mail["Subject"] for mail in mails(house.app) if mail["To"] == house.email("reviewer")]
    assert subjects == ["Something about your account may change", "Something about your account has changed"]
    assert house.client("reviewer").get(proposals.PATH).headers["Location"].startswith("/account/second-factor")


def test_O2_a_reviewer_neither_sees_nor_confirms_a_reset(house: House) -> None:
    proposal = house.ask_reset("admin2")
    reviewer = house.client("reviewer")
    assert "Nothing waits" in reviewer.get(proposals.PATH).text
    assert reviewer.get(f"{proposals.PATH}/{proposal}").status_code == 404
    house.decide("reviewer", proposal, of="admin2")
    with house.app.app_context(), reading() as db:
        assert db.get_one(Member, house.ids["admin2"]).tf_primary_method
    assert reviewer.get("/admin/second-factor").status_code == 403


def test_O2_nobody_confirms_the_reset_of_their_own_second_factor(house: House) -> None:
    proposal = house.ask_reset("admin2")
    for verb in ("confirm", "turn_down"):
        assert house.decide("admin2", proposal, of="admin2", verb=verb).status_code == 422
    assert house.count() == 1


@pytest.mark.parametrize(
    ("of", "sentence"),
    [("admin", "Nobody resets their own"), ("member", "nothing to reset"), ("nobody", "No member has")],
)
def test_O2_a_reset_that_cannot_be_is_explained(house: House, of: str, sentence: str) -> None:
    email = "nobody@test.example" if of == "nobody" else house.email(of)
    answer = house.client("admin").post("/admin/second-factor", data={"email": email, "reason": "lost"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert email in answer.text
    assert house.count() == 0


@pytest.mark.parametrize("name", ["coordinator", "member"])
def test_V13_the_service_itself_refuses_those_who_may_not_propose(house: House, name: str) -> None:
    with house.app.app_context(), transaction() as db:
        viewer = permissions.viewer_of(db, house.ids[name])
        with pytest.raises(permissions.Denied):
            proposals.propose_role(db, viewer, house.ids["reviewer"], "officer", BOW)


def test_V13_proposals_go_with_the_member(house: House) -> None:
    house.propose()
    with house.app.app_context(), transaction() as db:
        db.delete(db.get_one(Member, house.ids["member"]))
    assert house.count() == 0
