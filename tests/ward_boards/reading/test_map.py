"""W13: the borough as a drawing of our own, each ward a link, with the same in a list beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from lxml import html

from core import boundaries, permissions, wards
from core.database import now
from core.geometry import is_inside
from core.models import Ward
from core.testing import make_member
from plugins.ward_boards.alerts import services as alert_services
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.reading import borough_map, outlines

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
NOON = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)


def _square(west: float, south: float, size: float = 0.02) -> list[list[float]]:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


@pytest.fixture
def no_outlines(app: Any, writing: Any) -> Iterator[None]:
    """Take every outline away, before and after."""

    def take() -> None:
        with writing() as db:
            db.execute(sa.update(Ward).values(boundary=None))
        with app.app_context():
            wards.forget_boards()

    take()
    yield
    take()


@pytest.fixture
def drawn(app: Any, no_outlines: None, tmp_path: Path) -> None:
    """Import a small drawing: two squares, one with an island and a hole."""
    features = [
        {
            "type": "Feature",
            "properties": {"WD24CD": BOW_WEST, "WD24NM": "Bow West", "LAD24CD": BOROUGH},
            "geometry": {"type": "Polygon", "coordinates": [_square(-0.04, 51.52), _square(-0.031, 51.529, 0.002)]},
        },
        {
            "type": "Feature",
            "properties": {"WD24CD": STEPNEY, "WD24NM": "Stepney Green", "LAD24CD": BOROUGH},
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [[_square(-0.06, 51.51)], [_square(-0.065, 51.50, 0.004)]],
            },
        },
    ]
    file = tmp_path / "wards.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with app.app_context():
        boundaries.import_boundaries(file)


def _links(answer: Any) -> dict[str, Any]:
    page = html.fromstring(answer.get_data(as_text=True))
    return {
        link.get("href").rpartition("/")[2]: link for link in page.xpath("//*[local-name()='svg'][@role='group']/a")
    }


def test_W13_without_outlines_there_is_the_list_and_a_hint_for_admins_only(
    app: Any, browse: Any, no_outlines: None, text_of: Any
) -> None:
    answer = browse().get("/boards/map")
    assert _links(answer) == {}
    page = answer.get_data(as_text=True)
    with app.app_context():
        for place in wards.boards():
            assert f'href="/boards/{place.code}"' in page
    assert "boroughwatch wards import" not in page
    admin = make_member(app, "Admin", roles=["admin"])
    assert "boroughwatch wards import FILE.geojson" in text_of(browse(admin).get("/boards/map"))


def test_W13_each_ward_is_a_link_whose_name_holds_the_number_one_sees(browse: Any, drawn: None) -> None:
    answer = browse().get("/boards/map")
    links = _links(answer)
    assert set(links) == {BOW_WEST, STEPNEY}
    for link in links.values():
        number = link.xpath("string(.//*[local-name()='text'])")
        assert link.get("aria-label").startswith(f"{number} ")
    assert "Open Government Licence v.3.0" in answer.get_data(as_text=True)
    assert "http" not in "".join(links[BOW_WEST].xpath(".//@*"))


def test_W13_alerts_and_threads_show_in_words_and_class_for_those_who_may_read_them(
    browse: Any, drawn: None, robin: str, officer: str, write: Any, writing: Any
) -> None:
    write(robin, "For members")
    what = ("Headline", "Text.", "Security", "vehicle-crime", "Severe", "Expected", "Observed", (BOW_WEST,))
    draft = AlertDraft(*what, onset=now(), expires=now() + timedelta(days=1), audience="all_verified")
    with writing() as db:
        alert_services.issue(db, permissions.viewer_of(db, officer), draft=draft, now=now())
    member = _links(browse(robin).get("/boards/map"))[BOW_WEST]
    assert "1 open alert, serious, 1 thread this week" in member.get("aria-label")
    assert "is-severe" in member.get("class")
    assert "is-awake" in member.get("class")
    visitor = _links(browse().get("/boards/map"))[BOW_WEST]
    assert "no public alert, quiet this week" in visitor.get("aria-label")
    assert "is-calm" in visitor.get("class")


def test_W13_visitors_map_counts_copies_and_none_before_its_time(
    browse: Any, drawn: None, officer: str, write: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        write(officer, "A notice", tier="public")
        assert "quiet this week" in _links(browse().get("/boards/map"))[BOW_WEST].get("aria-label")
        clock.shift(timedelta(minutes=30))
        assert "1 thread this week" in _links(browse().get("/boards/map"))[BOW_WEST].get("aria-label")
        clock.shift(timedelta(days=borough_map.LIVELY_DAYS, minutes=1))
        assert "quiet this week" in _links(browse().get("/boards/map"))[BOW_WEST].get("aria-label")


def test_W13_outlines_are_drawn_once_and_anew_after_an_import(
    app: Any, browse: Any, drawn: None, count_queries: Any, writing: Any
) -> None:
    browse().get("/boards/map")
    with app.app_context():
        first = outlines.drawing()
        assert outlines.drawing() is first
        wards.forget_boards()
        assert outlines.drawing() is first  # read again, and not drawn again, for nothing changed
    count_queries()
    browse().get("/boards/map")
    assert count_queries() <= 5
    with writing() as db:
        db.execute(sa.update(Ward).where(Ward.code == STEPNEY).values(boundary=None))
    with app.app_context():
        wards.forget_boards()
    assert set(_links(browse().get("/boards/map"))) == {BOW_WEST}


def test_W13_drawing_of_the_real_borough_is_small_and_every_number_stands_in_its_ward(
    app: Any, browse: Any, no_outlines: None, shared_data: Path
) -> None:
    file = shared_data / "boundaries" / "wards_2024_tower_hamlets_E09000030.geojson"
    with app.app_context():
        boundaries.import_boundaries(file)
        drawing = outlines.drawing()
        assert drawing is not None
        assert len(drawing.shapes) == 20
        for shape in drawing.shapes:
            rings = [
                [tuple(float(number) for number in corner.split()) for corner in ring.split("L")]
                for ring in re.findall(r"M([^Z]+)Z", shape.path)
            ]
            assert is_inside((shape.x, shape.y), [[*ring, ring[0]] for ring in rings]), shape.code
            assert 0 < shape.x < drawing.width
            assert 0 < shape.y < drawing.height
        assert sum(len(shape.path) for shape in drawing.shapes) < 60_000
    answer = browse().get("/boards/map")
    assert len(_links(answer)) == 20


def test_W13_list_of_boards_leads_to_the_map(browse: Any) -> None:
    assert 'href="/boards/map"' in browse().get("/boards").get_data(as_text=True)
