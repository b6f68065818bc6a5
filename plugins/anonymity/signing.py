"""The two ways to sign that hide the member: what is offered, what it says, and what the board stores."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from core import wards
from core.contributions import Authorship, ComposeOption, Viewer
from core.database import now
from plugins.anonymity import pseudonyms, queries

THREAD_ALIAS = "thread_alias"
RESIDENT = "resident"
SMALL_CROWD = 30
"""With fewer verified members in a ward, "a resident of" it may be guessed; then the help says so."""


def options(db: Session, viewer: Viewer) -> list[ComposeOption]:
    """Return what this viewer may choose beside the alias; "a resident" needs a verified home ward."""
    if not viewer.is_signed_in:
        return []
    found = [ComposeOption(THREAD_ALIAS, _("A different name in this thread only"), _thread_alias_help())]
    if viewer.is_verified and viewer.home_ward:
        label = _("A resident of %(ward)s", ward=wards.name_of(viewer.home_ward))
        found.append(ComposeOption(RESIDENT, label, _resident_help(db, viewer.home_ward)))
    return found


def sign(db: Session, viewer: Viewer, thread_id: str, chosen: str) -> Authorship | None:
    """Return the authorship for a choice of ours, or None when it is not ours or not this viewer's to take."""
    if chosen == THREAD_ALIAS and viewer.member_id:
        ref = pseudonyms.ref_in(db, viewer.member_id, thread_id, now().date())
        return Authorship(kind=THREAD_ALIAS, label=pseudonyms.name_of(ref), ref=ref)
    if chosen == RESIDENT and viewer.is_verified and viewer.home_ward:
        # Not translated: the label is stored, and the writer's language would narrow down who wrote it.
        return Authorship(kind=RESIDENT, label=f"A resident of {wards.name_of(viewer.home_ward)}")
    return None


def own_refs(db: Session, viewer: Viewer, thread_id: str) -> list[str]:
    """Return the viewer's ref in a thread while its key lives; a resident's post has none, ever."""
    if viewer.member_id is None:
        return []
    ref = pseudonyms.known_ref(db, viewer.member_id, thread_id)
    return [ref] if ref else []


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


def _resident_help(db: Session, ward_code: str) -> str:
    sentences = [
        _("Readers see your ward and nothing else. We keep nothing that leads from the post to you."),
        _("So you cannot take it back yourself later: ask a coordinator to."),
    ]
    if queries.verified_in(db, ward_code, now().date()) < SMALL_CROWD:
        sentences.append(_("Few verified members live in this ward so far, so somebody might guess."))
    return " ".join(sentences)
