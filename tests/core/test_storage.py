"""Sealed files: stored with their row, gone with it, orphans swept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core import storage
from core.database import reading, transaction
from core.testing import make_app, make_member


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


def test_a_blob_comes_back_and_goes(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    with app.app_context():
        with transaction() as db:
            blob = storage.put(db, "some_plugin", b"sealed bytes")
        with reading() as db:
            assert storage.get(db, blob) == b"sealed bytes"
        assert len(files(tmp_path)) == 1
        with transaction() as db:
            storage.delete(db, blob)
            assert len(files(tmp_path)) == 1  # only after commit
        assert files(tmp_path) == []
        with reading() as db, pytest.raises(storage.BlobGone):
            storage.get(db, blob)
        with transaction() as db:
            storage.delete(db, blob)  # gone already is fine


def test_a_rolled_back_deletion_keeps_the_file(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    with app.app_context():
        with transaction() as db:
            blob = storage.put(db, "some_plugin", b"kept")
        with pytest.raises(RuntimeError), transaction() as db:  # noqa: PT012  # the roll-back is the test
            storage.delete(db, blob)
            raise RuntimeError
        with reading() as db:
            assert storage.get(db, blob) == b"kept"


def test_files_without_a_row_are_swept_once_they_are_old(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    with app.app_context():
        with pytest.raises(RuntimeError), transaction() as db:  # noqa: PT012  # the roll-back is the test
            storage.put(db, "some_plugin", b"orphan")
            raise RuntimeError
        assert storage.sweep() == 0
        old = time.time() - 2 * 3600
        os.utime(files(tmp_path)[0], (old, old))
        assert storage.sweep() == 1
        assert files(tmp_path) == []


def test_a_members_files_go_with_them_whoever_put_them_there(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    member = make_member(app)
    with app.app_context():
        with transaction() as db:
            storage.put(db, "a_plugin_now_off", b"theirs", member)
            storage.put(db, "a_plugin_now_off", b"nobody's")
        with transaction() as db:
            assert storage.sweep_member(db, member) == 1
        assert len(files(tmp_path)) == 1
