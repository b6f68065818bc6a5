"""What the guard adds to the forms of writers: their word about pictures, and a fair description of a person."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, ValidationError
from wtforms.validators import Optional

from plugins.ward_boards import markup
from plugins.ward_boards.guard.description import LONGEST, Description, as_text


class Guarded(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """For every text: what the writer was shown and has answered."""

    warned = HiddenField()
    no_faces = BooleanField(_("No person can be recognised in the pictures"))


class Describing(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """For a new thread: a person somebody saw. It ends up in the text, so nothing else has to know of it."""

    person_did = StringField(_("What did the person do?"))
    person_going = StringField(_("Where were they going?"), [Optional()])
    person_clothes = StringField(_("Clothes"), [Optional()])
    person_other = StringField(_("Anything else, such as a bag or a vehicle"), [Optional()])

    @property
    def person_fields(self) -> tuple[Any, ...]:
        """The fields in the order of the form."""
        return self.person_did, self.person_going, self.person_clothes, self.person_other

    @property
    def described(self) -> Description:
        """What was filled in."""
        return Description(*(markup.one_line(field.data or "") for field in self.person_fields))

    def describe(self) -> None:
        """Move what was said about a person into the text; not while something must be put right first."""
        described = self.described
        too_long = any(len(field.data or "") > LONGEST for field in self.person_fields)
        if described.is_empty or described.lacks_deed or too_long:
            return
        written = (self.text.data or "").rstrip()
        self.text.data = f"{written}\n\n{as_text(described)}" if written else as_text(described)
        for field in self.person_fields:
            field.data = ""

    def validate_person_did(self, field: Any) -> None:
        """Nobody is described by looks or a direction alone."""
        if self.described.lacks_deed:
            raise ValidationError(
                gettext("Say what the person did. Looks alone would put everybody under suspicion who looks alike.")
            )
        _check_length(field)

    def validate_person_going(self, field: Any) -> None:
        """Short."""
        _check_length(field)

    validate_person_clothes = validate_person_other = validate_person_going


def _check_length(field: Any) -> None:
    if len(field.data or "") > LONGEST:
        raise ValidationError(gettext("Say it in fewer words: up to %(most)s letters.", most=LONGEST))
