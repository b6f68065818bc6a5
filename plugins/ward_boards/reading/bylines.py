"""Who a public copy is by: a role, never a name."""

from __future__ import annotations

from flask_babel import gettext as _

from core import wards


def byline(role: str, ward_code: str) -> str:
    """Return the author line of a public copy; without a role of staff it is a verified member."""
    if role == "officer":
        return str(_("The ward officer for %(ward)s", ward=wards.name_of(ward_code)))
    if role == "coordinator":
        return str(_("A coordinator of %(ward)s", ward=wards.name_of(ward_code)))
    return str(_("A verified member"))
