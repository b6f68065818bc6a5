"""Voices on PostgreSQL: fifty at once get one, and a private key leaves no trace in the tables' files."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import time_machine
from cryptography.hazmat.primitives.serialization import load_der_public_key
from flask import Flask

from core.database import now, reading, sql
from core.testing import api_token, make_member
from plugins.anonymity import hooks
from plugins.anonymity.credentials import blind_rsa, blinding, epochs, jobs
from plugins.anonymity.credentials.models import EpochKey
from plugins.anonymity.credentials.wire import from_text, to_text

BOROUGH, BOW_WEST = "E09000030", "E05009320"


def _blinded(offer: dict[str, Any]) -> str:
    public: Any = load_der_public_key(from_text(offer["spki"]))
    prepared = blinding.prepare(blind_rsa.message(offer["epoch"], offer["scope"], bytes(32)))
    return to_text(blinding.blind(public, prepared)[0])


def _in_the_files(key: bytes) -> list[str]:
    """Return which tables' files hold these bytes, asked of the server itself."""
    found = []
    with sql.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        for table in ("anonymity_epoch_key", "anonymity_issuance"):
            toast = "SELECT reltoastrelid::regclass::text FROM pg_class WHERE relname = %s"
            names = [table, connection.exec_driver_sql(toast, (table,)).scalar()]
            for name in filter(lambda each: each and each != "-", names):
                path = connection.exec_driver_sql("SELECT pg_relation_filepath(%s)", (name,)).scalar()
                content = connection.exec_driver_sql("SELECT pg_read_binary_file(%s)", (path,)).scalar() or b""
                found += [str(name)] * (bytes(key) in bytes(content))
    return found


def test_A1_fifty_at_once_get_one_voice(make_app: Callable[..., Flask]) -> None:
    app = make_app({"anonymity": hooks})
    member = make_member(app, ward=BOW_WEST)
    with app.app_context():
        jobs.turn_weeks(now())
    bearer = {"Authorization": f"Bearer {api_token(app, member, 'read', 'post')}"}
    offer = app.test_client().get("/api/v1/anonymity/epochs", headers=bearer).get_json()["items"][0]
    bodies = [{"epoch": offer["epoch"], "scope": offer["scope"], "blinded": _blinded(offer)} for _ in range(50)]
    gate, answers = threading.Barrier(50), []

    def ask(body: dict[str, str]) -> None:
        gate.wait()
        answers.append(app.test_client().post("/api/v1/anonymity/issue", json=body, headers=bearer).status_code)

    threads = [threading.Thread(target=ask, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 49
    with app.app_context(), reading() as db:
        key = db.get_one(EpochKey, (offer["epoch"], BOROUGH))
        assert key.issued == 1
        sealed = bytes(key.sealed_private or b"")[100:160]
    with app.app_context():
        assert _in_the_files(sealed)
        with time_machine.travel(epochs.begins_at(offer["epoch"]), tick=True):
            jobs.turn_weeks(now())
        assert _in_the_files(sealed) == []
