"""Carries out how wards changed: places, homes, roles, follows and postcodes, in the caller's transaction.

Nothing is deleted that somebody wrote: a ward that ended keeps its row, and plugins that have rows of wards hear of
it by `WardsChanged`. Core keeps no address, so of a ward that was split it cannot know on which side a member lives:
they are put into its largest part, are told, and say where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, event_log, notifications, ward_names, wards
from core.database import new_id
from core.events import WardsChanged
from core.instance import instance
from core.models import (
    Membership,
    Postcode,
    PostcodeOverride,
    Proposal,
    RoleGrant,
    Ward,
    WardChange,
    WardFollow,
)
from core.ward_plans import SPLIT, Plan, Step

CHOOSE_PATH = "/account/ward"


class NotOfThisSplit(ValueError):
    """The ward is not one of those that the member's old ward was split into, or nothing is to be chosen."""


@dataclass
class Done:
    """How much of what was moved; `overrides` are postcodes of split wards whose setting was dropped."""

    steps: int = 0
    new_wards: int = 0
    homes: int = 0
    unsure_homes: int = 0
    grants: int = 0
    follows: int = 0
    postcodes: int = 0
    overrides: tuple[str, ...] = ()


def apply(db: Session, wanted: Plan) -> Done:
    """Carry a plan out and return what was moved. Audited; events tell plugins; call `wards.forget_boards` after.

    The caller's transaction holds all of it, so that it is done or not.
    """
    done = Done()
    for on in sorted({step.on for step in wanted.steps} | {on for on, _code, _name in wanted.named}):
        for named_on, code, name in wanted.named:
            if named_on == on:
                done.new_wards += ward_names.call(db, code, name, on)
        for step in wanted.steps:
            if step.on == on:
                _carry_out(db, step, done)
    return done


def _carry_out(db: Session, step: Step, done: Done) -> None:
    for code, share in step.to:
        permille = None if share is None else round(share * 1000)
        db.add(
            WardChange(old_code=step.old_code, new_code=code, on_date=step.on, kind=step.kind, share_permille=permille)
        )
    if step.ends:
        db.execute(sa.update(Ward).where(Ward.code == step.old_code).values(ended_on=step.on))
    db.flush()
    if step.new_codes != (step.old_code,):
        _move_homes(db, step, done)
        _move_roles(db, step, done)
        _move_follows(db, step, done)
        _move_postcodes(db, step, done)
    done.steps += 1
    audit.record(db, None, "wards.change", step.old_code, f"{step.kind} on {step.on}: {', '.join(step.new_codes)}")
    event_log.append(
        db, WardsChanged(old_code=step.old_code, new_codes=step.new_codes, kind=step.kind, on=step.on.isoformat())
    )


def _move_homes(db: Session, step: Step, done: Done) -> None:
    living_there = Membership.ward_code == step.old_code
    members = db.scalars(sa.select(Membership.member_id).where(living_there).order_by(Membership.member_id)).all()
    values: dict[str, str | None] = {"ward_code": _home(step)}
    if step.kind == SPLIT:
        values["split_from"] = step.old_code
        for member_id in members:
            _tell(db, member_id)
        done.unsure_homes += len(members)
    db.execute(sa.update(Membership).where(living_there).values(values))
    done.homes += len(members)


def _home(step: Step) -> str:
    """Return the ward most of the old one's people live in now; of one that left the borough, where they stay."""
    ours = [code for code in step.new_codes if code != instance().config.borough]
    return ours[0] if ours else step.old_code


def _tell(db: Session, member_id: str) -> None:
    text = _("The borders of your area have changed. Say with one click on which side you live now.")
    notifications.tell_member(db, member_id, _("Your area has changed"), text, CHOOSE_PATH)


def _move_roles(db: Session, step: Step, done: Done) -> None:
    held = db.scalars(sa.select(RoleGrant).where(RoleGrant.ward_code == step.old_code)).all()
    for grant in held:
        for code in step.new_codes:
            same = sa.select(RoleGrant.id).where(
                RoleGrant.member_id == grant.member_id, RoleGrant.role == grant.role, RoleGrant.ward_code == code
            )
            if db.scalar(same) is None:
                db.add(
                    RoleGrant(
                        id=new_id(),
                        member_id=grant.member_id,
                        role=grant.role,
                        ward_code=code,
                        granted_on=grant.granted_on,
                    )
                )
                db.flush()
                done.grants += 1
        if step.ends:
            db.delete(grant)
    waiting = sa.update(Proposal).where(Proposal.ward_code == step.old_code)
    if step.ends:
        db.execute(waiting.values(ward_code=step.new_codes[0]))
    db.flush()


def _move_follows(db: Session, step: Step, done: Done) -> None:
    following = db.scalars(sa.select(WardFollow.member_id).where(WardFollow.ward_code == step.old_code)).all()
    wanted = [code for code in step.new_codes if code != instance().config.borough]
    for member_id in following:
        for code in wanted:
            if db.get(WardFollow, (member_id, code)) is None:
                db.add(WardFollow(member_id=member_id, ward_code=code))
                done.follows += 1
    if step.ends:
        db.flush()
        db.execute(sa.delete(WardFollow).where(WardFollow.ward_code == step.old_code))


def _move_postcodes(db: Session, step: Step, done: Done) -> None:
    """Put postcodes into the one ward that follows; those of a split ward wait for the next directory."""
    if not step.ends:
        return
    overrides = PostcodeOverride.ward_code == step.old_code
    if len(step.new_codes) == 1 and step.new_codes[0] != instance().config.borough:
        into = {"ward_code": step.new_codes[0]}
        moved = db.execute(sa.update(Postcode).where(Postcode.ward_code == step.old_code).values(into))
        done.postcodes += moved.rowcount  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        db.execute(sa.update(PostcodeOverride).where(overrides).values(into))
        return
    dropped = db.scalars(sa.select(PostcodeOverride.postcode).where(overrides).order_by(PostcodeOverride.postcode))
    done.overrides += tuple(dropped)
    db.execute(sa.delete(PostcodeOverride).where(overrides))


def choices(db: Session, member_id: str) -> tuple[str, ...]:
    """Return the wards of today among which a member of a split ward can say theirs; empty when nothing is open."""
    old = db.scalar(sa.select(Membership.split_from).where(Membership.member_id == member_id))
    if old is None:
        return ()
    parts = sa.select(WardChange.new_code).where(WardChange.old_code == old, WardChange.kind == SPLIT)
    largest_first = parts.order_by(sa.func.coalesce(WardChange.share_permille, 0).desc(), WardChange.new_code)
    found: Sequence[str] = wards.of_today(db, db.scalars(largest_first))
    return tuple(code for code in found if wards.is_ward(code))


def choose(db: Session, member_id: str, ward_code: str) -> None:
    """Let a member of a split ward say, once, in which of its parts they live; audited without the ward.

    Raises:
        NotOfThisSplit: another ward. Who moved house is verified anew.
    """
    if ward_code not in choices(db, member_id):
        raise NotOfThisSplit(ward_code)
    row = db.get_one(Membership, member_id)
    row.ward_code, row.split_from = ward_code, None
    db.flush()
    audit.record(db, member_id, "wards.say_my_part", audit.actor_hash(member_id))
