"""The words for states and steps of complaints."""

from __future__ import annotations

from datetime import datetime

from flask_babel import format_datetime
from flask_babel import gettext as _

from plugins.ward_boards.complaints import course, others
from plugins.ward_boards.moments import LONDON


def state(name: str) -> str:
    """Return what state a notice is in."""
    said = {
        course.RECEIVED: _("Waits to be sent on"),
        course.FORWARDED: _("Waits for the writer"),
        course.KEPT: _("The writer keeps it"),
        course.REMOVED: _("Taken down"),
        course.CLOSED: _("Closed"),
    }
    return str(said[name])


def step(name: str) -> str:
    """Return what happened to a notice, as its log says it."""
    said = {
        "received": _("Received and acknowledged"),
        course.FORWARD: _("Sent to the writer"),
        course.READ: _("Read by the writer"),
        course.KEEP: _("The writer keeps it and gave name and address"),
        course.WITHDRAW: _("The writer took it down"),
        course.UNREACHABLE: _("Taken down: the writer could not be reached"),
        course.SILENT: _("Taken down: no answer in time"),
        course.STAFF: _("Taken down by a coordinator"),
        course.GONE: _("The post was gone"),
        course.LACKING: _("Sent back: something was missing"),
    }
    return str(said[name])


def kind(name: str) -> str:
    """Return the words for a kind in the record."""
    return str(_("Untrue words about somebody")) if name == "defamation" else others.kind_labels()[name]


def outcome(name: str) -> str:
    """Return the words for how something ended, in the record."""
    if name == "open":
        return str(_("Open"))
    return others.outcome_labels().get(name) or state(name)


def moment(at: datetime) -> str:
    """Return a day and an hour in London."""
    return str(format_datetime(at.astimezone(LONDON), "EEE d MMM, HH:mm", rebase=False))
