"""What the guard says about each kind of finding: what it is, why it matters, what to do instead."""

from __future__ import annotations

from flask_babel import gettext as _

from core.web import giveaway_words

CODES = (
    "name",
    "picture",
    "faces",
    "only_looks",
    "plate",
    "reference",
    "card",
    "insurance",
    "own_place",
    "address",
    "away",
    "phone",
    "email",
    "postcode",
    "handle",
    "birth",
)


def advice(code: str) -> str:
    """Return what a writer should know about a finding, in a few short sentences."""
    said = giveaway_words.advice() | {
        "name": _(
            "This looks like a person's name. Naming somebody can hurt the wrong one. Say what happened instead."
        ),
        "faces": _("Pictures about a crime can show a person. Leave out faces and people who can be recognised."),
        "only_looks": _(
            "You say how somebody looks, but not what they did. That puts everybody under suspicion who looks "
            "alike. Say what the person did."
        ),
    }
    return str(said[code])


def held_because(code: str) -> str:
    """Return why a moderator looks first, in a few words; the writer and the moderator read it."""
    said = {
        "name": _("It seems to name a person."),
        "picture": _("It points at a person in a picture."),
        "faces": _("It has a picture that may show a person."),
        "only_looks": _("It tells how somebody looks, not what they did."),
        "plate": _("It seems to have a number plate in it."),
        "reference": _("It seems to have a reference of the police in it."),
        "handle": _("It leads to somebody's page elsewhere."),
        "card": _("It seems to have the number of a bank card in it."),
        "insurance": _("It seems to have a National Insurance number in it."),
    }
    return str(said[code])
