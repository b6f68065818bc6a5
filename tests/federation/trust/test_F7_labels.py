"""The label of the Traffic Light Protocol: signed, shown at both ends, and read as narrowly as it may be meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import testing
from core.crossing import ASSURANCE_LEVELS
from core.database import now, reading, transaction
from federation import activities, identity, proofs
from federation.activities import CAP_TERMS
from federation.models import Peer
from federation.trust import queries as standings
from federation.trust import rules, services
from federation.trust.rules import Claim, Rule


def signed(borough: Any, document: dict[str, Any]) -> dict[str, Any]:
    bare = {name: value for name, value in document.items() if name != "proof"}
    with borough.app.app_context():
        key = identity.own_keys().active
        method = f"{activities.actor_of(borough.url)}#{key.thumbprint}"
        return proofs.add_proof(bare, key.private, method, activities.written(now()))


def standing_of(borough: Any, alert_id: str) -> Any:
    with borough.app.app_context(), reading() as db:
        return standings.of_alert(db, alert_id)


@pytest.mark.parametrize(
    ("to", "label", "scope"),
    [("public", "TLP:CLEAR", "public"), ("all_verified", "TLP:GREEN", "all_verified"), ("", "TLP:AMBER", "peers")],
)
def test_F7_the_audience_becomes_a_label_and_no_hops(pair: Any, snapshot: Any, to: str, label: str, scope: str) -> None:
    sent = pair.th.activity(snapshot(audience=to or pair.th.peer_id(pair.hk)), pair.hk)
    assert sent["bw:tlp"] == label
    assert sent["bw:distribution"] == {"scope": scope, "max_hops": 0}
    assert pair.hk.peer_id(pair.th) not in str(sent)


@pytest.mark.parametrize(
    ("label", "kept", "visitors_read"),
    [
        ("TLP:CLEAR", "CLEAR", True),
        ("TLP:GREEN", "GREEN", False),
        ("TLP:AMBER", "AMBER", False),
        ("TLP:WHITE", "AMBER", False),
        ("clear", "AMBER", False),
        (None, "AMBER", False),
        (["TLP:CLEAR"], "AMBER", False),
    ],
)
def test_F7_the_narrower_of_label_and_distribution_holds(
    pair: Any, snapshot: Any, label: Any, kept: str, visitors_read: bool
) -> None:
    sent = pair.th.activity(snapshot(audience="public"), pair.hk)
    if label is None:
        del sent["bw:tlp"]
    else:
        sent["bw:tlp"] = label
    assert pair.th.say(pair.hk, "/inbox", signed(pair.th, sent)).payload["items"][0]["outcome"] == "accepted"
    assert standing_of(pair.hk, snapshot().alert_id).tlp == kept
    assert ("Mopeds" in pair.hk.app.test_client().get("/federation/alerts").get_data(as_text=True)) is visitors_read
    member = pair.hk.app.test_client()
    testing.sign_in(member, testing.make_member(pair.hk.app))
    assert f"TLP:{kept}" in member.get("/federation/alerts").get_data(as_text=True)


@pytest.mark.parametrize("label", ["AMBER+STRICT", "RED"])
def test_F7_a_strict_label_is_for_those_who_review_only(pair: Any, snapshot: Any, label: str) -> None:
    sent = {**pair.th.activity(snapshot(urgency="Immediate"), pair.hk), "bw:tlp": f"TLP:{label}"}
    pair.th.say(pair.hk, "/inbox", signed(pair.th, sent))
    row = standing_of(pair.hk, snapshot().alert_id)
    assert (row.state, row.reason, row.shows_at) == ("waiting", "strict", None)
    client = pair.hk.app.test_client()
    testing.sign_in(client, testing.make_member(pair.hk.app, roles=[("admin", None)]))
    page = client.get(f"/federation/waiting/{row.id}").get_data(as_text=True)
    assert "Only those who look at neighbours" in page
    assert ">Show it<" not in page
    assert client.post(f"/federation/waiting/{row.id}/show").status_code == 409
    assert "Mopeds" not in client.get("/federation/alerts").get_data(as_text=True)


def test_F5_a_label_we_do_not_take_waits_however_urgent(pair: Any, snapshot: Any) -> None:
    with pair.hk.app.app_context(), transaction() as db:
        peer = db.query(Peer).one()
        services.set_rule(db, peer, Rule("all", "none", ("CLEAR",)), None)
    pair.th.issue(snapshot(urgency="Immediate"))
    pair.th.work()
    row = standing_of(pair.hk, snapshot().alert_id)
    assert (row.state, row.reason, row.shows_at) == ("waiting", "label", None)


CLAIMS = st.builds(
    Claim,
    category=st.sampled_from(sorted(CAP_TERMS["category"])) | st.text(max_size=8),
    event=st.sampled_from(["burglary", "robbery", ""]) | st.text(max_size=8),
    severity=st.sampled_from(sorted(CAP_TERMS["severity"])),
    urgency=st.sampled_from(sorted(CAP_TERMS["urgency"])),
    tlp=st.sampled_from(["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED", "", "WHITE"]),
    level=st.sampled_from([*ASSURANCE_LEVELS, "", "gold"]),
)


@given(
    claim=CLAIMS,
    named=st.lists(st.sampled_from(["Fire", "Security/burglary", "Met"]), max_size=3),
    floor=st.sampled_from(ASSURANCE_LEVELS),
    accepts=st.sets(st.sampled_from(rules.LABELS)),
)
def test_F15_nothing_is_shown_by_itself_that_the_rule_does_not_name(
    claim: Claim, named: list[str], floor: str, accepts: set[str]
) -> None:
    rule = Rule(rules.tidy_shown(",".join(named)), floor, rules.tidy_accepts(accepts))
    verdict = rules.judge(rule, claim)
    if verdict.shows:
        assert claim.tlp in accepts
        assert claim.category.casefold() in {n.casefold() for n in named} or (
            f"{claim.category}/{claim.event}".casefold() in {n.casefold() for n in named}
        )
        assert rules.rank(claim.level) >= rules.rank(floor)
    else:
        assert verdict.reason in rules.REASONS
        assert not verdict.is_timed or (claim.is_urgent and claim.tlp in accepts)
    assert not rules.judge(Rule(), claim).shows


@given(text=st.text(max_size=80))
def test_F15_a_rule_is_read_or_refused_with_a_sentence_and_reads_the_same_again(text: str) -> None:
    try:
        tidy = rules.tidy_shown(text)
    except rules.BadRule:
        assert rules.check_shown(text)
        return
    assert rules.tidy_shown(tidy) == tidy
    assert rules.check_shown(text) is None


def test_F15_only_whole_words_stand_alone(borough: Callable[..., Any]) -> None:
    assert rules.tidy_shown(" ALL ") == "all"
    for wrong in ("all, Fire", "none,all", "Crime", "Fire" + ",Fire/x" * 200 + ",Fire/" + "y" * 500):
        with pytest.raises(rules.BadRule):
            rules.tidy_shown(wrong)
