"""Reasons and states of openings in words for people."""

from __future__ import annotations

from flask_babel import gettext as _

from plugins.anonymity.openings.models import GRANTED, LAPSED, REFUSED, WAITING


def reasons() -> dict[str, str]:
    """Return the reasons for which a name may be opened, by the name they are stored under."""
    return {
        "life": _("Somebody’s life is in danger"),
        "court": _("A court has ordered it"),
        "police": _("The police ask for it in writing"),
        "crime": _("The post itself is a crime, and somebody has complained"),
    }


def states() -> dict[str, str]:
    """Return where a request stands."""
    return {
        WAITING: _("Waits for a second custodian"),
        GRANTED: _("Granted"),
        REFUSED: _("Refused"),
        LAPSED: _("Nobody decided in time"),
    }
