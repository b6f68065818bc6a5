"""Feeds: making and taking back addresses, and what stands in a feed. Rights are asked at each fetch, never kept.

Services take `db` first and never commit.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import permissions, wards
from core.contributions import Viewer
from core.database import new_id
from core.instance import instance
from plugins.ward_boards import access, queries, words
from plugins.ward_boards.models import COORDINATORS, PUBLISHED, Post
from plugins.ward_boards.queries import ThreadFilter, ThreadRow
from plugins.ward_boards.reading import atom, copies
from plugins.ward_boards.reading.models import Feed

MOST_FEEDS = 10
MOST_ENTRIES = 30
TOKEN_LENGTH = 43


class TooManyFeeds(Exception):
    """The member has as many addresses as one can have; one must be taken back first."""


class NoFeed(LookupError):
    """There is no such feed, or its owner may not read any of its boards now: both look the same."""


@dataclass(frozen=True)
class FeedRow:
    """A feed as its owner sees it; the address is not known any more."""

    id: str
    ward_codes: tuple[str, ...]
    with_text: bool
    made_on: date


def make(db: Session, member_id: str, ward_codes: Sequence[str], *, with_text: bool, now: datetime) -> str:
    """Make a feed of these boards and return its token, which is shown this once.

    Raises:
        TooManyFeeds: see there.
    """
    if (db.scalar(sa.select(sa.func.count()).where(Feed.member_id == member_id)) or 0) >= MOST_FEEDS:
        raise TooManyFeeds(member_id)
    token = secrets.token_urlsafe(32)
    db.add(
        Feed(
            id=new_id(),
            token_hash=_hash(token),
            member_id=member_id,
            wards=",".join(sorted(set(ward_codes))),
            with_text=with_text,
            made_on=now.date(),
        )
    )
    db.flush()
    return token


def _hash(token: str) -> str:
    return instance().keys.keyed_hash("ward_boards-feed", token)


def revoke(db: Session, member_id: str, feed_id: str) -> None:
    """Take an address back; it is not found from then on.

    Raises:
        NoFeed: it is not this member's, or is gone.
    """
    gone = sa.delete(Feed).where(Feed.id == feed_id, Feed.member_id == member_id).returning(Feed.id)
    if db.execute(gone).one_or_none() is None:
        raise NoFeed(feed_id)


def of_member(db: Session, member_id: str) -> list[FeedRow]:
    """Return a member's feeds, the newest first."""
    chosen = sa.select(Feed.id, Feed.wards, Feed.with_text, Feed.made_on).where(Feed.member_id == member_id)
    found = db.execute(chosen.order_by(Feed.made_on.desc(), Feed.id))
    return [FeedRow(row.id, tuple(row.wards.split(",")), row.with_text, row.made_on) for row in found]


def personal(db: Session, token: str, *, now: datetime) -> bytes:
    """Return the feed behind an address, as its owner may read now.

    Raises:
        NoFeed: made up, taken back, or its owner is suspended or not verified any more.
    """
    row = None
    if len(token) == TOKEN_LENGTH:
        row = db.execute(
            sa.select(Feed.id, Feed.member_id, Feed.wards, Feed.with_text).where(Feed.token_hash == _hash(token))
        ).one_or_none()
    if row is None:
        raise NoFeed
    viewer = permissions.viewer_of(db, row.member_id)
    readable = [code for code in row.wards.split(",") if permissions.allowed(viewer, access.READ, code)]
    if not readable:
        raise NoFeed
    listed = queries.newest_on(db, viewer, readable, limit=MOST_ENTRIES)
    threads = [thread for thread in listed if thread.tier != COORDINATORS]
    base = instance().config.public_url
    # Neither the title nor the address within says what this is about or whose it is.
    head = atom.Head(f"urn:uuid:{row.id}", _("Local news"), f"{base}/boards", instance().config.site_name)
    return atom.written(head, _entries(db, threads, with_text=row.with_text), now=now)


def of_board(db: Session, place: wards.WardRow, *, now: datetime) -> bytes:
    """Return the public notices of a board for everyone: the copies, when they are out."""
    threads = queries.board_threads(db, Viewer(), place.code, ThreadFilter(limit=MOST_ENTRIES)).rows
    page = f"{instance().config.public_url}/boards/{place.code}"
    address = f"{page}/feed.atom"
    title = _("Public notices: %(ward)s", ward=place.name)
    head = atom.Head(address, title, page, instance().config.site_name, self_url=address)
    return atom.written(head, _entries(db, threads, with_text=True), now=now)


def _entries(db: Session, threads: Sequence[ThreadRow], *, with_text: bool) -> list[atom.Entry]:
    base = instance().config.public_url
    standing = [row for row in threads if row.state == PUBLISHED and row.title]
    texts = _texts(db, [row.id for row in standing]) if with_text else {}
    return [
        atom.Entry(
            url=f"{base}/threads/{row.id}",
            title=row.title,
            day=copies.day_of(row.last_post_at),
            by=words.author(row),
            html=texts.get(row.id),
        )
        for row in standing
    ]


def _texts(db: Session, thread_ids: list[str]) -> dict[str, str]:
    first = sa.select(Post.thread_id, Post.html).where(
        Post.thread_id.in_(thread_ids), Post.number == 1, Post.state == PUBLISHED
    )
    return {thread_id: html for thread_id, html in db.execute(first)}
