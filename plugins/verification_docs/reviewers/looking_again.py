"""A reviewer is trusted no more: all that they passed is looked at again, and nothing else of theirs counts.

Members whom they passed go on reading meanwhile. In cases that are still open somebody else looks at what they
accepted: else these would be decided on their word, and nobody would look at them again.
"""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, members
from core.models import RoleGrant
from plugins.verification_docs import letters
from plugins.verification_docs.in_person import services as in_person_services
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.letter import lapsing
from plugins.verification_docs.letter.models import ASKED, OVER, LetterCode
from plugins.verification_docs.models import ACCEPTED, WAITING, Case, Evidence
from plugins.verification_docs.papers import LETTER_CODE
from plugins.verification_docs.policy import policy
from plugins.verification_docs.reviewers import passed
from plugins.verification_docs.reviewers.models import Passed

REVIEWER = "reviewer"


def look_again(db: Session, reviewer_id: str, since: date, actor_id: str | None, today: date) -> int:
    """Trust a reviewer no more, and return how many members are asked for their papers again.

    The reviewer's role, key and logins go at once. The members read on until the day by which somebody else must
    have passed them, but do not write; a neutral mail asks them.
    """
    until_on = today + timedelta(days=policy().look_again_days)
    held = db.scalar(sa.select(RoleGrant.id).where(RoleGrant.member_id == reviewer_id, RoleGrant.role == REVIEWER))
    if held:
        members.withdraw(db, reviewer_id, REVIEWER, None, actor_id)
    key_services.remove(db, reviewer_id, actor_id)
    _void(db, reviewer_id)
    member_ids = passed.members_passed(db, reviewer_id, since)
    for member_id in member_ids:
        rows = sa.update(Passed).where(Passed.member_id == member_id, Passed.reviewer_id == reviewer_id)
        db.execute(rows.values(look_again_until_on=until_on))
        members.set_level(db, member_id, "reader", actor_id, "looked at again")
        letters.show_again(db, member_id)
    facts = f"{len(member_ids)} members passed since {since.isoformat()}"
    audit.record(db, actor_id, "verification_docs.look_again", audit.actor_hash(reviewer_id), facts)
    return len(member_ids)


def _void(db: Session, reviewer_id: str) -> None:
    """Let others look at what this reviewer accepted, signed and posted for members who still wait."""
    db.execute(sa.update(Case).where(Case.claimed_by == reviewer_id).values(claimed_by=None, claimed_until=None))
    in_person_services.void(db, reviewer_id)
    _letters(db, reviewer_id)
    _proved_by_letter(db, reviewer_id)
    _papers(db, reviewer_id)
    db.flush()


def _letters(db: Session, reviewer_id: str) -> None:
    """End letters that are in the post; one that was only printed is printed anew by somebody else."""
    mine = (LetterCode.posted_by == reviewer_id, LetterCode.state != OVER)
    printed = sa.update(LetterCode).where(*mine, LetterCode.state == ASKED)
    db.execute(printed.values(posted_by=None, code_hash=None))
    for case_id, member_id in db.execute(sa.select(LetterCode.case_id, LetterCode.member_id).where(*mine)).all():
        lapsing.close(db, case_id)
        letters.letter_over(db, member_id)


def _papers(db: Session, reviewer_id: str) -> None:
    """Let papers that were accepted wait again, and numbers that were read be read again."""
    is_open = Evidence.case_id.in_(sa.select(Case.id).where(Case.ended_on.is_(None)))
    again = {"state": WAITING, "decided_by": None, "number_matched": False, "number_tries": 0, "typed_by": None}
    accepted = sa.and_(Evidence.decided_by == reviewer_id, Evidence.state == ACCEPTED)
    read = sa.and_(Evidence.typed_by == reviewer_id, Evidence.number_matched, Evidence.state != ACCEPTED)
    db.execute(sa.update(Evidence).where(is_open, accepted).values(**again))
    db.execute(sa.update(Evidence).where(is_open, read).values(number_matched=False, number_tries=0, typed_by=None))


def _proved_by_letter(db: Session, reviewer_id: str) -> None:
    """Take away what a letter of theirs proved: they knew its code, and there is no page for others to look at."""
    mine = (Evidence.decided_by == reviewer_id, Evidence.document == LETTER_CODE)
    rows = sa.select(Case).join(Evidence, Evidence.case_id == Case.id).where(*mine, Case.ended_on.is_(None))
    for case in db.scalars(rows.with_for_update()).all():
        db.execute(sa.delete(Evidence).where(*mine, Evidence.case_id == case.id))
        case.postcode_sealed = None
        letters.letter_over(db, case.member_id)
