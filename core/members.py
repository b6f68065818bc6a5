"""The verbs of membership. Being verified is core's fact, whichever way it was proved."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, event_log, wards
from core.contributions import LEVELS, ROLES, WARD_ROLES
from core.database import new_id, now
from core.events import MembershipLapsed, MemberSuspended, MemberVerified
from core.models import Member, Membership, RoleGrant, Token, Ward

REMINDER_DAYS = (30, 7)
"""So many days before a verification ends its member is reminded to renew it."""
GIVEN_BY_CIRCUMSTANCE = ("visitor", "member", *LEVELS)


class NotPossible(ValueError):
    """The verb does not fit this member or ward; the message says why, for a person to read."""


def verify(
    db: Session, member_id: str, ward_code: str, method: str, until_on: date, *, level: str = "verified"
) -> None:
    """Make a member verified for a home ward until a day, fully or as a reader; replaces an earlier verification.

    Raises:
        NotPossible: no such member or level, or the code is not a ward of this borough.
    """
    _require_level(level)
    if db.get(Member, member_id) is None:
        raise NotPossible("There is no such member.")
    # A case may have begun before its ward was changed.
    several = wards.of_today(db, [ward_code])
    split_from = ward_code if len(several) > 1 else None
    ward_code = several[0]
    kind = db.scalar(sa.select(Ward.kind).where(Ward.code == ward_code))
    if kind != "ward":
        raise NotPossible(f"{ward_code} is not a ward of this borough.")
    row = db.get(Membership, member_id)
    today = now().date()
    if row is None:
        row = Membership(member_id=member_id)
        db.add(row)
    row.ward_code, row.level, row.method = ward_code, level, method
    row.verified_on, row.until_on, row.reminded_days, row.split_from = today, until_on, None, split_from
    db.flush()
    event_log.append(db, MemberVerified(member_id=member_id, ward_code=ward_code, until=until_on.isoformat()))


def set_level(db: Session, member_id: str, level: str, actor_id: str | None, reason: str) -> bool:
    """Change the level of a membership; ward, days and open logins stay. Returns whether there was one to change.

    Raises:
        NotPossible: no such level.
    """
    _require_level(level)
    changed = db.execute(
        sa.update(Membership)
        .where(Membership.member_id == member_id, Membership.level != level)
        .values(level=level)
        .execution_options(synchronize_session="fetch")
    )
    if not changed.rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        return False
    audit.record(db, actor_id, "members.set_level", audit.actor_hash(member_id), f"{level}: {reason}")
    return True


def _require_level(level: str) -> None:
    if level not in LEVELS:
        raise NotPossible(f"'{level}' is not a level of membership; known are {', '.join(LEVELS)}.")


def lapse(db: Session, member_id: str, actor_id: str | None, reason: str) -> bool:
    """End a verification; alias and posts stay. Returns whether there was one. Open logins and API tokens end."""
    gone = db.execute(sa.delete(Membership).where(Membership.member_id == member_id))
    if not gone.rowcount:  # type: ignore[attr-defined]  # CursorResult of a DELETE
        return False
    end_logins(db, member_id)
    db.execute(sa.delete(Token).where(Token.member_id == member_id))
    audit.record(db, actor_id, "members.lapse", audit.actor_hash(member_id), reason)
    event_log.append(db, MembershipLapsed(member_id=member_id))
    return True


def suspend(db: Session, member_id: str, actor_id: str | None, reason: str) -> None:
    """Close an account to its holder at once."""
    db.execute(sa.update(Member).where(Member.id == member_id).values(active=False))
    end_logins(db, member_id)
    audit.record(db, actor_id, "members.suspend", audit.actor_hash(member_id), reason)
    event_log.append(db, MemberSuspended(member_id=member_id))


def end_logins(db: Session, member_id: str) -> None:
    """Make every open login of a member worthless."""
    db.execute(sa.update(Member).where(Member.id == member_id).values(fs_uniquifier=new_id()))


def grant(db: Session, member_id: str, role: str, ward_code: str | None, actor_id: str | None) -> None:
    """Give a role, for a ward where the role is one of wards; giving it twice is harmless.

    It is for the operator, and for what two people agreed to (`core.proposals`).

    Raises:
        NotPossible: an unknown role, a role nobody can give, or a ward that is not ours.
    """
    check_grant(db, role, ward_code)
    if not holds(db, member_id, role, ward_code):
        db.add(RoleGrant(member_id=member_id, role=role, ward_code=ward_code, granted_on=now().date()))
        audit.record(db, actor_id, "members.grant", audit.actor_hash(member_id), f"{role} {ward_code or ''}".strip())


def check_grant(db: Session, role: str, ward_code: str | None) -> None:
    """Pass silently when the role can be given for this ward.

    Raises:
        NotPossible: as `grant`.
    """
    if role not in ROLES or role in GIVEN_BY_CIRCUMSTANCE:
        known = ", ".join(role for role in ROLES if role not in GIVEN_BY_CIRCUMSTANCE)
        raise NotPossible(f"'{role}' is not a role that can be given; known are {known}.")
    if ward_code and role not in WARD_ROLES:
        raise NotPossible(f"The role '{role}' holds for the whole borough; leave the ward empty.")
    if ward_code and db.get(Ward, ward_code) is None:
        raise NotPossible(f"{ward_code} is not a ward of this borough.")


def holds(db: Session, member_id: str, role: str, ward_code: str | None) -> bool:
    """Whether a member was given a role for exactly this ward, or (None) for everywhere."""
    same = sa.select(RoleGrant.id).where(
        RoleGrant.member_id == member_id, RoleGrant.role == role, RoleGrant.ward_code.is_not_distinct_from(ward_code)
    )
    return db.scalar(same) is not None


def withdraw(db: Session, member_id: str, role: str, ward_code: str | None, actor_id: str | None) -> None:
    """Take a role back; open logins end so that it bites at once."""
    db.execute(
        sa.delete(RoleGrant).where(
            RoleGrant.member_id == member_id,
            RoleGrant.role == role,
            RoleGrant.ward_code.is_not_distinct_from(ward_code),
        )
    )
    end_logins(db, member_id)
    audit.record(db, actor_id, "members.withdraw", audit.actor_hash(member_id), f"{role} {ward_code or ''}".strip())


def is_last_admin(db: Session, member_id: str) -> bool:
    """Whether this member is an admin and nobody else is: without them nobody could run the instance."""
    admins = set(db.scalars(sa.select(RoleGrant.member_id).where(RoleGrant.role == "admin")))
    return admins == {member_id}
