"""The audit chain: whole when untouched, and any change, removal or cut in the middle is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from core import audit
from core.database import reading, transaction
from core.models import AuditEntry
from core.testing import make_app


def filled(folder: Path) -> object:
    app = make_app(folder, {})
    with app.app_context(), transaction() as db:
        for number in range(4):
            audit.record(db, "someone", "test.verb", f"subject {number}", "because")
    return app


def test_an_untouched_chain_is_whole_and_names_nobody(tmp_path: Path) -> None:
    app = filled(tmp_path)
    with app.app_context(), reading() as db:  # type: ignore[attr-defined]
        assert audit.verify(db) is None
        actors = set(db.scalars(sa.select(AuditEntry.actor)))
    assert len(actors) == 1
    assert "someone" not in actors


@pytest.mark.parametrize(
    "tamper",
    [
        sa.update(AuditEntry).where(AuditEntry.sequence == 2).values(reason="another"),
        sa.update(AuditEntry).where(AuditEntry.sequence == 4).values(actor="x"),
        sa.delete(AuditEntry).where(AuditEntry.sequence == 3),
        sa.delete(AuditEntry).where(AuditEntry.sequence == 1),
    ],
)
def test_tampering_is_told(tmp_path: Path, tamper: sa.Update | sa.Delete) -> None:
    app = filled(tmp_path)
    with app.app_context():  # type: ignore[attr-defined]
        with transaction() as db:
            db.execute(tamper)
        with reading() as db:
            assert audit.verify(db) is not None
