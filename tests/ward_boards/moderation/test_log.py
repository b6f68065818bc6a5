"""The log: members read what was done and why, by role and ward; no name, no text, no thread they cannot open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.database import now
from core.testing import api_token

BOW_WEST, STEPNEY = "E05009320", "E05009334"


def test_M4_members_read_deed_reason_role_and_ward_and_never_a_name(
    app: Any, browse: Any, robin: str, wren: str, officer: str, fresh: str, write: Any, act: Any, rows: Any
) -> None:
    placed = write(robin, text="He lives at number nine.")
    act(officer, placed.post_id, "hide", reason="other", words="Robin names number nine.")
    for who in (wren, robin, fresh):
        for path in ("/moderation/log", f"/boards/{BOW_WEST}/log"):
            page = browse(who).get(path).get_data(as_text=True)
            assert "An officer of Bow West hid a post" in page
            assert "For another reason, which the writer was told." in page
            for secret in ("number nine", "Officer</", placed.thread_id, placed.post_id, "Two mopeds"):
                assert secret not in page
        assert "hid a post" not in browse(who).get(f"/boards/{STEPNEY}/log").get_data(as_text=True)
    assert browse(None).get("/moderation/log").status_code == 303
    assert officer not in str(rows("log"))
    act(officer, placed.post_id, "restore", reason="mistake")
    page = browse(wren).get("/moderation/log").get_data(as_text=True)
    assert "put a hidden post back" in page
    assert f"/threads/{placed.thread_id}" in page  # it can be opened again


def test_M4_what_happens_among_coordinators_is_theirs(
    app: Any, browse: Any, wren: str, officer: str, second: str, elsewhere: str, write: Any, act: Any
) -> None:
    act(second, write(officer, "Rota", tier="coordinators").post_id, "hide")
    assert "hid a post" in browse(officer).get("/moderation/log").get_data(as_text=True)
    for other in (wren, elsewhere):
        assert "hid a post" not in browse(other).get("/moderation/log").get_data(as_text=True)


def test_M4_a_report_that_changed_nothing_does_not_lead_to_the_post(
    browse: Any, robin: str, wren: str, officer: str, write: Any, report: Any, act: Any
) -> None:
    placed = write(robin)
    report(wren, placed.post_id)
    act(officer, placed.post_id, "keep", reason="fine")
    page = browse(robin).get("/moderation/log").get_data(as_text=True)
    assert "looked at a report and changed nothing" in page
    assert placed.thread_id not in page


def test_M4_log_goes_on_over_pages_and_by_api(
    app: Any, browse: Any, robin: str, officer: str, write: Any, act: Any
) -> None:
    for days in range(3):
        for each in range(20):
            placed = write(robin, f"Thread {days} {each}")
            act(officer, placed.post_id, "hide", at=now() - timedelta(days=days))
    page = browse(robin).get("/moderation/log").get_data(as_text=True)
    assert page.count("hid a post") == 50
    assert "Older entries" in page
    client, seen, after = app.test_client(), [], ""
    header = {"Authorization": f"Bearer {api_token(app, robin, 'read')}"}
    while after is not None:
        more = f"&after={after}" if after else ""
        answer = client.get(f"/api/v1/moderation/log?limit=25&ward={BOW_WEST}{more}", headers=header).json
        seen += answer["items"]
        after = answer["next"]
    assert len(seen) == 60
    assert [each["day"] for each in seen] == sorted((each["day"] for each in seen), reverse=True)
    assert set(seen[0]) == {"day", "verb", "reason", "role", "ward", "thread"}
    assert client.get("/api/v1/moderation/log?after=x", headers=header).status_code == 422
    assert client.get("/api/v1/moderation/log?ward=E05000000", headers=header).status_code == 422
