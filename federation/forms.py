"""What admins fill in about neighbours."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional


class ProposeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Ask another borough's instance to become a neighbour."""

    url = StringField(
        _("Address of the other site"),
        description=_("As in the browser, like https://watch.hackney.example"),
        validators=[DataRequired(_("Type the address of the other borough's site.")), Length(max=300)],
    )
    message = TextAreaField(
        _("A few words to the other admin"),
        description=_("Say who you are and how they can telephone you. They read this before they answer."),
        validators=[Optional(), Length(max=1000, message=_("Make it shorter: at most 1,000 letters."))],
    )


class ConfirmForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Say that the words were compared."""

    words = StringField(
        _("The six words the other admin reads to you"),
        description=_("Type what you hear, not what you see. Capital letters do not matter."),
        validators=[DataRequired(_("Type the six words that the other admin reads to you.")), Length(max=200)],
    )
    by_phone = BooleanField(
        _("I spoke with the other admin myself, by telephone or face to face."),
        validators=[DataRequired(_("Speak with the other admin first. A mail or a chat message is not enough."))],
    )


class ReasonForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why exchange is stopped or ended."""

    reason = StringField(
        _("Why?"),
        description=_("Other admins read this. Name no people."),
        validators=[
            DataRequired(_("Say in a few words why. Other admins will need to know.")),
            Length(max=300, message=_("Make it shorter: at most 300 letters.")),
        ],
    )
