"""What reviewers read about numbers and about accounts that met. Never who an account is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.models import Membership
from plugins.verification_docs.duplicates.models import Conflict, Tag
from plugins.verification_docs.models import Case, Evidence
from plugins.verification_docs.papers import MOST_TRIES, Document
from plugins.verification_docs.policy import document_of
from plugins.verification_docs.reviewers.models import ClosePerson, Passed


@dataclass(frozen=True)
class NumberRow:
    """How far the number of a photo document is, for one reviewer.

    `is_second`: another reviewer failed before. `is_override`: a reviewer says that the member typed it wrong.
    """

    matched: bool
    tries_left: int
    is_second: bool
    is_override: bool

    @property
    def may_override(self) -> bool:
        """Whether this reviewer may ask a third one."""
        return not self.matched and not self.tries_left and self.is_second and not self.is_override


@dataclass(frozen=True)
class Pair:
    """Two accounts that met, as ids: for services, never for a page."""

    conflict_ids: tuple[str, ...]
    member_id: str
    other_member_id: str
    finders: frozenset[str]


@dataclass(frozen=True)
class Side:
    """One of two accounts as the decider sees it: days and kinds of documents, no name and no alias."""

    case_id: str | None
    state: str | None
    opened_on: date | None
    documents: tuple[Document, ...]
    verified_on: date | None


@dataclass(frozen=True)
class MeetingRow:
    """Two accounts that met; `kinds` are what is the same in both (`document`, `person`)."""

    id: str
    found_on: date
    kinds: tuple[str, ...]
    new: Side
    old: Side


def records_of(db: Session, member_id: str) -> list[dict[str, object]]:
    """Return the tags of a member as plain records for their own eyes; of meetings nothing is told."""
    rows = db.execute(sa.select(Tag.kind, Tag.until_on).where(Tag.member_id == member_id).order_by(Tag.kind, Tag.id))
    return [{"tag": row.kind, "until_on": row.until_on.isoformat() if row.until_on else None} for row in rows]


def numbers_of(db: Session, case_id: str, reviewer_id: str) -> dict[str, NumberRow]:
    """Return the state of the number of each photo document of a case, by paper."""
    columns = (Evidence.id, Evidence.number_matched, Evidence.number_tries, Evidence.typed_by)
    rows = db.execute(
        sa.select(*columns, Evidence.tried_by, Evidence.override_by).where(
            Evidence.case_id == case_id, Evidence.kind == "id"
        )
    )
    return {
        row.id: NumberRow(
            matched=row.number_matched,
            tries_left=MOST_TRIES - (row.number_tries if row.typed_by == reviewer_id else 0),
            is_second=row.tried_by is not None,
            is_override=row.override_by is not None,
        )
        for row in rows
    }


def open_pair(db: Session, conflict_id: str) -> Pair | None:
    """Return the two accounts of an undecided meeting with all that is undecided between them, else None."""
    asked = db.execute(
        sa.select(Conflict.member_id, Conflict.other_member_id).where(
            Conflict.id == conflict_id, Conflict.outcome.is_(None)
        )
    ).one_or_none()
    if asked is None:
        return None
    both = (asked.member_id, asked.other_member_id)
    rows = db.execute(
        sa.select(Conflict.id, Conflict.found_by)
        .where(Conflict.member_id.in_(both), Conflict.other_member_id.in_(both), Conflict.outcome.is_(None))
        .with_for_update()
    ).all()
    finders = frozenset(row.found_by for row in rows if row.found_by is not None)
    return Pair(tuple(row.id for row in rows), *both, finders)


def is_side(pair: Pair, reviewer_id: str) -> bool:
    """Whether the reviewer is one of the two; nothing may then be said."""
    return reviewer_id in (pair.member_id, pair.other_member_id)


def may_decide(db: Session, reviewer_id: str, pair: Pair) -> bool:
    """Whether a reviewer is neither one of the two nor close to one, did not find it and decided in no case of it."""
    both = (pair.member_id, pair.other_member_id)
    if is_side(pair, reviewer_id) or reviewer_id in pair.finders:
        return False
    took_part = (
        sa.exists().where(ClosePerson.reviewer_id == reviewer_id, ClosePerson.member_id.in_(both)),
        sa.exists().where(Passed.reviewer_id == reviewer_id, Passed.member_id.in_(both)),
        sa.exists().where(
            Evidence.member_id.in_(both),
            sa.or_(
                Evidence.decided_by == reviewer_id,
                Evidence.typed_by == reviewer_id,
                Evidence.tried_by == reviewer_id,
                Evidence.override_by == reviewer_id,
            ),
        ),
    )
    return not db.scalar(sa.select(sa.or_(*took_part)))


def may_look(db: Session, reviewer_id: str, member_id: str) -> bool:
    """Whether a reviewer may open the frozen case of a member, because they may decide about it."""
    sides = sa.or_(Conflict.member_id == member_id, Conflict.other_member_id == member_id)
    found = db.scalars(sa.select(Conflict.id).where(Conflict.outcome.is_(None), sides).order_by(Conflict.id))
    pairs = [open_pair(db, conflict_id) for conflict_id in found.all()]
    return bool(pairs) and all(pair is not None and may_decide(db, reviewer_id, pair) for pair in pairs)


def meetings(db: Session, reviewer_id: str) -> tuple[list[MeetingRow], int]:
    """Return the undecided meetings that this reviewer may decide, oldest first, and how many wait for others.

    Of one that the reviewer is part of themselves nothing is told, not even a number.
    """
    wanted = sa.select(Conflict.id).where(Conflict.outcome.is_(None)).order_by(Conflict.found_on, Conflict.id)
    rows, others, seen = [], 0, set[str]()
    for conflict_id in db.scalars(wanted).all():
        pair = open_pair(db, conflict_id)
        if conflict_id in seen or pair is None or is_side(pair, reviewer_id):
            continue
        seen.update(pair.conflict_ids)
        if may_decide(db, reviewer_id, pair):
            rows.append(_row(db, conflict_id, pair))
        else:
            others += 1
    return rows, others


def meeting(db: Session, conflict_id: str) -> MeetingRow | None:
    """Return one undecided meeting, else None."""
    pair = open_pair(db, conflict_id)
    return None if pair is None else _row(db, conflict_id, pair)


def _row(db: Session, conflict_id: str, pair: Pair) -> MeetingRow:
    found = db.execute(
        sa.select(Conflict.kind, Conflict.found_on)
        .where(Conflict.id.in_(pair.conflict_ids))
        .order_by(Conflict.kind, Conflict.found_on)
    ).all()
    return MeetingRow(
        id=conflict_id,
        found_on=min(row.found_on for row in found),
        kinds=tuple(dict.fromkeys(row.kind for row in found)),
        new=_side(db, pair.member_id),
        old=_side(db, pair.other_member_id),
    )


def _side(db: Session, member_id: str) -> Side:
    case = db.execute(
        sa.select(Case.id, Case.state, Case.opened_on).where(Case.member_id == member_id, Case.ended_on.is_(None))
    ).one_or_none()
    papers = db.execute(
        sa.select(Evidence.kind, Evidence.document)
        .where(Evidence.case_id == (case.id if case else None))
        .order_by(Evidence.kind)
    )
    documents = [document_of(row.kind, row.document) for row in papers]
    return Side(
        case_id=case.id if case else None,
        state=case.state if case else None,
        opened_on=case.opened_on if case else None,
        documents=tuple(document for document in documents if document is not None),
        verified_on=db.scalar(sa.select(Membership.verified_on).where(Membership.member_id == member_id)),
    )
