"""Moderation by API: the same queue, claims and decisions, under the scope `moderate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.testing import api_token, make_member

BOW_WEST, STEPNEY = "E05009320", "E05009334"


@pytest.fixture
def ask(app: Any) -> Callable[..., Any]:
    """Return a function that asks the API as a member with some scopes."""

    def send(member_id: str, method: str, path: str, *scopes: str, **more: Any) -> Any:
        header = {"Authorization": f"Bearer {api_token(app, member_id, *(scopes or ('moderate',)))}"}
        return app.test_client().open(f"/api/v1{path}", method=method, headers=header, **more)

    return send


def test_M2_queue_claim_and_decision_by_api(
    ask: Any, robin: str, wren: str, officer: str, second: str, elsewhere: str, write: Any, report: Any, rows: Any
) -> None:
    post = write(robin, text="He lives at number nine.").post_id
    report(wren, post, "exposes", "The number.")
    (item,) = ask(officer, "GET", "/moderation/queue").json["items"]
    assert (item["kind"], item["urgent"], item["reports_count"], item["claimed"]) == ("report", True, 1, "")
    assert ask(elsewhere, "GET", "/moderation/queue").json["items"] == []
    case = f"/moderation/cases/{item['id']}"
    assert ask(officer, "GET", case).json["reports"] == []
    claimed = ask(officer, "POST", f"{case}/claim").json
    assert claimed["copy"] == "He lives at number nine."
    assert claimed["reports"] == [{"reason": "exposes", "note": "The number."}]
    assert ask(second, "GET", case).json["copy"] is None
    assert ask(second, "POST", f"{case}/claim").status_code == 409
    ruling = {"verb": "hide", "reason": "exposes"}
    assert ask(second, "POST", f"{case}/decision", json=ruling).status_code == 409
    assert ask(elsewhere, "POST", f"{case}/decision", json=ruling).status_code == 404
    for wrong in ({}, {"verb": "grant", "reason": "fine"}, {"verb": "hide", "reason": "other"}, ruling | {"who": "x"}):
        assert ask(officer, "POST", f"{case}/decision", json=wrong).status_code == 422
    assert rows("post")[0].state == "published"
    assert ask(officer, "DELETE", f"{case}/claim").status_code == 204
    assert ask(second, "POST", f"{case}/decision", json=ruling).status_code == 204
    assert rows("post")[0].state == "hidden"
    assert ask(officer, "POST", f"{case}/decision", json=ruling).status_code == 409


def test_M2_queue_needs_scope_and_right(ask: Any, robin: str, officer: str) -> None:
    assert ask(officer, "GET", "/moderation/queue", "read").status_code == 403
    assert ask(robin, "GET", "/moderation/queue").status_code == 403
    assert ask(officer, "GET", f"/moderation/queue?ward={STEPNEY}").status_code == 403
    assert ask(officer, "GET", "/moderation/queue?ward=E05000000").status_code == 422
    assert ask(officer, "GET", f"/moderation/queue?ward={BOW_WEST}").status_code == 200


def test_M5_appeal_and_its_decision_by_api(
    ask: Any, robin: str, wren: str, officer: str, elsewhere: str, write: Any, act: Any, rows: Any
) -> None:
    placed = write(robin)
    said = {"statement": "It was no house."}
    assert ask(robin, "POST", f"/posts/{placed.post_id}/appeal", "post", json=said).status_code == 409
    act(officer, placed.post_id, "hide")
    assert ask(wren, "POST", f"/posts/{placed.post_id}/appeal", "post", json=said).status_code == 404
    assert ask(robin, "POST", f"/posts/{placed.post_id}/appeal", "post", json=said).status_code == 204
    assert ask(robin, "POST", f"/posts/{placed.post_id}/appeal", "post", json=said).status_code == 409
    (item,) = ask(elsewhere, "GET", "/moderation/queue").json["items"]
    assert (item["kind"], item["post"], item["text"]) == ("appeal", None, "")
    assert ask(elsewhere, "POST", f"/moderation/cases/{item['id']}/claim").json["statement"] == said["statement"]
    ruling = {"verb": "grant", "reason": "mistake"}
    assert ask(elsewhere, "POST", f"/moderation/cases/{item['id']}/decision", json=ruling).status_code == 204
    assert rows("post")[0].state == "published"


def test_W4_change_by_api(ask: Any, robin: str, wren: str, write: Any, rows: Any) -> None:
    post = write(robin).post_id
    assert ask(wren, "PATCH", f"/posts/{post}", "post", json={"text": "Mine"}).status_code == 403
    for wrong in ({"text": " "}, {}, {"text": "x", "as": "alias"}):
        assert ask(robin, "PATCH", f"/posts/{post}", "post", json=wrong).status_code == 422
    assert ask(robin, "PATCH", f"/posts/{post}", "post", json={"text": "They went north."}).status_code == 204
    assert (rows("post")[0].text, rows("thread")[0].title) == ("They went north.", "Two mopeds")
    assert ask(robin, "PATCH", f"/posts/{post}", "post", json={"text": "refuse me"}).json["code"] == "refused"


def test_M2_joined_thread_leads_on_by_api(ask: Any, robin: str, officer: str, write: Any, writing: Any) -> None:
    from core import permissions
    from core.database import now
    from plugins.ward_boards.moderation import merging
    from plugins.ward_boards.moderation.cases import Ruling

    one, two = write(robin, "Thread one").thread_id, write(robin, "Thread two").thread_id
    with writing() as db:
        merging.merge(db, permissions.viewer_of(db, officer), one, two, Ruling(), now=now())
    answer = ask(robin, "GET", f"/threads/{one}/replies", "read")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"/api/v1/threads/{two}/replies")


@pytest.mark.parametrize("kind", [{"roles": ["admin"]}, {"roles": ["reviewer"]}])
def test_staff_without_a_ward_see_no_posts_in_the_queue(
    app: Any, ask: Any, robin: str, wren: str, write: Any, report: Any, kind: Any
) -> None:
    report(wren, write(robin).post_id)
    answer = ask(make_member(app, "Staff", **kind), "GET", "/moderation/queue")
    assert answer.json.get("items", []) == []
