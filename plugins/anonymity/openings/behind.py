"""Whose a post is, where that can still be computed; and in words what can be disclosed and what cannot.

An alias is the account's. A name in a thread or of a week, and what the group signed, lead back only by trying every
member under a key that still lives. From a resident's post and from an unlinkable one nothing leads to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.contributions import PostSignature
from core.database import now
from core.models import Member
from plugins.anonymity import pseudonyms, signing, week_names

ALIAS = "alias"


@dataclass(frozen=True)
class Disclosure:
    """What an opening of a post would give: `can` is empty when it would give nothing."""

    can: str
    cannot: str


def member_behind(db: Session, signature: PostSignature) -> str | None:
    """Return the member who wrote a post, or None when nothing on this server leads to them (any more)."""
    if signature.member_id is not None or signature.ref is None:
        return signature.member_id
    members = list(db.scalars(sa.select(Member.id).order_by(Member.id)))
    if signature.kind in signing.WITH_REF:
        return pseudonyms.writer_of(db, signature.ref, signature.thread_id, signature.kind, members)
    if signature.kind == week_names.KIND:
        return week_names.writer_of(db, signature.ref, members, now())
    return None


def disclosure(signature: PostSignature, *, is_known: bool) -> Disclosure:
    """Return in words what an opening would give; `is_known` says whether `member_behind` finds somebody."""
    rest = _("Not a real name, papers, an address, or when they were here: the account does not hold these.")
    if is_known and signature.kind == ALIAS:
        return Disclosure(_("The account with this alias: its alias, e-mail address and ward."), rest)
    if is_known:
        return Disclosure(
            _("The account behind this name: its alias, e-mail address and ward. The key of the name still lives."),
            rest,
        )
    return Disclosure("", _nothing(signature.kind))


def _nothing(kind: str) -> str:
    if kind == signing.RESIDENT:
        return str(_("Nothing can be opened. We keep nothing that leads from a resident’s post to anybody."))
    if kind in signing.WITH_REF or kind == week_names.KIND:
        return str(_("Nothing can be opened any more. The key of this name was deleted, or its writer has left."))
    if kind == ALIAS:
        return str(_("Nothing can be opened any more. The account behind this alias was closed."))
    return str(
        _("Nothing can be opened, now or ever. No list, key or log on this server leads from this post to a person.")
    )
