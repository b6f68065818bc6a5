"""The chain of deletions on PostgreSQL: many who delete at once leave one whole chain, and a head finds what is cut."""

from __future__ import annotations

import threading
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from core.database import new_id, reading, transaction
from plugins.verification_docs.purging import chain
from plugins.verification_docs.purging.models import PurgeEntry


def test_V10_the_chain_stays_whole_with_many_writers_on_postgres(make_app: Callable[..., Flask]) -> None:
    app = make_app(["verification_docs"])
    gate = threading.Barrier(6)

    def delete() -> None:
        with app.app_context():
            gate.wait()
            for _again in range(5):
                with transaction() as db:
                    chain.record(db, chain.TAKEN_BACK, pages=1, case_id=new_id())

    threads = [threading.Thread(target=delete) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        with reading() as db:
            head = chain.head(db)
            assert chain.problem(db) is None
        assert head is not None
        assert head.sequence == 30
        with transaction() as db:
            db.execute(sa.delete(PurgeEntry).where(PurgeEntry.sequence == 30))
        with reading() as db:
            assert chain.having(db, {head.hash}) == frozenset()
            assert chain.problem(db) is None
        with transaction() as db:
            db.execute(sa.delete(PurgeEntry).where(PurgeEntry.sequence == 7))
        with reading() as db:
            assert chain.problem(db) == "Entry 7 of the deletions is missing."
