"""A full disk: people get a sentence, machines a 503 with Retry-After, and nobody has to mend anything after."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from core.database import sql
from core.testing import api_token, make_app, make_member, sign_in

WARD = "E05009320"


def _limit(app: Flask, folder: Path, pages: int) -> None:
    """Let the database grow to so many pages; SQLite answers as it does on a full disk. One connection serves all."""
    with app.app_context():
        engine = sql.engine
        engine.dispose()

        def limit(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages}")

        sa.event.listen(engine, "connect", limit)


def _pages(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "boroughwatch.db")) as database:
        return int(database.execute("PRAGMA page_count").fetchone()[0])


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    made = make_app(tmp_path)
    made.testing = False
    return made


def test_writing_to_a_full_disk_is_refused_in_words_and_goes_on_afterwards(app: Flask, tmp_path: Path) -> None:
    robin = make_member(app, "Robin", ward=WARD)
    bearer = {"Authorization": f"Bearer {api_token(app, robin, 'read', 'post')}"}
    client = app.test_client()
    sign_in(client, robin)
    form = {"title": "Two mopeds", "wards": [WARD], "category": "general", "tier": "verified"}
    form |= {"shown_tier": "verified", "as": "alias", "looked_at": "1"}
    _limit(app, tmp_path, _pages(tmp_path))
    codes = []
    for _try in range(40):
        answer = client.post(f"/boards/{WARD}/new", data={**form, "text": "lamp " * 700})
        codes.append(answer.status_code)
        if answer.status_code == 503:
            break
    assert codes[-1] == 503, codes
    assert "Traceback" not in answer.text
    assert answer.headers["Retry-After"]
    assert client.get(f"/boards/{WARD}").status_code == 200  # reading goes on
    wanted = {"title": "Lamps", "text": "lamp " * 700, "wards": [WARD], "category": "general", "tier": "verified"}
    told = app.test_client().post("/api/v1/threads", json=wanted, headers=bearer)
    assert (told.status_code, told.mimetype) == (503, "application/problem+json")
    assert told.headers["Retry-After"]
    _limit(app, tmp_path, 1_000_000)
    assert client.post(f"/boards/{WARD}/new", data={**form, "text": "lamp " * 700}).status_code == 303
    with closing(sqlite3.connect(tmp_path / "boroughwatch.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
