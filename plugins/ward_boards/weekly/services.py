"""What can be done with a weekly letter: draft it, edit it, send it once; who stands in. None of it commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, notifications, permissions, wards
from core.contributions import Authorship, Draft, Viewer
from core.database import new_id
from core.models import Member
from core.notifications import LETTER as LETTER_MAIL
from core.notifications import Note
from plugins.ward_boards import markup, services
from plugins.ward_boards.categories import LETTER
from plugins.ward_boards.models import VERIFIED, Thread
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.weekly import drafting, queries, weeks
from plugins.ward_boards.weekly.forgetting import mentioned
from plugins.ward_boards.weekly.models import COVERED, DRAFT, LAPSED, SENT, Deputy, Letter, LetterMention
from plugins.ward_boards.weekly.rights import APPOINT, SEND

KEPT_DAYS = 365
MOST_DEPUTIES = 5


class LetterGone(LookupError):
    """There is no such letter that waits; `state` says what became of it, empty when there never was one."""

    def __init__(self, state: str = "") -> None:
        """Keep what became of it."""
        super().__init__(state)
        self.state = state


class StaleLetter(Exception):
    """Somebody else changed the letter meanwhile."""


class UnfitLetter(ValueError):
    """The letter cannot stay as it is; `faults` maps a field to a sentence."""

    def __init__(self, faults: dict[str, str]) -> None:
        """Keep the sentences."""
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class NoSuchDeputy(LookupError):
    """No verified member has this alias, or the board has enough deputies; the message says which."""


@dataclass(frozen=True)
class Wording:
    """A letter as somebody wants it, the revision they looked at, and further boards it should go to."""

    title: str
    text: str
    revision: int
    ward_codes: tuple[str, ...] = ()


def write_drafts(db: Session, now: datetime) -> int:
    """Draft the letter of the week for each board that has none, and write those anew that nobody edited.

    Letters of earlier weeks that nobody sent lapse. Returns how many drafts wait.
    """
    week_on = weeks.week_of(now)
    old = sa.update(Letter).where(Letter.state == DRAFT, Letter.week_on < week_on)
    db.execute(old.values(state=LAPSED, text=""))
    db.execute(sa.delete(Letter).where(Letter.week_on < date.fromordinal(week_on.toordinal() - KEPT_DAYS)))
    return sum(_draft(db, place.code, week_on, now) for place in wards.boards())


def _draft(db: Session, ward_code: str, week_on: date, now: datetime) -> bool:
    row = db.scalar(sa.select(Letter).where(Letter.ward_code == ward_code, Letter.week_on == week_on).with_for_update())
    if row is not None and (row.state != DRAFT or row.is_edited):
        return row.state == DRAFT
    title = drafting.title_of(ward_code, week_on)
    text = drafting.text_of(db, ward_code, since=weeks.start_of(week_on), now=now)
    if row is not None:
        if row.text != text:
            row.text, row.revision = text, row.revision + 1
            _mention(db, row.id, text)
        return True
    row = Letter(id=new_id(), ward_code=ward_code, week_on=week_on, title=title, text=text)
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError:  # another worker was quicker
        return True
    _mention(db, row.id, text)
    return True


def _mention(db: Session, letter_id: str, text: str) -> None:
    db.execute(sa.delete(LetterMention).where(LetterMention.letter_id == letter_id))
    known = db.scalars(sa.select(Thread.id).where(Thread.id.in_(sorted(mentioned(text)))))
    db.add_all([LetterMention(letter_id=letter_id, thread_id=thread_id) for thread_id in known])
    db.flush()


def edit(db: Session, viewer: Viewer, letter_id: str, wording: Wording) -> int:
    """Change a draft; return its new revision.

    Raises:
        LetterGone, StaleLetter: nothing to change, or not from what they saw.
        UnfitLetter: too long, empty, or it speaks of a thread that is no longer on the boards.
        core.permissions.Denied: the viewer does not send this board's letters.
    """
    row = _waiting(db, viewer, letter_id, wording.revision)
    _apply(db, row, wording)
    return row.revision


def _apply(db: Session, row: Letter, wording: Wording) -> None:
    title, text = markup.one_line(wording.title), markup.clean(wording.text)
    faults = {}
    if not title:
        faults["title"] = _("Give the letter a title.")
    elif len(title) > drafting.LONGEST_TITLE:
        faults["title"] = _("Make the title shorter: at most %(n)s letters.", n=drafting.LONGEST_TITLE)
    if not text:
        faults["text"] = _("The letter is empty. Write a few lines, or leave it for this week.")
    elif len(text) > drafting.LONGEST_TEXT:
        faults["text"] = _("Make the letter shorter: at most %(n)s letters.", n=drafting.LONGEST_TEXT)
    elif gone := mentioned(text) - queries.listed(db, mentioned(text)):
        line = next(line for line in text.split("\n") if any(f"/threads/{found}" in line for found in gone))
        faults["text"] = _("A thread is no longer on the boards. Take this line out: %(line)s", line=line[:80])
    if faults:
        raise UnfitLetter(faults)
    if (title, text) != (row.title, row.text):
        row.title, row.text, row.is_edited, row.revision = title, text, True, row.revision + 1
        _mention(db, row.id, text)


def _waiting(db: Session, viewer: Viewer, letter_id: str, revision: int) -> Letter:
    row = db.scalar(sa.select(Letter).where(Letter.id == letter_id).with_for_update())
    if row is None:
        raise LetterGone
    permissions.require(viewer, SEND, row.ward_code)
    if row.state != DRAFT:
        raise LetterGone(row.state)
    if row.revision != revision:
        raise StaleLetter(letter_id)
    return row


def send(db: Session, viewer: Viewer, letter_id: str, wording: Wording, *, now: datetime) -> str:
    """Send a letter to the members of its boards and keep it there as a thread; return the thread's id.

    However many press the button at once, it goes once. Drafts of the other boards that nobody edited are covered.

    Raises:
        LetterGone, StaleLetter, UnfitLetter, core.permissions.Denied: as for `edit`, for each of the boards.
    """
    row = _waiting(db, viewer, letter_id, wording.revision)
    codes = tuple(dict.fromkeys((row.ward_code, *sorted(wording.ward_codes))))
    for code in codes:
        permissions.require(viewer, SEND, code)
    _apply(db, row, wording)
    taken = sa.update(Letter).where(Letter.id == row.id, Letter.state == DRAFT).values(state=SENT)
    if db.execute(taken.returning(Letter.id)).one_or_none() is None:
        raise LetterGone(SENT)
    thread_id = new_id()
    draft = Draft(thread_id, codes, title=row.title, text=row.text, category=LETTER, tier=VERIFIED)
    label = _("The letter of %(ward)s", ward=wards.name_of(row.ward_code))
    services.open_thread(db, draft, Authorship(kind=LETTER, label=label), now=now)
    row.sent_on, row.sent_to, row.thread_id = day_of(now), ",".join(codes), thread_id
    row.revision += 1
    others = sa.update(Letter).where(
        Letter.ward_code.in_(codes[1:]), Letter.week_on == row.week_on, Letter.state == DRAFT, ~Letter.is_edited
    )
    db.execute(others.values(state=COVERED, text="", revision=Letter.revision + 1))
    db.flush()
    audit.record(db, viewer.member_id, "ward_boards.send_letter", f"letter {row.id}", ",".join(codes))
    notifications.tell(db, [f"ward:{code}" for code in codes], _note(row))
    return thread_id


def _whole(row: Letter) -> str:
    return f"{row.title}\n\n{drafting.as_mail(row.text)}"


def _note(row: Letter) -> Note:
    return Note(
        subject=_("Your weekly letter"),
        text=_("There is a new letter for your area."),
        # The letter itself only to those who want titles in their mails: a phone may be shared.
        title=_whole(row),
        path=f"/threads/{row.thread_id}",
        kind=LETTER_MAIL,
    )


def send_test(db: Session, viewer: Viewer, letter_id: str, wording: Wording) -> None:
    """Mail the letter as it would go out to the one who asks, and to nobody else; saves what was typed.

    Raises:
        LetterGone, StaleLetter, UnfitLetter, core.permissions.Denied: as for `edit`.
    """
    row = _waiting(db, viewer, letter_id, wording.revision)
    _apply(db, row, wording)
    subject = _("Test: your weekly letter")
    notifications.tell_member(db, viewer.member_id or "", subject, _whole(row), f"/letters/{row.id}")


def appoint(db: Session, viewer: Viewer, ward_code: str, alias: str, *, today: date) -> None:
    """Make a verified member the deputy of a board; twice is harmless.

    Raises:
        NoSuchDeputy: nobody verified has this alias, or there are enough; the message is for people.
        core.permissions.Denied: the viewer does not appoint deputies here.
    """
    permissions.require(viewer, APPOINT, ward_code)
    member_id = db.scalar(sa.select(Member.id).where(sa.func.lower(Member.alias) == alias.strip().lower()))
    if member_id is None or not permissions.viewer_of(db, member_id).is_verified:
        raise NoSuchDeputy(_("No verified member has this alias. Ask them how it is written."))
    held = {found for found, _alias in queries.deputies(db, ward_code)}
    if member_id in held:
        return
    if len(held) >= MOST_DEPUTIES:
        raise NoSuchDeputy(_("This board has %(n)s deputies. Let one go first.", n=MOST_DEPUTIES))
    db.add(Deputy(ward_code=ward_code, member_id=member_id, since_on=today))
    db.flush()
    audit.record(db, viewer.member_id, "ward_boards.appoint_deputy", ward_code)
    subject, text = _("You can now help with a board"), _("You can send the weekly letter of a board.")
    notifications.tell_member(db, member_id, subject, text, "/letters")


def dismiss(db: Session, viewer: Viewer, ward_code: str, member_id: str) -> None:
    """Let a deputy go; one who is none is fine. Deputies may let themselves go."""
    if viewer.member_id != member_id:
        permissions.require(viewer, APPOINT, ward_code)
    db.execute(sa.delete(Deputy).where(Deputy.ward_code == ward_code, Deputy.member_id == member_id))
    audit.record(db, viewer.member_id, "ward_boards.dismiss_deputy", ward_code)
