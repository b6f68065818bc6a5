"""Alerts that were let in before there was a quarantine are shown after the upgrade as they were."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from core import migrate, testing
from core.database import now, sql
from federation.models import Peer, RemoteAlert
from federation.trust.models import Standing


def test_F15_what_was_shown_before_the_upgrade_is_shown_after_it(tmp_path: Path) -> None:
    app = testing.make_app(tmp_path / "old", ("federation",))
    with app.app_context():
        from core.database import Base

        Base.metadata.drop_all(sql.engine)
        migrate.upgrade()
        migrate.downgrade("federation", "federation_0003")
        moment = now()
        with sql.engine.begin() as connection:
            times = dict.fromkeys(("proposal_ends_at", "next_at", "lease_until"), moment)
            texts = {c.name: "x" for c in Peer.__table__.c if isinstance(c.type, sa.String) and not c.nullable}
            flags = dict.fromkeys(("we_confirmed", "they_confirmed", "stopped_by_them"), False)
            connection.execute(sa.insert(Peer).values(**texts, **times, **flags, failures=0))
            for name, scope in (("a", "public"), ("b", "all_verified"), ("c", "peers")):
                row = {"id": name, "peer_id": "x", "alert_id": name, "revision": 1, "state": "active", "scope": scope}
                row |= {"expires_at": moment, "received_at": moment, "snapshot": "{}", "activity": "{}"}
                connection.execute(sa.insert(RemoteAlert).values(**row))
        migrate.upgrade()
        with sql.engine.connect() as connection:
            rows = connection.execute(
                sa.select(Standing.alert_row, Standing.state, Standing.tlp, Standing.is_looked_at)
            )
            assert sorted(tuple(row) for row in rows) == [
                ("a", "shown", "CLEAR", True),
                ("b", "shown", "GREEN", True),
                ("c", "shown", "AMBER", True),
            ]
