"""What is typed at the counter, and the sentences for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField

from plugins.verification_docs.duplicates import countries, tags
from plugins.verification_docs.duplicates import forms as number_forms
from plugins.verification_docs.duplicates.numbers import Typed
from plugins.verification_docs.forms import POSTCODE_SENTENCES
from plugins.verification_docs.in_person import refusals
from plugins.verification_docs.papers import KINDS, Document, Kind
from plugins.verification_docs.policy import accepted_kinds, policy
from plugins.verification_docs.rule import kinds_in

SENTENCES: Mapping[type[Exception], str] = {
    refusals.CodeUnknown: _(
        "This code does not count. Check it letter by letter. If it is right, ask the member to make a new one."
    ),
    refusals.OwnCheck: _("This is your own code. Two others must look at your papers."),
    refusals.KnowsMember: _("You told us that you know this person well. Two others must look at the papers."),
    refusals.OwnWard: _("The home is in your own ward. Here two reviewers from other wards must look."),
    refusals.SignedAlready: _("You have signed this already. Somebody else must sign as the second."),
    refusals.SignedByAnother: _("Somebody signed a moment ago. Type the code again to see how far it is."),
    refusals.NotEnough: _("That is not enough here. Tick what you saw of each thing on the list, or come back later."),
    refusals.Waits: _(
        "Two have signed this already. Something else must be decided first; we will write to the member."
    ),
}
"""By the refusal: what was wrong at the counter, and what to do."""


class CodeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The code that the member shows."""

    code = StringField(_("Code of the member"), description=_("Eight letters and figures, for example 7HKM-4WXA."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that something was typed; whether it counts is asked of the database."""
        super().validate(extra_validators)
        if not str(self.code.data or "").strip():
            self.code.errors = [_("Type the code that the member shows you.")]
        return not self.code.errors


class FirstForm(number_forms.NumberForm):
    """What the first reviewer saw. `ward` is what the page has shown; it must be what the postcode says."""

    code = HiddenField()
    ward = HiddenField()
    shown = SelectMultipleField(_("What did you see with your own eyes?"), validate_choice=False)
    document = SelectField(_("Which photo document is it?"), validate_choice=False)
    postcode = StringField(
        _("Postcode of the home"),
        description=_("As it stands on the paper. It is used to find the ward, and then forgotten."),
    )

    @classmethod
    def for_counter(cls, code: str = "") -> FirstForm:
        """Return the form as posted; empty, but for the code, when `code` is given."""
        form = cls(formdata=None) if code else cls()
        form.code.data = code or form.code.data
        form.country.choices = countries.choices(get_locale())
        form.shown.choices = [(kind.name, kind.label) for kind in asked_kinds()]
        form.document.choices = [(document.name, document.label) for document in photo_documents()]
        return form

    @property
    def shows_birth(self) -> bool:
        """Whether a day of birth stands on the chosen document."""
        chosen = next((document for document in photo_documents() if document.name == self.document.data), None)
        return chosen is None or chosen.shows_birth

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of paper that were ticked."""
        return frozenset(self.shown.data or ()) & {kind.name for kind in asked_kinds()}

    @property
    def typed(self) -> Typed:
        """What was read on the photo document."""
        typed = super().typed
        return typed if self.shows_birth else replace(typed, born_on=None)

    def validate(self, extra_validators: Any = None) -> bool:
        """Word what is missing; nothing is looked up or compared before all of it is there."""
        super().validate(extra_validators)
        if not self.shows_birth:
            self.born_on.errors = []
        if self.document.data not in {document.name for document in photo_documents()}:
            self.document.errors = [_("Choose which document you have in your hand.")]
        if not self.kinds:
            self.shown.errors = [_("Tick what you saw.")]
        elif not policy().rule.is_met(self.kinds):
            self.shown.errors = [SENTENCES[refusals.NotEnough]]
        if not str(self.postcode.data or "").strip():
            self.postcode.errors = [POSTCODE_SENTENCES["missing"]]
        return not self.errors


class SecondForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The number once more, typed by somebody who has not seen what the first one typed."""

    code = HiddenField()
    document_number = StringField(_("Number of the document"), description=_("As it is printed. Spaces do not matter."))
    country = SelectField(_("Country that made it"), default=tags.HOME_COUNTRY, validate_choice=False)
    seen = BooleanField(_("I saw these papers myself. They are real, and the name is the same on all of them."))

    @classmethod
    def for_counter(cls, code: str = "") -> SecondForm:
        """Return the form as posted; empty, but for the code, when `code` is given."""
        form = cls(formdata=None) if code else cls()
        form.code.data = code or form.code.data
        form.country.choices = countries.choices(get_locale())
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Word what is missing; no try is lost."""
        super().validate(extra_validators)
        problem = number_forms.number_problem(str(self.document_number.data or ""))
        if problem:
            self.document_number.errors = [problem]
        if not countries.is_known(str(self.country.data or "")):
            self.country.errors = [number_forms.COUNTRY_UNKNOWN]
        if not self.seen.data:
            self.seen.errors = [_("Tick this when you have looked at every paper on the list yourself.")]
        return not self.errors


def asked_kinds() -> tuple[Kind, ...]:
    """Return the kinds of paper that the rule names, in the order of asking."""
    named = kinds_in(policy().rule)
    return tuple(kind for name, kind in accepted_kinds().items() if name in named)


def photo_documents() -> tuple[Document, ...]:
    """Return the photo documents that count here; two people compare one, even where the rule asks for none."""
    return (accepted_kinds().get("id") or KINDS["id"]).documents
