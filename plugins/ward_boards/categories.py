"""What a thread can be about, and why a post can be reported: names for storage, words for people."""

from __future__ import annotations

from flask_babel import gettext as _

CATEGORIES = ("general", "crime", "suspicious", "nuisance", "safety", "meeting")
LETTER = "letter"
"""The kind of a board's weekly letter; nobody can choose it for a post."""
BY_SLUG = {
    "anti-social-behaviour": "nuisance",
    "pollution-noise": "nuisance",
    "suspicious-item": "suspicious",
    "crime-prevention-advice": "safety",
    "fire": "safety",
    "unsafe-structure": "safety",
    "road-incident": "safety",
    "community-event": "meeting",
    **dict.fromkeys(
        (
            "bicycle-theft",
            "burglary",
            "criminal-damage-arson",
            "drugs",
            "other-theft",
            "possession-of-weapons",
            "public-order",
            "robbery",
            "shoplifting",
            "theft-from-the-person",
            "vehicle-crime",
            "violent-crime",
            "other-crime",
            "fraud-scam",
            "hate-crime",
        ),
        "crime",
    ),
}
"""Where the kinds of alerts belong among ours. Source: data.police.uk crime categories, and our alert kinds."""
FLAG_REASONS = ("exposes", "suspect", "law", "unkind", "false", "offtopic", "other")


def category_labels() -> dict[str, str]:
    """Return the categories in the order of the form, each with its words."""
    return {
        "general": _("General"),
        "crime": _("Crime"),
        "suspicious": _("Something looks wrong"),
        "nuisance": _("Noise and nuisance"),
        "safety": _("Keeping safe"),
        "meeting": _("Meetings and walks"),
    }


def all_category_labels() -> dict[str, str]:
    """Return the words for every kind of thread there is, those included that nobody can choose."""
    return category_labels() | {LETTER: _("Weekly letter")}


def tier_labels() -> dict[str, str]:
    """Return who can read a thread, from many to few."""
    return {"public": _("Everyone"), "verified": _("Verified members"), "coordinators": _("Coordinators")}


def flag_labels() -> dict[str, str]:
    """Return the reasons to report a post; the one that is about safety comes first."""
    return {
        "exposes": _("It could show who someone is, or where they live"),
        "suspect": _("It names or shows a person who may have done wrong"),
        "law": _("It breaks the law"),
        "unkind": _("It is unkind, or blames a group of people"),
        "false": _("It is not true"),
        "offtopic": _("It does not belong here"),
        "other": _("Something else"),
    }
