"""Carrying out what a moderator decided, and saying in a sentence what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.contributions import Viewer
from core.database import now, transaction
from plugins.ward_boards.moderation import appeals, claims, services, threads, vocabulary
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.models import Case
from plugins.ward_boards.services import PostGone

DECISIONS: dict[str, tuple[str, ...]] = {
    vocabulary.APPEAL: vocabulary.APPEAL_VERBS,
    vocabulary.ASK: vocabulary.ASK_VERBS,
}
"""What can be decided about a case of a kind; about every other kind what can be done with a post."""

REFUSALS = (
    PostGone,
    claims.CaseClosed,
    claims.Claimed,
    threads.ThreadGone,
    threads.WouldWiden,
    threads.NotYourBoard,
    services.OwnPost,
    claims.OwnCase,
    appeals.NotYoursToDecide,
)
"""Why a deed of a moderator may change nothing."""


def deed(case: Case, viewer: Viewer, verb: str, ruling: Ruling) -> Callable[[Session, datetime], object]:
    """Return what a decision about a case does."""
    if case.kind == vocabulary.APPEAL:
        return lambda db, at: appeals.decide(db, viewer, case.id, verb, ruling, now=at)
    if case.kind == vocabulary.ASK:
        return lambda db, at: threads.answer(db, viewer, case.id, verb, ruling, now=at)
    post_id = case.post_id or ""
    return lambda db, at: services.act(db, viewer, post_id, verb, ruling, now=at)


def carry_out(deed: Callable[[Session, datetime], object], done: str) -> str:
    """Do something in a transaction of its own; return `done`, or why nothing was changed."""
    try:
        with transaction() as db:
            deed(db, now())
    except REFUSALS as refusal:
        return str(_("Nothing was changed: %(why)s", why=why(refusal)))
    return done


def why(refusal: Exception) -> str:
    """Return in words why a deed changed nothing."""
    if isinstance(refusal, claims.Claimed):
        return str(_("somebody else looks at it just now."))
    if isinstance(refusal, (services.OwnPost, claims.OwnCase)):
        return str(_("you cannot decide about your own post. Ask another coordinator."))
    if isinstance(refusal, appeals.NotYoursToDecide):
        return str(_("somebody of another ward must decide this."))
    if isinstance(refusal, threads.WouldWiden):
        return str(_("more people could read it than its writers meant."))
    if isinstance(refusal, threads.NotYourBoard):
        return str(_("you can only take a thread off a board that you moderate, and not off its last one."))
    return str(_("it is no longer as you saw it."))


def done(verb: str) -> str:
    """Return what to say when a deed is done."""
    return str(
        {
            vocabulary.HIDE: _("The post is hidden. Its writer is told why."),
            vocabulary.POLICE: _("The post is given back to its writer, with the way to the police."),
            vocabulary.RESTORE: _("The post is on the board."),
            vocabulary.HOLD: _("The post is off the board while you look at it."),
            vocabulary.KEEP: _("The case is closed. Nothing was changed."),
            vocabulary.GRANT: _("The post is back on the board. Its writer is told."),
            vocabulary.REFUSE: _("The post stays hidden. Its writer is told why."),
            vocabulary.ACCEPT: _("The thread is on your board too."),
            vocabulary.DECLINE: _("The thread stays where it was."),
        }[verb]
    )
