"""A neighbour's alert that waits, in a real browser: looked at, shown, and the rule for the next ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import expect

from core.database import now, transaction
from core.events import AlertSnapshot
from federation import activities, identity, inbox, keys, peers, proofs
from federation.identity import Descriptor

pytestmark = pytest.mark.browser
PHONE = (390, 844)
NEAR = "https://watch.hackney.example"


def _near(site: Any) -> str:
    """Let a verified neighbour send an urgent alert; return the neighbour's id."""
    key = Ed25519PrivateKey.generate()
    x = keys.b64url(key.public_key().public_bytes_raw())
    thumbprint, moment = keys.thumbprint(x), now().replace(microsecond=0)
    found = Descriptor(
        "urn:uuid:11111111-1111-4111-8111-111111111111", NEAR, "Hackney Watch", "E09000012", x, thumbprint, thumbprint
    )
    alert = AlertSnapshot(
        alert_id="a" * 32,
        revision=1,
        state="active",
        headline="Smoke over the marshes",
        description="Keep windows shut.",
        instruction="",
        category="Fire",
        event="fire",
        severity="Severe",
        urgency="Immediate",
        certainty="Observed",
        areas=("E05009367",),
        onset=moment,
        sent=moment,
        expires=moment + timedelta(days=1),
        audience="all_verified",
    )
    with site.app.app_context(), transaction() as db:
        peer = peers.pin(db, found, "awaiting_confirmation", "2" * 32, moment)
        peer.state, peer.verified_at = "verified", moment
        for each in (alert, replace(alert, alert_id="b" * 32, headline="A second one")):
            bare = activities.to_activity(each, "Create", NEAR, identity.own_url())
            method = f"{activities.actor_of(NEAR)}#{thumbprint}"
            signed = proofs.add_proof(bare, key, method, activities.written(moment))
            assert [outcome.outcome for outcome in inbox.receive(db, peer, [signed], now())] == ["accepted"]
        return str(peer.id)


@pytest.mark.parametrize("script", [True, False])
def test_F15_a_coordinator_looks_and_shows_on_a_phone(
    served: Any, visit: Any, press: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any, script: bool
) -> None:
    site = served(("federation", "ward_boards"))
    site.run(_near, site)
    coordinator = site.member("Looks", roles=(("coordinator", "E05009320"),))
    page = visit(site, "/federation/waiting", size=PHONE, script=script, member=coordinator)
    expect(page.get_by_role("heading", level=1)).to_have_text("Alerts to look at")
    if script:
        for check in (axe, no_sideways_scroll, big_enough):
            check(page)
    press(page, "Smoke over the marshes", role="link")
    expect(page.get_by_text("It is urgent")).to_be_visible()
    if script:
        for check in (axe, no_sideways_scroll, big_enough):
            check(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Show it", exact=True).click()
    expect(page.get_by_text("It is shown now.")).to_be_visible()
    expect(page.get_by_role("link", name="Smoke over the marshes")).to_have_count(0)
    press(page, "A second one", role="link")
    press(page, "Do not show it")
    expect(page.get_by_text("Nothing to look at")).to_be_visible()
    page.goto(f"{site.url}/federation/alerts")
    expect(page.get_by_role("heading", name="Smoke over the marshes")).to_be_visible()
    expect(page.get_by_text("A second one")).to_have_count(0)


def test_F15_an_admin_makes_a_rule_and_prints_the_agreement(
    served: Any, visit: Any, press: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any
) -> None:
    site = served(("federation", "ward_boards"))
    peer_id = site.run(_near, site)
    admin = site.member("Chief", roles=(("admin", None),))
    page = visit(site, f"/federation/peers/{peer_id}", size=PHONE, dark=True, member=admin)
    for check in (axe, no_sideways_scroll, big_enough):
        check(page)
    press(page, "Change this", role="link")
    for check in (axe, no_sideways_scroll, big_enough):
        check(page)
    page.get_by_label("Only the kinds below").check()
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("Tick at least one kind")
    page.get_by_label("Fire", exact=True).check()
    page.get_by_label("ID + address", exact=True).check()
    press(page, "Save")
    expect(page.get_by_text("This holds for what comes from now on.")).to_be_visible()
    press(page, "Agreement to print", role="link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Agreement to share alerts")
    for check in (axe, no_sideways_scroll, big_enough):
        check(page)
