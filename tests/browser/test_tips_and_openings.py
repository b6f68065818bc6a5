"""A tip without an account and its answer, and a name that two custodians open: with and without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from core import permissions
from core.database import new_id, now, transaction
from core.released import ReleasedPost
from plugins.anonymity import signing

pytestmark = pytest.mark.browser
PHONE, DESKTOP = (390, 844), (1280, 800)
BOW_WEST, SHADWELL = "E05009320", "E05009332"


@pytest.mark.parametrize(("size", "script"), [(PHONE, True), (PHONE, False), (DESKTOP, True)])
def test_A12_a_tip_its_number_and_its_answer(
    site: Any, visit: Any, press: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any, size: Any, script: bool
) -> None:
    def checked(page: Any) -> None:
        no_sideways_scroll(page)
        big_enough(page)
        if script:  # the checker never ends without scripts
            axe(page)

    words = f"A van stands at the gate each evening, {new_id()[:6]}."
    sender = visit(site, "/tips", size=size, script=script)
    expect(sender.get_by_text("If someone is in danger now, call 999.")).to_be_visible()
    checked(sender)
    press(sender, "Send it")  # with nothing written
    expect(sender.get_by_role("link", name="Write something first.")).to_be_visible()
    sender.get_by_label("What do you want to tell?").fill(words)
    sender.get_by_label("Which ward is it about?").select_option("Bow West")
    press(sender, "Send it")
    number = sender.locator("strong", has_text=re.compile(r"^\d{4} \d{4} \d{4} \d{4}$"))
    expect(number).to_be_visible()
    checked(sender)
    receipt = number.inner_text()

    hazel = site.member("Hazel", roles=[("coordinator", BOW_WEST)])
    desk = visit(site, "/tips/desk", size=size, script=script, member=hazel)
    checked(desk)
    press(desk, words, role="link")
    checked(desk)
    desk.get_by_label("Your answer").fill("Thank you. Is it there at weekends too?")
    press(desk, "Send the answer")
    expect(desk.get_by_text("Is it there at weekends too?")).to_be_visible()

    later = visit(site, "/tips/open", size=size, script=script)  # another day, another phone
    checked(later)
    later.get_by_label("Your number").fill("1111 2222 3333 4444")
    press(later, "Show the answer")
    expect(later.get_by_role("link", name=re.compile("We found nothing under this number"))).to_be_visible()
    later.get_by_label("Your number").fill(receipt)
    press(later, "Show the answer")
    expect(later.get_by_text("Is it there at weekends too?")).to_be_visible()
    checked(later)
    assert receipt.replace(" ", "") not in later.url.replace("%20", "").replace("+", "")
    later.get_by_label("Write more").fill("Only on working days.")
    press(later, "Send it")
    expect(later.get_by_text("Only on working days.")).to_be_visible()
    press(later, "Delete all of it now")
    expect(later.get_by_text("Deleted, with all that was said.")).to_be_visible()


def _post(site: Any, writer: str) -> tuple[str, str]:
    """Write a post under a name of the week; return its thread and its id."""
    from core import posting

    with site.app.test_request_context(), transaction() as db:
        author = signing.sign(db, permissions.viewer_of(db, writer), "", "week_name")
        assert author is not None
        words = ("A letter came", "It tells me to keep quiet.", "crime")
        post = ReleasedPost(new_id(), None, (BOW_WEST,), *words, author, now())
        placed = posting.publish_released(db, post)
        assert placed is not None
        return str(placed.thread_id), post.post_id


@pytest.mark.parametrize(("size", "script"), [(PHONE, True), (PHONE, False), (DESKTOP, True)])
def test_A4_two_custodians_open_a_name_and_one_alone_does_not(
    site: Any, visit: Any, press: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any, size: Any, script: bool
) -> None:
    def checked(page: Any) -> None:
        no_sideways_scroll(page)
        big_enough(page)
        if script:
            axe(page)

    calm = site.member("Calm Heron", roles=["custodian"], ward=BOW_WEST)
    brave = site.member("Brave Finch", roles=["custodian"], ward=SHADWELL)
    quiet = site.member("Quiet Otter", ward=SHADWELL)
    thread_id, post_id = site.run(_post, site, quiet)

    asker = visit(site, f"/threads/{thread_id}", size=size, script=script, member=calm)
    expect(asker.locator(".bw-badge", has_text="this week only")).to_be_visible()
    press(asker, "Ask whose this is", role="link")
    expect(asker.get_by_text("Not a real name, papers, an address")).to_be_visible()
    checked(asker)
    asker.get_by_label("A court has ordered it").check()
    asker.get_by_label("What happened, in your own words").fill("Somebody threatens the one who wrote it.")
    press(asker, "Ask the other custodian")  # without the reference
    expect(asker.get_by_role("link", name="Write the number and date of the order or request.")).to_be_visible()
    expect(asker.get_by_label("What happened, in your own words")).to_have_value(re.compile("threatens"))
    asker.get_by_label("Reference of the written order").fill("Snaresbrook 12/2026")
    press(asker, "Ask the other custodian")
    expect(asker.get_by_text("You asked this. A custodian of another ward decides.")).to_be_visible()
    expect(asker.get_by_role("button", name="Open the name")).to_have_count(0)
    checked(asker)
    here = asker.url

    decider = visit(site, "/account", size=size, script=script, member=brave)
    press(decider, "Requests to open a name", role="link")
    checked(decider)
    decider.goto(here)
    expect(decider.get_by_text("Snaresbrook 12/2026")).to_be_visible()
    checked(decider)
    press(decider, "Open the name")
    press(decider, "Show the account")
    expect(decider.get_by_text("Quiet Otter", exact=True)).to_be_visible()
    checked(decider)
    asker.reload()
    press(asker, "Show the account")
    expect(asker.get_by_text("Quiet Otter", exact=True)).to_be_visible()
    assert post_id not in asker.url
