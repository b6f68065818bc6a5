"""Attacks on voices across both sides at once, on the whole house: wrong doors, wrong moments, and curious staff."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from runpy import run_path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from core import privacy
from core.database import sql, transaction
from core.models import Member
from core.testing import api_token, make_app, make_member, sign_in, work
from core.web.api import SCOPES

BOROUGH, BOW_WEST = "E09000030", "E05009320"
WEDNESDAY = datetime(2026, 11, 18, 10, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
client_side = run_path(str(Path(__file__).parents[1] / "anonymity" / "unlinkable_client.py"))
STAFF: dict[str, dict[str, Any]] = {
    "verified": {"ward": BOW_WEST},
    "coordinator": {"roles": ["coordinator"], "ward": BOW_WEST},
    "officer": {"roles": [("officer", BOW_WEST)]},
    "reviewer": {"roles": ["reviewer"]},
    "custodian": {"roles": ["custodian"], "ward": BOW_WEST},
    "admin": {"roles": ["admin"]},
}


class House(NamedTuple):
    """An instance in the week in which its voices count, and its clock."""

    app: Flask
    folder: Path
    members: list[str]
    voices: list[Any]
    clock: Any

    def speak(self, number: int, method: str, path: str, content: Any = None, **headers: str) -> Any:
        return self.voices[number].ask(self.app.test_client(use_cookies=False), method, path, content, **headers)


def voice_of(app: Flask, member_id: str) -> Any:
    bearer = {"Authorization": f"Bearer {api_token(app, member_id, 'read', 'post')}"}
    return client_side["take"](app.test_client(), bearer, BOROUGH)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with time_machine.travel(WEDNESDAY, tick=True) as clock:
        app = make_app(tmp_path, anonymity={"crowd_least": 2})
        members = [make_member(app, f"Canary Resident {number}", ward=BOW_WEST) for number in (11, 22, 33)]
        work(app)
        voices = [voice_of(app, member_id) for member_id in members]
        clock.move_to(MONDAY + timedelta(hours=9))
        work(app)
        yield House(app, tmp_path, members, voices, clock)


def threads_of(house: House, *numbers: int) -> list[str]:
    """Let voices open a thread each, and let all come out; a moderator has let them through."""
    for number in numbers:
        content = {"title": f"Lamp {number} is out", "text": "Since Monday.", "category": "general"}
        answer = house.speak(number, "POST", "threads", {**content, "id": f"{number:032x}", "wards": [BOROUGH]})
        assert answer.status_code == 202, answer.text
    house.clock.move_to(MONDAY + timedelta(hours=20, minutes=1))
    work(house.app)
    with house.app.app_context(), transaction() as db:
        db.execute(sa.text("UPDATE ward_boards_post SET state = 'published' WHERE kind = 'handle'"))
        ids = [f"{number:032x}" for number in numbers]
        where = sa.text("SELECT id, thread_id FROM ward_boards_post WHERE kind = 'handle'")
        rows = {row.id: row.thread_id for row in db.execute(where)}
    return [rows[key] for key in ids]


def traces_of(house: House) -> list[str]:
    """What is known of each member."""
    columns = (Member.id, Member.email, Member.fs_uniquifier)
    with house.app.app_context(), sql.engine.connect() as connection:
        rows = connection.execute(sa.select(*columns).where(Member.id.in_(house.members))).all()
    return [str(value) for row in rows for value in row]


def spellings(raw: bytes) -> list[bytes]:
    return [raw, raw.hex().encode(), client_side["to_text"](raw).encode()]


def test_A3_a_voice_shown_at_the_wrong_door_leaves_nothing_there(house: House) -> None:
    voice, member = house.voices[0], house.members[0]
    browser = house.app.test_client()
    sign_in(browser, member)
    path = "/api/v1/threads"
    for asked in ("/", "/boards", "/account", path, "/no/such/page", "/api/v1/anonymity/epochs"):
        headers = voice.headers("GET", asked)
        assert browser.get(asked, headers=headers).status_code in (200, 303, 401, 404), asked
        assert browser.post(asked, headers=headers, data=b"{}").status_code < 500, asked
    work(house.app)
    secret = [way for raw in (voice.pk, voice.sig, voice.prefix) for way in spellings(raw)]
    files = {file.name: file.read_bytes() for file in house.folder.rglob("*") if file.is_file()}
    assert [name for name, content in files.items() for way in secret if way in content] == []


def test_A3_the_unlinkable_side_never_says_a_word_about_an_account(house: House) -> None:
    (thread,) = threads_of(house, 0)
    work(house.app)
    traces = traces_of(house)
    for path in ("me", "threads", f"threads?ward={BOW_WEST}", f"threads/{thread}", f"threads/{house.members[0]}"):
        answer = house.speak(1, "GET", path)
        assert answer.status_code in (200, 404), path
        assert [trace for trace in traces if trace in answer.text and trace not in path] == [], path
        assert "Set-Cookie" not in answer.headers


@pytest.mark.slow
@pytest.mark.parametrize("role", STAFF)
def test_A3_nobody_on_the_members_side_sees_more_of_a_voice_than_its_name(house: House, role: str) -> None:
    threads = threads_of(house, 0, 1)
    asker = make_member(house.app, "Asker", **STAFF[role])
    browser = house.app.test_client()
    sign_in(browser, asker)
    bearer = {"Authorization": f"Bearer {api_token(house.app, asker, *SCOPES)}"}
    with house.app.app_context(), sql.engine.connect() as connection:
        refs = list(connection.scalars(sa.text("SELECT ref FROM ward_boards_post WHERE kind = 'handle'")))
    assert len(set(refs)) == 2
    hidden = [*refs, *traces_of(house), *(client_side["to_text"](voice.pk) for voice in house.voices)]
    fills = {"thread_id": threads[0], "post_id": f"{0:032x}", "code": BOROUGH, "id": threads[0]}
    for rule in house.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("static"):
            continue
        address = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda blank: fills.get(blank[1], f"{0:032x}"), rule.rule)
        headers = bearer if address.startswith("/api/") else {}
        text = browser.get(address, headers=headers).get_data(as_text=True)
        assert [trace for trace in hidden if trace in text] == [], address


def test_A3_a_voice_ends_with_its_week_to_the_second(house: House) -> None:
    house.clock.move_to(MONDAY + timedelta(days=7, seconds=-2))
    assert house.speak(0, "GET", "me").status_code == 200
    house.clock.move_to(MONDAY + timedelta(days=7))
    late = house.speak(0, "GET", "me")
    assert late.status_code == 401
    assert "another week" in late.get_json()["detail"]


def test_A3_leaving_or_being_suspended_tells_nothing_about_a_voice(house: House) -> None:
    """An account that goes takes no post of a voice along: that would say whose it was."""
    threads_of(house, 0)
    before = house.speak(0, "GET", "me").get_json()
    with house.app.app_context(), transaction() as db:
        privacy.erase(db, house.members[0])
    work(house.app)
    assert house.speak(0, "GET", "me").get_json() == before
    with house.app.app_context(), sql.engine.connect() as connection:
        left = connection.scalar(sa.text("SELECT count(*) FROM ward_boards_post WHERE kind = 'handle' AND text <> ''"))
    assert left == 1


def test_A3_what_a_member_takes_home_about_themselves_names_no_voice(house: House) -> None:
    threads_of(house, 0)
    with house.app.app_context(), transaction() as db:
        taken = str(privacy.export(db, house.members[0]))
    handle = house.speak(0, "GET", "me").get_json()["handle"]
    assert handle not in taken
    assert f"{0:032x}" not in taken
    assert [way for way in spellings(house.voices[0].pk) if way.decode(errors="replace") in taken] == []
