"""The feed of public alerts keeps the rules of Atom, whatever stands in the alerts. Source: RFC 4287, section 4.1."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from core.database import now, transaction
from plugins.ward_boards.alerts import publishing, queries, services
from plugins.ward_boards.alerts.services import Target

ATOM = "{http://www.w3.org/2005/Atom}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
CALM = {"severity": "Minor", "urgency": "Future", "audience": "public"}


def faults(written: bytes) -> list[str]:
    """Return what RFC 4287 forbids in a feed."""
    feed = etree.fromstring(written)
    found = [] if feed.tag == f"{ATOM}feed" else ["not a feed"]
    entries = feed.findall(f"{ATOM}entry")
    for element, where in ((feed, "feed"), *((entry, "entry") for entry in entries)):
        for name in ("id", "title", "updated"):
            if len(element.findall(f"{ATOM}{name}")) != 1:
                found.append(f"{where}: exactly one {name}")
        if not urlsplit(element.findtext(f"{ATOM}id") or "").scheme:
            found.append(f"{where}: the id is no IRI")
        if not RFC3339.fullmatch(element.findtext(f"{ATOM}updated") or ""):
            found.append(f"{where}: updated is no RFC 3339 date")
        links = element.findall(f"{ATOM}link")
        if any(not link.get("href") for link in links):
            found.append(f"{where}: a link without href")
        alternates = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"]
        if len(alternates) != len(set(alternates)):
            found.append(f"{where}: two alternates of one type")
        if len(element.findall(f"{ATOM}summary")) > 1:
            found.append(f"{where}: two summaries")
    authors = [element.findtext(f"{ATOM}author/{ATOM}name") for element in (feed, *entries)]
    if not authors[0] and not all(authors[1:]):
        found.append("an entry without author")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    return found + ([] if len(ids) == len(set(ids)) else ["two entries with one id"])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(min_size=1, max_size=40), max_size=3), st.booleans())
def test_W10_the_feed_is_valid_whatever_is_written(
    app: Flask, as_viewer: Any, officer: str, draft: Any, words: list[str], cancels: bool
) -> None:
    moment, who = now(), as_viewer(officer)
    with app.app_context():
        for number, text in enumerate(words):
            with transaction() as db:
                said = draft(headline=f"Number {number}", description=f"It is {text}.", **CALM)
                alert_id = services.issue(db, who, draft=said, now=moment)
                if cancels:
                    later = moment + timedelta(seconds=1)
                    services.cancel(db, who, target=Target(alert_id), reason=f"Since {text}.", now=later)
        with transaction() as db:
            written = publishing.atom_feed(queries.public_alerts(db, now=moment), now=moment)
    assert faults(written) == []


def test_W10_each_entry_leads_to_its_cap_file(app: Flask, as_viewer: Any, officer: str, draft: Any) -> None:
    with app.app_context(), transaction() as db:
        alert_id = services.issue(db, as_viewer(officer), draft=draft(**CALM), now=now())
    browser = app.test_client()
    feed = etree.fromstring(browser.get("/alerts.atom").data)
    link = feed.find(f"{ATOM}entry/{ATOM}link[@rel='enclosure']")
    assert link is not None
    assert (link.get("type"), urlsplit(str(link.get("href"))).path) == (
        "application/cap+xml",
        f"/alerts/{alert_id}.cap",
    )
    assert browser.get(f"/alerts/{alert_id}.cap").mimetype == "application/cap+xml"
