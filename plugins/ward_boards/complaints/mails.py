"""What is mailed about complaints. Subjects are neutral; writers learn of a complainant what was agreed to."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import mail
from core.instance import instance
from core.models import Member
from plugins.ward_boards.complaints import course
from plugins.ward_boards.complaints.papers import Answer, Notice


def redacted(notice: Notice) -> list[tuple[str, str]]:
    """Return a notice as its writer may read it: headings and texts, without what was not to be told."""
    return [
        (_("Who complains"), notice.name if notice.tells_name else _("not told")),
        (_("E-mail"), notice.email if notice.tells_email else _("not told")),
        (_("Where it stands"), notice.place),
        (_("The words"), notice.words),
        (_("What they mean"), notice.meaning),
        (_("Why they do harm"), notice.why),
        (_("What is wrong about them"), notice.wrong),
    ]


def acknowledge(db: Session, notice: Notice, receipt: str) -> None:
    """Tell a complainant that the notice is here."""
    text = _(
        "We have your notice. Its number is %(receipt)s.\n\nWithin 48 hours, not counting weekends and bank "
        "holidays, we send it to the writer or take the post down. We tell you what happened.",
        receipt=receipt,
    )
    mail.queue(db, notice.email, _("We have your message"), text)


def to_writer(db: Session, member_id: str, post_id: str, notice: Notice) -> bool:
    """Send a notice on to the writer of a post under an alias; False when they have no address any more."""
    member = db.get(Member, member_id)
    if member is None or not member.email:
        return False
    said = "\n\n".join(f"{heading}:\n{text}" for heading, text in redacted(notice))
    text = _(
        "Somebody says that something you wrote is untrue and harms them. This is what they say:\n\n%(said)s\n\n"
        "You have five days to answer, not counting weekends and bank holidays. You can take it down, or keep it. "
        "To keep it you must give your name and postal address. They are passed on only if you agree, or if a "
        "court orders it. If you do not answer, it is taken down.\n\nAnswer here: %(link)s",
        said=said,
        link=f"{instance().config.public_url.rstrip('/')}/posts/{post_id}/complaint",
    )
    mail.queue(db, member.email, _("About something you wrote"), text)
    return True


def tell_complainant(db: Session, notice: Notice, step: str, answer: Answer | None = None, words: str = "") -> None:
    """Tell a complainant what has happened; a writer's name and address only when the writer agreed."""
    said = {
        course.FORWARD: _("We sent your notice to the writer. They have five days to answer."),
        course.READ: _("The writer has read your notice. They have five days to answer."),
        course.WITHDRAW: _("The writer has taken down what you complained about."),
        course.UNREACHABLE: _("We could not reach the writer, so we took down what you complained about."),
        course.SILENT: _("The writer did not answer in time, so we took down what you complained about."),
        course.STAFF: _("We took down what you complained about."),
        course.GONE: _("What you complained about is no longer on the board."),
        course.LACKING: _("Your notice lacks something that the law asks for. You can send it again."),
        course.KEEP: _("The writer does not want to take it down, so it has not been removed."),
    }[step]
    if step == course.KEEP:
        said += "\n\n" + _whereabouts(answer)
    if words:
        said += f"\n\n{words}"
    mail.queue(db, notice.email, _("About your message"), said)


def _whereabouts(answer: Answer | None) -> Any:
    if answer is None or not answer.tells:
        return _("The writer gave us a name and an address and does not agree to pass them on. A court can order it.")
    return _("The writer agreed to tell you: %(name)s, %(address)s", name=answer.name, address=answer.address)


def answer_complaint(db: Session, email: str, words: str) -> None:
    """Send the answer to any other complaint."""
    mail.queue(db, email, _("About your message"), words)
