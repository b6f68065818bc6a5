"""How each borough checks its members: said under its signature, with each alert, and held against our floor."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner

from core import testing
from core.cli import main
from core.database import now, reading, transaction
from core.models import Member
from federation import activities, identity, peers, proofs
from federation.models import Peer, RemoteAlert
from federation.trust import policies
from federation.trust import queries as standings
from federation.trust.models import Policy
from plugins.verification_docs import assured, rule
from plugins.verification_docs.reviewers import vetting

ADMIN = [("admin", None)]
DOCS = ("federation", "verification_docs")


def _docs(rule_text: str) -> dict[str, Any]:
    return {"verification_docs": {"rule": rule_text}}


@pytest.fixture
def boroughs(borough: Callable[..., Any], befriend: Any, codes: Any) -> Any:
    """Tower Hamlets asks for ID + address; Hackney proves more, Newham less. All three have asked each other."""
    th = borough(codes.TOWER_HAMLETS, floor="id_address")
    hk = borough(codes.HACKNEY, plugins=DOCS, more=_docs("id AND address AND (certificate OR volunteering)"))
    newham = borough(codes.NEWHAM, plugins=DOCS, more=_docs("address"))
    for other in (hk, newham):
        befriend(th, other)
    for each in (th, hk, newham):
        testing.work(each.app)
    return th, hk, newham


def said(here: Any, there: Any) -> policies.Said | None:
    with here.app.app_context(), reading() as db:
        return policies.of(db, here.peer_id(there))


def levels(here: Any) -> dict[str, tuple[str, str]]:
    with here.app.app_context(), reading() as db:
        rows = db.execute(sa.select(RemoteAlert.id)).all()
        found = [standings.one(db, row.id, now()) for row in rows]
    return {row.origin: (row.state, row.level) for row in found if row is not None}


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("address", "address"),
        ("id AND address", "id_address"),
        ("id AND address AND (certificate OR volunteering)", "id_address_third"),
        ("address AND (id OR certificate)", "address"),
        ("id AND (address OR certificate)", "some"),
        ("(id AND address) OR (id AND address AND certificate)", "id_address"),
    ],
)
def test_F16_the_level_is_what_every_way_through_the_rule_asks_for(text: str, level: str) -> None:
    assert assured.level_of(rule.parse(text)) == level


def test_F16_the_manifest_is_made_of_live_facts(boroughs: Any) -> None:
    th, hk, _newham = boroughs
    first = said(th, hk)
    assert first is not None
    assert (first.facts.level, first.facts.reviewers, first.facts.deciders) == ("id_address_third", 0, 1)
    assert first.facts.evidence == ("address", "certificate", "id", "volunteering")
    reviewer = testing.make_member(hk.app, roles=[("reviewer", None)])
    with hk.app.app_context(), transaction() as db:
        today = now().date()
        vetting.vet(db, db.get_one(Member, reviewer).id, "police", days=(today, today), vetted_by=None)
    reply = th.say(hk, "/policy", None, "GET")
    assert (reply.payload["bw:reviewers"], reply.payload["bw:vetting"]) == (1, ["police"])
    assert reviewer not in json.dumps(reply.payload)


def test_F16_the_peers_page_shows_it_and_the_agreement_prints_both(boroughs: Any) -> None:
    th, hk, newham = boroughs
    client = th.app.test_client()
    testing.sign_in(client, testing.make_member(th.app, roles=ADMIN))
    page = client.get(f"/federation/peers/{th.peer_id(hk)}").get_data(as_text=True)
    assert "ID + address + a third proof" in page
    assert "id AND address AND (certificate OR volunteering)" in page
    assert "proof of volunteering" in page
    sheet = client.get(f"/federation/peers/{th.peer_id(newham)}/agreement").get_data(as_text=True)
    with th.app.app_context(), reading() as db:
        peer = db.get_one(Peer, th.peer_id(newham))
        number = peers.number_of(peer)
        for part in (peer.thumbprint, peer.our_thumbprint, peer.base_url, th.url, number.phrase, number.digits):
            assert part in sheet
    for part in ("(UK GDPR, Article 4(7))", "(Article 26)", "Data Protection Act 2018", "30 days", "TLP:AMBER+STRICT"):
        assert part in sheet


def test_F16_below_the_floor_it_waits_and_above_it_is_shown(boroughs: Any, snapshot: Any) -> None:
    th, hk, newham = boroughs
    for other in (hk, newham):
        other.issue(snapshot())
        other.work()
    assert levels(th) == {"Hackney": ("shown", "id_address_third"), "Newham": ("waiting", "address")}
    visitor = th.app.test_client()
    testing.sign_in(visitor, testing.make_member(th.app))
    page = visitor.get("/federation/alerts").get_data(as_text=True)
    assert "From Hackney" in page
    assert "ID + address + a third proof" in page
    assert "From Newham" not in page


def test_F16_the_level_is_inside_what_is_signed(boroughs: Any, snapshot: Any) -> None:
    th, _hk, newham = boroughs
    sent = newham.activity(snapshot(), th)
    assert sent["bw:assurance"] == "address"
    reply = newham.say(th, "/inbox", {**sent, "bw:assurance": "id_address_third"})
    assert (reply.status, reply.code) == (422, "proof_invalid")


def signed(borough: Any, document: dict[str, Any]) -> dict[str, Any]:
    """Sign something as an instance with a valid key of its own may, whatever it says."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    with borough.app.app_context():
        key = identity.own_keys().active
        method = f"{activities.actor_of(borough.url)}#{key.thumbprint}"
        return proofs.add_proof(bare, key.private, method, activities.written(now()))


@pytest.mark.parametrize("claim", ["id_address_third", "gold", None, 7, ["id_address"]])
def test_F16_a_claim_above_the_policy_or_unknown_is_not_believed(boroughs: Any, snapshot: Any, claim: Any) -> None:
    th, _hk, newham = boroughs
    sent = newham.activity(snapshot(), th)
    sent["bw:assurance"] = claim
    reply = newham.say(th, "/inbox", signed(newham, sent))
    assert reply.payload["items"][0]["outcome"] == "accepted"
    assert levels(th)["Newham"] == ("waiting", "address" if claim == "id_address_third" else "none")


def test_F16_only_the_neighbours_own_newest_policy_is_kept(boroughs: Any) -> None:
    th, hk, newham = boroughs
    document = newham.say(th, "/policy", None, "GET").payload  # what Tower Hamlets says of itself
    with th.app.app_context(), transaction() as db:
        peer = db.get_one(Peer, th.peer_id(newham))
        kept = json.loads(db.get_one(Policy, peer.id).document)
        wrong = [
            (document, "not the policy of this neighbour"),
            ({**kept, "bw:level": "id_address_third"}, "does not hold"),
            (signed(hk, kept), "not the neighbour's"),
            (signed(newham, {**kept, "published": "2030-01-01T00:00:00Z"}), "in the future"),
            (signed(newham, {**kept, "bw:reviewers": -1}), "no number"),
            (signed(newham, {**kept, "bw:evidence": ["x" * 41]}), "too long"),
            (signed(newham, {**kept, "bw:rule": "\x1b[31m"}), "no text"),
            (signed(newham, {**kept, "type": "Note"}), "not the policy"),
        ]
        for each, sentence in wrong:
            with pytest.raises(policies.BadPolicy, match=sentence):
                policies.keep(db, peer, each, now())
        newer = signed(newham, {**kept, "bw:level": "none", "published": activities.written(now())})
        with time_machine.travel(now() + timedelta(seconds=5), tick=True):
            assert policies.keep(db, peer, newer, now())
            old = signed(newham, {**kept, "published": "2026-01-01T00:00:00Z"})
            assert not policies.keep(db, peer, old, now())
        assert db.get_one(Policy, peer.id).level == "none"


def test_F16_a_stranger_gets_no_policy(boroughs: Any, borough: Any) -> None:
    from federation import ceremony

    th, _hk, _newham = boroughs
    stranger = borough("E09000019")
    with stranger.app.app_context():
        ceremony.propose(th.url, "", None)
    assert stranger.say(th, "/policy", None, "GET").code == "not_verified"
    assert th.app.test_client().get("/fed/v1/policy").status_code == 401


def test_F16_a_changed_rule_is_learnt_by_night_and_audited(boroughs: Any) -> None:
    th, hk, _newham = boroughs
    hk.more = _docs("address")
    hk.restart()
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        testing.work(th.app)
    found = said(th, hk)
    assert found is not None
    assert found.facts.level == "address"
    from core.models import AuditEntry

    with th.app.app_context(), reading() as db:
        changed = db.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "federation.policy_changed")).all()
        assert [row.reason for row in changed] == ["id_address_third to address"]


def test_F16_the_trust_form_and_its_refusals(boroughs: Any) -> None:
    th, hk, _newham = boroughs
    admin, coordinator = th.app.test_client(), th.app.test_client()
    testing.sign_in(admin, testing.make_member(th.app, roles=ADMIN))
    testing.sign_in(coordinator, testing.make_member(th.app, roles=[("coordinator", None)]))
    path = f"/federation/peers/{th.peer_id(hk)}/trust"
    assert coordinator.get(path).status_code == 403
    assert coordinator.post(path, data={"shown": "all"}).status_code == 403
    assert coordinator.get(f"/federation/peers/{th.peer_id(hk)}/agreement").status_code == 403
    page = admin.get(path)
    assert page.status_code == 200
    plain = {"shown": "chosen", "floor": "address", "accepts": ["GREEN", "CLEAR"]}
    wrong = [
        (plain, "Tick at least one kind"),
        ({**plain, "events": "Crime/burglary"}, "Write each like Security/burglary"),
        ({**plain, "floor": "gold"}, "Choose one of these answers"),
        ({**plain, "categories": ["Fire"], "accepts": ["RED"]}, "Tick only what is on this list"),
    ]
    for data, sentence in wrong:
        answer = admin.post(path, data=data)
        assert answer.status_code == 422, data
        assert sentence in answer.get_data(as_text=True)
    kept = {**plain, "categories": ["Fire", "Met"], "events": "Security/robbery"}
    assert admin.post(path, data=kept).status_code == 303
    with th.app.app_context(), reading() as db:
        from federation.trust import standing

        found = standing.rule_of(db, th.peer_id(hk))
    assert (found.shown, found.floor, found.accepts) == ("Fire,Met,Security/robbery", "address", ("CLEAR", "GREEN"))
    assert "Fire, Met, Security/robbery" in admin.get(f"/federation/peers/{th.peer_id(hk)}").get_data(as_text=True)


def test_F15_F16_the_commands(boroughs: Any, snapshot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    th, hk, newham = boroughs
    newham.issue(snapshot())
    newham.work()
    for name, value in (
        ("BOROUGHWATCH_REQUIRE_HTTPS", "false"),
        ("BOROUGHWATCH_ALLOW_PRIVATE_ADDRESSES", "true"),
        ("BOROUGHWATCH_PLUGINS", "federation"),
        ("BOROUGHWATCH_PUBLIC_URL", th.url),
    ):
        monkeypatch.setenv(name, value)
    vars(main).pop("_found", None)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["federation", *arguments, "--data", str(th.folder)])

    answer = run("trust", "Hackney", "--show", "fire, Security/Burglary", "--floor", "address", "--accept", "tlp:green")
    assert answer.output.splitlines() == ["show: Fire,Security/Burglary", "floor: address", "accept: GREEN"]
    assert run("trust", "Hackney").output == answer.output
    for wrong in (("--show", "Crime"), ("--floor", "gold"), ("--accept", "RED")):
        assert run("trust", "Hackney", *wrong).exit_code != 0
    assert run("trust", "Atlantis").exit_code != 0
    (facts,) = json.loads(run("policy", "Hackney", "--json").output)
    assert facts["level"] == "id_address_third"
    assert json.loads(run("policy", "--json").output)[0]["level"] == "none"
    (row,) = json.loads(run("waiting", "--json").output)
    assert (row["origin"], row["reason"], row["level"]) == ("Newham", "floor", "address")
    assert run("waiting", "--show", row["id"]).exit_code == 0
    assert json.loads(run("waiting", "--json").output) == []
    assert run("waiting", "--refuse", row["id"]).exit_code == 0
    assert run("waiting", "--show", row["id"]).exit_code != 0
