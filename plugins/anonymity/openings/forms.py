"""What a custodian fills in to ask for a name. Errors say what is missing and why."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField, TextAreaField, ValidationError

from plugins.anonymity.openings.models import REASONS
from plugins.anonymity.openings.sealed import Order
from plugins.anonymity.openings.wording import reasons

MOST_WORDS, MOST_REFERENCE = 2000, 200
_POST = re.compile(r"(?:^|/posts/)([0-9a-f]{32})(?![0-9a-f])")


def post_id_in(typed: str) -> str | None:
    """Return the id of a post that an address such as `/posts/<id>/report`, or the id alone, names; else None."""
    found = _POST.search(typed.strip())
    return found.group(1) if found else None


class PostForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Which post it is about; sent by GET, for looking changes nothing."""

    class Meta:
        """No token: nothing is changed."""

        csrf = False

    post = StringField(
        _("Address of the post"),
        description=_("Copy the address of “Report” below the post. It has /posts/ in it."),
    )


class AskForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why the name on a post shall be opened."""

    post = HiddenField()
    reason = RadioField(_("Why must this name be opened?"), validate_choice=False)
    words = TextAreaField(
        _("What happened, in your own words"),
        description=_("The other custodian decides by what you write here. Do not write who you think it is."),
    )
    reference = StringField(
        _("Reference of the written order"),
        description=_("The number and date on the paper. Only when a life is in danger may this be empty."),
    )

    def prepare(self) -> None:
        """Fill in the reasons in the reader's language."""
        self.reason.choices = list(reasons().items())

    def validate_reason(self, field: Any) -> None:
        """One of ours."""
        if field.data not in REASONS:
            raise ValidationError(gettext("Choose why the name must be opened."))

    def validate_words(self, field: Any) -> None:
        """Something the other can decide by."""
        _need(field, gettext("Write in a few sentences what happened."), MOST_WORDS)

    def validate_reference(self, field: Any) -> None:
        """Wanted but when a life is in danger."""
        if self.reason.data != "life" or (field.data or "").strip():
            _need(field, gettext("Write the number and date of the order or request."), MOST_REFERENCE)

    def order(self) -> Order:
        """Return what was filled in."""
        return Order(self.reason.data, self.words.data.strip(), (self.reference.data or "").strip())


class PutOffForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why a member shall be told later."""

    reason = StringField(
        _("Why must the writer not be told yet?"),
        description=_("Like: the police ask for it, so that nobody is warned. It goes into the log. Name nobody."),
    )

    def validate_reason(self, field: Any) -> None:
        """A reason must be there."""
        _need(field, gettext("Write why the writer must be told later."), MOST_REFERENCE)


class DecideForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Two buttons, and nothing to type; the request must come from our own page."""


def _need(field: Any, sentence: str, most: int) -> None:
    length = len((field.data or "").strip())
    if not length:
        raise ValidationError(sentence)
    if length > most:
        raise ValidationError(gettext("Say it in fewer words: up to %(most)s letters.", most=most))
