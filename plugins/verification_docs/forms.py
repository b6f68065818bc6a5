"""What people type and choose, and the sentences for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import RadioField, SelectField, StringField

from core import wards
from plugins.verification_docs.duplicates import countries, tags
from plugins.verification_docs.duplicates import forms as number_forms
from plugins.verification_docs.duplicates.queries import NumberRow
from plugins.verification_docs.papers import WRONG_NUMBER, Kind, reasons_for
from plugins.verification_docs.steps import Step

ACCEPT = "accept"
FILE_TYPES = ".jpg,.jpeg,.png,.webp,.heic,.heif,.pdf,image/*,application/pdf"

POSTCODE_SENTENCES: Mapping[str, str] = {
    "missing": _("Type the postcode that stands on the paper, for example E3 4AB."),
    "not_a_postcode": _("This does not look like a postcode. It should look like E3 4AB."),
    "unknown": _("We do not know this postcode. Check it letter by letter. If it is right, ask a volunteer for help."),
    "terminated": _("This postcode is no longer in use. Type the one on a newer paper."),
    "large_user": _("This postcode belongs to a firm or a PO box. Type the postcode of your home."),
    "outside": _("This postcode is not in our borough. The group of your own borough can verify you."),
}
"""By core's refusal (and two of our own): what was wrong with a postcode, and what to do."""

NO_REVIEWERS = _(
    "Nobody could open your papers just now, so we do not take them. Try again in a few days, or ask a volunteer "
    "for a check in person."
)

NUMBER_FIRST = _("First type the number of the document. The paper can be accepted when it matches.")
MORE_TIME = _("We need a little more time. You need not do anything. We will write to you.")

OPENING_REASONS: Mapping[str, str] = {
    "next": _("It is next in the queue"),
    "sent_again": _("Something was sent again"),
    "colleague": _("Another reviewer asked me to look"),
    "member_asked": _("The member asked how it is going"),
}


class PaperForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One paper: which document it is, its number if it has a photo, its files, the postcode if it has an address."""

    document = RadioField(_("What will you send?"), validate_choice=False)
    document_number = StringField(
        _("Number of the document"),
        description=_(
            "On a passport at the top right of the page with your photo. On a driving licence behind the 5. "
            "On a card the longest number. We keep no number: only a scramble that cannot be turned back."
        ),
    )
    document_country = SelectField(
        _("Country that made the document"), default=tags.HOME_COUNTRY, validate_choice=False
    )
    postcode = StringField(
        _("Postcode of your home"),
        description=_("As it stands on the paper. We use it to find your ward, then we delete it."),
    )
    files = MultipleFileField(
        _("Photo or PDF of it"),
        description=_("JPEG, PNG, WebP, HEIC or PDF, up to 12 MB. Front and back can be two photos."),
    )

    @classmethod
    def for_step(cls, step: Step) -> PaperForm:
        """Return the form of a step; values are `kind.document`."""
        form = cls()
        form.document.choices = [(f"{kind.name}.{doc.name}", doc.label) for kind in step.kinds for doc in kind.uploads]
        if not step.asks_postcode:
            del form.postcode
        if not step.asks_number:
            del form.document_number, form.document_country
        else:
            form.document_country.choices = countries.choices(get_locale())
        return form

    @property
    def chosen(self) -> tuple[str, str]:
        """The kind and the document."""
        kind, _dot, document = str(self.document.data or "").partition(".")
        return kind, document

    @property
    def typed_postcode(self) -> str | None:
        """The postcode as typed; None when the step has none or another document was chosen."""
        return str(self.postcode.data or "") if "postcode" in self and self.chosen[0] == "address" else None

    @property
    def typed_number(self) -> tuple[str, str] | None:
        """Country and number as typed; None when another document than one with a photo was chosen."""
        if "document_number" not in self or self.chosen[0] != "id":
            return None
        return str(self.document_country.data or ""), str(self.document_number.data or "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field and word what is missing."""
        super().validate(extra_validators)
        self._check_number()
        offered = {value for value, _label in self.document.choices}
        if self.document.data not in offered:
            self.document.errors = [_("Choose what you will send.")]
        if not self.contents:
            self.files.errors = [_("Choose a photo or a PDF.")]
        if "postcode" in self and (self.chosen[0] == "address" or all(v.startswith("address.") for v in offered)):
            typed = str(self.postcode.data or "").strip()
            if not typed or wards.normalise_postcode(typed) is None:
                self.postcode.errors = [POSTCODE_SENTENCES["not_a_postcode" if typed else "missing"]]
        return not self.errors

    def _check_number(self) -> None:
        offers_others = any(not value.startswith("id.") for value, _label in self.document.choices)
        if "document_number" not in self or (self.chosen[0] != "id" and offers_others):
            return
        problem = number_forms.number_problem(str(self.document_number.data or ""))
        if problem:
            self.document_number.errors = [problem]
        if not countries.is_known(str(self.document_country.data or "")):
            self.document_country.errors = [number_forms.COUNTRY_UNKNOWN]

    @property
    def contents(self) -> list[Any]:
        """The files that were really chosen, as file storages."""
        return [file for file in self.files.data or [] if getattr(file, "filename", "")]


class OpeningForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why a reviewer opens a case; the member can see how often, the log keeps why."""

    reason = RadioField(
        _("Why do you open it?"),
        choices=list(OPENING_REASONS.items()),
        validate_choice=False,
        description=_("This is logged. The member sees how often the papers were opened."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that one of the reasons was chosen."""
        super().validate(extra_validators)
        if self.reason.data not in OPENING_REASONS:
            self.reason.errors = [_("Choose why you open it.")]
        return not self.reason.errors


class DecisionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One list: accept (not before the number of a photo document matched), or one of the reasons to send it back."""

    decision = RadioField(_("What do you decide?"), validate_choice=False)

    @classmethod
    def for_paper(cls, kind: Kind, evidence_id: str, number: NumberRow | None = None) -> DecisionForm:
        """Return the form for one paper; several stand on one page, so each has names of its own.

        `number` is how far the number of a photo document is.
        """
        form = cls(prefix=evidence_id)
        accept = [(ACCEPT, _("It is fine"))] if number is None or number.matched else []
        is_wrong = number is not None and not number.matched and not number.tries_left
        reasons = [(r.code, r.label) for r in reasons_for(kind.name) if r.code != WRONG_NUMBER or is_wrong]
        form.decision.choices = [*accept, *reasons]
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that a line was chosen."""
        super().validate(extra_validators)
        if self.decision.data not in {value for value, _label in self.decision.choices}:
            early = self.decision.data == ACCEPT
            self.decision.errors = [NUMBER_FIRST if early else _("Choose what you decide about this paper.")]
        return not self.decision.errors
