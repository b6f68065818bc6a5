"""What labels, levels, categories and reasons are called for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

LEVELS: Mapping[str, Any] = {
    "none": _("Nothing is asked"),
    "some": _("Some papers"),
    "address": _("Address"),
    "id_address": _("ID + address"),
    "id_address_third": _("ID + address + a third proof"),
}
LEVEL_HINTS: Mapping[str, Any] = {
    "none": _("Anybody may be a member there, or we know nothing about it."),
    "some": _("Members show something, but not always where they live."),
    "address": _("Every member shows where they live."),
    "id_address": _("Every member shows a photo document and where they live."),
    "id_address_third": _("Every member shows a photo document, where they live, and one more proof."),
}
LABELS: Mapping[str, Any] = {
    "CLEAR": _("Everyone may read it, also outside (TLP:CLEAR)"),
    "GREEN": _("All members of all neighbours may read it (TLP:GREEN)"),
    "AMBER": _("Members of chosen neighbours may read it (TLP:AMBER)"),
}
LABEL_HINTS: Mapping[str, Any] = {
    "CLEAR": _("Everyone may read it and pass it on."),
    "GREEN": _("Members may read it. Do not put it where everyone can read it."),
    "AMBER": _("Members who need it may read it. Do not pass it on."),
    "AMBER+STRICT": _("Only those who look at neighbours' alerts may read it. Do not pass it on."),
    "RED": _("Only those who look at neighbours' alerts may read it. Do not pass it on."),
}
CATEGORIES: Mapping[str, Any] = {
    "Security": _("Crime and safety from people"),
    "Safety": _("Other danger"),
    "Fire": _("Fire"),
    "Health": _("Health"),
    "Met": _("Weather"),
    "Geo": _("Ground and water"),
    "Rescue": _("Rescue"),
    "Env": _("Environment"),
    "Transport": _("Transport"),
    "Infra": _("Power, water, telephone"),
    "CBRNE": _("Poison, radiation, explosives"),
    "Other": _("Other"),
}
REASONS: Mapping[str, Any] = {
    "category": _("This kind of alert is not shown by itself."),
    "floor": _("This neighbour makes less sure who its members are than you ask for."),
    "label": _("You do not accept alerts with this label from this neighbour."),
    "strict": _("Its label says that only those who look at neighbours' alerts may read it."),
    "refused": _("It was refused before, and has been changed since."),
}
EVIDENCE: Mapping[str, Any] = {
    "id": _("photo document"),
    "address": _("proof of address"),
    "certificate": _("certificate"),
    "volunteering": _("proof of volunteering"),
}
VETTING: Mapping[str, Any] = {
    "dbs_basic": _("DBS check, basic"),
    "dbs_enhanced": _("DBS check, enhanced"),
    "police": _("vetted by the police"),
    "references": _("two references"),
    "interview": _("interview by the committee"),
}


def named(words: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """Return what each name is called; one that we do not know is shown as it came."""
    return [str(words.get(name, name)) for name in names]
