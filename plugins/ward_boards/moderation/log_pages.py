"""The log of moderation, for members: by all boards or one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from core import wards
from core.database import sql
from core.web.access import signed_in, viewer
from plugins.ward_boards.addresses import before_thread_id, board_or_404
from plugins.ward_boards.moderation import queries, vocabulary


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    bp.add_url_rule("/moderation/log", "moderation_log", log)
    bp.add_url_rule("/boards/<code>/log", "board_log", board_log)


@signed_in
def log() -> str:
    """Show what moderators did on all boards."""
    return _log_page(None)


@signed_in
def board_log(code: str) -> str:
    """Show what moderators did on one board."""
    return _log_page(board_or_404(code))


def _log_page(place: Any) -> str:
    after = queries.log_cursor(request.args.get("after"))
    rows, goes_on = queries.log_page(sql.session, viewer(), place.code if place else None, after)
    return render_template(
        "ward_boards/moderation/log.html",
        board=place,
        rows=rows,
        after=goes_on,
        verbs=vocabulary.verb_labels(),
        reasons=vocabulary.reason_labels(),
        who=lambda row: vocabulary.role_words(row.role, wards.name_of(row.ward_code)),
        threads_at=before_thread_id(),
    )
