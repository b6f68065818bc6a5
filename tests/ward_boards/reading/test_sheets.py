"""N7: a sheet to print for neighbours who are not online. No names; a code that leads only where everyone may go."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from lxml import etree

from core import permissions
from core.database import now
from plugins.ward_boards.alerts import services as alert_services
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.reading import print_pages

BOW_WEST = "E05009320"
NOON = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)


@pytest.fixture
def issue(writing: Any) -> Any:
    """Return a function that issues an alert for Bow West."""

    def send(officer: str, audience: str) -> str:
        draft = AlertDraft(
            headline="Vans broken into",
            description="Five vans in one night.",
            instruction="Take tools indoors.",
            category="Security",
            event="vehicle-crime",
            severity="Moderate",
            urgency="Expected",
            certainty="Observed",
            areas=(BOW_WEST,),
            onset=now(),
            expires=now() + timedelta(days=2),
            audience=audience,
        )
        with writing() as db:
            return str(alert_services.issue(db, permissions.viewer_of(db, officer), draft=draft, now=now()))

    return send


def _address(answer: Any) -> str:
    found = re.search(r'bw-sheet-address" dir="ltr">([^<]+)<', answer.get_data(as_text=True))
    assert found is not None
    return found.group(1)


def test_N7_sheet_of_a_thread_has_no_name_and_no_link_for_strangers(
    browse: Any, robin: str, write: Any, text_of: Any
) -> None:
    thread = write(robin, "Two mopeds", text="They drove **fast** along the towpath.").thread_id
    answer = browse(robin).get(f"/threads/{thread}/print")
    words = text_of(answer)
    assert "Robin" not in words.split("Two mopeds", 1)[1]
    for part in ("Two mopeds", "fast", "Bow West", "Crime", "999", "101", "not the police", "Printed on"):
        assert part in words, part
    assert _address(answer) == "http://localhost"
    assert "Do not put it up in public" in words


def test_N7_sheet_of_a_public_notice_leads_to_it_once_it_is_out(
    browse: Any, robin: str, officer: str, write: Any, text_of: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        thread = write(officer, "Bike marking", tier="public").thread_id
        assert _address(browse(robin).get(f"/threads/{thread}/print")) == "http://localhost"
        clock.shift(timedelta(minutes=30))
        answer = browse().get(f"/threads/{thread}/print")
        assert _address(answer) == f"http://localhost/threads/{thread}"
        assert "Officer" not in text_of(answer)
        assert "20 November 2026" in text_of(answer)


def test_N7_sheet_of_an_alert(browse: Any, robin: str, officer: str, issue: Any, text_of: Any) -> None:
    public, inside = issue(officer, "public"), issue(officer, "all_verified")
    answer = browse().get(f"/alerts/{public}/print")
    assert _address(answer) == f"http://localhost/alerts/{public}"
    for part in ("Vans broken into", "Five vans in one night.", "Take tools indoors.", "Bow West", "999", "101"):
        assert part in text_of(answer), part
    assert browse().get(f"/alerts/{inside}/print").status_code == 404
    assert _address(browse(robin).get(f"/alerts/{inside}/print")) == "http://localhost"
    assert f"/alerts/{public}/print" in browse().get(f"/alerts/{public}").get_data(as_text=True)


def test_N7_hidden_and_withdrawn_posts_have_no_sheet(
    browse: Any, robin: str, officer: str, write: Any, writing: Any
) -> None:
    from plugins.ward_boards import services

    placed = write(robin)
    with writing() as db:
        services.withdraw(db, permissions.viewer_of(db, robin), placed.post_id)
    for who in (robin, officer, None):
        assert browse(who).get(f"/threads/{placed.thread_id}/print").status_code == 404


@pytest.mark.parametrize("path", ["/threads/x/print", "/alerts/x/print", f"/threads/{'0' * 32}/print"])
def test_N7_nothing_to_print_is_not_found(browse: Any, path: str) -> None:
    assert browse().get(path).status_code == 404


def test_N7_code_is_one_inline_drawing_without_style_or_script() -> None:
    drawn = etree.fromstring(str(print_pages._code("https://example.org/threads/1")))
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert [child.tag for child in drawn] == ["{http://www.w3.org/2000/svg}path"]
    assert not any(name in etree.tostring(drawn).decode() for name in ("style", "script", "href"))
