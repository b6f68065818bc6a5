"""Words for the kinds of reports and for months. Source of the kinds: data.police.uk/api/crime-categories."""

from __future__ import annotations

from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _


def kind_words() -> dict[str, str]:
    """Return what the police's kinds of reports are called here."""
    return {
        "anti-social-behaviour": _("Nuisance and anti-social behaviour"),
        "bicycle-theft": _("Bicycle theft"),
        "burglary": _("Burglary"),
        "criminal-damage-arson": _("Damage and arson"),
        "drugs": _("Drugs"),
        "other-theft": _("Other theft"),
        "possession-of-weapons": _("Carrying weapons"),
        "public-order": _("Public order"),
        "robbery": _("Robbery"),
        "shoplifting": _("Shoplifting"),
        "theft-from-the-person": _("Theft from the person"),
        "vehicle-crime": _("Vehicle crime"),
        "violent-crime": _("Violence and sexual offences"),
        "other-crime": _("Other crime"),
    }


def month_words(month: str) -> str:
    """Return a month like September 2026."""
    return str(format_date(date.fromisoformat(f"{month}-01"), "MMMM yyyy"))
