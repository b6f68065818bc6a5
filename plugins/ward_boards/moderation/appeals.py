"""Appeals: whoever wrote a hidden post may ask once that a moderator of another ward looks at it again.

The one who hid it never decides; of them a keyed hash is kept, which only tells whether it is the same person. Where
no other ward has a moderator, one for the whole borough or an admin decides.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from core import audit, permissions
from core.contributions import Viewer
from core.database import new_id
from core.instance import instance
from core.models import Member, RoleGrant
from plugins.ward_boards import markup, ownership
from plugins.ward_boards.models import HIDDEN, Post
from plugins.ward_boards.moderation import cases, claims, log, rights, vocabulary
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.models import Case
from plugins.ward_boards.moderation.permission_names import DECIDE_APPEALS
from plugins.ward_boards.moderation.rights import MODERATORS
from plugins.ward_boards.moderation.services import put_back, tell_writer

DAYS = 14
LONGEST_STATEMENT = 1000
_APPEAL = aliased(Case)
_HID = (vocabulary.HIDE, vocabulary.POLICE, "refuse_post")


class NoAppeal(Exception):
    """There is nothing to appeal against: not hidden, not one's own, too late, or appealed before."""


class NotYoursToDecide(Exception):
    """Somebody of another ward than the first decision must decide."""


class Chance(NamedTuple):
    """Whether a post can be appealed for: the decision, its last day, and what became of an appeal made before.

    `outcome` is None without an appeal, empty while one is open, else `grant`, `refuse` or `gone`.
    """

    decided: str
    last_day: date
    outcome: str | None

    def is_open_on(self, day: date) -> bool:
        """Whether an appeal can be made on a day."""
        return self.outcome is None and day <= self.last_day


def chance(db: Session, post_id: str) -> Chance | None:
    """Return what there is to appeal against for a post, or None when no moderator has hidden it."""
    made = sa.select(_APPEAL.outcome).where(_APPEAL.appeal_of == Case.id).correlate(Case).scalar_subquery()
    decided = db.execute(
        sa.select(Case.id, Case.closed_on, made.label("made"))
        .where(Case.post_id == post_id, Case.outcome.in_(_HID), Case.closed_on.is_not(None))
        # Hidden twice on one day: the decision that nobody has appealed against yet is the later one.
        .order_by(Case.closed_on.desc(), made.is_not(None), Case.id)
        .limit(1)
    ).one_or_none()
    return None if decided is None else Chance(decided.id, decided.closed_on + timedelta(days=DAYS), decided.made)


def appeal(db: Session, viewer: Viewer, post_id: str, statement: str, *, now: datetime) -> None:
    """Ask for a second look at one's own hidden post.

    Raises:
        NoAppeal: it cannot be asked for (any more).
    """
    post = db.get(Post, post_id)
    if post is None or post.state != HIDDEN or not ownership.owns(db, viewer, post):
        raise NoAppeal(post_id)
    found = chance(db, post_id)
    if found is None or not found.is_open_on(now.date()):
        raise NoAppeal(post_id)
    case = Case(
        id=new_id(),
        post_id=post.id,
        thread_id=post.thread_id,
        kind=vocabulary.APPEAL,
        is_open=True,
        urgency_rank=vocabulary.APPEAL_RANK,
        opened_on=now.date(),
        appeal_of=found.decided,
        was_out=bool(db.scalar(sa.select(Case.was_out).where(Case.id == found.decided))),
    )
    said = markup.clean(statement)[:LONGEST_STATEMENT]
    case.snapshot = cases.seal(case.id, cases.copy_of(db, post, said))
    db.add(case)
    db.flush()


class Decision(NamedTuple):
    """What is known of who hid a post: the case, the hash of the person in it, and for which ward they did."""

    case_id: str
    decider_hash: str
    decider_ward: str


def may_decide(db: Session, viewer: Viewer, case: Case) -> bool:
    """Whether a viewer may decide an appeal: of another ward than the first decision, and not the same person."""
    decided = db.get(Case, case.appeal_of) if case.appeal_of else None
    post = db.get(Post, case.post_id) if case.post_id else None
    if decided is None or (post is not None and ownership.owns(db, viewer, post)):
        return False
    return bool(decidable(db, viewer, [Decision(decided.id, decided.decider_hash, decided.decider_ward)]))


def decidable(db: Session, viewer: Viewer, decisions: list[Decision]) -> frozenset[str]:
    """Return the ids of those decisions that this viewer may look at again. One query at most."""
    if not decisions or not permissions.allowed(viewer, DECIDE_APPEALS):
        return frozenset()
    own = rights.own_wards(viewer)
    held = {} if own else _moderators(db)
    return frozenset(
        each.case_id
        for each in decisions
        if each.decider_hash != cases.hash_of(each.case_id, viewer, "decided")
        and (each.decider_ward not in own if own else not _has_others(held, each))
    )


def _moderators(db: Session) -> dict[str, set[str]]:
    """Return who moderates which single wards."""
    held: dict[str, set[str]] = {}
    rows = db.execute(
        sa.select(RoleGrant.member_id, RoleGrant.ward_code)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(Member.active, RoleGrant.role.in_(MODERATORS), RoleGrant.ward_code.is_not(None))
        .where(RoleGrant.ward_code != instance().config.borough)
    )
    for member_id, code in rows:
        held.setdefault(member_id, set()).add(str(code))
    return held


def _has_others(held: dict[str, set[str]], decision: Decision) -> bool:
    """Whether some ward but that of the decision has a moderator who did not decide it."""
    return any(
        decision.decider_ward not in codes
        and decision.decider_hash != cases.hash_of(decision.case_id, Viewer(member_id), "decided")
        for member_id, codes in held.items()
    )


def decide(db: Session, viewer: Viewer, case_id: str, verb: str, ruling: Ruling, *, now: datetime) -> str:
    """Put the post back (GRANT) or leave it hidden (REFUSE), and tell its writer. Return the thread's id.

    Raises:
        claims.CaseClosed, claims.Claimed: as for any case.
        NotYoursToDecide: the viewer is of the same ward, or hid it themselves.
    """
    case = db.get(Case, case_id)
    if case is None or not case.is_open or case.kind != vocabulary.APPEAL:
        raise claims.CaseClosed(case_id)
    if not may_decide(db, viewer, case):
        raise NotYoursToDecide(case_id)
    claims.take(db, viewer, case, now=now)
    post = db.get(Post, case.post_id) if case.post_id else None
    as_whom = rights.standing(viewer, rights.own_wards(viewer))
    cases.sign(case, viewer, as_whom)
    if post is None or post.state != HIDDEN:
        verb = "gone"  # withdrawn by its writer, or put back by its own ward meanwhile
    elif verb == vocabulary.GRANT:
        put_back(db, post, is_first_time=not case.was_out)
    else:
        post.state_note = ruling.words[:300] or post.state_note
    audit.record(db, viewer.member_id, f"ward_boards.appeal_{verb}", f"post {case.post_id}", ruling.words or verb)
    log.write(db, as_whom, verb, case.thread_id, reason=ruling.reason, now=now)
    cases.close(db, case, verb, ruling, now=now)
    if post is not None:
        tell_writer(db, post)
    return case.thread_id
