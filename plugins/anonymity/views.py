"""One page: what the names are, and who can still find out what."""

from __future__ import annotations

from flask import Blueprint, render_template

from core.web.access import public
from plugins.anonymity import pseudonyms


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
    return bp


@public
def names() -> str:
    """Explain each way to sign, and who could find out what about the writer."""
    return render_template("anonymity/names.html", kept_days=pseudonyms.kept_days())
