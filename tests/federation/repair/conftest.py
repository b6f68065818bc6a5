"""What the tests of repair share: two instances that have met, jobs that run when told, and looks at both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from core import event_log
from core.database import now, reading, transaction
from core.models import AuditEntry
from federation.models import Delivery, Nonce, Outgoing, Peer, Refusal, RemoteAlert
from federation.repair import epochs, models, pulling
from federation.repair.models import Cursor

EMPTIED = (Delivery, Outgoing, RemoteAlert, Nonce, Refusal, Cursor, models.Quota, models.SightingsThere, models.Epoch)
HACKNEY, TOWER_HAMLETS = "E09000012", "E09000030"


@pytest.fixture(scope="module")
def met(parts: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two neighbours that compared their words once; the ceremony is slow, and tested elsewhere."""
    kind, befriend, pair = parts
    th, hk = (kind(tmp_path_factory.mktemp(code), code) for code in (TOWER_HAMLETS, HACKNEY))
    for each in (th, hk):
        each.start()
    befriend(th, hk)
    yield pair(th, hk)
    for each in (th, hk):
        each.stop()


@pytest.fixture
def pair(met: Any) -> Any:
    """The two as after the ceremony: nothing sent, nothing received."""
    for each in (met.th, met.hk):
        if each.server is None:
            each.start()
        (each.folder / epochs.FILE_NAME).unlink(missing_ok=True)
        with each.app.app_context(), transaction() as db:
            for table in EMPTIED:
                db.execute(sa.delete(table))
            well = {"state": "verified", "notice": None, "stopped_by_them": False, "problem": None, "failures": 0}
            db.execute(sa.update(Peer).values(**well, problem_text="", heard_at=None, next_at=now(), down_since=None))
    return met


def audited(borough: Any) -> list[str]:
    """The verbs in the audit chain, oldest first."""
    with borough.app.app_context(), reading() as db:
        return list(db.scalars(sa.select(AuditEntry.verb)))


class Mending:
    """Does the repair job's work at one instance, and looks at what came of it."""

    @staticmethod
    def run(borough: Any) -> None:
        with borough.app.app_context():
            pulling.run(now())

    @staticmethod
    def issue(borough: Any, *alerts: Any) -> None:
        """Issue alerts and queue them for neighbours; nothing is sent."""
        for alert in alerts:
            borough.issue(alert)
        with borough.app.app_context():
            event_log.dispatch()

    @staticmethod
    def verbs(borough: Any) -> list[str]:
        return audited(borough)

    @staticmethod
    def anew(borough: Any) -> None:
        """Let everything be due: as after a night."""
        with borough.app.app_context():
            with transaction() as db:
                db.execute(sa.update(Cursor).values(compared_at=None))
            pulling.run(now())

    @staticmethod
    def cursor(borough: Any) -> Cursor:
        with borough.app.app_context(), reading() as db:
            return db.scalars(sa.select(Cursor)).one()

    @staticmethod
    def held(borough: Any) -> dict[str, tuple[int, str]]:
        with borough.app.app_context(), reading() as db:
            rows = db.execute(sa.select(RemoteAlert.alert_id, RemoteAlert.revision, RemoteAlert.state))
            return {row.alert_id: (row.revision, row.state) for row in rows}

    @staticmethod
    def lose(borough: Any, table: type[RemoteAlert] | type[Delivery], *conditions: Any) -> None:
        with borough.app.app_context(), transaction() as db:
            db.execute(sa.delete(table).where(*conditions))


@pytest.fixture
def mending() -> type[Mending]:
    return Mending
