"""From what somebody sent to a post on the boards: rights, authorship, objections, then the service.

Pages and API both come through here, so neither can forget a check.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import permissions, posting
from core.contributions import Draft, Viewer
from core.database import new_id
from plugins.ward_boards import access, services
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.guard import objecting
from plugins.ward_boards.models import HELD, PUBLIC, Post
from plugins.ward_boards.moderation import cases, vocabulary
from plugins.ward_boards.moments import is_hidden
from plugins.ward_boards.reading import copies
from plugins.ward_boards.services import Placed
from plugins.ward_boards.writing import about

LONGEST_TITLE = 120
LONGEST_TEXT = 10_000


class Refused(Exception):
    """The text may not go out as it stands; `reasons` are sentences for the writer."""

    def __init__(self, reasons: list[str]) -> None:
        """Keep the sentences."""
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Entry:
    """A thread as its writer wants it. The first ward is the board it was written on.

    `beside` is what goes out beside the text, the words for pictures: it is looked at like the text. `pictured` says
    that there are pictures, and `no_faces` is the writer's word that nobody can be recognised in them.
    """

    title: str
    text: str
    ward_codes: tuple[str, ...]
    category: str
    tier: str
    sign_as: str = ""
    beside: str = ""
    pictured: bool = False
    no_faces: bool = False
    rough: about.Rough = about.NOTHING


def open_thread(db: Session, viewer: Viewer, entry: Entry, *, now: datetime) -> Placed:
    """Put a new thread on its boards, or hold it for a moderator.

    Raises:
        core.permissions.Denied: the viewer may not write on one of the boards, or not for these readers.
        Refused: a plugin objects; the writer can change the text and try again.
        core.posting.UnknownAuthorship: nobody offers this way to sign.
    """
    for code in entry.ward_codes:
        permissions.require(viewer, access.POST, code)
        permissions.require(viewer, access.WRITE_PERMISSION[entry.tier], code)
    draft = Draft(
        thread_id=new_id(),
        ward_codes=entry.ward_codes,
        title=entry.title,
        text=entry.text,
        category=entry.category,
        tier=entry.tier,
    )
    author = posting.authorship(db, viewer, draft.thread_id, entry.ward_codes[0], {"as": entry.sign_as})
    whole = _whole(draft, entry.beside)
    hold = held_for(db, whole, pictured=entry.pictured, no_faces=entry.no_faces)
    placed = services.open_thread(db, draft, author, now=now, hold_note=hold.note)
    about.keep(db, placed.thread_id, entry.rough)
    queue_held(db, placed, hold, now)
    if entry.tier == PUBLIC and not is_hidden(author):
        copies.sign(db, viewer, placed.thread_id, entry.ward_codes)
    return placed


def reply(
    db: Session,
    viewer: Viewer,
    thread: ThreadView,
    text: str,
    *,
    sign_as: str,
    now: datetime,
    beside: str = "",
    pictured: bool = False,
    no_faces: bool = False,
) -> Placed:
    """Answer in a thread the viewer can read; what is beside the text is said as in an `Entry`.

    Raises:
        core.permissions.Denied: the viewer may not write on any board of the thread.
        services.ThreadClosed: it takes no replies.
        Refused, core.posting.UnknownAuthorship: as for a new thread.
    """
    writable = [code for code in thread.ward_codes if permissions.allowed(viewer, access.POST, code)]
    if not writable or not thread.reads_replies:
        permissions.require(viewer, access.POST, thread.ward_codes[0])
        raise permissions.Denied(access.POST, "this thread is not yours to answer")
    draft = Draft(
        thread_id=thread.id,
        ward_codes=thread.ward_codes,
        title=None,
        text=text,
        category=thread.category,
        tier=thread.tier,
    )
    author = posting.authorship(db, viewer, thread.id, writable[0], {"as": sign_as})
    hold = held_for(db, _whole(draft, beside), pictured=pictured, no_faces=no_faces)
    placed = services.reply(db, draft, author, now=now, hold_note=hold.note)
    queue_held(db, placed, hold, now)
    return placed


def _whole(draft: Draft, beside: str) -> Draft:
    return replace(draft, text=f"{draft.text}\n\n{beside}") if beside else draft


@dataclass(frozen=True)
class Hold:
    """Why a moderator must look first, in words and as the code of the first reason; both empty when nobody minds."""

    note: str = ""
    code: str = ""


def queue_held(db: Session, placed: Placed, hold: Hold, now: datetime) -> None:
    """Put a held post into the moderators' queue, with a copy that stays if its writer takes it back."""
    if placed.state == HELD:
        matter = cases.Matter(vocabulary.HELD, vocabulary.HELD_RANK, hold.code)
        cases.bring(db, db.get_one(Post, placed.post_id), matter, now=now)


def held_for(db: Session, draft: Draft, *, pictured: bool = False, no_faces: bool = False) -> Hold:
    """Return whether and why a moderator must look at a draft first, asking other parts and our own guard.

    Raises:
        Refused: it may not go out as it stands.
    """
    found = [
        *posting.objections(db, draft),
        *objecting.objections(draft, has_files=pictured, no_faces=no_faces),
    ]
    refusals = [objection.text for objection in found if objection.refuse]
    if refusals:
        raise Refused(refusals)
    if not found:
        return Hold()
    return Hold(" ".join(objection.text for objection in found) or _("Held for a moderator."), found[0].code)
