"""What the guard says about each kind of finding: what it is, why it matters, what to do instead."""

from __future__ import annotations

from flask_babel import gettext as _

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
    said = {
        "name": _(
            "This looks like a person's name. Naming somebody can hurt the wrong one. Say what happened instead."
        ),
        "picture": _(
            "You point at a person in a picture. It may be the wrong one. Give the picture to the police only."
        ),
        "faces": _("Pictures about a crime can show a person. Leave out faces and people who can be recognised."),
        "only_looks": _(
            "You say how somebody looks, but not what they did. That puts everybody under suspicion who looks "
            "alike. Say what the person did."
        ),
        "plate": _("This looks like a number plate. It leads to a person. Give it to the police, not to this board."),
        "reference": _(
            "This looks like a number from the police. With it others can ask in your name. Keep it private."
        ),
        "card": _("This looks like the number of a bank card. Whoever reads it can try to pay with it. Leave it out."),
        "insurance": _(
            "This looks like a National Insurance number. With it others can pretend to be you. Leave it out."
        ),
        "own_place": _("This tells where you live. Say the street or the area, not your door."),
        "address": _("This looks like a home. Somebody could be visited there. Name the street without the number."),
        "away": _("This tells when a home is empty. Ask a neighbour you know instead."),
        "phone": _("This looks like a telephone number. Everybody who reads it can ring it. Leave it out."),
        "email": _("This looks like an e-mail address. Everybody who reads it can use it. Leave it out."),
        "postcode": _("This is a postcode. Some belong to a few homes only. Name the street or the area."),
        "handle": _("This leads to somebody's page elsewhere. Leave it out."),
        "birth": _("This looks like a date of birth. It is used to pretend to be somebody. Leave it out."),
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
