"""What goes to whom: one neutral mail to each member concerned, with a link and nothing that gives them away."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import mail, wards
from core.contributions import LEVELS
from core.database import now
from core.instance import instance
from core.models import Member, Membership, RoleGrant, WardFollow

BEHIND_THE_LINK = "You may have to sign in to read it."
WHY_YOU = (
    "You get this because you live in one of these wards or follow it. Change what you follow here:\n{url}/account"
)


def tell_wards(db: Session, ward_codes: Collection[str], subject: str, text: str, path: str) -> int:
    """Queue one mail to each verified member who lives in one of these wards or follows one; return how many.

    Readers, who may read what it is about, are among them. The borough's own code reaches every one. `path` starts
    with a slash and becomes a link under the text. Rolls back with the caller's transaction.
    """
    codes = set(ward_codes)
    if not codes:
        return 0
    concerned = _verified()
    if instance().config.borough not in codes:
        follows = sa.select(WardFollow.member_id).where(WardFollow.ward_code.in_(codes))
        concerned = concerned.where(Membership.ward_code.in_(codes) | Member.id.in_(follows))
    return _queue(db, concerned, subject, text, path, WHY_YOU.format(url=instance().config.public_url))


def tell_member(db: Session, member_id: str, subject: str, text: str, path: str) -> bool:
    """Queue a mail to one member; False when the account is closed or gone."""
    one = sa.select(Member.email).where(Member.id == member_id, Member.active)
    return _queue(db, one, subject, text, path) == 1


def tell_role(db: Session, role: str, subject: str, text: str, path: str) -> int:
    """Queue one mail to each member with a role, in whichever ward; return how many.

    `member` is everyone with an open account; `verified` and `reader` everyone whose membership of that level stands.
    """
    if role in LEVELS:
        concerned = _verified().where(Membership.level == role)
    else:
        concerned = sa.select(Member.email).where(Member.active)
        if role != "member":
            holders = sa.select(RoleGrant.member_id).where(RoleGrant.role == role)
            concerned = concerned.where(Member.id.in_(holders))
    return _queue(db, concerned, subject, text, path)


def followed(db: Session, member_id: str) -> list[str]:
    """Return the GSS codes of the wards a member follows besides their own, sorted."""
    rows = sa.select(WardFollow.ward_code).where(WardFollow.member_id == member_id).order_by(WardFollow.ward_code)
    return list(db.scalars(rows))


def follow(db: Session, member_id: str, ward_codes: Collection[str]) -> None:
    """Follow exactly these wards from now on; codes that are no wards of this borough are left out."""
    ours = {code for code in ward_codes if wards.is_ward(code)}
    db.execute(sa.delete(WardFollow).where(WardFollow.member_id == member_id))
    db.add_all(WardFollow(member_id=member_id, ward_code=code) for code in sorted(ours))
    db.flush()


def _verified() -> sa.Select[str]:
    return (
        sa.select(Member.email)
        .join(Membership, Membership.member_id == Member.id)
        .where(Member.active, Membership.until_on >= now().date())
    )


def _queue(db: Session, concerned: sa.Select[str], subject: str, text: str, path: str, *more: str) -> int:
    config = instance().config
    parts = (text, f"{config.public_url}{path}", BEHIND_THE_LINK, *more, config.site_name)
    body = "\n\n".join(parts) + "\n"
    recipients = db.scalars(concerned.order_by(Member.email)).all()
    for recipient in recipients:
        mail.queue(db, recipient, subject, body)
    return len(recipients)
