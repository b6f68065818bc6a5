"""Stopping a voice: asked from a post's page, written to the unlinkable file, told to the boards as a fact.

There is nobody to look up: the ref leads to no member, so the log says who stopped a voice and not whose it was.
"""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, event_log, permissions, posting
from core.contributions import ModerationAction, PostSignature, Viewer
from core.events import VoiceStopped
from core.instance import instance
from plugins.anonymity.unlinkable import services
from plugins.anonymity.unlinkable.contributions import BAN, KIND
from plugins.anonymity.unlinkable.store import store

ROLES = ("officer", "coordinator")


class NoVoice(Exception):
    """No such post is there, or no voice without a name wrote it."""


class WeekOver(Exception):
    """Nobody can write under that name any more."""


def offered(viewer: Viewer, signature: PostSignature) -> list[ModerationAction]:
    """Return the button that stops the voice of a post; none for posts signed in another way."""
    if signature.kind != KIND or not _wards(viewer, signature):
        return []
    return [
        ModerationAction(
            label=_("Stop this voice until Sunday night"),
            help=_(
                "It can write no more this week, and all its posts of this week are hidden. "
                "Nobody is told who it is, because nobody knows. Next week the person has a new name."
            ),
            path=url_for("anonymity.stop_voice"),
            fields={"post_id": signature.post_id},
        )
    ]


def stop(db: Session, viewer: Viewer, post_id: str, *, now: datetime) -> PostSignature:
    """Stop the voice that wrote a post until its week ends; its posts go from the boards. Return how it was signed.

    Raises:
        NoVoice, WeekOver: see there.
        core.permissions.Denied: the viewer may not on any board of the post.
    """
    signature = posting.signature_of(db, post_id)
    if signature is None or signature.kind != KIND or signature.ref is None:
        raise NoVoice(post_id)
    wards = _wards(viewer, signature)
    if not wards:
        permissions.require(viewer, BAN, signature.ward_codes[0])
        raise permissions.Denied(BAN, "you do not moderate a board of this post")
    role, ward_code = _standing(viewer, wards)
    audit.record(db, viewer.member_id, BAN, f"post {post_id}", "")
    event_log.append(db, VoiceStopped(ref=signature.ref, role=role, ward_code=ward_code))
    # Before the commit: should it fail, nothing was said to be done that is not.
    with store().writing() as side:
        if services.stop(side, post_id, now=now) is None:
            raise WeekOver(post_id)
    return signature


def _wards(viewer: Viewer, signature: PostSignature) -> frozenset[str]:
    return frozenset(signature.ward_codes) & permissions.wards_where(viewer, BAN)


def _standing(viewer: Viewer, wards: frozenset[str]) -> tuple[str, str]:
    """Return as whom somebody acts: by a role in one of these wards, or for the borough."""
    held = sorted((grant.role, grant.ward_code) for grant in viewer.grants if grant.ward_code in wards)
    named = next(((role, str(code)) for role, code in held if role in ROLES), None)
    return named or (next((role for role in ROLES if viewer.has_role(role)), "moderator"), instance().config.borough)
