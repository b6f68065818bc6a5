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


def test_V11_the_vault_is_a_folder_of_its_own_and_is_swept_too(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    with app.app_context():
        with transaction() as db:
            paper = storage.put(db, "some_plugin", b"sealed paper", vault=True)
            storage.put(db, "some_plugin", b"sealed file")
        vault = tmp_path / "vault" / "some_plugin"
        assert [path.name for path in vault.iterdir()] == [f"{paper}.age"]
        assert [path.read_bytes() for path in files(tmp_path)] == [b"sealed file"]
        orphan = vault / "0.part"
        orphan.write_bytes(b"half")
        old = time.time() - 2 * 3600
        for path in vault.iterdir():
            os.utime(path, (old, old))
        assert storage.sweep() == 1
        with reading() as db:
            assert storage.get(db, paper) == b"sealed paper"
        with transaction() as db:
            storage.delete(db, paper)
        assert list(vault.iterdir()) == []


def test_a_file_is_on_the_disk_before_its_row_and_whole_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(tmp_path, {})
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with app.app_context(), transaction() as db:
        blob = storage.put(db, "some_plugin", b"sealed", vault=True)
        assert synced == [f"{blob}.part", "some_plugin", "vault"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "some_plugin").write_text("in the way")
    with app.app_context(), pytest.raises(storage.StoreUnavailable), transaction() as db:
        storage.put(db, "some_plugin", b"sealed", vault=True)
