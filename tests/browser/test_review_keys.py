"""Reviewers' own keys in a real browser: made here, kept locked here, opened in memory, never sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import crypto
from core.database import now, reading, transaction
from core.instance import instance
from plugins.verification_docs import demo, services
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.reviewers import vetting

pytestmark = pytest.mark.browser
PHONE = (390, 844)
PASSPHRASE = "otter kettle violet staircase"


def vetted(site: Any, name: str) -> str:
    """A reviewer who was checked and has no key yet."""
    member_id = site.member(name, roles=["reviewer"])

    def vet() -> None:
        with site.app.app_context(), transaction() as db:
            today = now().date()
            vetting.vet(db, member_id, "interview", days=(today, today + timedelta(days=90)), vetted_by=None)

    site.run(vet)
    return str(member_id)


def with_key(site: Any, name: str) -> tuple[str, str]:
    """A reviewer with a key made by the server's tools, and the private half of it."""
    member_id = site.member(name, roles=["reviewer"])

    def equip() -> str:
        with site.app.app_context(), transaction() as db:
            return demo.equip(db, member_id)

    return str(member_id), site.run(equip)


def waiting_case(site: Any, name: str) -> str:
    """A case of three made papers."""
    member_id = site.member(name)

    def make() -> str:
        with site.app.app_context(), transaction() as db:
            for kind, document, words in demo.PAPERS:
                where = "E3 5AA" if kind == "address" else None
                paper = services.Paper(kind, document, (demo._page(words, where or ""),), where)
                case_id = services.hand_in(db, member_id, paper, now()).case_id
        return case_id

    return str(site.run(make))


def make_key(page: Any) -> None:
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("Passphrase once more").fill(PASSPHRASE)
    page.get_by_role("button", name="Make my key").click()
    page.get_by_text("Your key works").wait_for(timeout=60_000)


def test_V11_a_key_made_in_the_browser_opens_a_page_on_a_canvas(site: Any, visit: Any) -> None:
    reviewer = vetted(site, "Slate Heron")
    with_key(site, "Grey Stork")
    page = visit(site, "/review/key", member=reviewer)
    make_key(page)
    case_id = waiting_case(site, "Coral Finch")
    page.get_by_role("link", name="Review").first.click()
    page.get_by_role("link", name=f"Case {case_id[:6]}").click()
    page.get_by_label("It is next in the queue").check()
    page.get_by_role("button", name="Open", exact=True).click()
    canvas = page.locator("canvas").first
    canvas.wait_for()
    assert canvas.evaluate("canvas => [canvas.width, canvas.height]") == [900, 600]
