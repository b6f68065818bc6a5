"""What goes to whom, by which way and when: neutral notes to the members concerned.

A note is told to topics (`tell`); each member once, by mail, on their page, by a knock at their browser, at once or
when their quiet hours or the time until the next digest are over.
"""

from core.notifications.choices import choice, choose, unsubscribe
from core.notifications.following import (
    TooManyTopics,
    follow,
    follow_topic,
    followed,
    follows,
    labels,
    move_topic,
    topics,
    unfollow_hash,
    unfollow_topic,
)
from core.notifications.links import ReplyLink, read_reply, read_unsubscribe
from core.notifications.notes import LETTER, NOTE, PRIORITIES, Note
from core.notifications.telling import tell, tell_member, tell_role, tell_wards
from core.notifications.timing import RHYTHMS, Choice

__all__ = [
    "LETTER",
    "NOTE",
    "PRIORITIES",
    "RHYTHMS",
    "Choice",
    "Note",
    "ReplyLink",
    "TooManyTopics",
    "choice",
    "choose",
    "follow",
    "follow_topic",
    "followed",
    "follows",
    "labels",
    "move_topic",
    "read_reply",
    "read_unsubscribe",
    "tell",
    "tell_member",
    "tell_role",
    "tell_wards",
    "topics",
    "unfollow_hash",
    "unfollow_topic",
    "unsubscribe",
]
