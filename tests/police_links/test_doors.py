"""Keeping the doors right: who may, what is refused, and what people then see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.database import transaction

BOROUGH, BOW_WEST, MILE_END = "E09000030", "E05009320", "E05009327"
GOOD = {
    "title": "Live chat",
    "url": "https://www.met.police.uk/chat/",
    "is_for": "Advice.",
    "not_for": "Danger: call 999.",
    "hours": "8 am to midnight",
    "source": "The force's website",
    "is_checked": "y",
}


@pytest.fixture
def admin(client_of: Callable[..., FlaskClient]) -> FlaskClient:
    return client_of("Keeper", roles=["admin"])


def test_P2_admin_sets_the_borough_door_and_every_ward_shows_it(admin: FlaskClient, visitor: FlaskClient) -> None:
    answer = admin.post(f"/police/doors/{BOROUGH}/live_chat", data=GOOD)
    assert answer.status_code == 303
    for code in (BOW_WEST, MILE_END):
        html = visitor.get(f"/police/{code}").get_data(as_text=True)
        assert "https://www.met.police.uk/chat/" in html
        assert "8 am to midnight" in html
        assert "Checked on" in html


def test_P2_officer_sets_a_door_of_the_own_ward_only(officer: FlaskClient, visitor: FlaskClient) -> None:
    assert officer.post(f"/police/doors/{BOW_WEST}/ward_team", data=GOOD).status_code == 303
    assert "met.police.uk/chat" in visitor.get(f"/police/{BOW_WEST}").get_data(as_text=True)
    assert "met.police.uk/chat" not in visitor.get(f"/police/{MILE_END}").get_data(as_text=True)
    for place in (MILE_END, BOROUGH):
        assert officer.get(f"/police/doors/{place}/ward_team").status_code == 403
        assert officer.post(f"/police/doors/{place}/ward_team", data=GOOD).status_code == 403
        assert officer.post(f"/police/doors/{place}/ward_team/reset").status_code == 403


def test_edit_doors_is_refused_to_members_and_visitors(neighbour: FlaskClient, visitor: FlaskClient) -> None:
    assert neighbour.get("/police/doors").status_code == 403
    assert neighbour.post(f"/police/doors/{BOW_WEST}/live_chat", data=GOOD).status_code == 403
    assert visitor.get("/police/doors").status_code == 303


@pytest.mark.parametrize(
    "url",
    [
        "http://www.met.police.uk/chat/",
        "javascript:alert(1)",
        "www.met.police.uk",
        "https://",
        "https://localhost/x",
        "https://name:secret@met.police.uk/",
        "https://met.police.uk:8443/",
        "https://met.police.uk/a b",
        "https://met.police.uk\\@evil.example/",
        "//met.police.uk/",
        "https://[::1",
    ],
)
def test_an_address_that_is_not_plain_https_is_refused_and_kept_as_typed(admin: FlaskClient, url: str) -> None:
    answer = admin.post(f"/police/doors/{BOROUGH}/live_chat", data={**GOOD, "url": url, "hours": "Typed by hand"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "begins with https://" in html
    assert 'value="Typed by hand"' in html


def test_the_service_itself_refuses_an_address_without_https(app: Flask, admin: FlaskClient) -> None:
    from core import permissions
    from plugins.police_links import directory

    draft = directory.DoorDraft("Chat", "a", "b", "http://met.police.uk/", "", "", None)
    with app.test_request_context(), transaction() as db:
        keeper = permissions.viewer_of(db, admin.member_id)
        with pytest.raises(directory.NotSecure):
            directory.save_door(db, keeper, BOROUGH, "live_chat", draft=draft)


@pytest.mark.parametrize("field", ["title", "is_for", "not_for"])
def test_a_door_says_what_it_is_for_and_not_for(admin: FlaskClient, field: str) -> None:
    answer = admin.post(f"/police/doors/{BOROUGH}/live_chat", data={**GOOD, field: "   "})
    assert answer.status_code == 422
    assert "There is a problem" in answer.get_data(as_text=True)


def test_an_empty_address_shows_101_and_the_force(admin: FlaskClient, visitor: FlaskClient) -> None:
    admin.post(f"/police/doors/{BOROUGH}/report_online", data={**GOOD, "url": ""})
    html = visitor.get("/police/report").get_data(as_text=True)
    assert "We do not know the web address" in html


def test_a_changed_address_is_unchecked_until_someone_says_they_opened_it(
    admin: FlaskClient, visitor: FlaskClient
) -> None:
    path = f"/police/doors/{BOROUGH}/live_chat"
    admin.post(path, data=GOOD)
    unticked = {key: value for key, value in GOOD.items() if key != "is_checked"}
    admin.post(path, data={**unticked, "hours": "9 to 5"})
    assert "Checked on" in visitor.get("/police/chat").get_data(as_text=True)
    admin.post(path, data={**unticked, "url": "https://www.met.police.uk/other/"})
    assert "Not checked by us yet" in visitor.get("/police/chat").get_data(as_text=True)


def test_reset_brings_the_usual_door_back(admin: FlaskClient, visitor: FlaskClient) -> None:
    admin.post(f"/police/doors/{BOROUGH}/live_chat", data=GOOD)
    assert admin.post(f"/police/doors/{BOROUGH}/live_chat/reset").status_code == 303
    assert "Hours not known" in visitor.get("/police/chat").get_data(as_text=True)
    assert admin.post(f"/police/doors/{BOROUGH}/live_chat/reset", follow_redirects=True).status_code == 200


def test_words_typed_by_an_officer_are_shown_as_text_only(admin: FlaskClient, visitor: FlaskClient) -> None:
    admin.post(f"/police/doors/{BOROUGH}/live_chat", data={**GOOD, "is_for": "<script>alert(1)</script>"})
    html = visitor.get("/police").get_data(as_text=True)
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("path", [f"/police/doors/{BOROUGH}/nonsense", "/police/doors/E05009386/live_chat"])
def test_unknown_doors_are_not_found(admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 404
    assert admin.post(f"{path}/reset").status_code == 404


def test_the_list_shows_only_places_the_viewer_may_edit(officer: FlaskClient, admin: FlaskClient) -> None:
    mine = officer.get("/police/doors").get_data(as_text=True)
    assert f'value="{BOW_WEST}"' in mine
    assert f'value="{MILE_END}"' not in mine
    assert officer.get(f"/police/doors?ward={MILE_END}").status_code == 403
    assert admin.get("/police/doors").get_data(as_text=True).count("<option") == 21


def test_shipped_directory_links_https_only_and_gives_a_source_for_each() -> None:
    from plugins.police_links.directory import is_plain_https
    from plugins.police_links.doors import _facts

    facts = _facts()
    groups = [facts["everywhere"], *(force["doors"] for force in facts["forces"].values())]
    for group in groups:
        for kind, fact in group.items():
            if fact["url"]:
                assert is_plain_https(fact["url"]), kind
                assert fact["source"], kind
    assert facts["forces"]["metropolitan"]["doors"]["live_chat"] == {"url": None, "hours": None, "source": None}


def test_doctor_names_the_doors_that_nobody_has_checked(app: Flask, admin: FlaskClient) -> None:
    from plugins.police_links import hooks

    with app.app_context():
        finding = hooks.self_checks()[0]
    assert not finding.ok
    assert "Live chat" in finding.text
