"""Taking a verification back: from one person, or from all that meet a condition. Alias and posts stay.

It bites at once: open logins and API tokens of those concerned end in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, members, notifications
from core.models import Member, Membership

PATH = "/account"


class NobodyMeant(ValueError):
    """No condition at all would mean everybody; that must not happen by leaving things out."""


@dataclass(frozen=True)
class Condition:
    """Whose verification is meant: those who meet all that is given. At least one must be given.

    `email` is one person; `verified_before` those verified before that day; `ward_code` those of a home
    ward; `method` those verified in one way (`command line`, or the name of a plugin).
    """

    email: str | None = None
    verified_before: date | None = None
    ward_code: str | None = None
    method: str | None = None

    def where(self) -> list[sa.ColumnElement[bool]]:
        """Return the condition for queries on memberships.

        Raises:
            NobodyMeant: nothing is given.
        """
        found: list[sa.ColumnElement[bool]] = []
        if self.email:
            one = sa.select(Member.id).where(Member.email == self.email.strip().lower())
            found.append(Membership.member_id.in_(one))
        if self.verified_before:
            found.append(Membership.verified_on < self.verified_before)
        if self.ward_code:
            found.append(Membership.ward_code == self.ward_code)
        if self.method:
            found.append(Membership.method == self.method)
        if not found:
            raise NobodyMeant
        return found

    def words(self) -> str:
        """Return what is written to the audit log; it names no person."""
        parts = ["one person"] if self.email else []
        parts += [f"verified before {self.verified_before.isoformat()}"] if self.verified_before else []
        parts += [f"ward {self.ward_code}"] if self.ward_code else []
        parts += [f"by {self.method}"] if self.method else []
        return ", ".join(parts)


def concerned(db: Session, condition: Condition) -> int:
    """Return how many are verified and meet the condition; raises NobodyMeant."""
    return int(db.scalar(sa.select(sa.func.count()).select_from(Membership).where(*condition.where())) or 0)


def revoke(db: Session, condition: Condition, actor_id: str | None, reason: str) -> int:
    """Take the verification from all who meet the condition, and return how many.

    Each gets a neutral mail. The audit log has an entry for each (keyed hashes) and, of more than one, a
    sum; the reason is for the log only. Raises NobodyMeant.
    """
    wanted = sa.select(Membership.member_id).where(*condition.where()).order_by(Membership.member_id)
    member_ids = db.scalars(wanted.with_for_update()).all()
    for member_id in member_ids:
        members.lapse(db, member_id, actor_id, reason)
        _tell(db, member_id)
    if len(member_ids) > 1:
        audit.record(db, actor_id, "members.revoke", condition.words(), f"{len(member_ids)} members: {reason}")
    return len(member_ids)


def _tell(db: Session, member_id: str) -> None:
    text = _("You can still read public notices, but not the boards, until you show us once more where you live.")
    what = _("Your alias and posts stay as they are. Sign in again to see what to do. If this is a mistake, tell us.")
    notifications.tell_member(db, member_id, _("Something about your account has changed"), f"{text} {what}", PATH)
