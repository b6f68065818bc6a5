"""The error page stands when what it would lean on has fallen."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from core.database import transaction
from core.testing import make_app, make_member, sign_in


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, {})


def test_the_page_stands_without_a_database(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Amber Heron"))
    with app.app_context(), transaction() as db:
        db.execute(sa.text("PRAGMA foreign_keys=OFF"))
        db.execute(sa.text("ALTER TABLE core_member RENAME TO gone"))
    answer = client.get("/account")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "We cannot save anything just now" in page
    for kept in ("Leave now", "tel:999", "Go to the home page"):
        assert kept in page
    assert "My account" not in page
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize(("path", "status"), [("/not-here", 404), ("/look", 405)])
def test_a_refusal_keeps_the_menu_and_says_what_to_do(app: Flask, path: str, status: int) -> None:
    answer = app.test_client().get(path)
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert "Sign in" in page
    assert "Go to the home page" in page
    assert page.count("<h1>") == 1
