"""W9: what was withdrawn leaves the index's file too, and the pieces of the index do not tell an order."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from core import event_log, migrate, permissions
from core.app import create_app
from core.cli import main
from core.crypto import create_secret
from core.database import now, reading, sql, transaction
from core.events import WardsChanged
from core.plugin_manager import load
from core.testing import make_app, make_member, work
from plugins.ward_boards import publishing
from plugins.ward_boards import services as boards
from plugins.ward_boards.models import Post, ThreadWard
from plugins.ward_boards.publishing import Entry
from plugins.ward_boards.search import indexing, jobs, models
from plugins.ward_boards.search.models import SearchEntry

CANARY = "qxzcanarybird"
PIECES = sa.text("SELECT count(DISTINCT segid) FROM ward_boards_search_words_idx")
BLOCKS = sa.text("SELECT block FROM ward_boards_search_words_data")


@pytest.fixture
def own_app(tmp_path: Path) -> Flask:
    """Return an instance with a file of its own, whose bytes can be read."""
    return make_app(tmp_path, ["ward_boards"])


def _publish(app: Flask, member_id: str, text: str) -> str:
    with app.app_context(), transaction() as db:
        entry = Entry("A title", text, ("E05009320",), "crime", "verified")
        return publishing.open_thread(db, permissions.viewer_of(db, member_id), entry, now=now()).post_id


def _raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("boroughwatch.db*")))


def _in_index(app: Flask) -> bool:
    # The first letter may be shared with the word before it, and then is not written again.
    with app.app_context(), reading() as db:
        return any(CANARY[2:].encode() in block for block in db.scalars(BLOCKS))


def test_W9_the_words_of_a_withdrawn_post_leave_the_file(own_app: Flask, tmp_path: Path) -> None:
    robin = make_member(own_app, "Robin", ward="E05009320")
    for number in range(30):
        _publish(own_app, robin, f"Something about number {number} and the market")
    post_id = _publish(own_app, robin, f"A secret {CANARY} here")
    _publish(own_app, robin, "Something after it")
    assert CANARY[2:].encode() in _raw(tmp_path)
    assert _in_index(own_app)
    with own_app.app_context(), transaction() as db:
        boards.withdraw(db, permissions.viewer_of(db, robin), post_id)
    with own_app.app_context():
        jobs.tidy(now())
    assert not _in_index(own_app)
    assert CANARY[2:].encode() not in _raw(tmp_path)


def test_W9_the_worker_joins_the_pieces_every_hour(own_app: Flask) -> None:
    robin = make_member(own_app, "Robin", ward="E05009320")
    for number in range(7):
        _publish(own_app, robin, f"Something about {number}")
    with own_app.app_context(), reading() as db:
        assert db.scalar(PIECES) > 1
    work(own_app, now() + timedelta(hours=1))
    with own_app.app_context(), reading() as db:
        assert db.scalar(PIECES) == 1
        assert len(db.scalars(sa.select(SearchEntry.docid)).all()) == 7


def test_W9_tables_of_models_and_of_migrations_have_the_same_index(own_app: Flask, tmp_path: Path) -> None:
    made = "SELECT type, name, sql FROM sqlite_master WHERE name LIKE 'ward_boards_search_words%' ORDER BY name"
    with own_app.app_context(), reading() as db:
        by_models = [tuple(row) for row in db.execute(sa.text(made))]
    folder = tmp_path / "migrated"
    folder.mkdir()
    (folder / "boroughwatch.toml").write_text('borough = "E09000030"\n')
    create_secret(folder / "secret.key")
    with create_app(folder, plugins=load(["ward_boards"])).app_context():
        migrate.upgrade()
        with reading() as db:
            assert [tuple(row) for row in db.execute(sa.text(made))] == by_models


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 42, 0)])
def test_W9_a_newer_sqlite_is_asked_to_delete_at_once(version: tuple[int, ...], monkeypatch: Any) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", version)
    asked = models.SECURE_DELETE in models.index_statements("sqlite")
    assert asked == (version >= models.SECURE_DELETE_SINCE)
    assert models.index_statements("postgresql") == (models.GIN,)


def test_W9_posts_from_before_the_index_are_put_into_it_by_the_worker(own_app: Flask) -> None:
    robin = make_member(own_app, "Robin", ward="E05009320")
    for number in range(3):
        _publish(own_app, robin, f"Something about {number}")
    with own_app.app_context(), transaction() as db:
        indexing.begin_again(db)
    work(own_app, now() + timedelta(minutes=2))
    with own_app.app_context(), reading() as db:
        assert len(db.scalars(sa.select(SearchEntry.docid)).all()) == 3
        assert not indexing.is_filling(db)


def test_W9_the_index_is_made_anew_by_a_command(own_app: Flask, tmp_path: Path) -> None:
    robin = make_member(own_app, "Robin", ward="E05009320")
    for number in range(3):
        _publish(own_app, robin, f"Something about {number}")
    with own_app.app_context(), transaction() as db:
        db.execute(sa.text("DELETE FROM ward_boards_search_words_data WHERE id > 10"))  # as a broken disk would
    done = CliRunner().invoke(main, ["ward_boards", "rebuild-search", "--data", str(tmp_path)])
    assert done.output == "3 posts and alerts can be found.\n"
    assert done.exit_code == 0
    with own_app.app_context(), transaction() as db:
        db.execute(sa.text("INSERT INTO ward_boards_search_words(ward_boards_search_words) VALUES ('integrity-check')"))


def test_W9_boards_that_became_others_are_searched_by_their_new_codes(own_app: Flask) -> None:
    robin = make_member(own_app, "Robin", ward="E05009320")
    post_id = _publish(own_app, robin, "Something about it")
    with own_app.app_context():
        with transaction() as db:
            thread_id = db.get_one(Post, post_id).thread_id
            moved = sa.update(ThreadWard).where(ThreadWard.thread_id == thread_id)
            db.execute(moved.values(ward_code="E05009334"))
            event = WardsChanged(old_code="E05009320", new_codes=("E05009334",), kind="rename", on="2026-05-01")
            event_log.append(db, event)
        work(own_app, now() + timedelta(minutes=2))
        with reading() as db:
            words = db.scalars(sa.select(SearchEntry.words)).one()
    assert "=e05009334" in words
    assert "=e05009320" not in words


def test_W9_filling_looks_up_posts_by_their_ids(own_app: Flask) -> None:
    robin = make_member(own_app, "Robin", ward="E05009320")
    _publish(own_app, robin, "Something about it")
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        asked.append((statement, values))

    with own_app.app_context():
        with transaction() as db:
            indexing.bring_in_line(db)
        sa.event.listen(sql.engine, "before_cursor_execute", note)
        with transaction() as db:
            indexing.fill_some(db)
        sa.event.remove(sql.engine, "before_cursor_execute", note)
        plans = []
        with reading() as db:
            for statement, values in asked:
                if statement.startswith("SELECT"):
                    plan = db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                    plans += [row[3] for row in plan if "ward_boards_post" in row[3]]
    assert plans
    assert all("PRIMARY KEY" in plan for plan in plans), plans
