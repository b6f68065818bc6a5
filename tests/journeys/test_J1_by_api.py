"""J1 by API, under a clock that we turn: join, prove, send one paper again, be verified, be reminded, let it end."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from PIL import Image

from core.database import now, reading
from core.instance import instance
from core.models import Membership
from core.permissions import viewer_of
from plugins.verification_docs import queries

NUMBER_AS_TYPED = b"925 665-416"
POSTCODE = b"E3 5AA"
PLACES = ("core_postcode",)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every byte of an instance: files as they lie there, and the database without its list of postcodes."""
    found = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".db"}
    with closing(sqlite3.connect(folder / "boroughwatch.db")) as db:
        lines = [line for line in db.iterdump() if not any(f'"{name}"' in line for name in PLACES)]
    found["database"] = "\n".join(lines).encode()
    return found


def places_with(folder: Path, *canaries: bytes) -> list[str]:
    """Return where one of the canaries stands in clear."""
    files = contents(folder)
    found = {name for name, content in files.items() if any(canary in content for canary in canaries)}
    # SQLite's log holds pages of the list of postcodes: where people live is looked for in tables and other files.
    homes = {name for name, content in files.items() if POSTCODE in content and not name.endswith("-wal")}
    return sorted(found | homes)


def test_J1_from_joining_to_the_end_of_verification(
    borough: Callable[..., Any], api_member: Callable[..., Any], api_reviewer: Callable[..., Any]
) -> None:
    place = borough(plugins=("verification_docs", "ward_boards"))
    start = now()
    with time_machine.travel(start, tick=True) as clock:
        heron, _crane = api_reviewer(place, "Heron"), api_reviewer(place, "Crane")
        wren = api_member(place, "Wren")
        page = place.person(wren.id)
        assert "verified" in page.read("/verify").lower()

        case = wren.hand_in_all()
        assert (case["state"], case["wanted"]) == ("waiting", [])
        folder = instance(place.app).config.data_dir
        assert not places_with(folder, NUMBER_AS_TYPED, b"925665416", b"CANARYCAMERA")

        papers = heron.claim(case["id"])
        seen = heron.see(case["id"], papers["id"]["page_ids"][0])
        picture = Image.open(io.BytesIO(seen))
        assert picture.size == (400, 300)
        assert not picture.getexif()
        image_canary = seen[400:464]
        assert not places_with(folder, image_canary)
        assert heron.type_number(case["id"], papers["id"]["id"])[1]["matched"] is True
        assert heron.decide(case["id"], papers["id"]["id"]) == (200, {"case_state": "waiting"})
        assert heron.decide(case["id"], papers["certificate"]["id"])[0] == 200
        assert heron.decide(case["id"], papers["address"]["id"], "too_old")[1] == {"case_state": "resend"}
        place.work()
        (letter,) = [mail for mail in place.mails_to("wren") if mail["Subject"] == "Please have another look"]
        assert "bill" not in letter.get_content().lower()

        status, problem = wren.hand_in("id", "passport")
        assert (status, problem["code"]) == (409, "NotNow")
        assert wren.hand_in("address", "utility_bill")[1]["state"] == "waiting"
        papers = heron.claim(case["id"], "sent_again")
        old_page = papers["id"]["page_ids"][0]
        assert heron.decide(case["id"], papers["address"]["id"])[1] == {"case_state": "verified"}
        assert not list(folder.rglob("*.age"))
        assert heron.call("GET", f"/cases/{case['id']}/pages/{old_page}")[0] == 404
        with place.app.app_context(), reading() as db:
            assert viewer_of(db, wren.id).home_ward == "E05009320"

        clock.move_to(start + timedelta(days=8))
        place.work()
        _status, receipt = wren.call("GET", "/case")
        assert (receipt["state"], receipt["openings"], receipt["pages_deleted"]) == ("verified", 2, 4)
        words = page_words(place, wren.id)
        assert "2 times" in words
        assert "deleted on" in words
        assert not places_with(folder, NUMBER_AS_TYPED, b"925665416", image_canary, b"CANARYCAMERA")

        with place.app.app_context(), reading() as db:
            until_on = queries.verification(db, wren.id).until_on
        clock.move_to(start + timedelta(days=(until_on - start.date()).days - 30))
        place.work()
        assert any(mail["Subject"] == "Please renew soon" for mail in place.mails_to("wren"))
        with place.app.app_context(), reading() as db:
            assert viewer_of(db, wren.id).is_verified
        clock.move_to(start + timedelta(days=(until_on - start.date()).days + 1))
        place.work()
        with place.app.app_context(), reading() as db:
            viewer = viewer_of(db, wren.id)
            assert (viewer.is_verified, viewer.alias) == (False, "Wren")
            assert db.scalar(sa.select(Membership.member_id).where(Membership.member_id == wren.id)) is None


def page_words(place: Any, member_id: str) -> str:
    """Return the member's page after signing in anew: logins end when the clock jumps far."""
    return str(place.person(member_id).read("/verify"))


@pytest.mark.parametrize("state", ["waiting", "collecting", "opened", "resend"])
def test_J1_day_31_no_paper_is_left_whatever_the_reviewers_did(
    borough: Callable[..., Any], api_member: Callable[..., Any], api_reviewer: Callable[..., Any], state: str
) -> None:
    place = borough(plugins=("verification_docs",))
    start = now()
    with time_machine.travel(start, tick=True) as clock:
        heron, _crane = api_reviewer(place, "Heron"), api_reviewer(place, "Crane")
        wren = api_member(place, "Wren")
        if state == "collecting":
            assert wren.hand_in("id", "passport")[0] == 201
        else:
            case = wren.hand_in_all()
        if state in ("opened", "resend"):
            papers = heron.claim(case["id"])
        if state == "resend":
            for paper in papers.values():
                assert heron.decide(case["id"], paper["id"], "unreadable")[0] == 200
        folder = instance(place.app).config.data_dir
        assert list(folder.rglob("*.age"))
        clock.move_to(start + timedelta(days=29))
        place.work()
        assert list(folder.rglob("*.age"))
        clock.move_to(start + timedelta(days=31))
        place.work()
        assert not list(folder.rglob("*.age"))
        _status, receipt = wren.call("GET", "/case")
        assert receipt["state"] == "lapsed"
        assert any(mail["Subject"] == "We deleted what you sent" for mail in place.mails_to("wren"))
