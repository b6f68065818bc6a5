"""A voice was stopped: what it wrote this week goes from the boards, with an entry in the log that members read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Subscription
from core.database import now
from core.events import VoiceStopped
from plugins.ward_boards.models import HELD, PUBLISHED, Post
from plugins.ward_boards.moderation import cases, log, services, vocabulary
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.rights import Standing
from plugins.ward_boards.moments import HANDLE

WORDS = "A coordinator stopped this voice until its week ends."


def subscriptions() -> list[Subscription]:
    """Return what this room wants to hear of."""
    return [Subscription(VoiceStopped, hide_all, "voice_stopped")]


def hide_all(db: Session, event: VoiceStopped) -> None:
    """Hide what bears the ref, and close the cases about it; again changes nothing."""
    as_whom = Standing(event.role, event.ward_code)
    chosen = sa.select(Post).where(Post.ref == event.ref, Post.kind == HANDLE, Post.state.in_((PUBLISHED, HELD)))
    for post in db.scalars(chosen.order_by(Post.id)).all():
        _hide(db, post, as_whom)


def _hide(db: Session, post: Post, as_whom: Standing) -> None:
    ruling = Ruling(vocabulary.OTHER, WORDS)
    case = cases.open_case(db, post.id)
    was_out = post.state == PUBLISHED or (case is not None and case.was_out)
    services.take_down(db, post, "hidden", ruling.reason, ruling.words)
    deed = vocabulary.HIDE if was_out else "refuse_post"
    log.write(db, as_whom, deed, post.thread_id, reason=ruling.reason, now=now())
    if case is not None:
        cases.close(db, case, deed, ruling, now=now())
