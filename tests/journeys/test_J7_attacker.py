"""J7, the attacker: a throw-away account, a border that cannot be drawn, guessed addresses, forged messages, bad files,
a report to learn a name, and at last the whole data folder. What each step gives is nothing."""

from __future__ import annotations

import io
import logging
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from core import testing
from core.database import transaction
from plugins.verification_docs.demo import equip

BOW_WEST, STEPNEY = "E05009320", "E05009334"
FILES = run_path(str(Path(__file__).parent.parent / "verification_docs" / "hostile_files.py"))
CANARY: bytes = FILES["CANARY"]
WORDS = "Bins left by the lock gate, three nights running."
BAD_FILES = {
    "a program": FILES["DISGUISES"]["a program"],
    "a PDF with a script behind a web page": FILES["DISGUISES"]["a PDF behind a web page"],
    "a packed picture without end": FILES["words_bomb"](b"zTXt"),
    "a picture that claims a square mile": FILES["png"](60000, 60000),
}


def _joined(place: Any, alias: str, email: str) -> Any:
    """Join with a throw-away address, as anybody can."""
    person = place.person()
    assert person.send("/join", {"alias": alias, "email": email}).status_code == 200
    place.work()
    (mail,) = place.mails_to(email)
    link = re.search(r"http://127\.0\.0\.1:\d+(/account/password/\S+)", mail.get_content())
    assert link
    password = "a long enough password"  # noqa: S105  # nosec B105  # of a made person
    assert person.send(link.group(1), {"password": password, "password_confirm": password}).status_code in (302, 303)
    if "/account" not in person.read("/"):
        assert person.send("/sign-in", {"email": email, "password": password}).status_code in (302, 303)
    return person


def _hidden_post(place: Any, writer: Any) -> tuple[str, str]:
    """Let a verified member write under a name for one thread; return the ids of thread and post."""
    form = {"title": "By the lock gate", "text": WORDS, "category": "nuisance", "tier": "verified", "wards": BOW_WEST}
    form |= {"as": "thread_alias", "shown_tier": "verified", "looked_at": "1"}
    answer = writer.send(f"/boards/{BOW_WEST}/new", form)
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
    thread = answer.location.split("/threads/")[1][:32]
    page = writer.read(f"/threads/{thread}")
    found = re.search(r"/posts/([0-9a-f]{32})/withdraw", page)
    assert found
    return thread, found.group(1)


def _send_file(person: Any, content: bytes) -> Any:
    fields = {"csrf_token": testing.form_token(person.client, "/verify/id"), "document": "id.passport"}
    fields["document_number"] = "123 456 789"
    boundary, body = encode_multipart({"files": FileStorage(io.BytesIO(content), "me.jpg"), **fields})
    return person.client.post(
        "/verify/id",
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def _stolen(folder: Path) -> bytes:
    """Return every byte of the data folder, and the database once more as a dump."""
    parts = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    with closing(sqlite3.connect(folder / "boroughwatch.db")) as db:
        parts.append("\n".join(db.iterdump()).encode())
    return b"\n".join(parts)


def test_J7_the_attacker_gets_nothing(borough: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    place = borough()
    with place.app.app_context():
        reviewers = [testing.make_member(place.app, name, roles=["reviewer"], ward=STEPNEY) for name in ("Elm", "Oak")]
        with transaction() as db:
            for reviewer_id in reviewers:
                equip(db, reviewer_id)
    victim_id = testing.make_member(place.app, "Wren", ward=BOW_WEST)
    thread, post = _hidden_post(place, place.person(victim_id))

    # 1: joins with a throw-away address; there is no watch to make and no border to draw.
    caplog.set_level(logging.DEBUG)
    attacker = _joined(place, "Fox", "throwaway@mail.example")
    for path in ("/watches/new", "/watch/new", "/groups", "/areas", "/members", "/people", "/online"):
        assert attacker.client.get(path).status_code == 404
    assert attacker.client.get(f"/boards/{BOW_WEST}/new").status_code in (303, 403)

    # 2: ids, a directory, a search, feeds: no people, and nothing of the boards without being verified.
    for path in (f"/threads/{thread}", f"/posts/{post}/report", f"/posts/{post}/moderate", "/feeds/" + "0" * 32):
        assert attacker.client.get(path).status_code in (403, 404)
    found = attacker.read("/search?q=Wren") + attacker.read("/search?q=lock+gate")
    assert WORDS not in found
    assert f">{'Wren'}<" not in found

    # 3: a message from nobody's key, and one without any.
    client = place.app.test_client()
    for headers in ({}, {"Signature-Input": 'sig1=("@method");keyid="x"', "Signature": "sig1=:AAAA:"}):
        answer = client.post("/fed/v1/inbox", json={"type": "Create", "canary": CANARY.decode()}, headers=headers)
        assert answer.status_code == 401

    # 4: files that mean harm are refused in a sentence; nothing of them is kept.
    for name, content in BAD_FILES.items():
        answer = _send_file(attacker, content)
        assert answer.status_code in (303, 422), name
        assert "Traceback" not in answer.get_data(as_text=True)

    # 5: verified after all, they report the post to learn whose it is: neither side is shown.
    insider = place.person(testing.make_member(place.app, "Stoat", ward=STEPNEY))
    assert insider.send(f"/posts/{post}/report", {"reason": "unkind", "note": "who?"}).status_code == 303
    for who in (insider, place.person(testing.make_member(place.app, "Ash", roles=[("officer", BOW_WEST)]))):
        page = who.read(f"/threads/{thread}")
        assert WORDS in page
        assert "Wren" not in page
        assert victim_id not in page
    assert "Stoat" not in place.person(victim_id).read(f"/threads/{thread}")

    # 6: the whole data folder and the log.
    place.work()
    with closing(sqlite3.connect(place.app.extensions["boroughwatch"].config.data_dir / "boroughwatch.db")) as db:
        (row,) = db.execute("SELECT member_id, ref, label FROM ward_boards_post WHERE id = ?", (post,)).fetchall()
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        holding = [
            name
            for name in tables
            if any(row[1] in str(each) and victim_id in str(each) for each in db.execute(f'SELECT * FROM "{name}"'))  # noqa: S608  # nosec B608  # names of our own tables
        ]
    assert row[0] is None
    assert holding == []
    loot = _stolen(place.app.extensions["boroughwatch"].config.data_dir)
    assert CANARY not in loot
    said = caplog.text
    for secret in ("throwaway@mail.example", victim_id, "127.0.0.1 -"):
        assert secret not in said
