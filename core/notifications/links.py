"""Links in mails that work without signing in: to stop them, and to answer. Signed, for one member and one use."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.instance import instance
from core.models import Member
from core.notifications.choices import KINDS

UNSUBSCRIBE_PATH = "/unsubscribe"
REPLY_SECONDS = 48 * 3600
# A link to stop mails must outlive the mail: people find old ones.
UNSUBSCRIBE_SECONDS = 3 * 365 * 24 * 3600
_UNSUBSCRIBE, _REPLY = "unsubscribe", "mail-reply"


@dataclass(frozen=True)
class ReplyLink:
    """Who may answer what by the link of a mail."""

    member_id: str
    reply_to: str


def unsubscribe_url(member_id: str, kind: str) -> str:
    """Return where one click stops the mails of one kind to one member. Source: RFC 8058."""
    token = instance().keys.token(_UNSUBSCRIBE, [member_id, kind])
    return f"{instance().config.public_url}{UNSUBSCRIBE_PATH}/{token}"


def read_unsubscribe(token: str) -> tuple[str, str] | None:
    """Return member and kind, or None when the token is not ours or years old."""
    value = instance().keys.read_token(_UNSUBSCRIBE, token, UNSUBSCRIBE_SECONDS)
    is_fit = isinstance(value, list) and len(value) == 2 and value[1] in KINDS
    return (str(value[0]), str(value[1])) if is_fit and value is not None else None


def reply_url(member_id: str, login: str, reply_path: str, reply_to: str) -> str:
    """Return the link to answer from a mail. It ends with the member's logins, as when the password changes."""
    token = instance().keys.token(_REPLY, [member_id, reply_to, _mark(login)])
    return f"{instance().config.public_url}{reply_path}/{token}"


def read_reply(db: Session, token: str) -> ReplyLink | None:
    """Return who may answer what, or None when the link is not ours, too old, or ended with the member's logins."""
    value = instance().keys.read_token(_REPLY, token, REPLY_SECONDS)
    if not isinstance(value, list) or len(value) != 3:
        return None
    member_id, reply_to, mark = (str(part) for part in value)
    login = db.scalar(sa.select(Member.fs_uniquifier).where(Member.id == member_id, Member.active))
    return ReplyLink(member_id, reply_to) if login is not None and _mark(login) == mark else None


def _mark(login: str) -> str:
    return instance().keys.keyed_hash(_REPLY, login)[:12]
