"""The ways to sign that hide the member: what is offered, what it says, and what the board stores."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from core import wards
from core.contributions import Authorship, ComposeOption, Draft, Objection, Viewer
from core.database import now
from plugins.anonymity import pseudonyms, queries, week_names

THREAD_ALIAS = "thread_alias"
RESIDENT = "resident"
GROUP = "group"
WITH_REF = (THREAD_ALIAS, GROUP)
SIGNED_BY_GROUP = "anonymity.signed_by_group"
"""In `db.info`: the thread for which this transaction signs in the group's name."""
SMALL_CROWD = 30
"""With fewer verified members in a ward, "a resident of" it may be guessed; then the help says so."""


def options(db: Session, viewer: Viewer) -> list[ComposeOption]:
    """Return what this viewer may choose beside the alias; "a resident" needs a verified home ward."""
    if not viewer.is_signed_in:
        return []
    found = [
        ComposeOption(THREAD_ALIAS, _("A different name in this thread only"), _thread_alias_help()),
        ComposeOption(week_names.KIND, _("A different name this week"), _week_name_help()),
    ]
    if viewer.is_verified and viewer.home_ward:
        label = _("A resident of %(ward)s", ward=wards.name_of(viewer.home_ward))
        found.append(ComposeOption(RESIDENT, label, _resident_help(db, viewer.home_ward)))
        found.append(ComposeOption(GROUP, _("The group publishes it for me"), _group_help()))
    return found


def sign(db: Session, viewer: Viewer, thread_id: str, chosen: str) -> Authorship | None:
    """Return the authorship for a choice of ours, or None when it is not ours or not this viewer's to take."""
    if chosen == THREAD_ALIAS and viewer.member_id:
        ref = pseudonyms.ref_in(db, viewer.member_id, thread_id, kind=THREAD_ALIAS, today=now().date())
        return Authorship(kind=THREAD_ALIAS, label=pseudonyms.name_of(ref), ref=ref)
    if chosen == week_names.KIND and viewer.member_id:
        ref = week_names.ref_in(db, viewer.member_id, now())
        return Authorship(kind=week_names.KIND, label=pseudonyms.name_of(ref), ref=ref)
    # Labels are not translated: they are stored, and the writer's language would narrow down who wrote it.
    if chosen == RESIDENT and viewer.is_verified and viewer.home_ward:
        return Authorship(kind=RESIDENT, label=f"A resident of {wards.name_of(viewer.home_ward)}")
    if chosen == GROUP and viewer.is_verified and viewer.member_id:
        db.info[SIGNED_BY_GROUP] = thread_id
        ref = pseudonyms.ref_in(db, viewer.member_id, thread_id, kind=GROUP, today=now().date())
        return Authorship(kind=GROUP, label="The neighbourhood group", ref=ref)
    return None


def objections(db: Session, draft: Draft) -> list[Objection]:
    """Hold what this transaction signed in the group's name: a coordinator speaks for the group, not the writer."""
    if db.info.pop(SIGNED_BY_GROUP, None) != draft.thread_id:
        return []
    # Not translated, for the same reason as the labels.
    return [Objection("anonymity.group", "A neighbour asks the group to publish this. A coordinator reads it first.")]


def own_refs(db: Session, viewer: Viewer, thread_id: str) -> list[str]:
    """Return the viewer's refs in a thread while its key or the week's lives; a resident's post has none, ever."""
    if viewer.member_id is None:
        return []
    of_week = week_names.known_refs(db, viewer.member_id, now())
    return pseudonyms.known_refs(db, viewer.member_id, thread_id, WITH_REF) + of_week


def _thread_alias_help() -> str:
    days = pseudonyms.kept_days()
    for_days = ngettext(
        "For up to %(num)d day the people who run this server could work out that it is you.",
        "For up to %(num)d days the people who run this server could work out that it is you.",
        days,
    )
    return " ".join(
        (
            _("We make up a name. Readers cannot tell whose it is, and it stays in this one thread."),
            for_days,
            _("After that nobody can, and you can no longer take the post back yourself."),
        )
    )


def _week_name_help() -> str:
    return " ".join(
        (
            _("We make up a name that is the same on every board until Sunday night. It works without scripts."),
            _("The people who run this server could work out who you are until Sunday night."),
            _("After that nobody can, and you can no longer take the post back yourself."),
        )
    )


def _group_help() -> str:
    return " ".join(
        (
            _("A coordinator reads it first and may put it on the board. Nobody sees you or your ward."),
            _("You can take it back yourself for up to %(days)s days.", days=pseudonyms.kept_days()),
        )
    )


def _resident_help(db: Session, ward_code: str) -> str:
    sentences = [
        _("Readers see your ward and nothing else. We keep nothing that leads from the post to you."),
        _("So you cannot take it back yourself later: ask a coordinator to."),
    ]
    if queries.verified_in(db, ward_code, now().date()) < SMALL_CROWD:
        sentences.append(_("Few verified members live in this ward so far, so somebody might guess."))
    return " ".join(sentences)
