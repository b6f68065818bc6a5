"""From what somebody sent to a post on the boards: rights, authorship, objections, then the service.

Pages and API both come through here, so neither can forget a check.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import permissions, posting
from core.contributions import Draft, Viewer
from core.database import new_id
from plugins.ward_boards import access, services
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.models import PUBLIC
from plugins.ward_boards.moments import is_hidden
from plugins.ward_boards.reading import copies
from plugins.ward_boards.services import Placed

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
    """A thread as its writer wants it. The first ward is the board it was written on."""

    title: str
    text: str
    ward_codes: tuple[str, ...]
    category: str
    tier: str
    sign_as: str = ""


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
    placed = services.open_thread(db, draft, author, now=now, hold_note=_held_for(db, draft))
    if entry.tier == PUBLIC and not is_hidden(author):
        copies.sign(db, viewer, placed.thread_id, entry.ward_codes)
    return placed


def reply(db: Session, viewer: Viewer, thread: ThreadView, text: str, *, sign_as: str, now: datetime) -> Placed:
    """Answer in a thread the viewer can read.

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
    return services.reply(db, draft, author, now=now, hold_note=_held_for(db, draft))


def _held_for(db: Session, draft: Draft) -> str:
    """Return why a moderator must look first, empty when nobody minds; raise Refused when it may not go out."""
    found = posting.objections(db, draft)
    refusals = [objection.text for objection in found if objection.refuse]
    if refusals:
        raise Refused(refusals)
    return " ".join(objection.text for objection in found) or ("" if not found else _("Held for a moderator."))
