"""The words of CAP 1.2 and the plain words we show for them; no word is written anywhere else.

Source: OASIS CAP 1.2 (2010), sections 3.2.1 and 3.2.2; kinds of event follow the categories of
data.police.uk, to which neighbourhood matters are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _

UNKNOWN = "Unknown"
LONGEST = timedelta(days=30)
"""An alert ends by itself after this long at most; a longer matter is issued anew."""

SEVERITIES: dict[str, Any] = {
    "Extreme": _("Extreme: lives are in danger"),
    "Severe": _("Severe: people may be badly hurt or lose a lot"),
    "Moderate": _("Moderate: some harm or loss is possible"),
    "Minor": _("Minor: a nuisance, or good to know"),
    UNKNOWN: _("Not known yet"),
}
SEVERITY_NAMES: dict[str, Any] = {
    "Extreme": _("Extreme"),
    "Severe": _("Severe"),
    "Moderate": _("Moderate"),
    "Minor": _("Minor"),
    UNKNOWN: _("Not known yet"),
}
URGENCIES: dict[str, Any] = {
    "Immediate": _("Act now"),
    "Expected": _("Act within the next hour"),
    "Future": _("Get ready, there is still time"),
    "Past": _("It is over, nothing to do"),
    UNKNOWN: _("Not known yet"),
}
CERTAINTIES: dict[str, Any] = {
    "Observed": _("Seen: it happened or is happening"),
    "Likely": _("Likely: more than an even chance"),
    "Possible": _("Possible: it may be so"),
    "Unlikely": _("Unlikely, but worth knowing"),
    UNKNOWN: _("Not known yet"),
}
CATEGORIES: dict[str, Any] = {
    "Security": _("Crime and policing"),
    "Safety": _("Safety of people"),
    "Fire": _("Fire"),
    "Rescue": _("Missing people and rescue"),
    "Transport": _("Roads and transport"),
    "Health": _("Health"),
    "Met": _("Weather and floods"),
    "Env": _("Pollution and noise"),
    "Infra": _("Power, water and phones"),
    "CBRNE": _("Dangerous substances"),
    "Geo": _("Ground movement"),
    "Other": _("Something else"),
}


@dataclass(frozen=True)
class Kind:
    """A kind of event: its slug, what people call it, and the CAP category it belongs to."""

    slug: str
    label: Any
    category: str


KINDS: tuple[Kind, ...] = (
    Kind("anti-social-behaviour", _("Anti-social behaviour"), "Security"),
    Kind("bicycle-theft", _("Bicycle theft"), "Security"),
    Kind("burglary", _("Burglary"), "Security"),
    Kind("criminal-damage-arson", _("Damage or arson"), "Security"),
    Kind("drugs", _("Drugs"), "Security"),
    Kind("possession-of-weapons", _("Weapons"), "Security"),
    Kind("public-order", _("Trouble in public places"), "Security"),
    Kind("robbery", _("Robbery"), "Security"),
    Kind("theft-from-the-person", _("Phone, bag or wallet theft"), "Security"),
    Kind("vehicle-crime", _("Theft of or from vehicles"), "Security"),
    Kind("violent-crime", _("Violence and sexual offences"), "Security"),
    Kind("other-theft", _("Other theft"), "Security"),
    Kind("fraud-scam", _("Fraud or scam"), "Security"),
    Kind("hate-crime", _("Hate crime"), "Security"),
    Kind("suspicious-item", _("Suspicious item"), "Security"),
    Kind("police-appeal", _("Appeal for information"), "Security"),
    Kind("crime-prevention-advice", _("Advice"), "Security"),
    Kind("missing-person", _("Missing person"), "Rescue"),
    Kind("road-incident", _("Road incident"), "Transport"),
    Kind("fire", _("Fire"), "Fire"),
    Kind("flood-weather", _("Flood or bad weather"), "Met"),
    Kind("medical-public-health", _("Public health"), "Health"),
    Kind("utility-outage", _("Power, water or phone fault"), "Infra"),
    Kind("unsafe-structure", _("Unsafe building or tree"), "Safety"),
    Kind("pollution-noise", _("Pollution or noise"), "Env"),
    Kind("other", _("Something else"), "Other"),
)
KIND_BY_SLUG = {kind.slug: kind for kind in KINDS}

AUDIENCES: dict[str, Any] = {
    "borough": _("Verified neighbours in this borough"),
    "all_verified": _("Also verified neighbours in nearby boroughs"),
    "public": _("Everyone, signed in or not"),
}
AUDIENCE_HINTS: dict[str, Any] = {
    "borough": _("It stays here. Nobody else can read it."),
    "chosen": _("We send it to the boroughs you tick below, and to no other."),
    "all_verified": _("We also send it to every borough we have agreed to share with."),
    "public": _("Anyone on the internet can read it, and nearby boroughs get it too."),
}
CHOSEN_PEERS_LABEL = _("Verified neighbours here and in chosen boroughs")

EXPIRY_CHOICES: dict[str, Any] = {
    "6": _("6 hours"),
    "24": _("24 hours"),
    "72": _("3 days"),
    "168": _("7 days"),
}
"""How many hours an alert lasts, as offered to people."""


def kind_label(event: str) -> str:
    """Return what people call a kind of event; a neighbour's own word is shown as it came."""
    kind = KIND_BY_SLUG.get(event)
    return str(kind.label) if kind else event


def readers(audience: str, *, is_own: bool) -> str:
    """Return who may read an alert, in plain words; of a neighbour's we know less."""
    if audience == "public":
        return str(_("Everyone"))
    if not is_own:
        return str(_("Verified neighbours"))
    if audience == "borough":
        return str(_("Verified neighbours in this borough"))
    if audience == "all_verified":
        return str(_("Verified neighbours here and in nearby boroughs"))
    return str(CHOSEN_PEERS_LABEL)


def rank(severity: str) -> int:
    """Return 0 for the most severe; a word we do not know ranks last."""
    order = list(SEVERITIES)
    return order.index(severity) if severity in order else len(order)
