"""An instance as it comes: visitors wait for public notices."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.contributions import Authorship, ComposeOption, Draft, Objection, Viewer
from core.hookspecs import hookimpl
from core.testing import api_token, make_app, make_member
from plugins.ward_boards import hooks

BOW_WEST = "E05009320"


class Names:
    """Offers a name that hides its member, and holds one word."""

    @hookimpl
    def compose_options(self, viewer: Viewer) -> list[ComposeOption]:
        return [ComposeOption("resident", "A resident of my ward", "No name.")]

    @hookimpl
    def authorship(self, choices: Any) -> Authorship | None:
        return Authorship("resident", "A resident of Bow West") if choices["as"] == "resident" else None

    @hookimpl
    def own_refs(self, viewer: Viewer, thread_id: str) -> list[str]:
        return []

    @hookimpl
    def objections(self, draft: Draft) -> list[Objection]:
        return [Objection("names.word", "A name is in it.")] if "hold me" in draft.text else []


@pytest.fixture(scope="session")
def boards_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Make the instance once, with the delay as it comes."""
    return make_app(Path(tmp_path_factory.mktemp("reading")), {"ward_boards": hooks, "names": Names()})


@pytest.fixture
def other(app: Flask) -> str:
    """Return another moderator of Bow West, for nobody decides about what they wrote."""
    return make_member(app, "Another", roles=[("officer", BOW_WEST)])


@pytest.fixture
def listed(boards_app: Flask) -> Callable[..., list[str]]:
    """Return a function that gives the titles somebody's API lists."""

    def titles(member_id: str) -> list[str]:
        token = api_token(boards_app, member_id, "read")
        answer = boards_app.test_client().get("/api/v1/threads", headers={"Authorization": f"Bearer {token}"})
        return [item["title"] for item in answer.json["items"]]

    return titles


@pytest.fixture
def text_of() -> Callable[[Any], str]:
    """Return a function that gives the words of an answer without its marks."""

    def words(answer: Any) -> str:
        whole = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]*>", " ", whole).split())

    return words
