"""What people fill in about a matter: how it ended, or why it is not over."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, ValidationError
from wtforms.validators import Optional

from plugins.ward_boards import markup
from plugins.ward_boards.incidents.states import LONGEST_NOTE, OUTCOMES, outcome_words


class CloseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """How a matter ended."""

    outcome = RadioField(_("What happened in the end?"), validate_choice=False)
    note = StringField(_("One sentence more"), [Optional()], description=_("Name and describe nobody."))

    def prepare(self) -> None:
        """Fill in the outcomes."""
        self.outcome.choices = list(outcome_words().items())

    def validate_outcome(self, field: Any) -> None:
        """One of ours: without it nobody learns anything from the end."""
        if field.data not in OUTCOMES:
            raise ValidationError(_("Choose how it ended."))

    def validate_note(self, field: Any) -> None:
        """Short, so that it can be shown beside the thread."""
        _short(field)


class ReopenForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why a matter is not over."""

    reason = StringField(_("Why is it not over?"), description=_("Name and describe nobody."))

    def validate_reason(self, field: Any) -> None:
        """There, and short."""
        if not markup.one_line(field.data or ""):
            raise ValidationError(_("Say why in one sentence."))
        _short(field)


def _short(field: Any) -> None:
    if len(field.data or "") > LONGEST_NOTE:
        raise ValidationError(_("Keep it under %(most)s letters.", most=LONGEST_NOTE))
