"""What people type and choose, and the sentences for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import RadioField, StringField

from core import wards
from plugins.verification_docs.papers import Kind, reasons_for
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

OPENING_REASONS: Mapping[str, str] = {
    "next": _("It is next in the queue"),
    "sent_again": _("Something was sent again"),
    "colleague": _("Another reviewer asked me to look"),
    "member_asked": _("The member asked how it is going"),
}


class PaperForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One paper: which document it is, its files, and the postcode where it proves the address."""

    document = RadioField(_("What will you send?"), validate_choice=False)
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
        form.document.choices = [
            (f"{kind.name}.{doc.name}", doc.label) for kind in step.kinds for doc in kind.documents
        ]
        if not step.asks_postcode:
            del form.postcode
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

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field and word what is missing."""
        super().validate(extra_validators)
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
    """One list: accept, or one of the reasons to send it back."""

    decision = RadioField(_("What do you decide?"), validate_choice=False)

    @classmethod
    def for_paper(cls, kind: Kind, evidence_id: str) -> DecisionForm:
        """Return the form for one paper; several stand on one page, so each has names of its own."""
        form = cls(prefix=evidence_id)
        form.decision.choices = [(ACCEPT, _("It is fine")), *((r.code, r.label) for r in reasons_for(kind.name))]
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that a line was chosen."""
        super().validate(extra_validators)
        if self.decision.data not in {value for value, _label in self.decision.choices}:
            self.decision.errors = [_("Choose what you decide about this paper.")]
        return not self.decision.errors
