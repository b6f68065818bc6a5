"""What of complaints is shown at threads and posts, as parts of the boards' own queries."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from plugins.ward_boards.complaints import course
from plugins.ward_boards.complaints.models import LegalNotice, Proceedings

_NOTICE, _PROCEEDINGS = LegalNotice.__table__, Proceedings.__table__


def has_proceedings(thread_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a court case is active about a thread."""
    return sa.exists().where(_PROCEEDINGS.c.thread_id == thread_id)


def has_open_notice(post_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a legal notice about a post waits for an end; for its writer's eyes."""
    return sa.exists().where(_NOTICE.c.post_id == post_id, _NOTICE.c.state.in_(course.OPEN))
