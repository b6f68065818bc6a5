"""Made content for the demonstration: two tips, one of them answered, and a request that waits for a custodian."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from core import permissions, posting, wards
from core.database import new_id, now
from core.released import ReleasedPost
from plugins.anonymity import signing, week_names
from plugins.anonymity.openings import services as openings
from plugins.anonymity.openings.sealed import Order
from plugins.anonymity.tips import desk
from plugins.anonymity.tips import services as tips

ANSWERED = (
    "On the third floor somebody sells out of the bin room, most evenings. I do not want to be seen reporting it.",
    "Thank you. We have told the ward officers, without anything that could lead to you. Are cars involved?",
)
WAITING = "The gate to the canal is forced open again. Who can lock it?"
LETTER = (
    "A letter that tells me to keep quiet",
    "Somebody put it through my door. It says that I saw nothing last week, or they come back. What should I do?",
)
ORDER = Order(
    "police",
    "Officers want to reach the one who got this letter, because they may be in danger. We asked below the post that "
    "the writer should call 101. Nobody has called for three days.",
    "Request under DPA 2018, schedule 2, of this week",
)


def fill(db: Session, people: Mapping[str, str]) -> list[str]:
    """Put tips in the box, and a request before the custodians where there are two; return what was made."""
    home = next(place.code for place in wards.boards() if place.kind == "ward")
    receipt = tips.give(db, home, ANSWERED[0])
    tip = tips.by_receipt(db, receipt)
    desk.reply(db, permissions.viewer_of(db, people["coordinator"]), tip.id, ANSWERED[1])
    tips.give(db, None, WAITING)
    said = [f"Two tips without an account; the number of the answered one is {receipt}."]
    if "custodian" in people and "custodian2" in people and _ask(db, people, home):
        said.append("A request to open a name waits for the second custodian.")
    return said


def _ask(db: Session, people: Mapping[str, str], home: str) -> bool:
    """Write a post under a name of the week, and ask for the name; False where there are no boards."""
    writer = permissions.viewer_of(db, people["verified2"])
    author = signing.sign(db, writer, "", week_names.KIND)
    if author is None:
        return False
    title, text = LETTER
    post = ReleasedPost(new_id(), None, (home,), title, text, "crime", author, now())
    if posting.publish_released(db, post) is None:
        return False
    openings.ask(db, permissions.viewer_of(db, people["custodian"]), post.post_id, ORDER)
    return True
