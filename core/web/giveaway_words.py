"""What is said to a writer about each form that gives somebody away; the same on the server and in the browser."""

from __future__ import annotations

from flask_babel import gettext as _


def advice() -> dict[str, str]:
    """Return for each kind of `core.giveaways` what a writer should know, in a few short sentences."""
    return {
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
        "picture": _(
            "You point at a person in a picture. It may be the wrong one. Give the picture to the police only."
        ),
    }
