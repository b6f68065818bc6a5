"""The main job from end to end: join, prove an address, write, answer, warn, and the neighbour hears it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from core import demo_boroughs, testing, wards
from core.database import transaction
from plugins.verification_docs.demo import equip

PASSWORD = "a long enough password"
BOW_EAST, BOW_WEST, STEPNEY = "E05009319", "E05009320", "E05009334"


def _join(place: Any, alias: str, email: str) -> Any:
    """Join with an alias and an address only, then choose a password by the link in the mail."""
    newcomer = place.person()
    assert "real name" not in newcomer.read("/join").lower().replace("not use your real name", "")
    answer = newcomer.send("/join", {"alias": alias, "email": email})
    assert answer.status_code == 200
    place.work()
    (mail,) = place.mails_to(email)
    link = re.search(r"http://127\.0\.0\.1:\d+(/account/password/\S+)", mail.get_content())
    assert link
    passwords = {"password": PASSWORD, "password_confirm": PASSWORD}
    assert newcomer.send(link.group(1), passwords).status_code in (302, 303)
    if "/account" not in newcomer.read("/"):
        signed = newcomer.send("/sign-in", {"email": email, "password": PASSWORD})
        assert signed.status_code in (302, 303)
    return newcomer


def _prove(place: Any, member: Any) -> None:
    """Send three papers, which two reviewers could open; one of them opens the case and accepts each."""
    names = ("Rowan", "Elder")
    reviewers = [testing.make_member(place.app, alias, roles=["reviewer"], ward=STEPNEY) for alias in names]
    with place.app.app_context(), transaction() as db:
        for reviewer_id in reviewers:
            equip(db, reviewer_id)
    number = {"document": "id.passport", "document_number": "123 456 789"}
    assert member.send_paper("id", **number).status_code == 303
    refused = member.send_paper("address", document="address.utility_bill", postcode="nonsense")
    assert refused.status_code == 422
    assert "nonsense" in refused.get_data(as_text=True), "what was typed is still there"
    assert member.send_paper("address", document="address.utility_bill", postcode="E3 5AA").status_code == 303
    answer = member.send_paper("certificate-or-volunteering", document="certificate.first_aid")
    assert answer.status_code == 303
    reviewer = place.person(reviewers[0])
    case = re.search(r"/review/([0-9a-f]{32})", reviewer.read("/review"))
    assert case
    path = f"/review/{case.group(1)}"
    assert reviewer.send(f"{path}/open", {"reason": "next"}, form_on=path).status_code == 303
    papers = re.findall(rf'action="{path}/([0-9a-f]{{32}})"', reviewer.read(path))
    assert len(papers) == 3
    read = {"document_number": "123456789", "country": "GB", "names": "Wren Ada", "born_on": "27/3/1985"}
    typed = {f"{papers[0]}-number-{name}": value for name, value in read.items()}
    assert reviewer.send(f"{path}/{papers[0]}/number", typed, form_on=path).status_code == 303
    for paper in papers:
        decision = {f"{paper}-decision": "accept"}
        assert reviewer.send(f"{path}/{paper}", decision, form_on=path).status_code == 303
    place.work()


def _meet(one: Any, other: Any) -> None:
    """Let both admins compare the same six words."""
    heard: list[str | None] = []
    for here, there in ((one, other), (other, one), (one, other), (other, one)):
        with here.app.app_context():
            heard.append(demo_boroughs.meet(there.url))
    assert heard[-1]
    assert heard[-1] == heard[-2]
    for here, there in ((one, other), (other, one)):
        with here.app.app_context():
            demo_boroughs.confirm(there.url, heard[-1])


def _api(place: Any, member_id: str, *scopes: str) -> Callable[..., tuple[int, Any]]:
    token = testing.api_token(place.app, member_id, *scopes)

    def call(method: str, path: str, payload: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = place.app.test_client().open(f"/api/v1{path}", method=method, json=payload, headers=headers)
        return answer.status_code, json.loads(answer.data) if answer.data else None

    return call


def test_a_newcomer_is_verified_writes_on_several_boards_and_is_answered(borough: Any) -> None:
    place = borough()
    wren = _join(place, "Quiet Wren", "wren@test.example")
    told = wren.read(f"/boards/{BOW_WEST}")
    assert "/verify" in told, "posting says what is still needed"
    assert wren.client.get(f"/boards/{BOW_WEST}/new").status_code in (302, 303, 403)
    _prove(place, wren)
    assert "Bow West" in wren.read("/account")
    compose = f"/boards/{BOW_WEST}/new"
    ways = set(re.findall(r'name="as"[^>]*value="(\w+)"', wren.read(compose)))
    assert {"alias", "thread_alias", "resident"} <= ways
    thread = {
        "title": "Lamp out by the canal",
        "text": "The third lamp from the bridge is dark. Please walk on the other side.",
        "category": "safety",
        "wards": [BOW_WEST, BOW_EAST, STEPNEY],
        "tier": "verified",
        "shown_tier": "verified",
        "as": "thread_alias",
    }
    posted = wren.send(compose, thread)
    assert posted.status_code == 303, posted.get_data(as_text=True)[-3000:]
    path = posted.location.split("#")[0]
    neighbour = place.person(testing.make_member(place.app, "Plain Finch", ward=STEPNEY))
    for code in (BOW_WEST, BOW_EAST, STEPNEY):
        assert "Lamp out by the canal" in neighbour.read(f"/boards/{code}"), "a home ward is no fence"
    page = neighbour.read(path)
    assert "Quiet Wren" not in page, "signed with a name for this thread only"
    answer = neighbour.send(path, {"text": "Thank you, I told the council.", "as": "alias"})
    assert answer.status_code == 303
    assert "I told the council" in wren.read(path)
    assert "Plain Finch" in wren.read(path)
    assert "Lamp out by the canal" not in place.person().read(f"/boards/{BOW_WEST}"), "strangers do not read it"


def test_an_alert_reaches_members_and_the_neighbour_and_is_taken_back_there(borough: Any) -> None:
    here, there = borough("E09000030"), borough("E09000012")
    _meet(here, there)
    testing.make_member(here.app, "Bow Heron", ward=BOW_WEST)
    testing.make_member(here.app, "Far Heron", ward=STEPNEY)
    officer = _api(here, testing.make_member(here.app, "Ward Officer", roles=[("officer", BOW_WEST)]), "alert", "read")
    hackney_ward = next(iter(_wards(there)))
    reader = _api(there, testing.make_member(there.app, "Kind Lark", ward=hackney_ward), "read")
    alert = {
        "headline": "Mopeds and phones",
        "description": "Two riders take phones near the canal.",
        "category": "Security",
        "event": "theft-from-the-person",
        "severity": "Moderate",
        "urgency": "Expected",
        "certainty": "Observed",
        "areas": [BOW_WEST],
        "audience": "all_verified",
        "expires": (datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)).isoformat(),
    }
    status, made = officer("POST", "/alerts", alert)
    assert status == 201, made
    status, refused = officer("POST", "/alerts", {**alert, "areas": [STEPNEY]})
    assert status == 403, "another ward's officer cannot"
    here.work()
    there.work()
    (told,) = here.mails_to("bowheron")
    assert not re.search("alert|police|crime|moped", str(told["Subject"]), re.IGNORECASE)
    assert here.mails_to("farheron") == []
    (heard,) = [item for item in reader("GET", "/alerts")[1]["items"] if item["headline"] == alert["headline"]]
    assert (heard["status"], heard["revision"]) == ("active", 1)
    assert "Tower Hamlets" in there.person().client.get("/federation").get_data(as_text=True)

    there.stop()
    assert officer("PUT", f"/alerts/{made['id']}", {**alert, "headline": "Three riders now"})[0] == 200
    assert officer("POST", f"/alerts/{made['id']}/cancel", {"reason": "They were stopped."})[0] == 200
    here.work()
    there.start()
    for _again in range(3):  # more often than needed: nothing may arrive twice
        here.work()
        there.work()
    items = reader("GET", "/alerts")[1]["items"]
    assert [item for item in items if item["status"] == "active"] == []
    assert len([item for item in items if item["id"] == heard["id"]]) <= 1
    status, delivered = _admin(here)("GET", "/federation/deliveries")
    assert status == 200
    assert {item["state"] for item in delivered["items"]} <= {"acknowledged", "superseded"}, delivered
    assert delivered["items"]


def _wards(place: Any) -> list[str]:
    with place.app.app_context():
        return [ward.code for ward in wards.boards() if ward.kind == "ward"]


def _admin(place: Any) -> Callable[..., tuple[int, Any]]:
    return _api(place, testing.make_member(place.app, "Admin", roles=["admin"]), "read", "admin")


def test_a_contact_session_is_found_on_the_ward_page_and_booked(borough: Any) -> None:
    from datetime import UTC, datetime, timedelta

    place = borough()
    officer = _api(
        place, testing.make_member(place.app, "Ward Officer", roles=[("officer", BOW_WEST)]), "police", "read"
    )
    starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    plan = {
        "ward": BOW_WEST,
        "title": "Meet the ward team",
        "place": "Library",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
        "capacity": 1,
    }
    status, made = officer("POST", "/police/sessions", plan)
    assert status == 201, made
    wren = place.person(testing.make_member(place.app, "Quiet Wren", ward=BOW_WEST))
    page = wren.read(f"/police/{BOW_WEST}")
    assert page.index("999") < page.index("Meet the ward team")
    path = f"/police/sessions/{made['id']}"
    assert wren.send(f"{path}/book", {}, form_on=path).status_code == 303
    assert wren.client.get(f"{path}.ics").get_data(as_text=True).startswith("BEGIN:VCALENDAR")
    late = place.person(testing.make_member(place.app, "Late Finch", ward=BOW_WEST))
    assert "Meet the ward team" in late.read(path)


def test_O5_the_rest_of_the_day_works_whichever_part_is_missing(borough: Any) -> None:
    parts = ("anonymity", "federation", "police_links", "verification_docs", "ward_boards")
    for missing in parts:
        place = borough("E09000030", tuple(part for part in parts if part != missing))
        member_id = testing.make_member(place.app, "Quiet Wren", ward=BOW_WEST)
        wren = place.person(member_id)
        wren.read("/")
        wren.read("/account")
        if missing != "ward_boards":
            form = {"title": "Hello", "text": "Good evening to all.", "category": "general", "wards": [BOW_WEST]}
            form |= {"tier": "verified", "shown_tier": "verified", "as": "alias"}
            assert wren.send(f"/boards/{BOW_WEST}/new", form).status_code == 303, missing
            assert "Hello" in wren.read(f"/boards/{BOW_WEST}")
        if missing != "police_links":
            assert "999" in wren.read(f"/police/{BOW_WEST}")
        if missing != "verification_docs":
            wren.read("/verify")
        if missing != "federation":
            wren.read("/federation")
        place.work()
        place.stop()
