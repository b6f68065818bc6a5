"""Priorities and figures from a small real server that stands in for data.police.uk."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from core import letters
from core.database import now, reading, sql, transaction
from core.models import Ward
from core.testing import make_app
from plugins.police_links.police_data import fetching, queries, source
from plugins.police_links.police_data.models import CrimeCount, Priority

BOW_WEST, BOW_EAST = "E05009320", "E05009319"
SQUARE = json.dumps(
    {"type": "Polygon", "coordinates": [[[-0.03, 51.52], [-0.02, 51.52], [-0.02, 51.53], [-0.03, 51.52]]]}
)
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "data_police_uk"


class StandIn:
    """Answers like data.police.uk, and notes what it was asked."""

    def __init__(self) -> None:
        """Begin with two neighbourhoods, one priority and three reports a month."""
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.status = 200
        self.busy = 0
        self.answers: dict[str, Any] = {
            "/metropolitan/neighbourhoods": [{"id": BOW_WEST, "name": "Bow West"}, {"id": f"{BOW_EAST}N", "name": "x"}],
            f"/metropolitan/{BOW_WEST}/priorities": [
                {
                    "issue": "<p>Bike theft &amp; <b>nuisance</b> at the station</p>",
                    "issue-date": (now().date() - timedelta(days=10)).isoformat() + "T00:00:00",
                    "action": None,
                    "action-date": None,
                }
            ],
            f"/metropolitan/{BOW_EAST}N/priorities": [
                {
                    "issue": "<p>Old</p>",
                    "issue-date": "2016-04-14T00:00:00",
                    "action": "<p>Done</p>",
                    "action-date": None,
                }
            ],
            "/crime-last-updated": {"date": "2026-09-01"},
            "/crimes-street/all-crime": [{"category": "burglary"}, {"category": "drugs"}, {"category": "burglary"}],
        }


@pytest.fixture
def stand_in() -> Iterator[tuple[StandIn, str]]:
    """Serve it on loopback."""
    facts = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            facts.asked.append((self.path, parse_qs(self.rfile.read(length).decode())))
            status = 429 if facts.busy > 0 else facts.status
            facts.busy -= 1
            body = json.dumps(facts.answers.get(self.path, [])).encode()
            self.send_response(status)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815  # the names that http.server wants

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield facts, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def app(tmp_path: Path, stand_in: tuple[StandIn, str], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return an instance that asks the stand-in, without the polite pauses."""
    monkeypatch.setattr(source, "PAUSE_SECONDS", 0.0)
    made = make_app(tmp_path, ["police_links"], police_data_url=stand_in[1])
    with made.app_context(), transaction() as db:
        db.execute(sa.update(Ward).where(Ward.code == BOW_WEST).values(boundary=SQUARE))
    return made


def _fetch(app: Flask) -> float | None:
    with app.app_context():
        return fetching.fetch(now())


def test_P7_priorities_are_fetched_as_plain_words_with_their_age(app: Flask, stand_in: Any) -> None:
    assert _fetch(app) is None
    with app.app_context():
        (row,) = queries.priorities(sql.session, BOW_WEST)
        assert row.issue == "Bike theft & nuisance at the station"
        assert not row.is_stale(now().date())
        assert row.is_stale(now().date() + timedelta(days=81))
        (old,) = queries.priorities(sql.session, BOW_EAST)
        assert (old.issue, old.action, old.is_stale(now().date())) == ("Old", "Done", True)
    page = app.test_client().get(f"/police/{BOW_EAST}").get_data(as_text=True)
    assert "May be out of date" in page
    assert "May be out of date" not in app.test_client().get(f"/police/{BOW_WEST}").get_data(as_text=True)


def test_P8_figures_are_counted_by_month_and_the_months_before_are_filled_in(app: Flask, stand_in: Any) -> None:
    _fetch(app)
    facts, _url = stand_in
    sent = [form for path, form in facts.asked if path == "/crimes-street/all-crime"]
    assert [form["date"] for form in sent] == [["2026-09"], ["2026-08"], ["2026-07"]], "three months a day"
    assert sent[0]["poly"] == ["51.52000,-0.03000:51.52000,-0.02000:51.53000,-0.02000:51.52000,-0.03000"]
    _fetch(app)
    with app.app_context():
        months = queries.months(sql.session, BOW_WEST)
        assert [row.month for row in months][:2] == ["2026-09", "2026-08"]
        assert len(months) == 6
        assert (months[0].total, months[0].kinds) == (3, (("burglary", 2), ("drugs", 1)))
        assert queries.months(sql.session, BOW_EAST) == [], "no outline, no figures"
    page = app.test_client().get(f"/police/{BOW_WEST}").get_data(as_text=True)
    assert "September 2026" in page
    assert "moved on purpose" in page


def test_P8_what_cannot_be_had_leaves_the_last_good_copy(app: Flask, stand_in: Any) -> None:
    facts, _url = stand_in
    _fetch(app)
    for broken in ({"status": 500}, {"answers": {"/metropolitan/neighbourhoods": {"error": 1}}}):
        for name, value in broken.items():
            setattr(facts, name, value)
        assert _fetch(app) == fetching.AGAIN_AFTER_SECONDS
    with app.app_context():
        assert len(queries.priorities(sql.session, BOW_WEST)) == 1
        assert len(queries.months(sql.session, BOW_WEST)) == 3


def test_P8_a_busy_source_is_asked_again(app: Flask, stand_in: Any) -> None:
    stand_in[0].busy = 2
    assert _fetch(app) is None


def test_P8_nobody_at_the_other_end_is_no_error_of_ours(tmp_path: Path) -> None:
    app = make_app(tmp_path, ["police_links"])
    assert _fetch(app) == fetching.AGAIN_AFTER_SECONDS
    assert app.test_client().get(f"/police/{BOW_WEST}").status_code == 200


def test_W8_the_letter_has_priorities_and_figures_and_says_when_they_are_old(app: Flask) -> None:
    _fetch(app)
    with app.app_context(), reading() as db:
        said = {part.heading: part for part in letters.parts(db, BOW_WEST, now() - timedelta(days=7), now())}
        old = {part.heading: part for part in letters.parts(db, BOW_EAST, now() - timedelta(days=7), now())}
    assert said["What the officers work on"].lines == ["Bike theft & nuisance at the station"]
    assert said["What the officers work on"].note == ""
    assert "90 days" in old["What the officers work on"].note
    figures = said["Reports to the police in September 2026"]
    assert figures.lines == ["All reports: 3 (August 2026: 3)", "Burglary: 2", "Drugs: 1"]


def test_P7_the_api_says_the_same(app: Flask) -> None:
    _fetch(app)
    body = app.test_client().get(f"/api/v1/police/wards/{BOW_WEST}").json
    assert body["priorities"][0]["issue"] == "Bike theft & nuisance at the station"
    assert body["priorities"][0]["stale"] is False
    assert body["figures"][0] == {"month": "2026-09", "total": 3, "by_category": {"burglary": 2, "drugs": 1}}


def test_P8_figures_older_than_two_years_go(app: Flask) -> None:
    with app.app_context(), transaction() as db:
        fetching.store_counts(db, BOW_WEST, "2023-01", {"drugs": 1})
    _fetch(app)
    with app.app_context():
        assert db_count(CrimeCount, "2023-01") == 0


def db_count(model: Any, month: str) -> int:
    return sql.session.scalar(sa.select(sa.func.count()).select_from(model).where(model.month == month)) or 0


@given(st.text(max_size=300) | st.none() | st.integers())
def test_P7_whatever_the_source_says_becomes_plain_words(said: Any) -> None:
    words = source.plain_words(said)
    assert len(words) <= 1000
    assert "\n" not in words


@given(st.dates(date(2011, 1, 1), date(2040, 12, 31)), st.integers(0, 30))
def test_P8_months_go_back_one_by_one(day: date, how_many: int) -> None:
    found = fetching.months_back(f"{day:%Y-%m}", how_many)
    assert len(set(found)) == how_many + 1
    assert found == sorted(found, reverse=True)


@pytest.mark.skipif(not SHARED.exists(), reason="the samples of data.police.uk are not here")
def test_P7_P8_real_answers_are_understood(app: Flask, stand_in: Any) -> None:
    facts, _url = stand_in
    crimes = json.loads((SHARED / "crimes_street_tower_hamlets_E05009331_2018-06.json").read_text())
    facts.answers["/crimes-street/all-crime"] = crimes
    given_there = json.loads((SHARED / "neighbourhood_priorities_leicestershire_NC04.json").read_text())
    facts.answers[f"/metropolitan/{BOW_WEST}/priorities"] = given_there
    _fetch(app)
    with app.app_context():
        assert queries.months(sql.session, BOW_WEST)[0].total == len(crimes)
        (row,) = sql.session.scalars(sa.select(Priority).where(Priority.ward_code == BOW_WEST))
        assert row.issue == "To reduce the amount of Anti-Social Behaviour Humberstone Gate, Leicester."
        assert row.issued_on == date(2016, 4, 14)
