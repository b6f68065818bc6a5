"""What a thread's page says about what is new: a line before the first new post, and a way to it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.contributions import Viewer
from plugins.ward_boards.conversation import POSTS_PER_PAGE, PostPage, ThreadView
from plugins.ward_boards.reading import marking


@dataclass(frozen=True)
class ThreadReading:
    """What of a page of posts is new. `line_before` is the first new post when the page reaches back to what was seen.

    `go_to` is the first new post wherever it is and `go_after` the cursor of its page, both None when nothing is
    new. `seen` is what to mark once the page was looked at; `is_marked` when that would change nothing.
    """

    line_before: int | None
    go_to: int | None
    go_after: int | None
    seen: int
    is_marked: bool


def of_page(db: Session, viewer: Viewer, thread: ThreadView, page: PostPage) -> ThreadReading | None:
    """Return it, or None for readers whose marks are not kept. One query at most."""
    kept = marking.of(db, viewer) if thread.reads_replies else None
    if kept is None or not page.rows:
        return None
    first, last = page.rows[0].number, page.rows[-1].number
    seen = kept.number(thread.id)
    if seen is None:
        return ThreadReading(None, None, None, last, is_marked=False)
    here = next((row.number for row in page.rows if row.number > seen), 0)
    reaches_back = bool(here) and first <= seen + 1
    starts_here = bool(here) and (reaches_back or page.before is None)
    is_new = bool(here) or (page.after is not None and thread.last_number > seen)
    go_to = here if starts_here else seen + 1
    return ThreadReading(
        line_before=here if reaches_back else None,
        go_to=go_to if is_new else None,
        go_after=go_to - 1 if go_to > POSTS_PER_PAGE or not starts_here else None,
        seen=last,
        is_marked=seen >= last,
    )
