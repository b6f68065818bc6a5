"""Sheets for the stairwell and the letter box: one notice in large type, without any name, with a way to read on."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, abort, render_template
from markupsafe import Markup

from core import wards
from core.contributions import Viewer
from core.database import now, sql
from core.instance import instance
from core.web.access import public, viewer
from plugins.ward_boards import conversation
from plugins.ward_boards.alerts import queries as alert_queries
from plugins.ward_boards.alerts import vocabulary
from plugins.ward_boards.categories import all_category_labels
from plugins.ward_boards.conversation import Window
from plugins.ward_boards.models import PUBLISHED
from plugins.ward_boards.writing import happened

PRINTED_AREAS = 6


def register(bp: Blueprint) -> None:
    """Add the sheets."""
    bp.add_url_rule("/threads/<thread_id>/print", "print_thread", print_thread)
    bp.add_url_rule("/alerts/<alert_id>/print", "print_alert", print_alert)


@public
def print_thread(thread_id: str) -> str:
    """Show the first post of a thread as a sheet of paper; whoever may read the thread may print it."""
    who = viewer()
    view = conversation.thread_view(sql.session, who, thread_id)
    page = None if view is None else conversation.post_page(sql.session, who, view, Window(limit=1))
    if view is None or page is None or view.state != PUBLISHED or not page.rows or page.rows[0].number != 1:
        abort(404)
    post = page.rows[0]
    if post.state != PUBLISHED or not post.html:
        abort(404)
    # The code leads others to the page only when the page lets them in.
    is_public = conversation.thread_view(sql.session, Viewer(), thread_id) is not None
    return _sheet(
        f"/threads/{view.id}" if is_public else "/",
        title=view.title,
        kind=all_category_labels().get(view.category, view.category),
        html=Markup(post.html),  # noqa: S704  # nosec B704  # cleaned when it was written, as on the page itself
        places=[*filter(None, [view.rough.place_words]), *(wards.name_of(code) for code in view.ward_codes)],
        happened_on=view.rough.happened_on,
        half=happened.half_words().get(view.rough.half_day or "", ""),
        day=view.opened_at,
        back=f"/threads/{view.id}",
        is_public=is_public,
    )


@public
def print_alert(alert_id: str) -> str:
    """Show an alert as a sheet of paper."""
    moment = now()
    row = alert_queries.one_alert(sql.session, viewer(), alert_id, now=moment)
    if row is None or not row.description:
        abort(404)
    is_public = alert_queries.one_alert(sql.session, Viewer(), alert_id, now=moment) is not None
    names = sorted(wards.name_of(code) for code in row.areas)
    return _sheet(
        f"/alerts/{row.id}" if is_public else "/",
        title=row.headline,
        kind=vocabulary.kind_label(row.event),
        alert=row,
        places=names[:PRINTED_AREAS] or [row.origin_name],
        more_places=max(len(names) - PRINTED_AREAS, 0),
        day=row.sent,
        back=f"/alerts/{row.id}",
        is_public=is_public,
    )


def _sheet(path: str, **shown: Any) -> str:
    config = instance().config
    address = f"{config.public_url.rstrip('/')}{path if path != '/' else ''}"
    values: dict[str, Any] = {
        "alert": None,
        "html": None,
        "more_places": 0,
        "happened_on": None,
        "today": now(),
        **shown,
    }
    return render_template("ward_boards/reading/print.html", address=address, code=_code(address), **values)


def _code(address: str) -> Markup:
    """Return a QR code as inline SVG that takes its size and colour from the style sheet. Source: ISO/IEC 18004."""
    import qrcode
    import qrcode.image.svg

    drawn = io.BytesIO()
    image = qrcode.make(
        address,
        image_factory=qrcode.image.svg.SvgPathImage,
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        border=4,
    )
    image.save(drawn)
    text = drawn.getvalue().decode("utf-8")
    return Markup(text[text.index("<svg") :])  # noqa: S704  # nosec B704  # drawn by the library from our own address
