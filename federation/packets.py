"""Builds what is sent: the items waiting for a neighbour, and the signed activity of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import activities, audience, identity, proofs
from federation.inbox import MOST_ITEMS
from federation.keys import OwnKey
from federation.models import Delivery, Outgoing
from federation.trust import policies

ON_THE_WIRE = {"Create": "Create", "Update": "Update", "Cancel": "Update", "Delete": "Delete"}
TAKING_BACK = ("Cancel", "Delete")
"""What goes first, before all news, in requests of its own."""


class Item(NamedTuple):
    """One delivery that waits."""

    id: str
    alert_id: str
    revision: int
    kind: str
    snapshot: str


@dataclass(frozen=True)
class Packet:
    """An item with the activity that will be sent for it."""

    item: Item
    activity: dict[str, Any]

    @property
    def name(self) -> str:
        """The activity's id, by which the neighbour answers for it."""
        return str(self.activity["id"])


def waiting_items(db: Session, peer_id: str, at: datetime) -> list[Item]:
    """Return the next waiting items of a neighbour, in order; those that are no news any more are put aside.

    What takes words back goes before all else: a cancellation that overtakes its alert is a tombstone there.
    """
    mine = sa.and_(Delivery.peer_id == peer_id, Delivery.state == "pending")
    db.execute(sa.update(Delivery).where(mine, Delivery.gives_up_at < at).values(state="dead", outcome="expired"))
    rows = db.execute(
        sa.select(Delivery.id, Delivery.alert_id, Delivery.revision, Delivery.kind, Outgoing.snapshot)
        .join(Outgoing, sa.and_(Outgoing.alert_id == Delivery.alert_id, Outgoing.revision == Delivery.revision))
        .where(mine)
        .order_by(Delivery.kind.not_in(TAKING_BACK), Delivery.sequence)
        .limit(MOST_ITEMS)
    )
    items = [Item(*row) for row in rows]
    if items and items[0].kind in TAKING_BACK:  # alone, so that no quota for news holds it up
        return [item for item in items if item.kind in TAKING_BACK]
    left_out = unmeant(db, peer_id, items)
    if left_out:
        gone = {"state": "dead", "outcome": "not_meant"}
        db.execute(sa.update(Delivery).where(Delivery.id.in_(left_out)).values(**gone))
    return [item for item in items if item.id not in left_out]


def unmeant(db: Session, peer_id: str, items: list[Item]) -> set[str]:
    """Return the items whose alert, by its newest list of recipients, is not for this neighbour any more.

    Looked at again at each send: else a copy could still go to a neighbour that was left out since. What takes words
    back is always meant.
    """
    named = {item.alert_id for item in items if item.kind not in TAKING_BACK}
    rows = sa.select(Outgoing.alert_id, Outgoing.audience).where(Outgoing.alert_id.in_(named))
    newest = {row.alert_id: row.audience for row in db.execute(rows.order_by(Outgoing.revision))}
    reached = {text: peer_id in audience.peers_in(db, text) for text in set(newest.values())}
    return {item.id for item in items if item.alert_id in named and not _is_meant(item, reached[newest[item.alert_id]])}


def _is_meant(item: Item, is_reached: bool) -> bool:
    return is_reached or item.kind in TAKING_BACK


def packed(item: Item, base_url: str, key: OwnKey) -> Packet:
    """Return the item with its activity and our proof in it."""
    ours = identity.own_url()
    alert = audience.unpacked(item.snapshot)
    activity = activities.to_activity(alert, ON_THE_WIRE[item.kind], ours, base_url)
    activity["bw:assurance"] = policies.own_level()
    method = f"{activities.actor_of(ours)}#{key.thumbprint}"
    return Packet(item, proofs.add_proof(activity, key.private, method, activities.written(alert.sent)))
