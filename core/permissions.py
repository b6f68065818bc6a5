"""Who may do what, as sets of wards that queries can use. Deny by default; any refusal wins."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context
from sqlalchemy.orm import Session

from core import plugin_manager, wards
from core.contributions import ALL, Grant, Permission, Rule, Viewer
from core.database import now
from core.instance import instance

CORE_PERMISSIONS = (
    Permission("core.manage", "Run this instance: people, roles, settings", frozenset({"admin"}), True),
    Permission("core.confirm", "Confirm what another proposed", frozenset({"admin", "reviewer"}), True),
    Permission("core.read_audit", "Read the log of what staff did", frozenset({"admin", "custodian"}), True),
)
NO_SECOND_FACTOR = "your account has no second factor yet; set one up on the page My account"


class Denied(Exception):
    """The viewer may not do this; `reason` is for the audit and, in plain words, for the person."""

    def __init__(self, permission: str, reason: str) -> None:
        """Keep which permission was asked for and why it was refused."""
        super().__init__(f"{permission}: {reason}")
        self.permission = permission
        self.reason = reason


def viewer_of(db: Session, member_id: str | None) -> Viewer:
    """Return the viewer for a member as of today; a visitor for None or an account that is closed."""
    return Viewer() if member_id is None else _viewer(db, "id", member_id)


def viewer_of_login(db: Session, login: str | None) -> Viewer:
    """Return the viewer behind an open login; a visitor when it has ended."""
    return Viewer() if login is None else _viewer(db, "fs_uniquifier", login)


def _viewer(db: Session, column: str, value: str) -> Viewer:
    rows = db.execute(_who(column), {"value": value}).all()
    if not rows:
        return Viewer()
    first = rows[0]
    grants = {Grant("visitor"), Grant("member")}
    home = None
    if first.ward_code and first.until_on >= now().date():
        grants.add(Grant(first.level))
        home = first.ward_code
    grants.update(Grant(row.role, row.role_ward) for row in rows if row.role)
    return Viewer(first.id, first.alias, frozenset(grants), home, bool(first.has_second_factor), first.disguise)


@lru_cache(maxsize=2)
def _who(column: str) -> sa.Select[Any]:
    """Build the question of every page once; a row for each role, one without a role when there is none."""
    from core.models import Member, Membership, RoleGrant

    member, membership, grant = Member.__table__, Membership.__table__, RoleGrant.__table__
    joined = member.outerjoin(membership, membership.c.member_id == member.c.id)
    columns = (
        member.c.id,
        member.c.alias,
        member.c.disguise,
        # What Flask-Security goes by when it asks for a code.
        (member.c.tf_primary_method.is_not(None) & member.c.tf_totp_secret.is_not(None)).label("has_second_factor"),
        membership.c.ward_code,
        membership.c.level,
        membership.c.until_on,
        grant.c.role,
        grant.c.ward_code.label("role_ward"),
    )
    return (
        sa.select(*columns)
        .select_from(joined.outerjoin(grant, grant.c.member_id == member.c.id))
        .where(member.c[column] == sa.bindparam("value"), member.c.active)
    )


def holders(db: Session, permission: str) -> list[Viewer]:
    """Return those who hold a permission somewhere by a role it is meant for, by member id: to tell them of something.

    For a few roles of staff; each of their holders is read by itself.
    """
    from core.models import RoleGrant

    declared = known()[permission]
    granted = sa.select(RoleGrant.member_id).where(RoleGrant.role.in_(declared.default_roles)).distinct()
    people = [viewer_of(db, member_id) for member_id in db.scalars(granted.order_by(RoleGrant.member_id))]
    return [who for who in people if allowed(who, permission)]


def known() -> dict[str, Permission]:
    """Return every permission declared by core and the loaded plugins, by name."""
    return dict(instance().contributions.permissions)


def wards_where(viewer: Viewer, permission: str) -> frozenset[str]:
    """Return the GSS codes (the borough's own included) where the viewer holds a permission; empty is nowhere."""
    cache = _request_cache()
    key = (viewer, permission)
    if key not in cache:
        cache[key] = _resolve(viewer, permission)[0]
    return cache[key]


def allowed(viewer: Viewer, permission: str, ward_code: str | None = None) -> bool:
    """Whether the viewer holds a permission in a ward, or (None) in at least one."""
    held = wards_where(viewer, permission)
    return bool(held) if ward_code is None else ward_code in held


def lacks_second_factor(viewer: Viewer, permission: str) -> bool:
    """Whether a second factor is all that a member is missing for a permission."""
    declared = known().get(permission)
    if declared is None or not declared.needs_second_factor or viewer.has_second_factor or not viewer.is_signed_in:
        return False
    return bool(_held(viewer, declared)[0])


def must_have_second_factor(viewer: Viewer) -> bool:
    """Whether one of the member's roles holds a permission that needs a second factor."""
    roles = {grant.role for grant in viewer.grants}
    return any(roles & declared.default_roles for declared in known().values() if declared.needs_second_factor)


def require(viewer: Viewer, permission: str, ward_code: str | None = None) -> None:
    """Pass silently, or refuse.

    Raises:
        Denied: with the reason of the rule that refused, so that the person can be told.
    """
    if not allowed(viewer, permission, ward_code):
        raise Denied(permission, _resolve(viewer, permission)[1])


def _resolve(viewer: Viewer, permission: str) -> tuple[frozenset[str], str]:
    declared = instance().contributions.permissions.get(permission)
    if declared is None:
        return frozenset(), "no such permission"
    held, reason = _held(viewer, declared)
    if held and declared.needs_second_factor and not viewer.has_second_factor:
        return frozenset(), NO_SECOND_FACTOR
    return held, reason


def _held(viewer: Viewer, declared: Permission) -> tuple[frozenset[str], str]:
    """Return where roles and rules allow it, second factor or not, and why not elsewhere."""
    everywhere = frozenset(ward.code for ward in wards.boards())
    held: set[str] = set()
    for grant in viewer.grants:
        if grant.role in declared.default_roles:
            held |= everywhere if grant.ward_code is None else {grant.ward_code}
    reason = "none of your roles allows it" if not held else "your roles do not cover this ward"
    rules = _rules(viewer, declared.name)
    for rule in rules:
        if rule.allow:
            held |= everywhere if rule.wards == ALL else set(rule.wards)
    for rule in rules:
        if not rule.allow:
            held -= everywhere if rule.wards == ALL else set(rule.wards)
            reason = rule.reason
    return frozenset(held & everywhere), reason


def _rules(viewer: Viewer, permission: str) -> list[Rule]:
    rules: list[Rule] = []
    asked = plugin_manager.current().ask_each("permission_rules", viewer=viewer, permission=permission)
    for name, answer in asked:
        if isinstance(answer, Exception):
            rules.append(Rule(allow=False, wards=ALL, reason=f"{name} could not answer"))
        else:
            rules.extend(answer)
    return rules


def _request_cache() -> dict[tuple[Viewer, str], frozenset[str]]:
    if not has_request_context():
        return {}
    if "wards_where" not in g:
        g.wards_where = {}
    cache: dict[tuple[Viewer, str], frozenset[str]] = g.wards_where
    return cache
