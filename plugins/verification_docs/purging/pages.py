"""What was deleted, for everybody: counts by month and the head of the chain, so that anybody can note it."""

from __future__ import annotations

from flask import Blueprint, render_template

from core.contributions import Panel, Viewer
from core.database import now, remembered, sql
from core.web.access import public
from plugins.verification_docs.purging import chain, signing, watch


def add_to(bp: Blueprint) -> None:
    """Add the page."""
    bp.add_url_rule("/verify/deletions", "deletions", deletions)


@public
def deletions() -> str:
    """Show what went in each month, the head of the chain and the key it is signed with, as of last night.

    Of today nothing: whoever looked every minute would learn when somebody's papers were decided about.
    """
    today = now().date()
    months = remembered("verification_docs.deletions", lambda: chain.months(sql.session, but_for=today))
    return render_template(
        "verification_docs/purge_public.html",
        months=months,
        head=chain.head(sql.session, but_for=today),
        public_key=signing.public_key(),
    )


def panel(_viewer: Viewer) -> Panel:
    """Return what an admin sees of the deletions: whether they are late, and the head to note."""
    context = {"head": chain.head(sql.session), "is_late": watch.is_late(sql.session, now())}
    return Panel("verification_docs/purge_panel.html", context, order=41)
