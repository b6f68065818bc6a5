"""The mails: one note by itself, or several together. Plain text, neutral, with the way to stop them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from core.instance import instance
from core.notifications import links
from core.notifications.notes import LETTER, Note
from core.notifications.recipients import Recipient

PAGE = "/account/notices"
MOST_LINKS = 20


def one(to: Recipient, note: Note, titles: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """Return subject, text and headers of a mail with a single note; `titles` is empty for who wants none."""
    parts = [
        note.text,
        titles.get(note.about, "") or _content(to, note),
        f"{instance().config.public_url}{note.path}",
        _behind(),
    ]
    if note.reply_path:
        parts.append(f"{_answer()}\n{_reply_url(to, note)}")
    return note.subject, _letter(to, parts, note.kind), headers(to, note.kind)


def several(to: Recipient, notes: Sequence[Note], titles: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """Return subject, text and headers of a mail that counts what is new, with a link to each thing once."""
    parts = [_("This is new for you:")]
    for subject in dict.fromkeys(note.subject for note in notes):
        same = [note for note in notes if note.subject == subject]
        things = list({_place(note): note for note in same}.values())
        lines = [f"{len(same)} × {subject}"]
        lines += [line for note in things[:MOST_LINKS] for line in _lines(to, note, titles.get(note.about, ""))]
        if len(things) > MOST_LINKS:
            lines.append(_("There is more on the site."))
        parts.append("\n".join(lines))
    parts.append(_behind())
    return str(_("What is new for you")), _letter(to, parts, notes[0].kind), headers(to, notes[0].kind)


def headers(to: Recipient, kind: str) -> dict[str, str]:
    """Return what lets a mail program stop these mails by one click. Source: RFC 2369, RFC 8058."""
    return {
        "List-Unsubscribe": f"<{links.unsubscribe_url(to.member_id, kind)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
    }


def _lines(to: Recipient, note: Note, title: str) -> list[str]:
    lines = [f"  {title}"] if title else []
    lines.append(f"  {instance().config.public_url}{note.path}")
    if note.reply_path:
        lines.append(f"  {_answer()} {_reply_url(to, note)}")
    return lines


def _place(note: Note) -> str:
    """Return what a note leads to, whichever part of the page."""
    return note.reply_to or note.path.partition("#")[0].partition("?")[0]


def _content(to: Recipient, note: Note) -> str:
    return note.title if to.choice.with_titles else ""


def _behind() -> str:
    return str(_("You may have to sign in to read it."))


def _answer() -> str:
    return str(_("To answer without signing in, for two days:"))


def _reply_url(to: Recipient, note: Note) -> str:
    return links.reply_url(to.member_id, to.login, note.reply_path, note.reply_to)


def _letter(to: Recipient, parts: Sequence[str], kind: str) -> str:
    config = instance().config
    if kind == LETTER:
        why = _("You get this because you live in one of these wards or follow it.")
    else:
        why = _("You get this because you live in one of these wards, or follow it or something in it.")
    change = _("Change what you get:")
    stop = _("Stop these mails:")
    tail = f"{why} {change}\n{config.public_url}{PAGE}\n\n{stop}\n{links.unsubscribe_url(to.member_id, kind)}"
    return "\n\n".join(part for part in (*parts, tail, config.site_name) if part) + "\n"
