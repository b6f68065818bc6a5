"""What the boards show on other pages: public notices at the front door, the newest threads to members."""

from __future__ import annotations

from core.contributions import Panel, Slot, Viewer
from core.database import sql
from core.instance import instance


def panels(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
    """Return the boards' panels for a slot; two queries at most."""
    from plugins.ward_boards import addresses, queries, words
    from plugins.ward_boards.reading import marking

    if slot is Slot.REMOTE_ALERT and subject:
        return _about_the_same(viewer, subject)
    if slot is Slot.ALERT and subject:
        return _beside_a_neighbours(viewer, subject)
    if slot is Slot.HOME and viewer.home_ward is None:
        rows = queries.public_notices(sql.session)
        context = {"rows": rows, "threads_at": addresses.before_thread_id(), "words": words.Speaker()}
        return [Panel("ward_boards/panels/notices.html", context, order=30)]
    if slot is Slot.DASHBOARD and viewer.is_signed_in:
        boards = [code for code in (viewer.home_ward, instance().config.borough) if code]
        rows = queries.newest_on(sql.session, viewer, boards)
        context = {
            "rows": rows,
            "home_ward": viewer.home_ward,
            "fresh": marking.fresh_in(sql.session, viewer, rows),
            "threads_at": addresses.before_thread_id(),
            "boards_at": addresses.before_board_code(),
            "words": words.Speaker(),
        }
        return [Panel("ward_boards/panels/newest.html", context, order=30)]
    return []


def _beside_a_neighbours(viewer: Viewer, alert_row: str) -> list[Panel]:
    """Return the same beside a neighbour's alert that holds; members here may know more of it."""
    from core.database import now
    from plugins.ward_boards.alerts import queries

    row = queries.one_alert(sql.session, viewer, alert_row, now=now()) if viewer.is_signed_in else None
    if row is None or row.is_own or not row.is_open:
        return []
    return _about_the_same(viewer, f"{row.headline}\n{row.description}", row.id)


def _about_the_same(viewer: Viewer, words: str, but: str = "") -> list[Panel]:
    """Return threads here that share words with a neighbour's alert, and a way to search for more."""
    from core.database import now
    from plugins.ward_boards.search import similar

    title, _line, text = words.partition("\n")
    report = similar.Report(title, text, (instance().config.borough,), similar.ANY_KIND)
    rows = [row for row in similar.reports(sql.session, viewer, report, now=now()) if row.alert_id != but]
    context = {"rows": rows, "asked": " ".join(similar.telling_words(report)[:3])}
    return [Panel("ward_boards/panels/about_the_same.html", context)]
