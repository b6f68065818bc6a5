"""With the boards at hand: what followers are sent leads to pages and files that everybody can open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from core import permissions
from core.database import now, transaction
from core.testing import make_member
from plugins.ward_boards.alerts import services
from plugins.ward_boards.alerts.drafting import AlertDraft

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def boards(borough: Any, codes: Any) -> Any:
    return borough(codes.TOWER_HAMLETS, plugins=("federation", "ward_boards"))


def _issue(boards: Any, headline: str, audience: str) -> str:
    moment = now()
    draft = AlertDraft(
        headline=headline,
        description="Two riders took phones near the market.",
        instruction="Keep your phone in your pocket.",
        category="Security",
        event="robbery",
        severity="Moderate",
        urgency="Expected",
        certainty="Likely",
        areas=("E05009320",),
        onset=moment,
        expires=moment + timedelta(days=1),
        audience=audience,
    )
    officer = make_member(boards.app, headline, roles=[("officer", "E05009320")])
    with boards.app.app_context(), transaction() as db:
        return str(services.issue(db, permissions.viewer_of(db, officer), draft=draft, now=moment))


def test_links_of_a_public_alert_open_for_everybody_and_the_feed_lists_its_cap_file(boards: Any, stranger: Any) -> None:
    from core import jobs

    with boards.app.app_context():
        shown = _issue(boards, "Mopeds near the market", "public")
        hidden = _issue(boards, "For neighbours only", "all_verified")
        jobs.run_due()
        client = boards.app.test_client()
    note = client.get(f"/public/alerts/{shown}", headers={"Accept": "application/activity+json"}).get_json(force=True)
    page = client.get(note["url"].removeprefix(boards.url))
    assert page.status_code == 200
    assert "Mopeds near the market" in page.get_data(as_text=True)
    cap = client.get(note["attachment"][0]["url"].removeprefix(boards.url))
    assert cap.mimetype == "application/cap+xml"
    assert etree.fromstring(cap.data).findtext(f"{CAP}scope") == "Public"
    feed = etree.fromstring(client.get("/feeds/cap.atom").data)
    links = [link.get("href") for link in feed.iter(f"{ATOM}link") if link.get("type") == "application/cap+xml"]
    assert links == [note["attachment"][0]["url"]]
    assert client.get(f"/public/alerts/{hidden}").status_code == 404
    assert "neighbours only" not in etree.tostring(feed, encoding="unicode")
    led = client.get(f"/public/alerts/{shown}", headers={"Accept": "text/html"})
    assert (led.status_code, led.headers["Location"]) == (303, note["url"])
