"""Every page of the main job, full of made content, by eye of axe and by number, in every role that opens it."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import expect

from core import demo_boroughs, permissions, postcodes, wards
from core.database import Base, now, transaction
from core.testing import make_member
from plugins.ward_boards import publishing
from plugins.ward_boards.alerts import second_person
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.complaints import others as complaints
from plugins.ward_boards.complaints import papers
from plugins.ward_boards.complaints import services as notices
from plugins.ward_boards.moderation import reports
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.writing import attachments
from plugins.ward_boards.writing.pieces import Piece

pytestmark = pytest.mark.browser
DESKTOP, PHONE, NARROW = (1280, 800), (390, 844), (320, 640)
BOW_EAST = "E05009319"
PAGES = {
    None: [
        "/",
        "/boards",
        f"/boards/{BOW_EAST}",
        "/boards/map",
        "/search?q=boards",
        "/alerts",
        "/police",
        f"/police/{BOW_EAST}",
        "/police/sessions",
        "/federation",
        "/complaints",
        "/complaints/about/illegal",
        "/complaints/answer",
        "/complaints/defamation",
        "/unsubscribe/cut-off",
        "/r/cut-off",
        "/tips",
        "/tips/open",
        "/anonymity/openings/counts",
    ],
    "newcomer": ["/", "/verify", f"/boards/{BOW_EAST}", "/account/feeds"],
    "member": ["/", "/verify"],
    "verified": [
        "/",
        "/boards",
        "/boards/E09000030",
        f"/boards/{BOW_EAST}",
        f"/boards/{BOW_EAST}/new",
        f"/boards/{BOW_EAST}/log",
        "/boards/map",
        "/search",
        "/search?q=crossing",
        "/search?q=nothing+like+it",
        "THREAD",
        "/threads/{own}",
        "/threads/{own}/print",
        "/threads/{own}/close",
        "/posts/{own_post}/complaint",
        "/posts/{own_post}/withdraw",
        "/posts/{fresh_post}/edit",
        "/threads/{hidden}",
        "/posts/{hidden_post}/appeal",
        "/alerts",
        "ALERT",
        f"/police/{BOW_EAST}",
        "SESSION",
        "/account",
        "/account/feeds",
        "/account/notices",
        "/account/notices/inbox",
    ],
    "verified2": ["/threads/{own}", "/posts/{own_post}/report", "/moderation/log"],
    "reviewer": ["/review"],
    "officer": [
        "/alerts/new",
        "ALERT",
        "ALERT/print",
        "/alerts/waiting/{waiting}",
        "/threads/{own}",
        "/threads/{own}/move",
        "/threads/{own}/merge",
        "/threads/{hidden}",
        "/threads/{held}",
        "/posts/{held_post}/moderate",
        "/moderation",
        "/moderation/cases/{case}",
        f"/boards/{BOW_EAST}/waiting",
        f"/boards/{BOW_EAST}/no-news",
        f"/boards/{BOW_EAST}/deputies",
        "/letters",
        "LETTER",
        "/police/doors",
    ],
    "coordinator": [
        "/alerts/waiting",
        "/alerts/waiting/{waiting}",
        "/complaints/queue",
        "/complaints/items/{complaint}",
        "/complaints/notices/{notice}",
        "/tips/desk",
        "TIP",
    ],
    "custodian": ["/anonymity/openings/new", "OPENING", "/anonymity/openings/told"],
    "custodian2": ["/anonymity/openings", "OPENING", "/anonymity/openings/new?post={own_post}"],
    "admin": ["/admin", "/federation/peers", "/federation/deliveries", "/complaints/record"],
}
OPENED = [(role, path) for role, paths in PAGES.items() for path in paths]
LINKS = {
    "THREAD": (f"/boards/{BOW_EAST}", "/threads/[0-9a-f]{32}"),
    "ALERT": ("/alerts", "/alerts/[0-9a-f]{32}"),
    "SESSION": ("/police/sessions", "/police/sessions/[0-9a-f]{32}"),
    "LETTER": ("/letters", "/letters/[0-9a-f]{32}"),
    "OPENING": ("/anonymity/openings", "/anonymity/openings/[0-9a-f]{32}"),
    "TIP": ("/tips/desk", "/tips/desk/[0-9a-f]{32}"),
}


@pytest.fixture(scope="module")
def full_site(site: Any) -> tuple[Any, dict[str, str], dict[str, str]]:
    """Fill the site with the demonstration's people and content, and with posts in every state."""
    people: dict[str, str] = {}

    def fill() -> dict[str, str]:
        with site.app.app_context():
            postcodes.import_demo_postcodes()
            homes = [ward.code for ward in wards.boards() if ward.kind == "ward"]
        for place, (name, roles) in enumerate(demo_boroughs.ROLES.items()):
            home = None if name in demo_boroughs.NOT_VERIFIED else homes[place]
            people[name] = make_member(site.app, f"Made {name}", roles=roles, ward=home)
        with site.app.app_context(), transaction() as db:
            demo_boroughs.content(db, people)
            return _in_every_state(db, {name: permissions.viewer_of(db, found) for name, found in people.items()})

    made = site.run(fill)
    site.work()
    return site, people, made


def _in_every_state(db: Any, who: dict[str, Any]) -> dict[str, str]:
    """Write what is reported, complained about, held, hidden and waiting, and return the ids of all that."""

    def write(title: str, text: str) -> Any:
        entry = publishing.Entry(title, text, (BOW_EAST,), "safety", "verified")
        return publishing.open_thread(db, who["verified"], entry, now=now())

    own = write("Van across the crossing every evening", "- children step into the road\n\n> The same as last year.")
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "grey").save(picture, "JPEG")
    attachments.add(db, own.post_id, [Piece(picture.getvalue(), "A van", 300, 200)])
    reports.flag(db, who["verified2"].member_id, own.post_id, reason="unkind", note="Not kind.", now=now())
    words = papers.Notice("Alex", "alex@mail.example", "here", "A van.", "It harms me.", "That I did it.", "I did not.")
    notices.receive(db, own.post_id, words, now=now())
    complaints.receive(db, "site", papers.Matter("It is slow."), post_id=own.post_id, now=now())
    hidden, held = (
        write("Noise at two", "It is at number five."),
        write("Who it was", "It was Tom Jones, plate AB12 CDE."),
    )
    ruling = Ruling(reason="exposes", words="It says which house.")
    moderation.hide(db, who["officer"], hidden.post_id, ruling, now=now())
    urgent = AlertDraft(
        **{"headline": "Moped robberies", "description": "Two riders took phones.", "certainty": "Observed"},
        **{"category": "Security", "event": "robbery", "severity": "Severe", "urgency": "Immediate"},
        areas=(BOW_EAST,),
        onset=now(),
        expires=now() + timedelta(hours=12),
    )
    second_person.propose(db, who["officer"], urgent, None, now=now())

    def only(table: str, **where: str) -> str:
        rows = Base.metadata.tables[table]
        return str(db.scalar(sa.select(rows.c.id).where(*(rows.c[name] == value for name, value in where.items()))))

    return {
        **{"own": own.thread_id, "own_post": own.post_id, "hidden": hidden.thread_id, "hidden_post": hidden.post_id},
        **{"held": held.thread_id, "held_post": held.post_id, "waiting": only("ward_boards_alert_proposal")},
        **{"fresh_post": write("Lamp out again", "By the bus stop.").post_id, "notice": only("ward_boards_notice")},
        **{"case": only("ward_boards_case", post_id=own.post_id), "complaint": only("ward_boards_complaint")},
    }


def opened(full_site: Any, visit: Any, role: str | None, path: str, **looks: Any) -> Any:
    """Open a page by its address, or by the first link of its kind on a list."""
    site, people, made = full_site
    member = people[role] if role else None
    kind, _, rest = path.partition("/")
    if not kind:
        return visit(site, path.format(**made), member=member, **looks)
    start, pattern = LINKS[kind]
    page = visit(site, start, member=member, **looks)
    found = re.search(rf'href="({pattern})"', page.content())
    assert found is not None, f"{start} has no link like {pattern}"
    page.goto(f"{site.url}{found.group(1)}{'/' if rest else ''}{rest}")
    return page


@pytest.mark.parametrize(("role", "path"), OPENED)
def test_I2_nobody_stumbles_on_a_phone_nor_at_a_desk_in_the_dark(
    role: str | None, path: str, full_site: Any, visit: Any, axe: Any, big_enough: Any, no_sideways_scroll: Any
) -> None:
    page = opened(full_site, visit, role, path, size=PHONE)
    expect(page.locator("main h1")).to_have_count(1)
    expect(page.get_by_text("Error 4", exact=False)).to_have_count(0)
    assert page.locator("main .btn-primary").count() <= 1, "a page has one thing to do above all"
    axe(page)
    big_enough(page)
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    no_sideways_scroll(page)
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    page.emulate_media(color_scheme="dark")
    axe(page)
    no_sideways_scroll(page)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_W3_a_member_writes_on_two_wards_and_another_answers(script: bool, full_site: Any, visit: Any) -> None:
    site, people, _ = full_site
    # Like nothing else on these boards: a report that is like another leads to a question first.
    title = "Trumpet practice upstairs" if script else "Pigeons fed at the fountain"
    page = visit(site, f"/boards/{BOW_EAST}/new", member=people["verified"], size=PHONE, script=script)
    page.get_by_label("Title").fill(title)
    page.locator("textarea").first.fill("Every Tuesday until midnight." if script else "Crumbs bring rats.")
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
    site, people, _ = full_site
    who = "custodian" if script else "coordinator"
    page = opened(full_site, visit, who, "SESSION", size=PHONE, script=script)
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("place|Book", re.IGNORECASE)).first.click()
    expect(page.get_by_text(re.compile("You have a place|place is kept", re.IGNORECASE)).first).to_be_visible()
    calendar = page.context.request.get(f"{page.url.split('?')[0]}.ics")
    assert calendar.status == 200
    assert "BEGIN:VCALENDAR" in calendar.text()
