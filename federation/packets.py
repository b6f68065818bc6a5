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
    """Return the oldest waiting items of a neighbour, in order; those that are no news any more are put aside."""
    mine = sa.and_(Delivery.peer_id == peer_id, Delivery.state == "pending")
    db.execute(sa.update(Delivery).where(mine, Delivery.gives_up_at < at).values(state="dead", outcome="expired"))
    rows = db.execute(
        sa.select(Delivery.id, Delivery.alert_id, Delivery.revision, Delivery.kind, Outgoing.snapshot)
        .join(Outgoing, sa.and_(Outgoing.alert_id == Delivery.alert_id, Outgoing.revision == Delivery.revision))
        .where(mine)
        .order_by(Delivery.sequence)
        .limit(MOST_ITEMS)
    )
    return [Item(*row) for row in rows]


def packed(item: Item, base_url: str, key: OwnKey) -> Packet:
    """Return the item with its activity and our proof in it."""
    ours = identity.own_url()
    alert = audience.unpacked(item.snapshot)
    activity = activities.to_activity(alert, ON_THE_WIRE[item.kind], ours, base_url)
    activity["bw:assurance"] = policies.own_level()
    method = f"{activities.actor_of(ours)}#{key.thumbprint}"
    return Packet(item, proofs.add_proof(activity, key.private, method, activities.written(alert.sent)))
