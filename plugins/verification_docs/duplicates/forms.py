"""What a reviewer types of a photo document, and what a third one says of two accounts that met."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField

from plugins.verification_docs.duplicates import countries, tags
from plugins.verification_docs.duplicates.models import KEEP_NEW, KEEP_OLD, OUTCOMES, SEPARATE
from plugins.verification_docs.duplicates.numbers import Typed
from plugins.verification_docs.papers import Document

NUMBER_MISSING = _("Type the number of the document, letter by letter.")
NUMBER_TOO_SHORT = _("This is too short for the number of a document. Look again where the hint says.")
COUNTRY_UNKNOWN = _("Choose the country that made the document.")
BUSY = _("Many documents are being compared just now. Wait a minute, then press the button again.")
"""Sentences that pages and API share."""

WHY_EMPTY = _(
    "You type what you see. The computer compares it with what the member typed. "
    "If you saw their typing first, you would see what you expect."
)

OUTCOME_WORDS: Mapping[str, tuple[str, str]] = {
    SEPARATE: (
        _("They are two people"),
        _("A typing slip, or two people with one name. Both go on, and do not stop each other again."),
    ),
    KEEP_OLD: (
        _("One person: keep the account that was there first"),
        _("The new case ends and its papers are deleted. The person is told to use their other account."),
    ),
    KEEP_NEW: (
        _("One person who lost the first account: keep the new one"),
        _("The first account is no longer verified. The new case goes on. Roles are not moved."),
    ),
}

_DAY_FIRST = re.compile(r"(\d{1,2})[\s./-]+(\d{1,2})[\s./-]+(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_EARLIEST_YEAR = 1890


class NumberForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The boxes that are empty on purpose."""

    document_number = StringField(_("Number of the document"), description=_("As it is printed. Spaces do not matter."))
    country = SelectField(_("Country that made it"), default=tags.HOME_COUNTRY, validate_choice=False)
    names = StringField(_("All names, as printed"), description=_("The order does not matter."))
    born_on = StringField(_("Date of birth"), description=_("Day, month, year, for example 27 3 1985."))

    @classmethod
    def for_paper(cls, document: Document, evidence_id: str) -> NumberForm:
        """Return the form for one paper, with names of its own on the page."""
        form = cls(prefix=f"{evidence_id}-number")
        form.country.choices = countries.choices(get_locale())
        if not document.shows_birth:
            del form.born_on
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Word what is missing; nothing is compared and no try is lost."""
        super().validate(extra_validators)
        problem = number_problem(str(self.document_number.data or ""))
        if problem:
            self.document_number.errors = [problem]
        if not countries.is_known(str(self.country.data or "")):
            self.country.errors = [COUNTRY_UNKNOWN]
        if not 0 < len(tags.normal_names(str(self.names.data or ""))) <= tags.LONGEST_NAMES:
            self.names.errors = [_("Type the names as they are printed on the document.")]
        if "born_on" in self and parse_day(str(self.born_on.data or "")) is None:
            self.born_on.errors = [_("Type day, month and year with figures, for example 27 3 1985.")]
        return not self.errors

    @property
    def typed(self) -> Typed:
        """What was typed, once it is valid."""
        return Typed(
            country=str(self.country.data),
            number=str(self.document_number.data),
            names=str(self.names.data),
            born_on=parse_day(str(self.born_on.data)) if "born_on" in self else None,
        )


class OutcomeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One of three outcomes."""

    outcome = RadioField(
        _("What do you decide?"),
        choices=[(code, words[0]) for code, words in OUTCOME_WORDS.items()],
        validate_choice=False,
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that one was chosen."""
        super().validate(extra_validators)
        if self.outcome.data not in OUTCOMES:
            self.outcome.errors = [_("Choose what you decide.")]
        return not self.outcome.errors


def number_problem(typed: str) -> str | None:
    """Return what is wrong with a typed number as a sentence, or None."""
    if not typed.strip():
        return str(NUMBER_MISSING)
    if len(tags.normal_number(typed)) < tags.SHORTEST_NUMBER:
        return str(NUMBER_TOO_SHORT)
    if len(tags.normal_number(typed)) > tags.LONGEST_NUMBER:
        return str(_("This is too long for the number of a document. Type the number only."))
    return None


def parse_day(typed: str) -> date | None:
    """Return a day of birth typed as day, month, year or as 1985-03-27; None when it is none."""
    found = _DAY_FIRST.fullmatch(typed.strip())
    parts = found.groups()[::-1] if found else ()
    if not found and (found := _YEAR_FIRST.fullmatch(typed.strip())):
        parts = found.groups()
    try:
        day = date(*(int(part) for part in parts)) if parts else None
    except ValueError:
        return None
    return day if day is not None and day.year >= _EARLIEST_YEAR else None
