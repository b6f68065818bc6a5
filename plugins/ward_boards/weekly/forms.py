"""Forms of the weekly letter and of deputies."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField

from core import wards
from plugins.ward_boards.alerts.forms import revision_of
from plugins.ward_boards.weekly.services import Wording


class LetterForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A letter as it is edited and sent."""

    title = StringField(_l("Title"))
    text = TextAreaField(
        _l("The letter"),
        description=_l("Take out what you do not want. A line with - in front becomes a list."),
    )
    wards = SelectMultipleField(_l("Send it to the members of these wards too"), validate_choice=False)
    revision = HiddenField()

    def prepare(self, codes: list[str]) -> None:
        """Offer these further boards."""
        names = {row.code: row.name for row in wards.boards()}
        self.wards.choices = [(code, names[code]) for code in codes]

    def wording(self) -> Wording:
        """Return what was typed; boards that were not offered are refused by the service, not dropped here."""
        return Wording(
            title=self.title.data or "",
            text=self.text.data or "",
            revision=revision_of(self.revision),
            ward_codes=tuple(self.wards.data or ()),
        )

    def say(self, faults: dict[str, str]) -> None:
        """Put sentences beside their fields."""
        for name, sentence in faults.items():
            self[name].errors = [sentence]


class DeputyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Whom to appoint."""

    alias = StringField(_l("Alias of the member"), description=_l("As it stands beside their posts."))

    def refuse(self, sentence: Any) -> None:
        """Say why nobody was appointed."""
        self.alias.errors = [str(sentence)]
