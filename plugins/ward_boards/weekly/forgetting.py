"""Taking a thread out of the letters that speak of it: what a writer takes back must not live on in a letter."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.ward_boards import markup
from plugins.ward_boards.categories import LETTER
from plugins.ward_boards.models import Post
from plugins.ward_boards.search import indexing
from plugins.ward_boards.weekly.models import Letter, LetterMention

THREAD = re.compile(r"/threads/([0-9a-f]{32})\b")


def mentioned(text: str) -> set[str]:
    """Return the ids of the threads a letter speaks of."""
    return set(THREAD.findall(text))


def without(text: str, thread_id: str) -> str:
    """Return the letter without the lines that speak of a thread."""
    return "\n".join(line for line in text.split("\n") if f"/threads/{thread_id}" not in line)


def forget_thread(db: Session, thread_id: str) -> None:
    """Take a thread that is withdrawn or hidden out of every letter, the kept ones and their threads too."""
    mentions = sa.select(LetterMention.letter_id).where(LetterMention.thread_id == thread_id)
    rows = db.scalars(sa.select(Letter).where(Letter.id.in_(mentions))).all()
    if not rows:
        return
    for row in rows:
        row.text = without(row.text, thread_id)
        row.revision += 1
        kept = sa.select(Post).where(Post.thread_id == row.thread_id, Post.number == 1, Post.kind == LETTER)
        for post in db.scalars(kept).all() if row.thread_id else ():
            post.text = without(post.text, thread_id)
            post.html = markup.render(post.text)
            db.flush()
            indexing.put_post(db, post.id)
    db.execute(sa.delete(LetterMention).where(LetterMention.thread_id == thread_id))
    db.flush()
