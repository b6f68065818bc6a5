"""The pages that show the way to the police."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import wards

BOW_WEST = "E05009320"
FOUR_DOORS = ("live_chat", "report_online", "contact_session", "ward_team")


def _main(html: str) -> str:
    return html[html.index("<main") : html.index("</main>")]


@pytest.mark.parametrize("path", ["/police", f"/police/{BOW_WEST}", "/police/report", f"/police/{BOW_WEST}/request"])
def test_P1_999_and_101_come_before_anything_else(path: str, client_of: Callable[..., FlaskClient]) -> None:
    html = _main(client_of(ward=BOW_WEST).get(path).get_data(as_text=True))
    numbers = html.index('href="tel:999"')
    assert html.index('href="tel:101"') > numbers
    for later in ("<form", "<textarea", 'rel="noopener'):
        if later in html:
            assert html.index(later) > html.index('href="tel:101"'), f"{later} stands before 101 on {path}"
    assert "18000" in html
    assert "18001 101" in html


def test_P1_compose_panel_names_999_101_and_says_that_nobody_reads_along(app: Flask) -> None:
    from core.contributions import Slot
    from core.web import slots

    with app.test_request_context():
        html = slots.slot(Slot.COMPOSE, subject=BOW_WEST)
    assert html.index("tel:999") < html.index("tel:101") < html.index("/police/report")
    assert "do not read this board" in html
    assert f"/police/{BOW_WEST}" in html


def test_P2_every_ward_has_four_doors_with_what_each_is_for_and_not_for(app: Flask, visitor: FlaskClient) -> None:
    with app.app_context():
        codes = [row.code for row in wards.boards() if row.kind == "ward"]
    assert len(codes) == 20
    for code in codes:
        html = _main(visitor.get(f"/police/{code}").get_data(as_text=True))
        cards = re.split(r"<article", html)[1:]
        kinds = [re.search(r'id="(\w+)"', card).group(1) for card in cards]
        assert tuple(kinds[:4]) == FOUR_DOORS
        for card in cards[:4]:
            assert "For:" in card
            assert "Not for:" in card
            assert "href=" in card, "a door without a way through"


def test_P2_live_chat_without_a_sourced_address_says_so_and_offers_101(visitor: FlaskClient) -> None:
    html = visitor.get(f"/police/{BOW_WEST}").get_data(as_text=True)
    card = html[html.index('id="live_chat"') : html.index('id="report_online"')]
    assert "We do not know the web address" in card
    assert "Hours not known" in card
    assert 'href="tel:101"' in card
    assert 'href="https://www.met.police.uk/"' in card


def test_P2_every_link_out_is_https_tells_nothing_and_carries_no_member(neighbour: FlaskClient) -> None:
    seen = 0
    for path in ("/police", f"/police/{BOW_WEST}", "/police/E05009336", "/police/report", "/police/chat"):
        for tag in re.findall(r'<a [^>]*href="https?://[^>]*>', _main(neighbour.get(path).get_data(as_text=True))):
            seen += 1
            url = re.search(r'href="([^"]+)"', tag).group(1)
            assert url.startswith("https://")
            assert "?" not in url
            assert 'rel="noopener noreferrer"' in tag
            assert neighbour.member_id not in url
    assert seen > 10


def test_P2_pages_work_without_any_account(visitor: FlaskClient) -> None:
    for path in ("/police", f"/police/{BOW_WEST}", "/police/chat", "/police/report", "/police/sessions"):
        assert visitor.get(path).status_code == 200


@pytest.mark.parametrize("code", ["E05009330", "E05009333", "E05009336"])
def test_wards_beside_the_city_name_its_own_police(visitor: FlaskClient, code: str) -> None:
    html = visitor.get(f"/police/{code}").get_data(as_text=True)
    assert "City of London Police" in html
    assert "https://www.cityoflondon.police.uk/" in html


def test_other_wards_do_not_name_the_city_police(visitor: FlaskClient) -> None:
    assert "City of London" not in visitor.get(f"/police/{BOW_WEST}").get_data(as_text=True)


def test_the_boroughs_own_code_leads_to_its_page(visitor: FlaskClient) -> None:
    answer = visitor.get("/police/E09000030")
    assert (answer.status_code, answer.location) == (302, "/police")


@pytest.mark.parametrize("path", ["/police/E05009999", "/police/E05009386", "/police/nothing", "/police/sessions/x"])
def test_unknown_places_are_not_found(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_P3_no_path_of_the_helper_asks_more_than_four_questions() -> None:
    from plugins.police_links import channel_helper

    ends = {channel_helper._TREE[path] for path in channel_helper.paths() if channel_helper._TREE[path][0] == "="}
    assert ends == {"=emergency", "=report_online", "=report_fraud", "=crimestoppers", "=contact_session", "=board"}
    for path in channel_helper.paths():
        assert len(path) <= channel_helper.MOST_QUESTIONS


def test_P3_every_answer_leads_on_without_a_script_or_a_cookie(visitor: FlaskClient) -> None:
    waiting, ends = ["/police/help-me-choose"], 0
    while waiting:
        answer = visitor.get(waiting.pop())
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        html = _main(answer.get_data(as_text=True))
        onward = re.findall(r'class="btn[^"]*btn-lg" href="([^"]+)"', html)
        assert len(onward) in (0, 2)
        ends += not onward
        waiting.extend(onward)
    assert ends == 7


def test_P3_danger_ends_at_999(visitor: FlaskClient) -> None:
    assert "Call 999 now" in visitor.get("/police/help-me-choose/y").get_data(as_text=True)


@pytest.mark.parametrize("path", ["x", "yy", "nnnnn", "nynnn"])
def test_a_made_up_place_in_the_helper_is_not_found(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(f"/police/help-me-choose/{path}").status_code == 404


def test_ward_panel_shows_the_doors_and_the_next_session(app: Flask, publish: Callable[..., str]) -> None:
    from core.contributions import Slot
    from core.web import slots

    session_id = publish(place="Chisenhale Road hall")
    with app.test_request_context():
        html = slots.slot(Slot.WARD, subject=BOW_WEST)
        elsewhere = slots.slot(Slot.WARD, subject="E05009327")
    for kind in FOUR_DOORS:
        assert f"/police/{BOW_WEST}#{kind}" in html
    assert f"/police/sessions/{session_id}" in html
    assert session_id not in elsewhere


def test_pages_ask_the_database_a_fixed_number_of_times(
    app: Flask, visitor: FlaskClient, publish: Callable[..., str]
) -> None:
    import sqlalchemy as sa

    from core.database import sql

    def asked(path: str) -> int:
        count = 0

        def hear(*_args: object) -> None:
            nonlocal count
            count += 1

        with app.app_context():
            engine = sql.engine
        visitor.get(path)
        sa.event.listen(engine, "before_cursor_execute", hear)
        visitor.get(path)
        sa.event.remove(engine, "before_cursor_execute", hear)
        return count

    paths = ("/police", f"/police/{BOW_WEST}", "/police/sessions")
    before = [asked(path) for path in paths]
    for _number in range(15):
        publish()
    assert [asked(path) for path in paths] == before
    assert max(before) <= 10
