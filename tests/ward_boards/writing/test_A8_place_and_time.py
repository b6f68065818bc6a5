"""Where and when, never finer than a square of 300 m and half a day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Ward
from core.testing import api_token
from plugins.ward_boards.writing import happened, places

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
NEW = f"/boards/{BOW_WEST}/new"
# About 1.2 km by 1.2 km, like a ward here.
OUTLINE = [[-0.040, 51.525], [-0.023, 51.525], [-0.023, 51.536], [-0.040, 51.536], [-0.040, 51.525]]
BOUNDARY = json.dumps({"type": "MultiPolygon", "coordinates": [[OUTLINE]]})


@pytest.fixture
def outlined(app: Any, writing: Any) -> Iterator[None]:
    """Give Bow West an outline."""
    change = sa.update(Ward).where(Ward.code == BOW_WEST)
    with writing() as db:
        db.execute(change.values(boundary=BOUNDARY))
    yield
    with writing() as db:
        db.execute(change.values(boundary=None))


def square() -> str:
    return places.squares_of(BOUNDARY)[0].key(BOW_WEST)


def test_A8_square_and_half_day_are_stored_shown_and_nothing_finer(
    outlined: None, browse: Any, robin: str, wren: str, thread_form: Any, rows: Any
) -> None:
    key = square()
    browser, day = browse(robin), happened.today() - timedelta(days=1)
    typed = thread_form(place=key, happened_on=day.isoformat(), half_day="afternoon", looked_at="1")
    preview = browser.post(NEW, data=typed | {"preview": "1"}).text
    words = places.parse(key)
    assert words is not None
    said = f"Bow West, north-west, square {words.square}"
    assert said in preview
    assert "yesterday, noon to midnight" in preview
    assert "Nothing finer is stored." in preview
    assert rows("about") == []
    assert browser.post(NEW, data=typed).status_code == 303
    (row,) = rows("about")
    assert (row.square, row.happened_on, row.half) == (key, day, "afternoon")
    for page in (browse(wren).get(f"/threads/{row.thread_id}").text, browse(wren).get(f"/boards/{BOW_WEST}").text):
        assert said in page
        assert "Happened: yesterday, noon to midnight" in page


def test_A8_table_has_no_room_for_a_point_or_an_hour(app: Any) -> None:
    from plugins.ward_boards.writing.models import About

    kinds = {column.name: type(column.type) for column in About.__table__.columns}
    assert kinds == {"thread_id": sa.String, "square": sa.String, "happened_on": sa.Date, "half": sa.String}


def test_A8_without_an_outline_only_the_ward_can_be_chosen(
    browse: Any, robin: str, thread_form: Any, rows: Any
) -> None:
    page = browse(robin).get(NEW).text
    assert f'<option value="{BOW_WEST}">Bow West</option>' in page
    assert "square" not in page.split('id="place"')[1].split("</select>")[0]
    refused = browse(robin).post(NEW, data=thread_form(place=square(), looked_at="1"))
    assert refused.status_code == 422
    assert "This square is not in the ward. Choose one from the list." in refused.text
    assert browse(robin).post(NEW, data=thread_form(place=BOW_WEST, looked_at="1")).status_code == 303
    assert [row.square for row in rows("about")] == [BOW_WEST]


def test_A8_areas_and_squares_stand_in_the_list(outlined: None, browse: Any, robin: str) -> None:
    page = browse(robin).get(NEW).text
    listed = page.split('id="place"')[1].split("</select>")[0]
    assert f'<option value="{BOW_WEST}/ne">Bow West, north-east</option>' in listed
    assert listed.count(", square ") == len(places.squares_of(BOUNDARY))


def test_A8_borough_board_offers_whole_wards(outlined: None, browse: Any, robin: str) -> None:
    listed = browse(robin).get(f"/boards/{BOROUGH}/new").text.split('id="place"')[1].split("</select>")[0]
    assert f'value="{STEPNEY}"' in listed
    assert "/ne" not in listed


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"place": STEPNEY}, "This place is not on a board you chose."),
        ({"place": f"{BOW_WEST}/n/Z99"}, "This square is not in the ward."),
        ({"place": "51.5312,-0.0291"}, "We do not know this place."),
        ({"place": "E05999999"}, "We do not know this place."),
        ({"happened_on": "2999-01-01"}, "This day is still to come."),
        ({"earlier_on": "01/01/2999"}, "This day is still to come."),
        ({"earlier_on": "1999-01-01"}, "This day is more than ten years ago."),
        ({"earlier_on": "yesterday"}, "This is not a day. Write it like 31/01/2026."),
        ({"happened_on": "2026-13-45"}, "Choose one of the days"),
        ({"happened_on": "2026-11-01T22:10"}, "Choose one of the days"),
        ({"happened_on": "TODAY", "earlier_on": "2026-01-02"}, "You chose two days."),
        ({"half_day": "morning"}, "Choose the day too"),
        ({"happened_on": "TODAY", "half_day": "22:10"}, "Choose the first or the second half of the day."),
    ],
)
def test_A8_bad_value_gets_a_sentence_and_loses_nothing(
    outlined: None, browse: Any, robin: str, thread_form: Any, rows: Any, sent: dict[str, str], says: str
) -> None:
    today = happened.today().isoformat()
    page = browse(robin).post(
        NEW, data=thread_form(looked_at="1", **{k: v.replace("TODAY", today) for k, v in sent.items()})
    )
    assert page.status_code == 422
    assert says in page.text
    assert "They drove along the towpath" in page.text
    assert rows("thread") == rows("about") == []


def test_A8_nothing_said_makes_no_row(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    sent = thread_form(place="", happened_on="", half_day="", earlier_on="", looked_at="1")
    assert browse(robin).post(NEW, data=sent).status_code == 303
    assert rows("about") == []


def test_A8_goes_with_the_first_post(outlined: None, browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    browser.post(NEW, data=thread_form(place=square(), looked_at="1"))
    assert browser.post(f"/posts/{rows('post')[0].id}/withdraw").status_code == 303
    assert rows("about") == []


def test_A8_by_api(outlined: None, app: Any, browse: Any, robin: str, rows: Any) -> None:
    headers, browser = {"Authorization": f"Bearer {api_token(app, robin, 'post', 'read')}"}, browse()
    body = {"wards": [BOW_WEST], "title": "Two mopeds", "text": "On the towpath.", "category": "crime"}
    listed = browser.get(f"/api/v1/boards/{BOW_WEST}/places", headers=headers).get_json()["items"]
    assert square() in {each["place"] for each in listed}
    day = happened.today().isoformat()
    rough = {"place": square(), "happened_on": day, "half_day": "morning"}
    made = browser.post("/api/v1/threads", json=body | rough, headers=headers)
    assert made.status_code == 201, made.text
    assert rough.items() <= made.get_json().items()
    found = browser.get(f"/api/v1/threads?ward={BOW_WEST}", headers=headers).get_json()["items"]
    assert rough.items() <= found[0].items()
    later = (happened.today() + timedelta(days=2)).isoformat()
    for wrong in ({"place": "51.53,-0.03"}, {"happened_on": later}, {"half_day": "morning"}, {"half_day": "22:00"}):
        assert browser.post("/api/v1/threads", json=body | wrong, headers=headers).status_code == 422
    assert len(rows("about")) == 1
    assert browser.get("/api/v1/boards/E05999999/places", headers=headers).status_code == 404


def test_A8_squares_cover_the_ward_and_stay_where_they_are() -> None:
    found = places.squares_of(BOUNDARY)
    assert 9 <= len(found) <= 36
    assert {each.part for each in found} == {"n", "ne", "e", "se", "s", "sw", "w", "nw", "c"}
    assert len({each.name for each in found}) == len(found)
    smaller = json.dumps({"type": "MultiPolygon", "coordinates": [[[[x, min(y, 51.532)] for x, y in OUTLINE]]]})
    assert {each.name for each in places.squares_of(smaller)} <= {each.name for each in found}


def test_A8_large_ward_has_larger_squares_that_can_still_be_chosen() -> None:
    wide = [[[[(x + 0.04) * 6, 51.4 + (y - 51.525) * 6] for x, y in OUTLINE]]]
    found = places.squares_of(json.dumps({"type": "MultiPolygon", "coordinates": wide}))
    assert 9 < len(found) <= places.MOST_SQUARES


def test_A8_no_outline_no_squares() -> None:
    assert places.squares_of('{"type": "MultiPolygon", "coordinates": []}') == ()


@given(st.text(max_size=30))
def test_A8_only_whole_places_are_read(text: str) -> None:
    found = places.parse(text)
    assert found is None or text == "/".join(part for part in found if part)


@settings(max_examples=50)
@given(st.floats(-0.5, 0.3), st.floats(51.3, 51.7), st.floats(0.004, 0.05), st.floats(0.003, 0.03))
def test_A8_any_outline_is_cut_into_a_list_one_can_read(x: float, y: float, width: float, height: float) -> None:
    ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]
    found = places.squares_of(json.dumps({"type": "MultiPolygon", "coordinates": [[ring]]}))
    assert 0 < len(found) <= places.MOST_SQUARES
    for each in found:
        key = each.key(BOW_WEST)
        assert len(key) <= 20
        assert places.parse(key) == (BOW_WEST, each.part, each.name)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from([None, "morning", "afternoon"]))
def test_A8_only_the_last_ten_years_are_taken(day: date, half: str | None) -> None:
    from plugins.ward_boards.writing.happened import OLDEST_YEARS, today

    fits = today().year - OLDEST_YEARS <= day.year and day <= today()
    from flask import Flask
    from flask_babel import Babel

    app = Flask("words")
    Babel(app)
    with app.test_request_context():
        assert (happened.check(day, half) is None) == fits
