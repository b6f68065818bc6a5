"""Becoming neighbours: two admins, six words, and nothing before both have said so."""

from __future__ import annotations

import stat
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from core import testing
from core.cli import main
from core.database import now, reading, transaction
from core.models import AuditEntry
from federation import ceremony, housekeeping, identity, keys, peers, rotation
from federation.models import Peer
from federation.safety_words import safety_number, words


def audited(borough: Any) -> list[str]:
    with borough.app.app_context(), reading() as db:
        return list(db.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.sequence)))


def test_there_are_enough_words_and_none_are_easily_confused() -> None:
    known = words()
    assert len(known) == len(set(known)) == 1024
    for place, word in enumerate(known):
        assert word.isascii()
        assert word.isalpha()
        assert 3 <= len(word) <= 9
        for other in known[place + 1 :]:
            assert len(word) != len(other) or sum(a != b for a, b in zip(word, other, strict=True)) > 1


@settings(max_examples=4, deadline=None)
@given(st.text("abcdef", min_size=1, max_size=8), st.text("abcdef", min_size=1, max_size=8))
def test_F2_the_safety_number_is_one_for_both_sides_and_covers_all_four_parts(one: str, two: str) -> None:
    here, there = (f"https://{one}.example", "k" * 43), (f"https://{two}.other", "l" * 43)
    number = safety_number(here, there)
    assert number == safety_number(there, here)
    assert len(number.groups) == 12
    assert all(len(group) == 5 and group.isdigit() for group in number.groups)
    assert len(number.words) == 6
    for changed in (
        ((here[0] + "x", here[1]), there),
        ((here[0], "m" * 43), there),
        (here, (there[0], "m" * 43)),
        ((there[0], here[1]), (here[0], there[1])),
    ):
        other = safety_number(*changed)
        assert other.groups != number.groups
        assert other.words != number.words
    assert number.says(number.phrase.upper().replace(" ", ",  "))
    assert number.says(number.digits)
    assert not number.says(" ".join(number.words[:5]))
    assert not number.says("")


def test_F2_both_admins_confirm_and_only_then_is_anything_exchanged(borough: Any, codes: Any) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY)
    with th.app.app_context():
        peer_id = ceremony.propose(hk.url + "/", "Telephone me.", None)
    assert (th.state_of(hk), hk.state_of(th)) == ("proposed", "received")
    with hk.app.app_context(), reading() as db:
        assert db.scalars(sa.select(Peer.message)).one() == "Telephone me."
    with hk.app.app_context():
        ceremony.accept(hk.peer_id(th), None)
    assert (th.state_of(hk), hk.state_of(th)) == ("awaiting_confirmation", "awaiting_confirmation")
    right = th.words_for(hk)
    assert right == hk.words_for(th)
    with th.app.app_context():
        assert ceremony.confirm(peer_id, right, None).problem is None
    assert (th.state_of(hk), hk.state_of(th)) == ("awaiting_confirmation", "awaiting_confirmation")
    assert th.say(hk, "/ping", {}).code == "not_verified"
    with hk.app.app_context():
        ceremony.confirm(hk.peer_id(th), right, None)
    assert (th.state_of(hk), hk.state_of(th)) == ("verified", "verified")
    for side in (th, hk):
        assert {"federation.confirmed", "federation.they_confirmed", "federation.verified"} <= set(audited(side))


def test_F2_one_wrong_word_activates_nothing_and_is_audited(borough: Any, codes: Any) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY)
    with th.app.app_context():
        peer_id = ceremony.propose(hk.url, "", None)
        right = th.words_for(hk).split()
        wrong = next(word for word in words() if word != right[3])
        with pytest.raises(peers.CeremonyRefused) as caught:
            ceremony.confirm(peer_id, " ".join([*right[:3], wrong, *right[4:]]), None)
    assert caught.value.code == "wrong_words"
    assert th.state_of(hk) == "proposed"
    with th.app.app_context(), reading() as db:
        assert db.scalars(sa.select(Peer.we_confirmed)).one() is False
    assert audited(th)[-1] == "federation.words_differ"


def test_F2_a_key_that_was_swapped_on_the_way_shows_in_the_words(borough: Any, codes: Any) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY)
    with th.app.app_context():
        ceremony.propose(hk.url, "", None)
    with hk.app.app_context():
        ceremony.accept(hk.peer_id(th), None)
    with hk.app.app_context(), transaction() as db:  # somebody in the middle gave Hackney another key for us
        peer = db.scalars(sa.select(Peer)).one()
        peer.thumbprint = keys.thumbprint("A" * 43)
    assert th.words_for(hk) != hk.words_for(th)
    with th.app.app_context():
        told = ceremony.confirm(th.peer_id(hk), th.words_for(hk), None)
    assert told.problem
    assert hk.state_of(th) == "awaiting_confirmation"


def test_nothing_is_fetched_before_an_admin_opens_the_proposal(borough: Any, codes: Any) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY)
    asked: list[str] = []
    th.app.before_request(lambda: asked.append(__import__("flask").request.path))
    with th.app.app_context():
        ceremony.propose(hk.url, "", None)
    hk.work()
    assert asked == []
    with hk.app.app_context():
        ceremony.accept(hk.peer_id(th), None)
    assert asked[0] == "/fed/v1/instance"


def test_a_proposal_under_anothers_address_is_found_out_when_opened(borough: Any, codes: Any) -> None:
    th, hk, liar = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY), borough(codes.NEWHAM)
    with liar.app.app_context():
        said = {**identity.own_descriptor(), "base_url": th.url}
        found = ceremony.look_up(hk.url, way := ceremony.calls.transport())
        line = ceremony.calls.Line(hk.url, ((found.thumbprint, found.x),), identity.own_keys().active)
        wire = {"peering_id": "0" * 32, "descriptor": said, "message": "I am Tower Hamlets"}
        assert ceremony.calls.call(line, "POST", "/peering/proposals", wire, way).status == 202
        way.close()
    with hk.app.app_context(), pytest.raises(peers.CeremonyRefused) as caught:
        ceremony.accept(hk.peer_id(th), None)
    assert caught.value.code == "other_key"
    assert hk.state_of(th) == "received"


def test_both_may_propose_at_once(borough: Any, codes: Any) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY)
    with th.app.app_context():
        ceremony.propose(hk.url, "", None)
    with hk.app.app_context():
        ceremony.propose(th.url, "", None)  # it has theirs: this is a yes
    assert (th.state_of(hk), hk.state_of(th)) == ("awaiting_confirmation", "awaiting_confirmation")


def test_a_notice_that_did_not_arrive_is_told_later(borough: Any, codes: Any) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY)
    with th.app.app_context():
        ceremony.propose(hk.url, "", None)
    with hk.app.app_context():
        ceremony.accept(hk.peer_id(th), None)
    right = th.words_for(hk)
    hk.stop()
    with th.app.app_context():
        assert ceremony.confirm(th.peer_id(hk), right, None).problem
    hk.restart()
    with hk.app.app_context():
        ceremony.confirm(hk.peer_id(th), right, None)
    th.work()
    assert (th.state_of(hk), hk.state_of(th)) == ("verified", "verified")


def test_proposals_nobody_opens_are_deleted_and_too_many_are_refused(borough: Any, codes: Any) -> None:
    hk = borough(codes.HACKNEY, start=False)
    with hk.app.app_context():
        for place in range(peers.MOST_OPEN_PROPOSALS + 1):
            x = keys.b64url(bytes([place]) * 32)
            found = identity.Descriptor(
                f"urn:{place}", f"http://n{place}.example", "N", codes.NEWHAM, x, keys.thumbprint(x), "n" * 43
            )
            if place == peers.MOST_OPEN_PROPOSALS:
                with pytest.raises(peers.CeremonyRefused) as caught, transaction() as db:
                    peers.receive_proposal(db, found, f"{place:032x}", "", now())
                assert caught.value.code == "too_many_proposals"
            else:
                with transaction() as db:
                    peers.receive_proposal(db, found, f"{place:032x}", "", now())
        with transaction() as db:
            db.execute(sa.update(Peer).values(proposal_ends_at=now() - timedelta(seconds=1)))
        housekeeping.tidy(now())
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count(Peer.id))) == 0


def test_F13_the_key_lies_outside_the_database_sealed_and_private(borough: Any, codes: Any) -> None:
    hk = borough(codes.HACKNEY, start=False)
    with hk.app.app_context():
        ours = identity.own_keys()
        path = hk.folder / keys.FILE_NAME
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        seed = ours.active.private.private_bytes_raw()
        for file in hk.folder.rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                assert seed not in content
                assert seed.hex().encode() not in content
        path.write_text(path.read_text().replace("a", "b", 1))
        with pytest.raises(keys.KeyFileBroken):
            identity.own_keys()


def test_F13_a_key_rotation_needs_no_new_ceremony_and_loses_nothing(pair: Any, snapshot: Any) -> None:
    pair.hk.stop()
    pair.th.issue(snapshot())
    pair.th.work()
    with pair.th.app.app_context():
        before = identity.own_keys()
        for _twice in range(2):
            with transaction() as db:
                known = set(db.scalars(sa.select(Peer.our_thumbprint)))
                rotation.rotate_own(db, None, known)
        after = identity.own_keys()
    assert after.active.thumbprint not in (before.active.thumbprint, before.next.thumbprint)
    pair.hk.restart()
    pair.th.work()
    assert pair.th.deliveries() == [(1, "Create", "acknowledged", "accepted")]
    with pair.hk.app.app_context(), reading() as db:
        peer = db.scalars(sa.select(Peer)).one()
        assert (peer.state, peer.thumbprint) == ("verified", after.active.thumbprint)
        assert peer.next_thumbprint == after.next.thumbprint
    assert pair.th.words_for(pair.hk) == pair.hk.words_for(pair.th)
    pair.hk.issue(snapshot(alert_id="e" * 32))
    pair.hk.work()
    assert pair.th.remote()


def test_F13_a_key_that_was_not_promised_suspends(pair: Any) -> None:
    with pair.th.app.app_context():
        thief = keys.OwnKey.from_seed(bytes(32))
        text = rotation.statement(identity.own_keys().active.thumbprint, thief, thief)
    reply = pair.th.say(pair.hk, "/keys", {"statement": text})
    assert (reply.status, reply.code) == (409, "key_not_promised")
    assert pair.hk.state_of(pair.th) == "suspended"
    for nonsense in (None, 7, "", "a.b.c", "....", "e30.e30.e30"):
        assert pair.th.say(pair.hk, "/keys", {"statement": nonsense}).status in (403, 409)


@pytest.mark.parametrize("command", ["accept", "confirm", "deliveries", "identity", "peers", "propose", "resume"])
def test_commands_show_an_example(command: str) -> None:
    shown = CliRunner().invoke(main, ["federation", command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: boroughwatch federation {command}" in " ".join(shown.output.split())


def test_the_ceremony_can_be_run_from_the_command_line(borough: Any, codes: Any, monkeypatch: Any) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY)
    apps = {str(th.folder): th.app, str(hk.folder): hk.app}
    monkeypatch.setattr("core.cli.open_app", lambda folder: apps[str(folder)])

    def run(side: Any, *arguments: str) -> Any:
        return CliRunner().invoke(main, ["federation", *arguments, "--data", str(side.folder)])

    peer_id = run(th, "propose", hk.url, "--message", "Hello").stdout.strip()
    assert peer_id == th.peer_id(hk)
    assert run(hk, "accept", "Tower Hamlets").exit_code == 0
    spoken = run(hk, "words", "tower hamlets").stdout
    assert spoken == run(th, "words", peer_id).stdout
    assert len(spoken.split()) == 6
    refused = run(th, "confirm", "Hackney", "--words", "one two three four five six")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("boroughwatch: The words are not the same.")
    assert refused.stderr.count("\n") == 1
    assert run(th, "confirm", "Hackney", "--words", spoken).exit_code == 0
    assert run(hk, "confirm", codes.TOWER_HAMLETS, "--words", spoken).exit_code == 0
    assert '"state": "verified"' in run(th, "peers", "--json").stdout
    assert run(th, "identity").stdout.splitlines()[1] == th.url
    assert run(th, "retry").exit_code == 0
    assert run(th, "suspend", "Hackney", "--reason", "odd").exit_code == 0
    assert run(th, "suspend", "Hackney").exit_code == 1
    assert run(th, "resume", "Hackney").exit_code == 0
    rotated = run(th, "rotate-key").stdout.strip()
    with th.app.app_context():
        assert rotated == identity.own_keys().active.thumbprint
    assert run(th, "revoke", "Hackney", "--reason", "done").exit_code == 0
    assert (th.state_of(hk), hk.state_of(th)) == ("revoked", "revoked")
    assert run(th, "words", "Nowhere").exit_code == 1
    assert run(th, "deliveries", "--json").stdout.strip() == "[]"


def test_an_admin_runs_the_ceremony_on_the_pages(borough: Any, codes: Any) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY)
    browsers = []
    for side in (th, hk):
        browser = side.app.test_client()
        testing.sign_in(browser, testing.make_member(side.app, roles=["admin"]))
        browsers.append(browser)
    ours, theirs = browsers
    wrong = ours.post("/federation/peers/new", data={"url": "http://127.0.0.1:1", "message": "Typed words"})
    assert wrong.status_code == 422
    assert "Typed words" in wrong.get_data(as_text=True)
    assert ours.post("/federation/peers/new", data={"url": hk.url, "message": "Hello"}).status_code == 303
    assert "Hello" in theirs.get(f"/federation/peers/{hk.peer_id(th)}").get_data(as_text=True)
    assert theirs.post(f"/federation/peers/{hk.peer_id(th)}/accept").status_code == 303
    page = f"/federation/peers/{th.peer_id(hk)}"
    spoken = th.words_for(hk)
    shown = ours.get(page).get_data(as_text=True)
    assert all(word in shown for word in spoken.split())
    unticked = ours.post(f"{page}/confirm", data={"words": spoken})
    assert unticked.status_code == 422
    assert "Speak with the other admin first" in unticked.get_data(as_text=True)
    mistaken = ours.post(f"{page}/confirm", data={"words": "not these words", "by_phone": "y"})
    assert mistaken.status_code == 422
    assert "Nothing was switched on" in mistaken.get_data(as_text=True)
    assert "not these words" in mistaken.get_data(as_text=True)
    for browser, side, other in ((ours, th, hk), (theirs, hk, th)):
        path = f"/federation/peers/{side.peer_id(other)}/confirm"
        assert browser.post(path, data={"words": spoken, "by_phone": "y"}).status_code == 303
    assert th.state_of(hk) == "verified"
    everybody = th.app.test_client().get("/federation").get_data(as_text=True)
    assert "Hackney" in everybody
    assert "Verified since" in everybody
    assert ours.post(f"{page}/suspend", data={"reason": ""}).status_code == 422
    assert ours.post(f"{page}/suspend", data={"reason": "Odd alerts"}).status_code == 303
    assert ours.post(f"{page}/resume").status_code == 303
    assert ours.post(f"{page}/revoke", data={"reason": "Key stolen"}).status_code == 303
    assert "Key stolen" in ours.get("/federation/peers").get_data(as_text=True)
    assert hk.state_of(th) == "revoked"


PAGES = ("/federation/peers", "/federation/peers/new", "/federation/deliveries")


def test_managing_neighbours_is_for_admins(borough: Any, codes: Any) -> None:
    hk = borough(codes.HACKNEY, start=False)
    peer = "/federation/peers/" + "0" * 32
    posts = [f"{peer}/{verb}" for verb in ("accept", "confirm", "suspend", "resume", "revoke")]
    posts += ["/federation/deliveries/retry", "/federation/peers/new"]
    for roles, allowed in ((["admin"], True), (["reviewer", "custodian", "officer"], False), ([], False)):
        browser = hk.app.test_client()
        testing.sign_in(browser, testing.make_member(hk.app, roles=roles))
        for page in PAGES:
            assert browser.get(page).status_code == (200 if allowed else 403)
        for page in posts:
            answer = browser.post(page, data={"reason": "x"}).status_code
            assert answer == ((422 if page.endswith("new") else 404) if allowed else 403)
    visitor = hk.app.test_client()
    assert visitor.get("/federation").status_code == 200
    assert visitor.get(PAGES[0]).headers["Location"].startswith("/sign-in")


def test_reading_deliveries_is_for_staff(pair: Any, snapshot: Any) -> None:
    from core.permissions import allowed, viewer_of

    for roles, expected in ((["admin"], True), ([("officer", "E05009320")], True), (["reviewer"], False), ([], False)):
        member = testing.make_member(pair.th.app, roles=roles, ward="E05009320")
        with pair.th.app.app_context(), reading() as db:
            assert allowed(viewer_of(db, member), "federation.read_deliveries") is expected


def test_the_api_lists_neighbours_and_deliveries_for_admins(pair: Any, snapshot: Any) -> None:
    for place in range(3):
        pair.th.issue(snapshot(alert_id=f"{place:032x}"))
    pair.th.work()
    client = pair.th.app.test_client()
    admin = testing.make_member(pair.th.app, roles=["admin"])
    head = {"Authorization": f"Bearer {testing.api_token(pair.th.app, admin, 'admin')}"}
    (peer,) = client.get("/api/v1/federation/peers", headers=head).json["items"]
    assert (peer["id"], peer["name"], peer["state"]) == (pair.th.peer_id(pair.hk), "Hackney", "verified")
    first = client.get("/api/v1/federation/deliveries?limit=2", headers=head).json
    second = client.get(f"/api/v1/federation/deliveries?limit=2&after={first['next']}", headers=head).json
    assert [len(first["items"]), len(second["items"]), second["next"]] == [2, 1, None]
    assert {item["outcome"] for item in first["items"]} == {"accepted"}
    assert client.get("/api/v1/federation/deliveries?after=x", headers=head).status_code == 422
    reader = {"Authorization": f"Bearer {testing.api_token(pair.th.app, admin, 'read')}"}
    member = testing.make_member(pair.th.app)
    plain = {"Authorization": f"Bearer {testing.api_token(pair.th.app, member, 'admin')}"}
    for headers, status in (({}, 401), (reader, 403), (plain, 403)):
        assert client.get("/api/v1/federation/peers", headers=headers).status_code == status


def test_the_health_page_shows_trouble_and_a_retry_helps(pair: Any, snapshot: Any) -> None:
    browser = pair.th.app.test_client()
    testing.sign_in(browser, testing.make_member(pair.th.app, roles=["admin"]))
    pair.hk.stop()
    pair.th.issue(snapshot())
    pair.th.issue(snapshot(alert_id="f" * 32, headline="Too long", expires=now() + timedelta(days=90)))
    pair.th.work()
    page = browser.get("/federation/deliveries").get_data(as_text=True)
    assert "does not answer" in page
    assert "Nothing is lost" in page
    assert "Mopeds and phones" in page
    assert "was not reached since" in browser.get("/admin").get_data(as_text=True)
    pair.hk.restart()
    assert browser.post("/federation/deliveries/retry", data={"peer": pair.th.peer_id(pair.hk)}).status_code == 303
    pair.th.work(impatient=False)
    page = browser.get("/federation/deliveries").get_data(as_text=True)
    assert "All is well" in page
    assert "Put aside" in page
    assert "Too long" in page
    with pair.th.app.app_context(), reading() as db:
        from federation.models import Delivery

        dead = db.scalars(sa.select(Delivery.id).where(Delivery.state == "dead")).one()
    assert browser.post("/federation/deliveries/retry", data={"delivery": dead}).status_code == 303
    assert browser.post("/federation/deliveries/retry", data={"delivery": "0" * 32}).status_code == 404


def test_doctor_says_how_neighbours_are(pair: Any) -> None:
    from federation import checks

    with pair.th.app.app_context():
        assert all(finding.ok for finding in checks.findings())
        (pair.th.folder / keys.FILE_NAME).chmod(0o644)
        assert any("chmod 600" in finding.text for finding in checks.findings() if not finding.ok)


def test_hook_demo_meet_and_demo_confirm_run_the_real_ceremony(borough: Any, codes: Any) -> None:
    from federation import hooks

    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY)
    for _again in range(3):
        heard = []
        for here, there in ((th, hk), (hk, th)):
            with here.app.app_context():
                heard.append(hooks.demo_meet(there.url))
    assert heard[0]
    assert heard[0] == heard[1]
    for _twice in range(2):
        for here, there in ((th, hk), (hk, th)):
            with here.app.app_context():
                hooks.demo_confirm(there.url, heard[0])
    assert (th.state_of(hk), hk.state_of(th)) == ("verified", "verified")
