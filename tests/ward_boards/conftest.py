"""An instance with boards and a small plugin that signs, holds and refuses, so that no other part is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from core import permissions
from core.contributions import Authorship, ComposeOption, Draft, Objection, Viewer
from core.database import Base, now, reading, sql, transaction
from core.hookspecs import hookimpl
from core.testing import make_app, make_member, sign_in
from plugins.ward_boards import hooks, publishing
from plugins.ward_boards.publishing import Entry
from plugins.ward_boards.services import Placed

BOROUGH, BOW_WEST, STEPNEY, ISLAND = "E09000030", "E05009320", "E05009334", "E05009324"
KEPT = {"core_ward", "core_postcode"}


class Names:
    """Offers a name per thread and "a resident", and objects to two words."""

    @hookimpl
    def compose_options(self, viewer: Viewer) -> list[ComposeOption]:
        return [
            ComposeOption("thread_alias", "A name for this thread", "Made up."),
            ComposeOption("resident", "A resident of my ward", "No name."),
        ]

    @hookimpl
    def authorship(self, viewer: Viewer, thread_id: str, choices: Mapping[str, str]) -> Authorship | None:
        if choices["as"] == "thread_alias":
            return Authorship("thread_alias", f"Otter {thread_id[:3]}", ref=f"ref-{viewer.alias}-{thread_id}")
        if choices["as"] == "resident" and viewer.alias != "Mover":
            return Authorship("resident", "A resident of Bow West")
        return None

    @hookimpl
    def own_refs(self, viewer: Viewer, thread_id: str) -> list[str]:
        return [f"ref-{viewer.alias}-{thread_id}"]

    @hookimpl
    def objections(self, draft: Draft) -> list[Objection]:
        if "refuse me" in draft.text:
            return [Objection("names.word", "Take the house number out.", refuse=True)]
        if "hold me" in draft.text:
            return [Objection("names.word", "A name is in it.")]
        return []


@pytest.fixture(scope="session")
def boards_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Make the instance once: making one takes longer than most tests."""
    # Visitors see notices at once here; the tests of reading look at what the delay hides.
    at_once = {"public_delay_minutes": 0}
    folder = Path(tmp_path_factory.mktemp("boards"))
    return make_app(folder, {"ward_boards": hooks, "names": Names()}, ward_boards=at_once)


@pytest.fixture
def app(boards_app: Flask) -> Flask:
    """Return the instance, empty of people and posts."""
    with boards_app.app_context(), transaction() as db:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith(("core_", "ward_boards_")) and table.name not in KEPT:
                db.execute(table.delete())
    # No context stays open: requests inside it would share one viewer and one view of the database.
    return boards_app


@pytest.fixture
def writing(app: Flask) -> Callable[[], AbstractContextManager[Session]]:
    """Return a function that opens a transaction of the instance."""

    @contextmanager
    def opened() -> Iterator[Session]:
        with app.app_context(), transaction() as db:
            yield db

    return opened


@pytest.fixture
def looking(app: Flask) -> Callable[[], AbstractContextManager[Session]]:
    """Return a function that opens the database of the instance for reading."""

    @contextmanager
    def opened() -> Iterator[Session]:
        with app.app_context(), reading() as db:
            yield db

    return opened


@pytest.fixture
def robin(app: Flask) -> str:
    """Return a verified member of Bow West."""
    return make_member(app, "Robin", ward=BOW_WEST)


@pytest.fixture
def wren(app: Flask) -> str:
    """Return a verified member of Stepney Green."""
    return make_member(app, "Wren", ward=STEPNEY)


@pytest.fixture
def fresh(app: Flask) -> str:
    """Return a member whom nobody has verified."""
    return make_member(app, "Fresh")


@pytest.fixture
def officer(app: Flask) -> str:
    """Return Bow West's officer."""
    return make_member(app, "Officer", roles=[("officer", BOW_WEST)])


@pytest.fixture
def browse(boards_app: Flask) -> Callable[[str | None], FlaskClient]:
    """Return a function that gives a browser signed in as somebody, or as nobody."""

    def client(member_id: str | None = None) -> FlaskClient:
        browser = boards_app.test_client()
        if member_id:
            sign_in(browser, member_id)
        return browser

    return client


@pytest.fixture
def write(writing: Any) -> Callable[..., Placed]:
    """Return a function that publishes a thread for somebody."""

    def publish(member_id: str, title: str = "Two mopeds", **more: Any) -> Placed:
        values = {"text": "On the towpath.", "ward_codes": (BOW_WEST,), "category": "crime", "tier": "verified"} | more
        with writing() as db:
            viewer = permissions.viewer_of(db, member_id)
            return publishing.open_thread(db, viewer, Entry(title=title, **values), now=now())

    return publish


@pytest.fixture
def rows(looking: Any) -> Callable[[str], list[Any]]:
    """Return a function that reads a table as it lies in the database."""

    def read(table: str) -> list[Any]:
        with looking() as db:
            return list(db.execute(sa.select(Base.metadata.tables[f"ward_boards_{table}"])))

    return read


@pytest.fixture
def count_queries(boards_app: Flask) -> Iterator[Callable[[], int]]:
    """Return a function that says how many statements were sent since it was last asked."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    with boards_app.app_context():
        engine = sql.engine
    sa.event.listen(engine, "before_cursor_execute", note)

    def counted() -> int:
        number = len(statements)
        statements.clear()
        return number

    yield counted
    sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def thread_form() -> Callable[..., dict[str, Any]]:
    """Return a function that gives what the compose page sends, with changes."""

    def fill(**changes: Any) -> dict[str, Any]:
        return {
            "title": "Two mopeds at the bridge",
            "text": "They drove along the towpath without lights.",
            "wards": [BOW_WEST],
            "category": "crime",
            "tier": "verified",
            "shown_tier": "verified",
            **changes,
        } | ({} if "as" in changes else {"as": "alias"})

    return fill
