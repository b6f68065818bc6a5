"""What senders and the desk write. Errors say what is missing and why."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import Optional

from core import wards
from plugins.anonymity.tips.services import MOST_LETTERS


class _Writing(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    def said(self) -> str:
        """Return the text without the room around it."""
        return (self["text"].data or "").strip()

    def validate_text(self, field: Any) -> None:
        """Something must be said, and not too much at once."""
        length = len(self.said())
        if not length:
            raise ValidationError(gettext("Write something first."))
        if length > MOST_LETTERS:
            raise ValidationError(gettext("Say it in fewer words: up to %(most)s letters.", most=MOST_LETTERS))


class TipForm(_Writing):
    """A tip."""

    text = TextAreaField(
        _("What do you want to tell?"),
        description=_("What happened, where, and is it still going on? Leave out your name, and what only you know."),
    )
    ward = SelectField(_("Which ward is it about?"), [Optional()], validate_choice=False)

    def prepare(self) -> None:
        """Offer the wards of today."""
        named = [(ward.code, ward.name) for ward in wards.boards() if ward.kind == "ward"]
        self.ward.choices = [("", gettext("The borough, or I do not say")), *named]

    def validate_ward(self, field: Any) -> None:
        """One of the list, or none."""
        if field.data and field.data not in dict(self.ward.choices):
            raise ValidationError(gettext("Choose a ward from the list, or the first line."))


class ReceiptForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The number that was shown once."""

    receipt = StringField(_("Your number"), description=_("16 digits. The room between them does not matter."))


class MoreForm(_Writing):
    """More words of the sender."""

    text = TextAreaField(_("Write more"))


class ReplyForm(_Writing):
    """An answer of the desk."""

    text = TextAreaField(
        _("Your answer"), description=_("The sender reads it with their number. Do not ask who they are.")
    )
