"""One page: what the names are, and who can still find out what."""

from __future__ import annotations

from flask import Blueprint, render_template

from core.web.access import public
from plugins.anonymity import pseudonyms
from plugins.anonymity.credentials import pages
from plugins.anonymity.openings import pages as opening_pages
from plugins.anonymity.tips import pages as tip_pages
from plugins.anonymity.unlinkable import pages as unlinkable_pages
from plugins.anonymity.writing import pages as writing_pages


def blueprint() -> Blueprint:
    """Return the pages of anonymity."""
    bp = Blueprint(
        "anonymity",
        __name__,
        template_folder="templates",
        static_folder="static/anonymity",
        static_url_path="/static/anonymity",
    )
    bp.add_url_rule("/anonymity", "names", names)
    bp.add_url_rule("/anonymity/epochs", "epochs", pages.epochs_page)
    unlinkable_pages.register(bp)
    opening_pages.register(bp)
    tip_pages.register(bp)
    writing_pages.register(bp)
    return bp


@public
def names() -> str:
    """Explain each way to sign, and who could find out what about the writer."""
    return render_template("anonymity/names.html", kept_days=pseudonyms.kept_days())
