"""Mails of this plugin. Subjects and texts say nothing that a stranger could read this site's purpose from."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import notifications

MEMBER_PATH = "/verify"
REVIEWER_PATH = "/review"
ADMIN_PATH = "/admin/reviewers"


def something_to_send_again(db: Session, member_id: str) -> None:
    """Tell a member that a paper must be sent again; which and why stands on their own page only."""
    text = _("One of the things you sent us cannot be used as it is. Sign in to see which one and what to do.")
    notifications.tell_member(db, member_id, _("Please have another look"), text, MEMBER_PATH)


def you_are_in(db: Session, member_id: str) -> None:
    """Tell a member that all is done."""
    text = _("Everything you sent us was fine. You can now write on all boards. What you sent has been deleted.")
    notifications.tell_member(db, member_id, _("All done"), text, MEMBER_PATH)


def you_may_read(db: Session, member_id: str) -> None:
    """Tell a member that they can read everything now."""
    text = _("Everything you sent us was fine. You can now read all boards. What you sent has been deleted.")
    notifications.tell_member(db, member_id, _("All done"), text, MEMBER_PATH)


def met_you(db: Session, member_id: str) -> None:
    """Tell a member that all is done after a check in person."""
    text = _("Thank you for coming. You can now write on all boards. We kept no copy of what you showed.")
    notifications.tell_member(db, member_id, _("All done"), text, MEMBER_PATH)


def start_again(db: Session, member_id: str) -> None:
    """Tell a member that a check in person came to nothing, without a word on why."""
    text = _("That did not work out this time. Sign in and make a new code, then come again.")
    notifications.tell_member(db, member_id, _("Please come again"), text, MEMBER_PATH)


def letter_posted(db: Session, member_id: str) -> None:
    """Tell a member that their letter is on its way; what it is for stands on their own page only."""
    text = _("Something comes to you by post in the next days. Sign in when it is there.")
    notifications.tell_member(db, member_id, _("Look out for the post"), text, MEMBER_PATH)


def letter_over(db: Session, member_id: str) -> None:
    """Tell a member that what came, or should have come, by post does not count any more."""
    text = _("What we wanted to send you by post does not count any more. Sign in to ask for it again.")
    notifications.tell_member(db, member_id, _("Please have another look"), text, MEMBER_PATH)


def papers_lapsed(db: Session, member_id: str) -> None:
    """Tell a member that the papers were deleted because they were held too long."""
    text = _("What you sent us was deleted, because we never keep such things for long. You can start again any time.")
    notifications.tell_member(db, member_id, _("We deleted what you sent"), text, MEMBER_PATH)


def more_time(db: Session, member_id: str) -> None:
    """Tell a member that it takes longer; both of two whose documents met get the same words, and no reason."""
    text = _("Something takes us longer than usual. You need not do anything. We will write to you.")
    notifications.tell_member(db, member_id, _("We need a little more time"), text, MEMBER_PATH)


def going_on(db: Session, member_id: str) -> None:
    """Tell a member that what took longer is over."""
    text = _("Thank you for waiting. It goes on now. Sign in to see how far it is.")
    notifications.tell_member(db, member_id, _("It goes on"), text, MEMBER_PATH)


def account_there(db: Session, member_id: str) -> None:
    """Tell a person that one of their two accounts counts no longer, and what they can do."""
    text = _("You have an account with us already. Sign in there, or ask one of our volunteers for help.")
    notifications.tell_member(db, member_id, _("Please use your other account"), text, MEMBER_PATH)


def deletions_late(db: Session) -> None:
    """Tell the admins that papers are not deleted as they must be."""
    text = _("A task that must run every day has not run to its end for too long. Sign in to see which one.")
    notifications.tell_role(db, "admin", _("A daily task is late"), text, "/admin")


def case_waits(db: Session) -> None:
    """Tell the reviewers that somebody waits for them; not who, and not what for."""
    text = _("Somebody is waiting for you. Sign in to see the list.")
    notifications.tell_role(db, "reviewer", _("Something waits for you"), text, REVIEWER_PATH)


def show_again(db: Session, member_id: str) -> None:
    """Ask a member for their papers once more; not why."""
    text = _("Please show us once more where you live. You can go on reading meanwhile. Sign in to see what to do.")
    notifications.tell_member(db, member_id, _("Please have another look"), text, MEMBER_PATH)


def check_ends(db: Session, reviewer_id: str, days: int) -> None:
    """Tell a reviewer and the admins that the record of a check ends soon."""
    text = _("Something of yours ends in %(days)s days. Ask an admin to renew it, or you cannot go on.", days=days)
    notifications.tell_member(db, reviewer_id, _("Something ends soon"), text, REVIEWER_PATH)
    text = _("Something of a colleague ends in %(days)s days. They will ask you about it.", days=days)
    notifications.tell_role(db, "admin", _("Something ends soon"), text, ADMIN_PATH)
