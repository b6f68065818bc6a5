"""The boards in the JSON API: shapes, rights, refusals, and nothing about people."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from core.testing import api_token, make_member

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
NEW = {
    "wards": [BOW_WEST, STEPNEY],
    "title": "Two mopeds",
    "text": "On the *towpath*.",
    "category": "crime",
    "as": "alias",
}


@pytest.fixture
def api(app: Any) -> Any:
    """Return a function that asks the API as somebody with all scopes of this plugin."""
    client = app.test_client()

    def ask(
        member_id: str | None, verb: str, path: str, scopes: tuple[str, ...] = ("read", "post"), **more: Any
    ) -> Any:
        headers = {"Authorization": f"Bearer {api_token(app, member_id, *scopes)}"} if member_id else {}
        return client.open(f"/api/v1{path}", method=verb, headers=headers, **more)

    return ask


def test_thread_is_created_read_and_answered(api: Any, robin: str, wren: str) -> None:
    created = api(robin, "POST", "/threads", json=NEW)
    assert created.status_code == 201
    thread = created.json
    assert created.headers["Location"] == f"/api/v1/threads/{thread['id']}"
    assert (thread["title"], thread["wards"], thread["category"]) == ("Two mopeds", [BOW_WEST, STEPNEY], "crime")
    assert (thread["tier"], thread["posts_count"]) == ("verified", 1)
    assert datetime.fromisoformat(thread["last_activity"]).utcoffset() is not None
    answer = api(wren, "POST", f"/threads/{thread['id']}/replies", json={"text": "Me too.", "as": "resident"})
    assert answer.status_code == 201
    assert (answer.json["number"], answer.json["by"], answer.json["coarse"]) == (2, "A resident of Bow West", True)
    posts = api(robin, "GET", f"/threads/{thread['id']}/replies?limit=1").json
    assert posts["items"][0]["html"] == "<p>On the <em>towpath</em>.</p>\n"
    assert posts["next"] == "1"
    rest = api(robin, "GET", f"/threads/{thread['id']}/replies?after=1").json
    assert [post["number"] for post in rest["items"]] == [2]
    assert rest["next"] is None
    whole = api(wren, "GET", f"/threads/{thread['id']}").json
    assert (whole["posts_count"], whole["text"], whole["by"]) == (2, "On the *towpath*.", posts["items"][0]["by"])
    assert whole["first_post"] == posts["items"][0]["id"]
    assert api(robin, "GET", f"/posts/{answer.json['id']}").json["text"] == "Me too."


@pytest.mark.parametrize(
    ("sent", "kept"), [("burglary", "crime"), ("anti-social-behaviour", "nuisance"), ("safety", "safety")]
)
def test_kind_of_an_alert_is_kept_as_the_category_it_belongs_to(api: Any, robin: str, sent: str, kept: str) -> None:
    created = api(robin, "POST", "/threads", json=NEW | {"category": sent})
    assert (created.status_code, created.json["category"]) == (201, kept)
    unknown = api(robin, "POST", "/threads", json=NEW | {"category": "gossip"})
    assert unknown.status_code == 422
    assert "Choose one of general, crime" in unknown.text


def test_threads_are_listed_by_ward_and_paged(api: Any, robin: str) -> None:
    for number in range(5):
        api(robin, "POST", "/threads", json=NEW | {"title": f"Thread {number}", "wards": [STEPNEY]})
    api(robin, "POST", "/threads", json=NEW | {"title": "Elsewhere", "wards": [BOROUGH]})
    seen: list[str] = []
    after = ""
    while True:
        page = api(robin, "GET", f"/threads?ward={STEPNEY}&limit=2{after}").json
        seen += [item["title"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(seen) == [f"Thread {number}" for number in range(5)]
    assert len(api(robin, "GET", "/threads").json["items"]) == 6
    assert len(api(robin, "GET", "/threads?category=meeting").json["items"]) == 0


BAD = [
    {"wards": []},
    {"wards": ["E05009367"]},
    {"wards": "E05009320"},
    {"title": ""},
    {"title": "x" * 121},
    {"text": " "},
    {"text": "x" * 10_001},
    {"text": 7},
    {"text": "a\ud800b"},
    {"category": "gossip"},
    {"tier": "secret"},
    {"as": "group"},
    {"as": "ALIAS"},
    {"text": "refuse me"},
    {"member_id": "x"},
]


@pytest.mark.parametrize("changes", BAD, ids=str)
def test_bad_thread_is_a_problem_that_says_why(api: Any, robin: str, rows: Any, changes: dict[str, Any]) -> None:
    answer = api(robin, "POST", "/threads", json=NEW | changes)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"] or answer.json["errors"]
    assert rows("thread") == []


def test_body_that_is_no_json_is_a_problem(api: Any, robin: str) -> None:
    answer = api(robin, "POST", "/threads", data="{", content_type="application/json")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/threads?after=x", "/threads?ward=E09000012", "/threads?limit=101", "/threads?limit=0"]
)
def test_bad_list_query_is_a_problem(api: Any, robin: str, path: str) -> None:
    assert api(robin, "GET", path).status_code == 422


def test_rights_are_those_of_the_pages(api: Any, app: Any, robin: str, fresh: str, officer: str) -> None:
    thread = api(robin, "POST", "/threads", json=NEW).json["id"]
    rota = api(officer, "POST", "/threads", json=NEW | {"wards": [BOW_WEST], "tier": "coordinators"}).json["id"]
    notice = api(officer, "POST", "/threads", json=NEW | {"wards": [BOW_WEST], "tier": "public"}).json["id"]
    assert api(None, "GET", f"/threads/{notice}").status_code == 401
    assert api(robin, "POST", "/threads", ("read",), json=NEW).status_code == 403
    assert api(fresh, "POST", "/threads", json=NEW).status_code == 403
    assert api(fresh, "GET", f"/threads/{notice}").status_code == 200
    assert [item["id"] for item in api(fresh, "GET", "/threads").json["items"]] == [notice]
    for path in (f"/threads/{thread}", f"/threads/{thread}/replies"):
        assert api(fresh, "GET", path).status_code == 404
    for path in (f"/threads/{rota}", f"/threads/{rota}/replies"):
        assert api(robin, "GET", path).status_code == 404
    assert api(robin, "POST", f"/threads/{rota}/replies", json={"text": "x"}).status_code == 404
    assert api(robin, "POST", "/threads", json=NEW | {"tier": "public"}).status_code == 403
    assert api(officer, "POST", "/threads", json=NEW | {"tier": "public"}).status_code == 403  # Stepney is not theirs
    lapsed = make_member(app, "Lapsed")
    assert api(lapsed, "POST", f"/threads/{notice}/replies", json={"text": "x"}).status_code == 403


def test_visitor_of_the_api_reads_no_replies_of_a_notice(api: Any, robin: str, fresh: str, officer: str) -> None:
    notice = api(officer, "POST", "/threads", json=NEW | {"wards": [BOW_WEST], "tier": "public"}).json["id"]
    post = api(robin, "POST", f"/threads/{notice}/replies", json={"text": "For members"}).json["id"]
    assert len(api(fresh, "GET", f"/threads/{notice}/replies").json["items"]) == 1
    assert api(fresh, "GET", f"/posts/{post}").status_code == 404
    assert api(robin, "GET", f"/posts/{post}").status_code == 200


def test_writer_withdraws_and_nobody_else(api: Any, robin: str, wren: str, rows: Any) -> None:
    api(robin, "POST", "/threads", json=NEW)
    post = rows("post")[0].id
    assert api(wren, "DELETE", f"/posts/{post}").status_code == 403
    assert api(robin, "DELETE", f"/posts/{post}").status_code == 204
    assert api(robin, "DELETE", f"/posts/{post}").status_code == 409
    gone = api(robin, "GET", f"/posts/{post}").json
    assert (gone["text"], gone["html"], gone["by"], gone["state"]) == ("", "", None, "withdrawn")
    assert api(robin, "DELETE", "/posts/none").status_code == 404


def test_post_is_reported(api: Any, robin: str, wren: str, rows: Any) -> None:
    api(robin, "POST", "/threads", json=NEW)
    post = rows("post")[0].id
    assert api(wren, "POST", f"/posts/{post}/flags", json={"reason": "exposes"}).status_code == 204
    assert api(wren, "POST", f"/posts/{post}/flags", json={"reason": "boring"}).status_code == 422
    assert len(rows("flag")) == 1


def test_A5_no_answer_names_a_member(api: Any, robin: str, wren: str, rows: Any) -> None:
    thread = api(robin, "POST", "/threads", json=NEW | {"as": "thread_alias"}).json["id"]
    reply = api(wren, "POST", f"/threads/{thread}/replies", json={"text": "Me too."}).json["id"]
    answers = [
        api(robin, "GET", path).get_data(as_text=True)
        for path in ("/threads", f"/threads/{thread}", f"/threads/{thread}/replies", f"/posts/{reply}")
    ]
    refs = [row.ref for row in rows("post") if row.ref]
    assert refs
    for answer in answers:
        assert not any(secret in answer for secret in (robin, wren, *refs, "@", "member"))


def test_A3_nothing_in_the_api_joins_a_members_names_in_two_threads(api: Any, robin: str) -> None:
    threads = [api(robin, "POST", "/threads", json=NEW | {"as": "thread_alias"}).json["id"] for _ in range(2)]
    one, two = (api(robin, "GET", f"/threads/{thread}/replies").json["items"][0] for thread in threads)
    same = {name for name in one if one[name] == two[name]}
    assert same <= {"number", "kind", "text", "html", "files", "published", "coarse", "update", "state"}


def test_openapi_names_every_resource(api: Any) -> None:
    document = api(None, "GET", "/openapi.json").json
    paths = set(document["paths"])
    for path in ("/threads", "/threads/{thread_id}", "/threads/{thread_id}/replies", "/posts/{post_id}"):
        assert any(re.fullmatch(f"(/api/v1)?{re.escape(path)}", known) for known in paths), path
