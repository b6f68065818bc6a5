"""Panels on core's pages: the member's next step, and the admin's figures."""

from __future__ import annotations

from core import permissions
from core.contributions import Panel, Viewer
from core.database import now, sql
from plugins.verification_docs import queries, steps
from plugins.verification_docs.keys import resealing
from plugins.verification_docs.models import LAPSED
from plugins.verification_docs.names import SUBMIT
from plugins.verification_docs.policy import policy
from plugins.verification_docs.purging import pages as purge_pages


def next_step(viewer: Viewer, look: str = "primary") -> list[Panel]:
    """Return what an unverified member should do next; nothing for others, unless a case of theirs is open.

    `look` is that of the button: a page has one primary button, and it may have its own.
    """
    member_id = viewer.member_id
    if member_id is None or not permissions.allowed(viewer, SUBMIT):
        return []
    case = queries.latest_case(sql.session, member_id)
    is_open = case is not None and case.is_open
    if viewer.is_verified and not is_open:
        # Core or an import may have verified them without papers: then there is nothing to tell.
        gone = [Panel("verification_docs/papers_gone.html", {"case": case}, order=80)]
        return renewal(viewer) + (gone if case and case.pages_deleted else [])
    papers = queries.papers_of(sql.session, case.id) if case is not None and is_open else ()
    found = steps.of(policy().rule, case.state if case is not None and is_open else None, papers)
    context = {
        "state": case.state if case is not None and is_open else "none",
        "was_lapsed": case is not None and case.state == LAPSED,
        "done": sum(not step.may_send for step in found),
        "total": len(found),
        "usual_days": policy().usual_days,
        "look": look,
    }
    return [Panel("verification_docs/next_step.html", context, order=10)]


def on_account(viewer: Viewer) -> list[Panel]:
    """Return the way on for the account page: boards send there whoever may not write yet."""
    return renewal(viewer) if viewer.is_verified else next_step(viewer, "outline-secondary")


def renewal(viewer: Viewer) -> list[Panel]:
    """Return the way to renew a verification that ends soon; nothing for others, or once a new case is open."""
    member_id = viewer.member_id
    if member_id is None or not viewer.is_verified or not permissions.allowed(viewer, SUBMIT):
        return []
    held = queries.verification(sql.session, member_id)
    case = queries.latest_case(sql.session, member_id)
    if held is None or not held.ends_soon(now().date()) or (case is not None and case.is_open):
        return []
    return [Panel("verification_docs/renew.html", {"until_on": held.until_on}, order=10)]


def figures(viewer: Viewer) -> list[Panel]:
    """Return how many cases are open, for those who run the instance."""
    if not permissions.allowed(viewer, "core.manage"):
        return []
    counts = queries.counts(sql.session)
    waits = (now().date() - counts.oldest_waiting_on).days if counts.oldest_waiting_on else 0
    stale = len(resealing.stale(sql.session, now().date()))
    context = {"counts": counts, "oldest_days": waits, "is_late": waits > policy().usual_days, "stale": stale}
    return [Panel("verification_docs/figures.html", context, order=40), purge_pages.panel(viewer)]
