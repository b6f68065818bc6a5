"""The verbs of a reviewer: open a case, put it back, decide. None of them commits.

No way in here leads to the reviewer's own case; the database refuses it a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, event_log, members
from core.events import EvidenceDecided
from core.models import Membership
from plugins.verification_docs import ending, letters, postcodes, queries
from plugins.verification_docs.duplicates import queries as duplicate_queries
from plugins.verification_docs.models import (
    ACCEPTED,
    END_STATES,
    FROZEN,
    REJECTED,
    RESEND,
    VERIFIED,
    WAITING,
    Case,
    Evidence,
)
from plugins.verification_docs.names import PLUGIN
from plugins.verification_docs.papers import MOST_TRIES, WRONG_NUMBER, reasons_for
from plugins.verification_docs.policy import FULL, READER, policy
from plugins.verification_docs.refusals import (
    AlreadyDecided,
    BadReason,
    CaseGone,
    ClaimedByAnother,
    CloseCase,
    NotClaimed,
    NumberFirst,
    OnHold,
    OwnCase,
    PostcodeRefused,
    TriedBefore,
)
from plugins.verification_docs.reviewers import close, passed

CLAIM_MINUTES = 30


@dataclass(frozen=True)
class Verdict:
    """What a reviewer says of one paper; `reason` is a code and only for a refusal."""

    accept: bool
    reason: str | None = None


def open_case(db: Session, reviewer_id: str, case_id: str, reason: str, now: datetime) -> None:
    """Claim a waiting case for half an hour; logged with the reason and counted for the member.

    A frozen one opens to whoever may decide about it.

    Raises:
        CaseGone, OwnCase, TriedBefore, ClaimedByAnother: it cannot be opened by this reviewer now.
    """
    case = case_for(db, reviewer_id, case_id)
    if case.state not in (WAITING, FROZEN):
        raise CaseGone(case_id)
    if _is_claimed_by_another(case, reviewer_id, now):
        raise ClaimedByAnother(case_id)
    case.claimed_by = reviewer_id
    case.claimed_until = now + timedelta(minutes=CLAIM_MINUTES)
    case.openings += 1
    audit.record(db, reviewer_id, "verification_docs.open", f"case {case_id}", reason)
    db.flush()


def put_back(db: Session, reviewer_id: str, case_id: str) -> None:
    """Give up a claim so that another reviewer can open the case; nothing happens without one."""
    case = case_for(db, reviewer_id, case_id)
    if case.claimed_by == reviewer_id:
        case.claimed_by = case.claimed_until = None


def require_claim(db: Session, reviewer_id: str, case_id: str, now: datetime) -> Case:
    """Return the case if this reviewer has opened it and the half hour is not over.

    Raises:
        CaseGone, OwnCase, TriedBefore, NotClaimed: nothing of the case may then be shown or changed.
    """
    case = case_for(db, reviewer_id, case_id)
    if case.claimed_by != reviewer_id or case.claimed_until is None or case.claimed_until <= now:
        raise NotClaimed(case_id)
    return case


def decide(db: Session, reviewer_id: str, evidence_id: str, verdict: Verdict, now: datetime) -> str:
    """Accept one paper or send it back, and return the state the case is in then.

    When the rule is met the member is verified for the ward of the postcode (looked up now, not when typed) and
    all papers are deleted. When everything is decided and the rule is not met, the member is asked again.

    Raises:
        AlreadyDecided: the paper is no longer waiting.
        BadReason: a refusal without a reason of this kind, or the number called wrong before two have tried.
        NumberFirst: a photo document whose number nobody has read yet as the member typed it.
        OnHold: the case is frozen.
        PostcodeRefused: the directory changed and the postcode has no ward here any more.
        CaseGone, OwnCase, TriedBefore, NotClaimed: as in `require_claim`.
    """
    found = db.scalars(sa.select(Evidence).where(Evidence.id == evidence_id)).one_or_none()
    if found is None:
        raise AlreadyDecided(evidence_id)
    case = require_claim(db, reviewer_id, found.case_id, now)
    if case.state == FROZEN:
        raise OnHold(case.id)
    _check_verdict(found, reviewer_id, verdict)
    changed = db.execute(
        sa.update(Evidence)
        .where(Evidence.id == evidence_id, Evidence.state == WAITING)
        .values(
            state=ACCEPTED if verdict.accept else REJECTED,
            reason=None if verdict.accept else verdict.reason,
            decided_by=reviewer_id,
        )
    )
    if not changed.rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        raise AlreadyDecided(evidence_id)
    outcome = "accepted" if verdict.accept else "rejected"
    audit.record(db, reviewer_id, f"verification_docs.{outcome}", f"case {case.id}", verdict.reason or found.kind)
    event_log.append(db, EvidenceDecided(case_id=case.id, outcome=outcome))
    _conclude(db, case, reviewer_id, now)
    return case.state


def _check_verdict(paper: Evidence, reviewer_id: str, verdict: Verdict) -> None:
    if verdict.accept:
        if paper.kind == "id" and paper.state == WAITING and not paper.number_matched:
            raise NumberFirst(paper.id)
        return
    fitting = {reason.code for reason in reasons_for(paper.kind)}
    if not (paper.typed_by == reviewer_id and paper.number_tries >= MOST_TRIES):
        fitting -= {WRONG_NUMBER}
    if verdict.reason not in fitting:
        raise BadReason(verdict.reason)


def case_for(db: Session, reviewer_id: str, case_id: str) -> Case:
    """Return an open case for a reviewer, locked where the database can.

    Raises:
        CaseGone: there is none, it has ended, or it is frozen and not for this reviewer to decide about.
        OwnCase: it is the reviewer's own.
        CloseCase: it is that of somebody close to them, or of their own ward where that is not wanted.
        TriedBefore: this reviewer typed its number wrong three times, or asked for an override.
    """
    case = db.scalars(sa.select(Case).where(Case.id == case_id).with_for_update()).one_or_none()
    if case is None:
        raise CaseGone(case_id)
    if case.member_id == reviewer_id:
        raise OwnCase(case_id)
    if case.state in END_STATES:
        raise CaseGone(case_id)
    if close.are_close(db, reviewer_id, case.member_id) or _is_of_own_ward(db, reviewer_id, case):
        raise CloseCase(case_id)
    if case.state == FROZEN and not duplicate_queries.may_look(db, reviewer_id, case.member_id):
        raise CaseGone(case_id)
    if queries.has_tried(db, case_id, reviewer_id):
        raise TriedBefore(case_id)
    return case


def _is_of_own_ward(db: Session, reviewer_id: str, case: Case) -> bool:
    if not policy().not_own_ward or case.postcode_sealed is None:
        return False
    own = db.scalar(sa.select(Membership.ward_code).where(Membership.member_id == reviewer_id))
    try:
        return own is not None and own == postcodes.ward_of(db, case.postcode_sealed)
    except PostcodeRefused:
        return False


def _is_claimed_by_another(case: Case, reviewer_id: str, now: datetime) -> bool:
    is_live = case.claimed_until is not None and case.claimed_until > now
    return is_live and case.claimed_by not in (None, reviewer_id)


def _conclude(db: Session, case: Case, reviewer_id: str, now: datetime) -> None:
    states = queries.states_by_kind(db, case.id)
    if verify_if_met(db, case, reviewer_id, now) or WAITING in states.values():
        return
    may_read = policy().level_met(_accepted(states)) == READER and not _is_fully_verified(db, case, now)
    if may_read:
        _grant(db, case, reviewer_id, READER, now)
    if may_read and REJECTED not in states.values():
        # They sent only what reading asks for, and all of it was fine.
        letters.you_may_read(db, case.member_id)
        ending.end(db, case, VERIFIED, now.date())
        return
    case.state = RESEND
    case.waiting_since_on = None
    case.claimed_by = case.claimed_until = None
    letters.something_to_send_again(db, case.member_id)
    db.flush()


def verify_if_met(db: Session, case: Case, reviewer_id: str | None, now: datetime) -> bool:
    """Verify the member when what was accepted is enough, and return whether it was.

    `reviewer_id` is who accepted the last of it.
    """
    if not policy().rule.is_met(_accepted(queries.states_by_kind(db, case.id))):
        return False
    _grant(db, case, reviewer_id, FULL, now)
    letters.you_are_in(db, case.member_id)
    ending.end(db, case, VERIFIED, now.date())
    return True


def _grant(db: Session, case: Case, reviewer_id: str | None, level: str, now: datetime) -> None:
    today = now.date()
    ward_code = postcodes.ward_of(db, case.postcode_sealed)
    members.verify(db, case.member_id, ward_code, PLUGIN, policy().until(today, level), level=level)
    audit.record(db, reviewer_id, "verification_docs.verify", f"case {case.id}", f"{ward_code} {level}")
    passed.record(db, case.member_id, _had_a_part(db, case.id), today)


def _accepted(states: Mapping[str, str]) -> frozenset[str]:
    return frozenset(kind for kind, state in states.items() if state == ACCEPTED)


def _is_fully_verified(db: Session, case: Case, now: datetime) -> bool:
    held = (Membership.member_id == case.member_id, Membership.level == FULL, Membership.until_on >= now.date())
    return bool(db.scalar(sa.select(sa.exists().where(*held))))


def _had_a_part(db: Session, case_id: str) -> set[str]:
    rows = sa.select(Evidence.decided_by, Evidence.override_by).where(Evidence.case_id == case_id)
    return {each for row in db.execute(rows) for each in row if each is not None}
