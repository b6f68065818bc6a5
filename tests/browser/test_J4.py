"""J4: a ward officer runs a ward for a week. In a real browser, with scripts and without, on a phone.

Questions to a session (J4's step 5) are played in test_questions.py.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from core.database import now, transaction
from plugins.ward_boards.weekly import daily, services, silence

pytestmark = pytest.mark.browser
PHONE, DESKTOP = (390, 844), (1280, 800)
BOW_WEST, BOW_EAST, STEPNEY = "E05009320", "E05009319", "E05009334"
MINE = (BOW_WEST, BOW_EAST, STEPNEY)


def write_thread(site: Any, visit: Any, press: Any, *, by: str, title: str, text: str, script: bool) -> Any:
    """Write a thread on Bow West's board and return the page that follows."""
    page = visit(site, f"/boards/{BOW_WEST}/new", size=PHONE, script=script, member=by)
    page.get_by_label("Title").fill(title)
    page.get_by_label("What happened, or what is it about?").fill(text)
    page.get_by_label("What kind of post is it?").select_option("crime")
    press(page, "Post to verified members")
    return page


def look(check: Any, page: Any, script: bool) -> None:
    """Check a page on the phone and on a desk, where scripts run: without them the checkers' promises never end."""
    if script:
        for width, height in (DESKTOP, PHONE):
            page.set_viewport_size({"width": width, "height": height})
            check(page)


@pytest.mark.parametrize("script", [True, False])
def test_J4_a_suspect_is_held_goes_to_the_police_and_somebody_of_another_ward_looks_again(
    fresh_site: Any, visit: Any, press: Any, axe: Any, script: bool
) -> None:
    site = fresh_site
    robin = site.member("Robin", ward=BOW_WEST)
    officer = site.member("Officer", roles=(("officer", BOW_WEST),), ward=BOW_WEST)
    elsewhere = site.member("Colleague", roles=(("officer", STEPNEY),), ward=STEPNEY)
    page = write_thread(
        site,
        visit,
        press,
        by=robin,
        title="The man who takes parcels",
        text="His name is Adam Smithson and he took the parcel from our hall.",
        script=script,
    )
    expect(page.get_by_role("button", name="Give this to the police only")).to_be_visible()
    look(axe, page, script)
    press(page, "Post to verified members")
    expect(page.get_by_text("A coordinator will look at your post before others can read it.")).to_be_visible()

    # 1 The officer's list has Bow West's; an officer of another ward reads all wards and moderates none of this.
    queue = visit(site, "/moderation", size=PHONE, script=script, member=officer)
    expect(queue.get_by_text("The man who takes parcels")).to_be_visible()
    look(axe, queue, script)
    other = visit(site, "/moderation", size=PHONE, script=script, member=elsewhere)
    expect(other.get_by_text("The man who takes parcels")).to_have_count(0)
    other.goto(f"{site.url}/boards/{BOW_WEST}")
    expect(other.get_by_role("heading", level=1)).to_contain_text("Bow West")

    # 2 Given back for the police only, with a reason.
    press(queue, "The man who takes parcels", role="link")
    press(queue, "I look at it")
    queue.get_by_label("It names or shows a person who may have done wrong").check()
    queue.get_by_label("What else should the writer know?").fill("Please give the name to the police only.")
    look(axe, queue, script)
    press(queue, "Give it back, for the police only")
    page.reload()
    expect(page.get_by_text("Please give the name to the police only.")).to_be_visible()
    expect(page.get_by_role("link", name="Tell the police")).to_be_visible()

    # 8 The writer asks for a second look; another ward's officer decides; the log shows a role only.
    press(page, "Ask somebody else to look again", role="link")
    page.get_by_label("Why should it be on the board?").fill("He was seen by four of us. I took the name out.")
    press(page, "Ask for a second look")
    queue.goto(f"{site.url}/moderation")
    expect(queue.get_by_text("A second look")).to_have_count(0)
    other.goto(f"{site.url}/moderation")
    other.locator("a.bw-row").first.click()
    press(other, "I look at it")
    expect(other.get_by_text("He was seen by four of us.")).to_be_visible()
    other.get_by_label("It names or shows a person who may have done wrong").check()
    press(other, "Leave it hidden")
    log = visit(site, "/moderation/log", size=PHONE, dark=True, script=script, member=robin)
    expect(log.get_by_text(re.compile("officer of Bow West", re.IGNORECASE)).first).to_be_visible()
    expect(log.get_by_text(re.compile("officer of Stepney Green", re.IGNORECASE)).first).to_be_visible()
    assert "Officer" not in log.locator("main").inner_text().replace("officer", ""), "no alias"
    look(axe, log, script)


@pytest.mark.parametrize("script", [True, False])
def test_J4_the_weekly_letter_is_edited_tried_and_sent_to_three_wards(
    fresh_site: Any, visit: Any, press: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any, script: bool
) -> None:
    site = fresh_site
    officer = site.member("Officer", roles=tuple(("officer", code) for code in MINE), ward=BOW_WEST)
    reader = site.member("Reader", ward=STEPNEY)
    write_thread(
        site, visit, press, by=officer, title="Parcels taken", text="Two parcels were taken from a hall.", script=script
    )
    site.run(_draft, site)
    page = visit(site, "/letters", size=PHONE, script=script, member=officer)
    look(axe, page, script)
    page.locator("a.bw-row", has_text="Bow West").first.click()
    text = page.get_by_label("The letter")
    expect(text).to_have_value(re.compile("Parcels taken"))
    for check in (axe, no_sideways_scroll, big_enough):
        look(check, page, script)
    text.fill(f"{text.input_value()}\n\nSee you at the library on Saturday.")
    press(page, "Preview")
    expect(page.get_by_role("region", name="This is how it will look")).to_contain_text("See you at the library")
    press(page, "Mail a test to me")
    expect(page.get_by_text("A test is on its way to your own e-mail address")).to_be_visible()
    page.get_by_text("add other wards").click()
    page.get_by_label("Bow East").check()
    page.get_by_label("Stepney Green").check()
    press(page, "Send the letter")
    expect(page.get_by_text("See you at the library on Saturday.")).to_be_visible()
    for board in MINE:
        theirs = visit(site, f"/boards/{board}", size=PHONE, dark=True, script=script, member=reader)
        expect(theirs.get_by_text(re.compile("Bow West: the week to"))).to_be_visible()
    site.work()
    subjects = [mail["Subject"] for mail in site.mails()]
    assert subjects.count("Test: your weekly letter") == 1
    assert subjects.count("Your weekly letter") == 2, "each member once, however many of their wards it goes to"


@pytest.mark.parametrize("script", [True, False])
def test_J4_a_third_urgent_alert_waits_for_a_second_person_and_an_incident_is_closed(
    fresh_site: Any, visit: Any, press: Any, axe: Any, script: bool
) -> None:
    site = fresh_site
    officer = site.member("Officer", roles=(("officer", BOW_WEST),), ward=BOW_WEST)
    second = site.member("Second", roles=(("coordinator", BOW_WEST),), ward=BOW_WEST)
    page = visit(site, "/alerts", size=PHONE, script=script, member=officer)
    for number in (1, 2, 3):
        page.goto(f"{site.url}/alerts/new")
        page.get_by_label("Headline").fill(f"Gas smell in street {number}")
        page.get_by_label("What kind of thing is it?").select_option("robbery")
        page.get_by_label("What happened").fill("There is a strong smell of gas.")
        page.get_by_label("What to do").fill("Keep away. Call 999.")
        for choice in ("Bow West", "Severe", "Act now", "Likely: more than", "Everyone, signed in or not"):
            page.get_by_label(choice).first.check()
        press(page, "Send alert")
    expect(page.get_by_text(re.compile("second", re.IGNORECASE)).first).to_be_visible()
    look(axe, page, script)
    other = visit(site, "/alerts/waiting", size=PHONE, script=script, member=second)
    look(axe, other, script)
    press(other, re.compile("Gas smell in street 3"), role="link")
    look(axe, other, script)
    press(other, "Agree and send it")
    readers = visit(site, "/alerts", size=PHONE, dark=True, script=script)
    expect(readers.get_by_role("link", name=re.compile("Gas smell in street 3"))).to_be_visible()

    thread = write_thread(
        site, visit, press, by=officer, title="Lamps out", text="Two lamps are broken by stones.", script=script
    )
    press(thread, "It is over", role="link")
    thread.get_by_label("It is sorted out").check()
    look(axe, thread, script)
    press(thread, "Say that it is over")
    expect(thread.get_by_text("It is sorted out").first).to_be_visible()


def test_J4_a_board_that_falls_silent_calls_its_deputy(fresh_site: Any, visit: Any, press: Any, axe: Any) -> None:
    site = fresh_site
    officer = site.member("Officer", roles=(("officer", BOW_WEST),), ward=BOW_WEST)
    site.member("Wren", ward=STEPNEY)
    page = visit(site, f"/boards/{BOW_WEST}/deputies", size=PHONE, member=officer)
    axe(page)
    page.get_by_label("Alias of the member").fill("Wren")
    press(page, "Make them a deputy")
    expect(page.get_by_text("They can now send this board's letter.")).to_be_visible()
    axe(page)
    site.work()
    site.run(_look_after, site, silence.SILENT_AFTER_DAYS)
    site.work()
    told = [mail for mail in site.mails() if mail["Subject"] == "A board would like to hear from you"]
    assert [mail["To"].split("@")[0].rstrip("0123456789") for mail in told] == ["wren"]


def _draft(site: Any) -> None:
    with site.app.app_context(), transaction() as db:
        services.write_drafts(db, now())


def _look_after(site: Any, days: int) -> None:
    with site.app.app_context():
        daily.look(now() + timedelta(days=days))
