"""Offers similar reports once, when somebody presses send on a new thread."""

from __future__ import annotations

from typing import Any

from flask import request

from core.contributions import Viewer
from core.database import now, sql
from plugins.ward_boards.search import similar
from plugins.ward_boards.search.similar import Report, SimilarRow

FIELD = "looked_at"
"""What the form sends along once its writer has seen them."""


def unseen(who: Viewer, form: Any) -> list[SimilarRow]:
    """Return the reports to show before this one goes out; none when they were shown before, or it is a preview."""
    if FIELD in request.form or "preview" in request.form:
        return []
    report = Report(form.title.data or "", form.text.data or "", tuple(form.wards.data), form.category.data)
    return similar.reports(sql.session, who, report, now=now())
