"""What members follow: wards by their code, and single things as keyed hashes that only the instance can read."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import permissions, plugin_manager, wards
from core.contributions import TopicLabel, Viewer
from core.instance import instance
from core.models import TopicFollow, WardFollow
from core.notifications.notes import Note

_PURPOSE = "topic-follow"
MOST_TOPICS = 500


class TooManyTopics(ValueError):
    """A member follows as many things as anybody can look after; some must go before others come."""


_FOLLOWED = TopicFollow.__table__.c
_FOLLOWS = sa.select(sa.true()).where(
    _FOLLOWED.member_id == sa.bindparam("member_id"), _FOLLOWED.topic_hash == sa.bindparam("topic_hash")
)


def followed(db: Session, member_id: str) -> list[str]:
    """Return the GSS codes of the wards a member follows besides their own, sorted."""
    rows = sa.select(WardFollow.ward_code).where(WardFollow.member_id == member_id).order_by(WardFollow.ward_code)
    return list(db.scalars(rows))


def follow(db: Session, member_id: str, ward_codes: Collection[str]) -> None:
    """Follow exactly these wards from now on; codes that are no wards of this borough are left out."""
    ours = {code for code in ward_codes if wards.is_ward(code)}
    db.execute(sa.delete(WardFollow).where(WardFollow.member_id == member_id))
    db.add_all(WardFollow(member_id=member_id, ward_code=code) for code in sorted(ours))
    db.flush()


def topic_hash(topic: str) -> str:
    """Return what stands for a topic in the database."""
    return instance().keys.keyed_hash(_PURPOSE, topic)


def follow_topic(db: Session, member_id: str, topic: str) -> None:
    """Tell a member of this topic, `<plugin>.<noun>:<id>`, from now on; once is enough.

    Raises:
        TooManyTopics: they follow too many already.
    """
    if follows(db, member_id, topic):
        return
    held = db.scalar(sa.select(sa.func.count()).where(TopicFollow.member_id == member_id)) or 0
    if held >= MOST_TOPICS:
        raise TooManyTopics(member_id)
    sealed = instance().keys.seal_text(_PURPOSE, topic)
    db.add(TopicFollow(member_id=member_id, topic_hash=topic_hash(topic), sealed=sealed))
    db.flush()


def move_topic(db: Session, old: str, new: str) -> None:
    """Let those who follow one topic follow another in its place, as when two things have become one."""
    keys, came = instance().keys, topic_hash(new)
    here = sa.select(TopicFollow.member_id).where(TopicFollow.topic_hash == came)
    there = TopicFollow.topic_hash == topic_hash(old)
    movers = db.scalars(sa.select(TopicFollow.member_id).where(there, TopicFollow.member_id.not_in(here))).all()
    db.execute(sa.delete(TopicFollow).where(there))
    db.add_all(
        TopicFollow(member_id=member_id, topic_hash=came, sealed=keys.seal_text(_PURPOSE, new)) for member_id in movers
    )
    db.flush()


def unfollow_topic(db: Session, member_id: str, topic: str) -> None:
    """Tell a member no more of this topic."""
    unfollow_hash(db, member_id, topic_hash(topic))


def unfollow_hash(db: Session, member_id: str, hashed: str) -> None:
    """Tell a member no more of a topic, by what stands for it."""
    db.execute(sa.delete(TopicFollow).where(TopicFollow.member_id == member_id, TopicFollow.topic_hash == hashed))


def follows(db: Session, member_id: str, topic: str) -> bool:
    """Whether a member follows this topic."""
    # Columns: a page asks it, and making an object of the row would cost more than the question.
    row = {"member_id": member_id, "topic_hash": topic_hash(topic)}
    return db.execute(_FOLLOWS, row).first() is not None


def topics(db: Session, member_id: str) -> dict[str, str]:
    """Return the topics a member follows, by what stands for each; for their own eyes."""
    keys = instance().keys
    rows = db.execute(sa.select(TopicFollow.topic_hash, TopicFollow.sealed).where(TopicFollow.member_id == member_id))
    return {row.topic_hash: keys.open_text(_PURPOSE, row.sealed) for row in rows}


def labels(db: Session, viewer: Viewer, wanted: Collection[str]) -> dict[str, TopicLabel]:
    """Return what plugins call these topics, as this viewer may read it; what nobody may name is not there."""
    found: dict[str, TopicLabel] = {}
    if not wanted:
        return found
    for _name, answer in plugin_manager.current().ask_each(
        "topic_labels", db=db, viewer=viewer, topics=tuple(sorted(wanted))
    ):
        if not isinstance(answer, Exception):
            found.update((label.topic, label) for label in answer)
    return found


def titles(db: Session, member_id: str, notes: Collection[Note]) -> dict[str, str]:
    """Return the titles of what notes are about, by topic, as this member may read them now."""
    wanted = {note.about for note in notes if note.about}
    if not wanted:
        return {}
    found = labels(db, permissions.viewer_of(db, member_id), wanted)
    return {topic: label.title for topic, label in found.items()}
