"""What is typed about a letter, and the sentences for what does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from core import wards
from plugins.verification_docs.forms import POSTCODE_SENTENCES
from plugins.verification_docs.letter import refusals
from plugins.verification_docs.letter.services import Address

LONGEST_LINE = 60
MOST_LINES = 5
SENTENCES: Mapping[type[Exception], str] = {
    refusals.NotOffered: _("There is nothing to post just now. Your page shows how far it is."),
    refusals.TooManyLetters: _(
        "We have sent two letters in the last 30 days, and that is the most. Send a paper instead, or wait a little."
    ),
    refusals.NoLetter: _("There is no such letter any more. It may be in the post, or it was taken back."),
    refusals.PrintedByAnother: _("Print it first. If you did, somebody else has printed it since: print it once more."),
}
"""By the refusal: what was wrong about a letter, and what to do."""

CODE_SHAPE = _("The code has eight figures, for example 1234 5678. No try was lost.")
USED_UP = _("That was the last try, and this code does not count any more. You can ask for another letter.")
NAME_TOO_LONG = _("This is too long for one line of an envelope. Shorten it.")
ADDRESS_MISSING = _("Type the house and the street, as on an envelope.")
ADDRESS_TOO_LONG = _("This is too long for an envelope. Use five short lines at most.")
POSTCODE_TWICE = _("Type the postcode in its own box only, so that the letter goes to the right door.")
_LIKE_A_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]?\s*[0-9][A-Z]{2}\b", re.IGNORECASE)


def tries_left(left: int) -> str:
    """Return what to do after a code that is not the one of the letter."""
    return str(
        ngettext(
            "This is not the code in the letter. Look again. You have 1 try left.",
            "This is not the code in the letter. Look again. You have %(num)s tries left.",
            left,
        )
    )


class AddressForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Where the letter goes."""

    name_line = StringField(
        _("Name on the door or the bell"),
        description=_("So that the letter finds you. If you leave it empty, it goes to 'The resident'."),
    )
    address = TextAreaField(
        _("House, street and town"), description=_("As on an envelope, without the postcode. Mind the flat number.")
    )
    postcode = StringField(_("Postcode of your home"), description=_("We use it to find your ward, then we delete it."))

    @property
    def typed(self) -> Address:
        """The address as typed, each line with single spaces."""
        typed = (field.data or "" for field in (self.name_line, self.address, self.postcode))
        return address_of(*typed)

    def validate(self, extra_validators: Any = None) -> bool:
        """Word what is missing or does not fit on an envelope."""
        super().validate(extra_validators)
        for name, sentence in problems(self.typed).items():
            self[name].errors = [sentence]
        return not self.errors


class CodeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The code of the letter."""

    code = StringField(_("Code in the letter"), description=_("Eight figures, for example 1234 5678."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that it can be a code at all, so that a slip costs no try."""
        super().validate(extra_validators)
        if not is_shaped(str(self.code.data or "")):
            self.code.errors = [CODE_SHAPE]
        return not self.code.errors


def address_of(name_line: str, address: str, postcode: str) -> Address:
    """Return an address as it goes on an envelope: lines with single spaces, and somebody to whom it goes."""
    lines = tuple(line for line in map(_plain, address.splitlines()) if line)
    return Address(_plain(name_line) or str(_("The resident")), lines, postcode)


def is_shaped(typed: str) -> bool:
    """Whether a text can be a code at all."""
    return re.fullmatch(r"(?:[\s-]*[0-9]){8}[\s-]*", typed, re.ASCII) is not None


def problems(address: Address) -> dict[str, str]:
    """Return by field what is wrong with an address, as sentences."""
    found: dict[str, str] = {}
    if len(address.name_line) > LONGEST_LINE:
        found["name_line"] = str(NAME_TOO_LONG)
    if not address.lines:
        found["address"] = str(ADDRESS_MISSING)
    elif len(address.lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in address.lines):
        found["address"] = str(ADDRESS_TOO_LONG)
    elif any(_LIKE_A_POSTCODE.search(line) for line in (address.name_line, *address.lines)):
        found["address"] = str(POSTCODE_TWICE)
    if not address.postcode.strip() or wards.normalise_postcode(address.postcode) is None:
        found["postcode"] = str(POSTCODE_SENTENCES["not_a_postcode" if address.postcode.strip() else "missing"])
    return found


def _plain(line: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in line).split())
