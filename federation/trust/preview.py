"""Who exactly gets an alert, and why the others do not: said before it is sent, by the rules that send it."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import neighbours, wards
from core.crossing import Recipient
from federation import audience as audiences
from federation.models import Peer
from federation.trust import policies, rules, words


def recipients(db: Session, audience: str) -> list[Recipient]:
    """Return every neighbour by name. Those reached are those whom `audience.peers_in` finds and who can be sent to."""
    meant = audiences.peers_in(db, audience)
    own = neighbours.assurance(db).level
    known = db.scalars(sa.select(Peer).order_by(Peer.base_url)).all()
    return sorted((_one(db, peer, meant, own) for peer in known), key=lambda each: each.name)


def _one(db: Session, peer: Peer, meant: frozenset[str], own_level: str) -> Recipient:
    name, can_be_chosen = wards.name_of(peer.area), peer.state in ("verified", "suspended")
    if not can_be_chosen:
        return Recipient(peer.id, name, False, _unverified(peer), can_be_chosen=False)
    if peer.id not in meant:
        return Recipient(peer.id, name, False, _("It is not among those you have chosen."))
    if peer.state == "suspended":
        return Recipient(peer.id, name, False, _("We have stopped the exchange for now. It is sent when we go on."))
    if peer.stopped_by_them:
        return Recipient(peer.id, name, False, _("They have stopped the exchange for now. It is sent when they go on."))
    return Recipient(peer.id, name, True, _waits_there(db, peer, own_level))


def _unverified(peer: Peer) -> str:
    if peer.state == "revoked":
        return str(_("The exchange with it was ended."))
    return str(_("The admins have not compared the words yet."))


def _waits_there(db: Session, peer: Peer, own_level: str) -> str:
    said = policies.of(db, peer.id)
    if said is None:
        return str(_("What it asks of us is not known yet. It may wait there until somebody looks."))
    if rules.rank(own_level) < rules.rank(said.floor):
        asked = words.LEVELS[said.floor]
        return str(_("It waits there until somebody looks: they ask for “%(level)s”.", level=asked))
    if peer.problem:
        return str(_("It does not answer just now. It is sent when it does."))
    return ""
