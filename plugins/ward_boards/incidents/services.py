"""The verbs of incidents. None of them commits. Who may act: the writer of the thread, and moderators of its boards.

What a writer does leaves no trace but the state and its day, for many writers hide who they are. What a moderator
does is in the audit.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, permissions, posting
from core.contributions import Draft, Viewer
from plugins.ward_boards import access, markup
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.guard import objecting
from plugins.ward_boards.incidents import states
from plugins.ward_boards.incidents.models import Incident, IncidentUpdate
from plugins.ward_boards.incidents.states import Standing
from plugins.ward_boards.models import PUBLISHED, Post
from plugins.ward_boards.publishing import Refused
from plugins.ward_boards.services import settle


class NoIncident(LookupError):
    """The thread does not tell of something that happened, so it has no state."""


class SignedOtherwise(Exception):
    """The update is signed in another way than the first post; marking it would tell that both are by one person."""


def may_act(view: ThreadView) -> bool:
    """Whether this viewer may say how the matter stands: its writer who may still write, or a moderator there."""
    return (view.is_writer and view.posts) or view.moderates


def mark_update(db: Session, view: ThreadView, post_id: str, *, today: date) -> None:
    """Mark a new post as news of the matter; one that is held counts once it is let out.

    Raises:
        Denied: neither the writer nor a moderator. NoIncident, states.NotNow: nothing to update, or closed before.
        SignedOtherwise: the writer signed in another way than before. Readers could then join the two names.
    """
    standing = _acting_on(db, view)
    if standing.is_closed:
        raise states.NotNow(standing.state)
    signed = sa.select(Post.kind, Post.ref, Post.member_id, Post.state)
    post = db.execute(signed.where(Post.id == post_id)).one()
    if not view.moderates:
        first = db.execute(signed.where(Post.thread_id == view.id, Post.number == 1)).one()
        if tuple(post[:3]) != tuple(first[:3]):
            raise SignedOtherwise(post_id)
    db.add(IncidentUpdate(post_id=post_id))
    db.flush()
    if post.state == PUBLISHED:
        _write(db, view.id, states.updated(standing, today))


def close(db: Session, viewer: Viewer, view: ThreadView, outcome: str, note: str, *, today: date) -> None:
    """Say how the matter ended.

    Raises:
        Denied: neither the writer nor a moderator. NoIncident, states.NotNow: there is none, or it is closed.
        states.NoOutcome: without saying how. Refused: a plugin objects to the sentence beside it.
    """
    standing = _acting_on(db, view)
    said = _readable(db, view, note)
    _write(db, view.id, states.closed(standing, outcome, said, today))
    if not view.is_writer:
        audit.record(db, viewer.member_id, "ward_boards.close_incident", f"thread {view.id}", outcome)


def reopen(db: Session, viewer: Viewer, view: ThreadView, reason: str, *, today: date) -> None:
    """Say that it is not over; raises as `close` does. The reason is shown."""
    standing = _acting_on(db, view)
    said = _readable(db, view, reason)
    _write(db, view.id, states.reopened(standing, said, today))
    if not view.is_writer:
        audit.record(db, viewer.member_id, "ward_boards.reopen_incident", f"thread {view.id}", said)


def go_on(db: Session, viewer: Viewer, view: ThreadView, *, today: date) -> None:
    """Answer that the matter still goes on; raises as `close` does."""
    _write(db, view.id, states.gone_on(_acting_on(db, view), today))
    if not view.is_writer:
        audit.record(db, viewer.member_id, "ward_boards.incident_goes_on", f"thread {view.id}")


def require_to_act(view: ThreadView) -> None:
    """Pass silently for the writer of a thread and for a moderator of one of its boards.

    Raises:
        Denied: with a sentence for anybody else.
    """
    if not may_act(view):
        reason = _("Only the writer of the thread and coordinators of its boards can say how the matter stands.")
        raise permissions.Denied(access.MODERATE, reason)


def update_refused(refusal: Exception) -> str:
    """Return why a reply cannot be marked as news, as a sentence for its writer."""
    if isinstance(refusal, SignedOtherwise):
        return str(
            _("Sign it as you signed the first post, or take the tick out. Else readers learn that both are by you.")
        )
    if isinstance(refusal, states.NotNow):
        return str(_("The matter is closed. Open it again first, or take the tick out."))
    return str(_("This thread has no matter that could have news. Take the tick out."))


def _acting_on(db: Session, view: ThreadView) -> Standing:
    require_to_act(view)
    columns = (Incident.state, Incident.outcome, Incident.note, Incident.news_on, Incident.closed_on, Incident.asked_on)
    row = db.execute(sa.select(*columns).where(Incident.thread_id == view.id)).one_or_none()
    if row is None:
        raise NoIncident(view.id)
    return Standing(*row)


def _readable(db: Session, view: ThreadView, text: str) -> str:
    """Return the sentence as it will be shown, once it has met the same objections as a post."""
    said = markup.one_line(text)[: states.LONGEST_NOTE]
    if said:
        draft = Draft(view.id, view.ward_codes, None, said, view.category, view.tier)
        if found := [*posting.objections(db, draft), *objecting.objections(draft)]:
            raise Refused([objection.text for objection in found])
    return said


def _write(db: Session, thread_id: str, standing: Standing) -> None:
    values = {name: getattr(standing, name) for name in Standing.__dataclass_fields__}
    db.execute(sa.update(Incident).where(Incident.thread_id == thread_id).values(values))
    settle(db, thread_id)  # so that copies of the lists that show it are made anew
