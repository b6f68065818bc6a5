"""A backup that was put back: a new life of the database, in which nothing counts that was signed in the old one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine

from core import testing
from core.database import now, sql, transaction
from federation import housekeeping
from federation.repair import epochs


def _epoch(borough: Any) -> str:
    with borough.app.app_context(), transaction() as db:
        return epochs.current(db, now()).epoch


def _copy(source: Any, target: Any) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


def _database(borough: Any) -> Path:
    with borough.app.app_context():
        return Path(str(sql.engine.url.database))


def _backup(borough: Any) -> Path:
    copy = _database(borough).with_suffix(".backup")
    _copy(_database(borough), copy)
    return copy


def _restore(borough: Any, copy: Path) -> None:
    """Put the copy back over the database, as an operator does; the file beside it stays."""
    _copy(copy, _database(borough))


def test_F13_the_same_database_keeps_its_name_over_restarts(pair: Any, mending: Any) -> None:
    mending.run(pair.th)
    before = _epoch(pair.th)
    pair.th.restart()
    mending.run(pair.th)
    assert _epoch(pair.th) == before
    assert ((pair.th.folder / epochs.FILE_NAME).stat().st_mode & 0o077) == 0


def test_F13_after_a_backup_neighbours_read_anew_and_the_origin_learns_what_it_lost(
    pair: Any, snapshot: Any, mending: Any
) -> None:
    mending.issue(pair.th, snapshot())
    pair.th.work()
    mending.run(pair.th)
    mending.run(pair.hk)
    before = mending.cursor(pair.hk)
    copy = _backup(pair.th)
    mending.run(pair.th)
    mending.issue(pair.th, snapshot(2, headline="After the backup"))
    pair.th.work()
    _restore(pair.th, copy)
    mending.run(pair.th)
    assert _epoch(pair.th) != before.epoch
    assert mending.cursor(pair.th).newer_there == 1
    with time_machine.travel(now() + timedelta(minutes=3), tick=True):
        mending.issue(pair.th, snapshot(alert_id="f" * 32))
        with pair.hk.app.app_context():
            housekeeping.greet(now())
        assert mending.cursor(pair.hk).is_due, "the greeting told of the new epoch"
        mending.run(pair.hk)
        after = mending.cursor(pair.hk)
        assert (after.epoch, after.is_due) == (_epoch(pair.th), False)
        assert mending.held(pair.hk) == {snapshot().alert_id: (2, "active"), "f" * 32: (1, "active")}


def test_F13_a_receiver_with_a_backup_reads_what_it_had_from_everybody(pair: Any, snapshot: Any, mending: Any) -> None:
    mending.run(pair.hk)
    copy = _backup(pair.hk)
    mending.run(pair.hk)
    mending.issue(pair.th, snapshot())
    pair.th.work()
    _restore(pair.hk, copy)
    assert mending.held(pair.hk) == {}
    mending.run(pair.hk)
    assert mending.held(pair.hk) == {snapshot().alert_id: (1, "active")}


def test_F13_what_was_signed_before_the_backup_was_put_back_is_not_taken(
    pair: Any, snapshot: Any, mending: Any
) -> None:
    testing.make_member(pair.hk.app, roles=["admin"])
    mending.run(pair.hk)
    copy = _backup(pair.hk)
    mending.run(pair.hk)
    _restore(pair.hk, copy)
    refused = pair.th.say(pair.hk, "/inbox", {"items": [pair.th.activity(snapshot(), pair.hk)]})
    assert (refused.status, refused.code, refused.retry_after_seconds) == (503, "restored", 60)
    assert mending.held(pair.hk) == {}
    testing.work(pair.hk.app)
    assert any("look" in str(mail["Subject"]) for mail in testing.mails(pair.hk.app))
    with time_machine.travel(now() + timedelta(seconds=75), tick=True):
        again = pair.th.say(pair.hk, "/inbox", {"items": [pair.th.activity(snapshot(), pair.hk)]})
        assert again.status == 200


def test_F13_a_lost_file_is_a_new_life_and_a_strange_one_too(pair: Any, mending: Any) -> None:
    mending.run(pair.th)
    names = {_epoch(pair.th)}
    file = pair.th.folder / epochs.FILE_NAME
    for content in (None, "x", f"{'0' * 32} 1\n"):
        if content is None:
            file.unlink()
        else:
            file.write_text(content)
        names.add(_epoch(pair.th))
    assert len(names) == 4
