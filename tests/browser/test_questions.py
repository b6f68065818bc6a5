"""Questions to a session in a real browser: nine are put, four are left, one sheet is printed, answers stand on the
board; with and without scripts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import expect

from core import permissions
from core.database import now, transaction
from plugins.police_links import contact_sessions
from plugins.police_links.questions import asking

pytestmark = pytest.mark.browser
PHONE = (390, 844)
BOW_WEST = "E05009320"
NINE = [
    "Who mends the lights on the towpath?",
    "The towpath is dark. Who can help?",
    "When are the lamps by the canal repaired?",
    "Will there be patrols when school ends?",
    "Can someone stand at the school gate at three?",
    "Where can I have my bike marked?",
    "Is there bike marking this winter?",
    "How do we start a street watch?",
    "Why do cars race on the long road at night?",
]


def _meeting(site: Any, officer: str, title: str) -> str:
    with site.app.test_request_context(), transaction() as db:
        starts = now() + timedelta(days=5)
        plan = contact_sessions.Plan(
            BOW_WEST, title, "Idea Store", "", starts, starts + timedelta(hours=1), capacity=12
        )
        return contact_sessions.publish(db, permissions.viewer_of(db, officer), plan, now())


def _put(site: Any, session_id: str, words: str, by: str) -> None:
    with site.app.test_request_context(), transaction() as db:
        asking.ask(db, permissions.viewer_of(db, by), session_id, words, now())


@pytest.mark.parametrize("script", [True, False])
def test_J4_nine_questions_become_four_one_sheet_and_answers_on_the_board(
    site: Any, visit: Any, press: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any, script: bool
) -> None:
    def looked_at(page: Any) -> None:
        no_sideways_scroll(page)
        big_enough(page)
        if script:
            axe(page)

    officer = site.member("Question Officer", roles=(("officer", BOW_WEST),))
    session_id = site.run(_meeting, site, officer, f"Meet us ({'with' if script else 'no'} scripts)")
    start = f"/police/sessions/{session_id}"
    for number, words in enumerate(NINE[1:]):
        asker = site.member(f"Asker {number // 2}", ward=BOW_WEST)
        site.run(_put, site, session_id, words, asker)

    # A member is led to 101 with a question about an own case, then asks one for all, and says me too.
    page = visit(site, start, size=PHONE, script=script, member=site.member("Quiet Asker", ward=BOW_WEST))
    press(page, "Read the questions, or ask one", role="link")
    page.get_by_label("Your question").fill("What about my case?")
    press(page, "Send my question")
    notice = page.get_by_role("status").filter(has_text="This looks like a question about your own case.")
    expect(notice.get_by_role("link", name="Call 101")).to_be_visible()
    expect(page.get_by_label("Your question")).to_have_value("What about my case?")
    looked_at(page)
    page.get_by_label("Your question").fill(NINE[0])
    press(page, "Send my question")
    expect(page.get_by_text("Your question is on the list, without your name.")).to_be_visible()
    press(page, re.compile("Me too.*Who can help"))
    expect(page.get_by_role("listitem").filter(has_text=NINE[1])).to_contain_text("2 people want to know")
    looked_at(page)

    # The officer makes four of the nine.
    desk = visit(site, f"{start}/questions/sort", script=script, dark=True, member=officer)
    expect(desk.get_by_role("heading", name="9 wait for an answer")).to_be_visible()
    for picked, words in (
        (NINE[:3], "Who mends the lights by the canal?"),
        (NINE[3:5], "Who is there when school ends?"),
        (NINE[5:8], "Where is bike marking, and how does a street watch start?"),
    ):
        for each in picked:
            desk.get_by_label(each, exact=True).check()
        desk.get_by_label("One question for all that you ticked").fill(words)
        press(desk, "Make one question of them")
        expect(desk.get_by_label(words, exact=True)).to_be_visible()
    expect(desk.get_by_role("heading", name="4 wait for an answer")).to_be_visible()
    desk.get_by_label("One question for all that you ticked").fill("All of them?")
    press(desk, "Make one question of them")
    expect(desk.get_by_role("link", name="Tick two questions or more.")).to_be_visible()
    looked_at(desk)

    # One sheet.
    desk.goto(f"{site.url}{start}/questions/print")
    expect(
        desk.get_by_role("main").get_by_role("listitem").filter(has_text=re.compile("wants? to know"))
    ).to_have_count(4)
    expect(desk.get_by_role("button", name="Print this sheet")).to_be_visible(visible=script)
    looked_at(desk)

    # Answers, for all to read, on the session's page and on the board.
    desk.goto(f"{site.url}{start}/questions/sort")
    press(desk, re.compile("Answer, or leave out.*by the canal"), role="link")
    looked_at(desk)
    desk.get_by_label("Answer").fill("The council mends them. We told them on Monday.")
    press(desk, "Post the answer")
    expect(desk.get_by_role("heading", name="Answered")).to_be_visible()
    anyone = visit(site, start, size=PHONE, script=script)
    expect(anyone.get_by_text("The council mends them.")).to_be_visible()
    looked_at(anyone)
    anyone.goto(f"{site.url}/police/{BOW_WEST}")
    board = visit(site, f"/boards/{BOW_WEST}", size=PHONE, script=script)
    panel = board.get_by_role("region", name="Answers from the last session")
    expect(panel).to_contain_text("The council mends them.")
    looked_at(board)


@pytest.mark.parametrize(("count", "length"), [(4, 80), (9, 120), (12, 300)])
def test_P6_the_sheet_is_one_side_of_a4(site: Any, visit: Any, count: int, length: int) -> None:
    officer = site.member("Question Officer", roles=(("officer", BOW_WEST),))
    session_id = site.run(_meeting, site, officer, f"{count} long ones")
    for number in range(count):
        words = f"{'abcdefghijkl'[number]} wide words " * 40
        site.run(_put, site, session_id, words[:length], site.member(f"Printer {number}", ward=BOW_WEST))
    page = visit(site, f"/police/sessions/{session_id}/questions/print", member=officer)
    expect(page.get_by_role("button", name="Print this sheet")).to_be_visible()
    sheet = pypdfium2.PdfDocument(page.pdf(format="A4"))
    try:
        assert len(sheet) == 1
        printed = sheet[0].get_textpage().get_text_bounded()
    finally:
        sheet.close()
    assert "wide words" in " ".join(printed.split())
