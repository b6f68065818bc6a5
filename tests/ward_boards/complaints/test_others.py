"""Complaints that are no legal notices, their record, and threads under a court case."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.testing import api_token, make_member

BOW_WEST, STEPNEY = "E05009320", "E05009334"


def receipt_of(page: str) -> str:
    return re.findall(r"<strong>([0-9A-F]{10})</strong>", page)[0]


@pytest.mark.parametrize("matter", ["illegal", "decision", "data", "site"])
def test_visitor_complains_and_reads_the_answer_with_the_receipt(
    browse: Any, admin: str, rows: Any, letters: Any, matter: str
) -> None:
    visitor = browse(None)
    sent = {"text": "This is not right.", "email": "sam@mail.example"}
    page = visitor.post(f"/complaints/about/{matter}", data=sent)
    receipt = receipt_of(page.text)
    row = rows("complaint")[0]
    assert receipt not in str(row)
    assert "not right" not in row.sealed
    assert "not answered yet" in visitor.post("/complaints/answer", data={"receipt": receipt.lower()}).text
    address = f"/complaints/items/{row.id}"
    assert "This is not right." in browse(admin).get(address).text
    assert browse(admin).post(address, data={"outcome": "upheld"}).status_code == 422
    said = {"outcome": "upheld", "words": "We have put it right."}
    assert browse(admin).post(address, data=said).status_code == 303
    assert ("sam@mail.example", "We have put it right.") in letters()
    assert "We have put it right." in visitor.post("/complaints/answer", data={"receipt": receipt}).text
    again = browse(admin).post(address, data=said, follow_redirects=True)
    assert "Somebody else has answered it already." in again.text


def test_wrong_receipt_and_empty_complaint_are_explained(browse: Any, app: Any, rows: Any) -> None:
    assert browse(None).post("/complaints/answer", data={"receipt": "0123456789"}).status_code == 422
    page = browse(None).post("/complaints/about/site", data={"text": " ", "email": "no"})
    assert page.status_code == 422
    assert "Write what you complain about." in page.text
    assert not rows("complaint")


def test_complaint_about_a_post_reaches_its_ward_and_leads_to_the_moderators_page(
    browse: Any, app: Any, robin: str, coordinator: str, write: Any, rows: Any
) -> None:
    placed = write(robin, category="general")
    link = f"http://localhost/threads/{placed.thread_id}#post-1"
    browse(None).post("/complaints/about/illegal", data={"text": "It calls for violence.", "link": link})
    row = rows("complaint")[0]
    assert (row.post_id, row.ward_list) == (placed.post_id, BOW_WEST)
    page = browse(coordinator).get(f"/complaints/items/{row.id}").text
    assert f"/posts/{placed.post_id}/moderate" in page
    elsewhere = make_member(app, "Elsewhere", roles=[("coordinator", STEPNEY)])
    assert browse(elsewhere).get(f"/complaints/items/{row.id}").status_code == 404


def test_record_has_numbers_for_admins_and_no_words(browse: Any, admin: str, coordinator: str, robin: str) -> None:
    browse(None).post("/complaints/about/site", data={"text": "Secret words."})
    for address in ("/complaints/record", "/complaints/record.csv"):
        assert browse(coordinator).get(address).status_code == 403
        text = browse(admin).get(address).text
        assert "Secret" not in text
    assert "site,open,1," in text


def test_members_and_visitors_do_not_see_the_queue(browse: Any, robin: str, officer: str, coordinator: str) -> None:
    assert browse(None).get("/complaints/queue").status_code == 303
    assert browse(robin).get("/complaints/queue").status_code == 403
    assert browse(officer).get("/complaints/queue").status_code == 403
    assert browse(coordinator).get("/complaints/queue").status_code == 200


def test_court_case_stops_replies_on_pages_and_api_until_it_is_over(
    browse: Any, app: Any, robin: str, wren: str, officer: str, write: Any
) -> None:
    thread = write(robin).thread_id
    address = f"/threads/{thread}/proceedings"
    assert browse(robin).post(address, data={"active": "1"}).status_code == 403
    assert browse(officer).post(address, data={"active": "1"}).status_code == 303
    page = browse(wren).get(f"/threads/{thread}").text
    assert "A court case may be going on about this." in page
    assert 'id="reply"' not in page
    assert browse(wren).post(f"/threads/{thread}", data={"text": "He did it.", "as": "alias"}).status_code == 422
    headers = {"Authorization": f"Bearer {api_token(app, wren, 'read', 'post')}"}
    answer = app.test_client().post(f"/api/v1/threads/{thread}/replies", json={"text": "Well."}, headers=headers)
    assert answer.status_code == 409
    assert browse(officer).post(address, data={"active": "0"}).status_code == 303
    assert browse(wren).post(f"/threads/{thread}", data={"text": "Thank you.", "as": "alias"}).status_code == 303


def test_court_case_is_marked_only_by_the_moderators_of_its_boards(
    browse: Any, app: Any, robin: str, write: Any
) -> None:
    elsewhere = make_member(app, "Elsewhere", roles=[("officer", STEPNEY)], ward=STEPNEY)
    thread = write(robin).thread_id
    assert browse(elsewhere).post(f"/threads/{thread}/proceedings", data={"active": "1"}).status_code == 403


def test_admin_page_leads_to_complaints_with_one_query_more(browse: Any, app: Any, admin: str) -> None:
    browse(None).post("/complaints/about/site", data={"text": "The letters are too small."})
    page = browse(admin).get("/admin").text
    assert "1 open complaint<" in page
    assert 'href="/complaints/record"' in page


def test_queue_asks_a_fixed_number_of_queries(
    browse: Any, robin: str, coordinator: str, write: Any, complain: Any, count_queries: Any
) -> None:
    browser = browse(coordinator)
    browser.get("/complaints/queue")
    count_queries()
    browser.get("/complaints/queue")
    empty = count_queries()
    for number in range(5):
        complain(write(robin, title=f"Thread {number}", category="general").post_id)
    count_queries()
    browser.get("/complaints/queue")
    assert count_queries() == empty <= 10
