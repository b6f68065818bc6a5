"""Values of posts that come from a side without accounts, and of the copies that it reads. Ground floor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.contributions import Authorship


@dataclass(frozen=True)
class ReleasedPost:
    """A post that waited elsewhere and now goes to a board, all of one batch with the same moment `at`.

    `post_id` was chosen by its writer: the same one twice is one post. With `thread_id` None it opens a thread on
    `ward_codes`. `hold_note` is not empty when a moderator must look first. No member is behind it.
    """

    post_id: str
    thread_id: str | None
    ward_codes: tuple[str, ...]
    title: str
    text: str
    category: str
    author: Authorship
    at: datetime
    hold_note: str = ""


@dataclass(frozen=True)
class Placement:
    """Where a released post is now, and its state on the board; `refused` with a reason when it could not go out."""

    thread_id: str | None
    state: str
    reason: str = ""


@dataclass(frozen=True)
class PostCopy:
    """A post as verified members read it; `html` is clean. `when` says the day, and the part of it for hidden ones."""

    post_id: str
    number: int
    label: str
    html: str
    when: str


@dataclass(frozen=True)
class ThreadCopy:
    """A thread for verified members with its published posts, in order, for readers who come without an account."""

    thread_id: str
    title: str
    category: str
    ward_codes: tuple[str, ...]
    takes_replies: bool
    posts: tuple[PostCopy, ...]
