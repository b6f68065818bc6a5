"""What the public actor takes in: follows, and ends of follows. Nothing else is even looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.database import now, transaction
from federation import strict_json
from federation.gate import WireProblem
from federation.http_signatures import Refused, Request
from federation.public import actor, cavage, followers, remote_actors, rfc9421
from federation.public.claims import Claim
from federation.public.models import UsedSignature

LARGEST_BYTES = 256 * 1024


def take(request: Request) -> None:
    """Take in one activity; what it changes is committed when this returns.

    Raises:
        Refused: its signature or sender cannot be trusted (401).
        WireProblem: it is nothing for us.
        strict_json.NotStrict: it is not JSON we read.
        remote_actors.TooBusy: come again later.
    """
    activity = strict_json.parse_object(request.body or b"", LARGEST_BYTES)
    if activity.get("type") == "Delete":
        return  # an account's end is told to everybody; its key is gone, so nobody could check it. Nothing happens.
    sender = _wanted(activity)
    claim = _claim(request, now())
    if remote_actors.is_blocked(actor.host_of(sender)):
        raise WireProblem(403, "blocked_host", "This server takes nothing from yours.")
    found = remote_actors.look_up(sender, claim.keyid)
    claim.check(found.key)
    with transaction() as db:
        _use(db, claim, now())
        if activity["type"] == "Follow":
            followers.follow(db, found, str(activity["id"]), now())
        else:
            followers.unfollow(db, sender)


def _claim(request: Request, moment: datetime) -> Claim:
    headers = {name.lower(): value for name, value in request.headers.items()}
    read = rfc9421.read if "signature-input" in headers else cavage.read
    return read(request, headers, moment)


def _wanted(activity: dict[str, Any]) -> str:
    """Return who sends a follow of ours or its end.

    Raises:
        WireProblem: it is something else, or not the sender's own.
    """
    sender, kind, body = activity.get("actor"), activity.get("type"), activity.get("object")
    if kind not in ("Follow", "Undo"):
        raise WireProblem(403, "not_wanted", "This account only sends alerts. It takes in Follow and Undo of a Follow.")
    if not isinstance(sender, str):
        raise WireProblem(422, "bad_actor", "Name the actor by its id; a description that comes along is not believed.")
    if kind == "Follow":
        follow_id = activity.get("id")
        if _id_of(body) != actor.actor_id():
            raise WireProblem(422, "not_addressed", "There is no such account here.")
        if not isinstance(follow_id, str) or not follow_id or len(follow_id) > remote_actors.LONGEST_URL:
            raise WireProblem(422, "bad_field", "The Follow needs an id.")
        return sender
    if isinstance(body, dict):
        if body.get("type") != "Follow":
            raise WireProblem(403, "not_wanted", "Only a Follow can be undone here.")
        if body.get("actor") != sender or _id_of(body.get("object")) != actor.actor_id():
            raise WireProblem(403, "not_yours", "Only who follows can end the follow.")
    elif not isinstance(body, str):
        raise WireProblem(422, "bad_field", "Say what is undone.")
    return sender


def _id_of(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


def _use(db: Session, claim: Claim, at: datetime) -> None:
    """Keep a signature in this transaction, so that its bytes are good for once only."""
    db.execute(sa.delete(UsedSignature).where(UsedSignature.expires_at < at))
    if db.get(UsedSignature, claim.digest) is not None:
        raise Refused("replay", "This very message was received before. Sign it again to send it again.")
    db.add(UsedSignature(digest=claim.digest, expires_at=claim.expires_at))
    try:
        db.flush()
    except IntegrityError:  # two at the same moment, on a database that lets both begin
        raise Refused("replay", "This very message was received before. Sign it again to send it again.") from None
