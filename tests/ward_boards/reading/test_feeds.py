"""N1: feeds. Public notices for everyone; a member's own by an address that shows what they may read now."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from core import members, permissions, privacy
from core.database import Base, now
from core.testing import make_member
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.reading import atom

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
NOON = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def address(browse: Any) -> Any:
    """Return a function that makes a feed and gives the path of its address."""

    def make(member_id: str, *codes: str, **more: str) -> str:
        answer = browse(member_id).post("/account/feeds", data={"wards": list(codes) or [BOW_WEST], **more})
        found = re.search(r"(/feeds/[\w-]{43}\.atom)", answer.get_data(as_text=True))
        assert found is not None, answer.status_code
        return found.group(1)

    return make


def _titles(answer: Any) -> list[str]:
    return [str(title) for title in etree.fromstring(answer.data).xpath("//a:entry/a:title/text()", namespaces=ATOM)]


def test_N1_member_makes_an_address_that_is_shown_once(
    browse: Any, robin: str, write: Any, address: Any, rows: Any
) -> None:
    write(robin, "Two mopeds", text="Secret words of members")
    write(robin, "Elsewhere", ward_codes=(STEPNEY,))
    path = address(robin)
    token = path[len("/feeds/") : -len(".atom")]
    assert token not in browse(robin).get("/account/feeds").get_data(as_text=True)
    (row,) = rows("feed")
    assert token not in repr(tuple(row))
    answer = browse().get(path)  # a feed reader has no cookie
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    assert _titles(answer) == ["Two mopeds"]
    assert "Secret words" not in answer.get_data(as_text=True)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    whole = etree.fromstring(answer.data)
    assert whole.findtext("a:title", namespaces=ATOM) == "Local news"
    assert token not in answer.get_data(as_text=True)
    for name in ("id", "title", "updated", "author"):
        assert whole.find(f"a:{name}", namespaces=ATOM) is not None
    assert re.fullmatch(r"2\d{3}-\d\d-\d\dT00:00:00Z|.*T23:00:00Z", whole.findtext("a:updated", namespaces=ATOM) or "")


def test_N1_text_comes_only_when_asked_for(browse: Any, robin: str, write: Any, address: Any) -> None:
    write(robin, "Two mopeds", text="They drove along the towpath.")
    answer = browse().get(address(robin, with_text="1"))
    content = etree.fromstring(answer.data).find("a:entry/a:content", namespaces=ATOM)
    assert content is not None
    assert content.get("type") == "html"
    assert "towpath" in (content.text or "")


def test_N1_rights_are_asked_at_each_fetch(
    app: Any, browse: Any, robin: str, officer: str, write: Any, writing: Any, address: Any
) -> None:
    placed = write(robin, "Two mopeds")
    path = address(robin)
    assert _titles(browse().get(path)) == ["Two mopeds"]
    with writing() as db:
        moderation.hide(db, permissions.viewer_of(db, officer), placed.post_id, Ruling(), now=now())
    assert _titles(browse().get(path)) == []
    with writing() as db:
        members.lapse(db, robin, None, "moved away")
    assert browse().get(path).status_code == 404


def test_N1_suspended_or_erased_members_feed_is_gone_at_once(
    browse: Any, robin: str, wren: str, writing: Any, address: Any, rows: Any
) -> None:
    one, two = address(robin), address(wren)
    with writing() as db:
        members.suspend(db, robin, None, "testing")
    assert browse().get(one).status_code == 404
    with writing() as db:
        privacy.erase(db, wren)
    assert browse().get(two).status_code == 404
    assert len(rows("feed")) == 1


def test_N1_address_is_taken_back_by_its_owner_only(
    browse: Any, robin: str, wren: str, address: Any, rows: Any
) -> None:
    path = address(robin)
    feed_id = rows("feed")[0].id
    assert browse(wren).post(f"/account/feeds/{feed_id}/revoke").status_code == 404
    assert browse().post(f"/account/feeds/{feed_id}/revoke").status_code == 303
    assert browse().get(path).status_code == 200
    assert browse(robin).post(f"/account/feeds/{feed_id}/revoke").status_code == 303
    assert browse().get(path).status_code == 404


def test_N1_feed_never_holds_what_coordinators_write_among_themselves(
    app: Any, browse: Any, write: Any, address: Any
) -> None:
    warden = make_member(app, "Kestrel", ward=BOW_WEST, roles=[("coordinator", BOW_WEST)])
    write(warden, "Rota", tier="coordinators")
    write(warden, "For members")
    assert _titles(browse().get(address(warden))) == ["For members"]


def test_N1_unchanged_feed_is_not_sent_again(browse: Any, robin: str, write: Any, address: Any) -> None:
    path = address(robin)
    tag = browse().get(path).headers["ETag"]
    again = browse().get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    write(robin, "Something new")
    assert browse().get(path, headers={"If-None-Match": tag}).status_code == 200


def test_N1_token_is_in_no_log(
    browse: Any, robin: str, write: Any, address: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        path = address(robin)
        browse().get(path)
        browse().get(path.replace(".atom", "x.atom"))
    assert path[7:-5] not in caplog.text


def test_N1_unverified_member_is_told_what_is_missing_and_makes_none(browse: Any, fresh: str, rows: Any) -> None:
    page = browse(fresh).get("/account/feeds").get_data(as_text=True)
    assert "show a volunteer who you are" in page
    assert browse(fresh).post("/account/feeds", data={"wards": [BOW_WEST]}).status_code == 403
    assert browse().get("/account/feeds").status_code == 303
    assert rows("feed") == []


@pytest.mark.parametrize("codes", [[], ["E09000012"], ["nowhere"], ["' OR 1=1"]])
def test_N1_wish_without_a_board_of_ours_is_refused_kindly(browse: Any, robin: str, rows: Any, codes: Any) -> None:
    answer = browse(robin).post("/account/feeds", data={"wards": codes})
    assert answer.status_code == 422
    assert "Choose at least one board." in answer.get_data(as_text=True)
    assert rows("feed") == []


def test_N1_ten_addresses_are_enough(browse: Any, robin: str, address: Any) -> None:
    for _each in range(10):
        address(robin)
    answer = browse(robin).post("/account/feeds", data={"wards": [BOW_WEST]})
    assert answer.status_code == 422
    assert "Take one back" in answer.get_data(as_text=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.one_of(st.text("abcABC019-_", min_size=43, max_size=43), st.text(max_size=60), st.uuids().map(str)))
def test_N1_made_up_addresses_find_nothing(browse: Any, token: str) -> None:
    from urllib.parse import quote

    assert browse().get(f"/feeds/{quote(token, safe='')}.atom").status_code in (308, 404)


TIERS = st.lists(
    st.tuples(
        st.sampled_from(["public", "verified", "coordinators"]),
        st.sets(st.sampled_from([BOROUGH, BOW_WEST, STEPNEY]), min_size=1),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(threads=TIERS, chosen=st.sampled_from([BOROUGH, BOW_WEST, STEPNEY]))
def test_N1_feed_holds_threads_of_the_chosen_boards_and_no_foreign_ones(
    app: Any, browse: Any, writing: Any, write: Any, address: Any, threads: Any, chosen: str
) -> None:
    with writing() as db:
        for table in ("thread", "tally", "feed"):
            db.execute(Base.metadata.tables[f"ward_boards_{table}"].delete())
    everywhere = [("coordinator", code) for code in (BOROUGH, BOW_WEST, STEPNEY)]
    writer = make_member(app, ward=BOW_WEST, roles=everywhere)
    wanted = set()
    for number, (tier, codes) in enumerate(threads):
        write(writer, f"Title {number}", tier=tier, ward_codes=tuple(sorted(codes)))
        if tier != "coordinators" and chosen in codes:
            wanted.add(f"Title {number}")
    reader = make_member(app, ward=STEPNEY)
    assert set(_titles(browse().get(address(reader, chosen)))) == wanted


def test_N1_board_has_a_feed_of_its_public_notices_for_everyone(
    browse: Any, robin: str, officer: str, write: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        write(officer, "Bike marking", tier="public", text="On Sunday at the library.")
        write(robin, "For members only")
        path = f"/boards/{BOW_WEST}/feed.atom"
        early = browse().get(path)
        assert _titles(early) == []
        assert _titles(browse(robin).get(path)) == []  # one feed for everybody: members read the board
        clock.shift(timedelta(minutes=30))
        assert browse().get(path, headers={"If-None-Match": early.headers["ETag"]}).status_code == 200
        answer = browse().get(path)
        assert _titles(answer) == ["Bike marking"]
        entry = etree.fromstring(answer.data).find("a:entry", namespaces=ATOM)
        assert entry is not None
        assert entry.findtext("a:author/a:name", namespaces=ATOM) == "The ward officer for Bow West"
        assert entry.findtext("a:updated", namespaces=ATOM) == "2026-11-20T00:00:00Z"
        assert "On Sunday" in (entry.findtext("a:content", namespaces=ATOM) or "")
        again = browse().get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    assert browse().get("/boards/E09000012/feed.atom").status_code == 404


@given(title=st.text(max_size=40), html=st.text(max_size=40))
def test_N1_feed_is_well_formed_whatever_was_written(title: str, html: str) -> None:
    entry = atom.Entry("http://localhost/threads/1", title, NOON, "A verified member", html)
    document = atom.written(atom.Head("urn:x", title, "http://localhost", "Site"), [entry], now=NOON)
    assert etree.fromstring(document).find("a:entry", namespaces=ATOM) is not None
