"""How each instance verifies its members, said under its signature: ours made from live facts, theirs kept as it came.

Source: FEP-8b32 for the proof, as on every alert.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, neighbours
from core.crossing import ASSURANCE_LEVELS, Assurance
from core.database import now, reading, transaction
from federation import activities, calls, ceremony, identity, outbound, proofs
from federation.inbox import key_named
from federation.models import Peer
from federation.trust import standing
from federation.trust.models import Policy

TYPE = "bw:Policy"
WHOLE_SECONDS = 60
SOON_SECONDS = 60.0
NEW = timedelta(hours=1)
MOST_WORDS, LONGEST_WORD, LONGEST_TEXT = 20, 40, 500
MOST_COUNTED = 100_000


class BadPolicy(ValueError):
    """A neighbour's policy cannot be used; the message is a sentence."""


@dataclass(frozen=True)
class Said:
    """A checked policy: the facts, the least level that the neighbour accepts from us, and when it was made."""

    facts: Assurance
    floor: str
    issued_at: datetime


def own(db: Session, peer: Peer) -> dict[str, Any]:
    """Return our policy for one neighbour, signed with the key it knows us by."""
    base_url, key = identity.own_url(), identity.own_keys().known_as(peer.our_thumbprint)
    found = neighbours.assurance(db)
    issued = activities.written(now())
    document = {
        "@context": activities.CONTEXT,
        "id": f"{base_url}{calls.PREFIX}/policy",
        "type": TYPE,
        "attributedTo": activities.actor_of(base_url),
        "published": issued,
        **{f"bw:{field.name}": _plain(getattr(found, field.name)) for field in fields(Assurance)},
        "bw:floor": standing.rule_of(db, peer.id).floor,
    }
    return proofs.add_proof(document, key.private, f"{activities.actor_of(base_url)}#{key.thumbprint}", issued)


def own_level() -> str:
    """Return the level that goes with every alert we send."""
    with reading() as db:
        return neighbours.assurance(db).level


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def read(peer: Peer, document: dict[str, Any], at: datetime) -> Said:
    """Return what a neighbour's policy says, after its proof and each of its parts were checked.

    Raises:
        BadPolicy: it is not the neighbour's, or not in our shape.
    """
    _check_origin(peer, document, at)
    said = _parts(document)
    if said.issued_at > at + activities.LARGEST_CLOCK_GAP:
        raise BadPolicy("It was made in the future.")
    return said


def _parts(document: dict[str, Any]) -> Said:
    numbers = {name: _number(document, name) for name in ("reviewers", "deciders", "valid_months")}
    facts = Assurance(
        level=_level(document, "level"),
        evidence=_words(document, "evidence"),
        rule=_text(document.get("bw:rule"), LONGEST_TEXT),
        vetting=_words(document, "vetting"),
        **numbers,
    )
    return Said(facts, _level(document, "floor"), _moment(document.get("published")))


def _check_origin(peer: Peer, document: dict[str, Any], at: datetime) -> None:
    if document.get("type") != TYPE or document.get("attributedTo") != activities.actor_of(peer.base_url):
        raise BadPolicy("It is not the policy of this neighbour.")
    try:
        key = key_named(peer, proofs.method_of(document), at)
        if key is None:
            raise BadPolicy("Its proof names a key that is not the neighbour's.")
        proofs.check_proof(document, key)
    except proofs.BadProof as problem:
        raise BadPolicy(f"Its proof does not hold: {problem}.") from None


def _moment(value: Any) -> datetime:
    try:
        return datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadPolicy("'published' is no time.") from None


def _level(document: dict[str, Any], name: str) -> str:
    value = document.get(f"bw:{name}")
    # A word that only a later version knows counts as the least: nothing is believed that we do not understand.
    return value if isinstance(value, str) and value in ASSURANCE_LEVELS else ASSURANCE_LEVELS[0]


def _number(document: dict[str, Any], name: str) -> int:
    value = document.get(f"bw:{name}")
    if type(value) is not int or not 0 <= value <= MOST_COUNTED:
        raise BadPolicy(f"'bw:{name}' is no number.")
    return value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise BadPolicy("A text is missing, too long, or holds what is no text.")
    return value


def _words(document: dict[str, Any], name: str) -> tuple[str, ...]:
    values = document.get(f"bw:{name}")
    if not isinstance(values, list) or len(values) > MOST_WORDS:
        raise BadPolicy(f"'bw:{name}' is no short list.")
    return tuple(_text(value, LONGEST_WORD) for value in values)


def keep(db: Session, peer: Peer, document: dict[str, Any], at: datetime) -> bool:
    """Keep a neighbour's policy; False when one made later is here already: an old one must not come back.

    Raises:
        BadPolicy: it cannot be used.
    """
    said, row = read(peer, document, at), db.get(Policy, peer.id)
    if row is not None and row.issued_at > said.issued_at:
        return False
    if row is None:
        row = Policy(peer_id=peer.id)
        db.add(row)
    elif row.level != said.facts.level:
        audit.record(db, None, "federation.policy_changed", peer.id, f"{row.level} to {said.facts.level}")
    row.document, row.level = json.dumps(document, ensure_ascii=False), said.facts.level
    row.issued_at, row.fetched_at = said.issued_at, at
    db.flush()
    return True


def of(db: Session, peer_id: str) -> Said | None:
    """Return what a neighbour said the last time we asked, or None. Its proof was checked when it came."""
    row = db.get(Policy, peer_id)
    return None if row is None else _parts(json.loads(row.document))


def fetch_all(at: datetime) -> float | None:
    """Ask every verified neighbour for its policy; soon again while a new one has not answered."""
    until, again = now() + timedelta(seconds=WHOLE_SECONDS), None
    with reading() as db:
        kept = sa.select(Policy.fetched_at).where(Policy.peer_id == Peer.id).scalar_subquery()
        wanted = sa.select(Peer).where(Peer.state == "verified", Peer.stopped_by_them.is_(False))
        known = list(db.scalars(wanted.order_by(kept, Peer.id)))
        held = set(db.scalars(sa.select(Policy.peer_id)))
    for peer in known:
        if now() > until:
            return SOON_SECONDS
        is_new = peer.verified_at is not None and at - peer.verified_at < NEW
        if not _fetch(peer) and is_new and peer.id not in held:
            again = SOON_SECONDS
    return again


def _fetch(peer: Peer) -> bool:
    try:
        with calls.transport() as way:
            reply = calls.call(ceremony.line_to(peer), "GET", "/policy", None, way)
    except outbound.Unreachable:
        return False
    if not reply.is_good:
        return False
    with transaction() as db:
        row = db.get_one(Peer, peer.id)
        if row.state != "verified":
            return False
        try:
            keep(db, row, reply.payload, now())
        except BadPolicy as problem:
            audit.record(db, None, "federation.policy_refused", peer.id, str(problem))
            return False
    return True
