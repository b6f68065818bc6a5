"""What admins and reviewers type about reviewers, and the sentences for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired

from core import accounts
from core.database import now
from core.web.form_data import DayField

KIND_WORDS: Mapping[str, str] = {
    "dbs_basic": _("DBS check, basic"),
    "dbs_enhanced": _("DBS check, enhanced"),
    "police": _("Vetted by the police"),
    "references": _("Two references"),
    "interview": _("Interview by the committee"),
}


class VettingForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """How, when and until when one reviewer was checked."""

    email = StringField(_("E-mail address of the reviewer"), [DataRequired(_("Type the reviewer's e-mail address."))])
    kind = SelectField(_("How were they checked?"), choices=list(KIND_WORDS.items()))
    vetted_on = DayField(_("Day of the check"), validators=[InputRequired(_("Give the day of the check."))])
    until_on = DayField(
        _("Holds until"),
        validators=[InputRequired(_("Give the last day on which it holds."))],
        description=_("On the day after, their queue is closed until somebody records a new check."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that the days are in order and a check is not still to come."""
        super().validate(extra_validators)
        today = now().date()
        if self.vetted_on.data and self.vetted_on.data > today:
            self.vetted_on.errors = [gettext("This day is still to come. Choose today or an earlier day.")]
        if self.until_on.data and self.until_on.data < today:
            self.until_on.errors = [gettext("This day is over. Choose today or a later day.")]
        return not self.errors


class LookAgainForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Whom the group trusts no more, and since which day what they passed is to be looked at again."""

    email = StringField(_("E-mail address of the reviewer"), [DataRequired(_("Type the reviewer's e-mail address."))])
    since = DayField(
        _("All that they passed since"), validators=[InputRequired(_("Give the first day to look at again."))]
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that the day is not still to come."""
        super().validate(extra_validators)
        if self.since.data and self.since.data > now().date():
            self.since.errors = [gettext("This day is still to come. Choose today or an earlier day.")]
        return not self.errors


class CloseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Somebody whom a reviewer must not judge, or a reviewer who must not judge this member."""

    email = StringField(
        _("Their e-mail address"),
        [DataRequired(_("Type their e-mail address."))],
        description=_("We keep it scrambled. Nobody is told, and you are not told whether they are a member."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that it is an address."""
        import email_validator

        super().validate(extra_validators)
        if self.email.data and not self.email.errors:
            try:
                # As accounts keep theirs: one person has one hash, however the address is written.
                self.email.data = accounts.normal_email(self.email.data)
            except email_validator.EmailNotValidError:
                self.email.errors = [gettext("This is not an e-mail address. It looks like name@place.uk.")]
        return not self.errors
