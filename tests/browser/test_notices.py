"""Choosing notices, following a thread and answering from its mail, in a real browser, with scripts and without."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from core import notifications, permissions
from core.database import now, transaction
from core.notifications import Choice
from plugins.ward_boards import conversation, publishing
from plugins.ward_boards.publishing import Entry

pytestmark = pytest.mark.browser
DESKTOP, PHONE = (1280, 800), (390, 844)
BOW_WEST = "E05009320"
PICTURES = os.environ.get("NOTICES_PICTURES")


def picture(page: Any, name: str) -> None:
    """Keep a picture of a page when somebody wants to look."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def opened_thread(site: Any, member_id: str, title: str) -> str:
    def write() -> str:
        with site.app.app_context(), transaction() as db:
            who = permissions.viewer_of(db, member_id)
            entry = Entry(title, "They come on Fridays.", (BOW_WEST,), "question", "verified")
            return publishing.open_thread(db, who, entry, now=now()).thread_id

    return str(site.run(write))


def answered(site: Any, member_id: str, thread_id: str) -> None:
    def write() -> None:
        with site.app.app_context(), transaction() as db:
            who = permissions.viewer_of(db, member_id)
            view = conversation.thread_view(db, who, thread_id)
            assert view is not None
            publishing.reply(db, who, view, "Thank you for this.", sign_as="alias", now=now())

    site.run(write)


def told_at_once(site: Any, member_id: str) -> None:
    def choose() -> None:
        with site.app.app_context(), transaction() as db:
            notifications.choose(db, member_id, Choice(rhythm="now", quiet_from=0, quiet_until=0))

    site.run(choose)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_N6_follow_a_thread_and_answer_from_the_mail_on_a_phone(
    script: bool, site: Any, visit: Any, press: Any, axe: Any
) -> None:
    reader = site.member(f"Quiet Finch {script}", ward=BOW_WEST)
    writer = site.member("Busy Finch", ward=BOW_WEST)
    thread_id = opened_thread(site, writer, f"Bins on Fridays {script}")
    told_at_once(site, reader)
    page = visit(site, f"/threads/{thread_id}", size=PHONE, member=reader, script=script)
    press(page, "Follow")
    expect(page.get_by_role("status").get_by_text("You follow this thread.")).to_be_visible()
    picture(page, f"thread-followed-{script}")
    site.work()
    answered(site, writer, thread_id)
    site.work()
    mail = [each for each in site.mails() if each["Subject"] == "A new answer" and "quiet" in each["To"]]
    found = re.search(rf"{site.url}(/r/\S+)", mail[-1].get_content())
    assert found is not None
    phone = visit(site, found.group(1), size=PHONE, script=script)
    expect(phone.get_by_role("heading", name="Answer: Bins on Fridays")).to_be_visible()
    picture(phone, f"answer-{script}")
    if script:
        axe(phone)
    phone.get_by_label("Your answer").fill("Good to know, thank you.")
    press(phone, "Answer verified members")
    expect(phone.get_by_text("Your answer is on the board.")).to_be_visible()
    phone.goto(f"{site.url}/account")
    expect(phone).to_have_url(re.compile("/sign-in"))
    page.goto(f"{site.url}/threads/{thread_id}")
    expect(page.get_by_text("Good to know, thank you.")).to_be_visible()


def test_N2_choose_quiet_hours_and_urgent_only(site: Any, visit: Any, press: Any, axe: Any) -> None:
    member = site.member("Early Lark", ward=BOW_WEST)
    page = visit(site, "/account/notices", size=PHONE, member=member)
    axe(page)
    picture(page, "notices-phone")
    page.get_by_label("Quiet from").select_option("21")
    page.get_by_role("radio", name="Once a week, together").check()
    press(page, "Save")
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Quiet from")).to_have_value("21")
    press(page, "Urgent only")
    expect(page.get_by_role("radio", name="Urgent things only")).to_be_checked()
    wide = visit(site, "/account/notices", size=DESKTOP, dark=True, member=member)
    axe(wide)
    picture(wide, "notices-desk-dark")


def test_N1_the_list_shows_what_was_told(site: Any, visit: Any, press: Any, axe: Any) -> None:
    member = site.member("Late Owl", ward=BOW_WEST)
    opened_thread(site, site.member("Busy Finch", ward=BOW_WEST), "Lights in the park")
    site.work()
    page = visit(site, "/account/notices/inbox", size=PHONE, member=member)
    expect(page.get_by_text("Lights in the park")).to_be_visible()
    axe(page)
    picture(page, "inbox")
    press(page, "Mark all as read")
    expect(page.get_by_role("button", name="Mark all as read")).to_have_count(0)


def test_N3_stop_mails_without_signing_in(site: Any, visit: Any, press: Any, axe: Any) -> None:
    member = site.member("Calm Coot", ward=BOW_WEST)
    token = site.app.extensions["boroughwatch"].keys.token("unsubscribe", [member, "note"])
    page = visit(site, f"/unsubscribe/{token}", size=PHONE)
    axe(page)
    picture(page, "unsubscribe")
    press(page, "Stop these e-mails")
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
