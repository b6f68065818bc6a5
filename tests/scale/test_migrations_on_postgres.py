"""The tests of migrations, once more on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from runpy import run_path

import pytest

again = run_path(str(Path(__file__).resolve().parent.parent / "test_migrations.py"))


@pytest.fixture(autouse=True)
def on_postgres(new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOROUGHWATCH_DATABASE_URL", new_database())


test_migrations_go_up_down_and_up_again_with_rows = again["test_migrations_go_up_down_and_up_again_with_rows"]
test_models_and_migrations_agree = again["test_models_and_migrations_agree"]
