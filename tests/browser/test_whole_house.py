"""Every page of the main job, full of made content, by eye of axe and by number, in every role that opens it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from core import demo_boroughs, postcodes, wards
from core.database import transaction
from core.testing import make_member

pytestmark = pytest.mark.browser
DESKTOP, PHONE, NARROW = (1280, 800), (390, 844), (320, 640)
BOW_EAST = "E05009319"
PAGES = {
    None: [
        "/",
        "/boards",
        f"/boards/{BOW_EAST}",
        "/alerts",
        "/police",
        f"/police/{BOW_EAST}",
        "/police/sessions",
        "/federation",
    ],
    "newcomer": ["/", "/verify", f"/boards/{BOW_EAST}"],
    "member": ["/", "/verify"],
    "verified": [
        "/",
        "/boards",
        "/boards/E09000030",
        f"/boards/{BOW_EAST}",
        f"/boards/{BOW_EAST}/new",
        "THREAD",
        "/alerts",
        "ALERT",
        f"/police/{BOW_EAST}",
        "SESSION",
        "/account",
        "/account/notices",
        "/account/notices/inbox",
    ],
    "reviewer": ["/review"],
    "officer": ["/alerts/new", "ALERT", "THREAD", "/police/doors"],
    "admin": ["/admin", "/federation/peers", "/federation/deliveries"],
}
OPENED = [(role, path) for role, paths in PAGES.items() for path in paths]
LINKS = {
    "THREAD": (f"/boards/{BOW_EAST}", "/threads/[0-9a-f]{32}"),
    "ALERT": ("/alerts", "/alerts/[0-9a-f]{32}"),
    "SESSION": ("/police/sessions", "/police/sessions/[0-9a-f]{32}"),
}


@pytest.fixture(scope="module")
def full_site(site: Any) -> tuple[Any, dict[str, str]]:
    """Fill the site with the demonstration's people and content."""
    people: dict[str, str] = {}

    def fill() -> None:
        with site.app.app_context():
            postcodes.import_demo_postcodes()
            homes = [ward.code for ward in wards.boards() if ward.kind == "ward"]
        for place, (name, roles) in enumerate(demo_boroughs.ROLES.items()):
            home = None if name in demo_boroughs.NOT_VERIFIED else homes[place]
            people[name] = make_member(site.app, f"Made {name}", roles=roles, ward=home)
        with site.app.app_context(), transaction() as db:
            demo_boroughs.content(db, people)

    site.run(fill)
    site.work()
    return site, people


def opened(full_site: Any, visit: Any, role: str | None, path: str, **looks: Any) -> Any:
    """Open a page by its address, or by the first link of its kind on a list."""
    site, people = full_site
    member = people[role] if role else None
    if path not in LINKS:
        return visit(site, path, member=member, **looks)
    start, pattern = LINKS[path]
    page = visit(site, start, member=member, **looks)
    found = re.search(rf'href="({pattern})"', page.content())
    assert found is not None, f"{start} has no link like {pattern}"
    page.goto(f"{site.url}{found.group(1)}")
    return page


@pytest.mark.parametrize(("role", "path"), OPENED)
def test_I2_nobody_stumbles_at_a_desk_in_the_dark(
    role: str | None, path: str, full_site: Any, visit: Any, axe: Any
) -> None:
    page = opened(full_site, visit, role, path, size=DESKTOP, dark=True)
    axe(page)
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize(("role", "path"), OPENED)
def test_I2_nobody_stumbles_on_a_phone(
    role: str | None, path: str, full_site: Any, visit: Any, axe: Any, big_enough: Any, no_sideways_scroll: Any
) -> None:
    page = opened(full_site, visit, role, path, size=PHONE)
    axe(page)
    big_enough(page)
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    no_sideways_scroll(page)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_W3_a_member_writes_on_two_wards_and_another_answers(script: bool, full_site: Any, visit: Any) -> None:
    site, people = full_site
    title = f"Shouting at night {script}"
    page = visit(site, f"/boards/{BOW_EAST}/new", member=people["verified"], size=PHONE, script=script)
    page.get_by_label("Title").fill(title)
    page.locator("textarea").first.fill("Three nights in a row, between the two stations.")
    page.locator("details:has(input[name=wards]) summary").click()
    page.get_by_label("Bow West").check()
    page.get_by_role("radio", name=re.compile("A resident of")).check()
    page.get_by_role("button", name=re.compile("^Post to")).click()
    page.wait_for_url(re.compile("/threads/"))
    expect(page.get_by_text("A resident of").first).to_be_visible()
    for ward in (BOW_EAST, "E05009320"):
        other = visit(site, f"/boards/{ward}", member=people["verified2"], script=script)
        other.get_by_role("link", name=title).click()
        expect(other.locator("h1")).to_have_text(title)
    other.locator("textarea").last.fill("I heard it too.")
    with other.expect_navigation():
        other.get_by_role("button", name=re.compile("^Reply|Post|Send")).last.click()
    expect(other.get_by_text("I heard it too.").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_P14_a_member_books_a_place(script: bool, full_site: Any, visit: Any) -> None:
    site, people = full_site
    who = "custodian" if script else "coordinator"
    page = opened(full_site, visit, who, "SESSION", size=PHONE, script=script)
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("place|Book", re.IGNORECASE)).first.click()
    expect(page.get_by_text(re.compile("You have a place|place is kept", re.IGNORECASE)).first).to_be_visible()
    calendar = page.context.request.get(f"{page.url.split('?')[0]}.ics")
    assert calendar.status == 200
    assert "BEGIN:VCALENDAR" in calendar.text()
