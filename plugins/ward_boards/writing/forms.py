"""What writers fill in beside the text: pictures with words for them, and where and when, roughly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import FileField, SelectField, StringField, ValidationError
from wtforms.validators import Optional

from core.web.form_data import DayField
from plugins.ward_boards.writing import happened, places, sketches
from plugins.ward_boards.writing.about import Rough
from plugins.ward_boards.writing.pieces import LONGEST_ALT, MOST_FILES
from plugins.ward_boards.writing.sketches import Sketch

ACCEPT = ".jpg,.jpeg,.png,.webp,.heic,.heif,.pdf,image/*,application/pdf"
_FILE, _SHOWS = _("Photo or PDF"), _("What does it show?")


class WithFiles(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Room for four files, each with words for neighbours who cannot see it."""

    file_1 = FileField(_FILE)
    alt_1 = StringField(_SHOWS)
    file_2 = FileField(_FILE)
    alt_2 = StringField(_SHOWS)
    file_3 = FileField(_FILE)
    alt_3 = StringField(_SHOWS)
    file_4 = FileField(_FILE)
    alt_4 = StringField(_SHOWS)

    @property
    def slots(self) -> list[tuple[Any, Any]]:
        """The file fields, each with that of its words."""
        return [(self[f"file_{number}"], self[f"alt_{number}"]) for number in range(1, MOST_FILES + 1)]

    def sent_files(self) -> Iterator[tuple[Any, Any]]:
        """Yield the fields of the files that were sent, in order."""
        for file, alt in self.slots:
            if getattr(file.data, "filename", ""):
                yield file, alt

    def validate_alt_1(self, field: Any) -> None:
        """Short enough to be read out."""
        _check_length(field)

    validate_alt_2 = validate_alt_3 = validate_alt_4 = validate_alt_1


def _check_length(field: Any) -> None:
    if len(field.data or "") > LONGEST_ALT:
        raise ValidationError(gettext("Say it in fewer words: up to %(most)s letters.", most=LONGEST_ALT))


class WithPlace(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Where and when something happened, roughly. All of it may be left out."""

    place = SelectField(
        _("Where, roughly?"),
        description=_("An area or a square of 300 metres, never a house. Leave it out if it could point at you."),
        validate_choice=False,
    )
    happened_on = SelectField(_("When, roughly?"), validate_choice=False)
    earlier_on = DayField(_("Or an earlier day"), validators=[Optional()])
    half_day = SelectField(_("Which half of the day?"), validate_choice=False)
    sketches: list[Sketch] = []

    def offer_places(self, db: Session, ward_codes: Iterable[str]) -> None:
        """Fill in what can be chosen on these boards, and the last days."""
        nothing = ("", gettext("I do not say"))
        found = places.of_wards(db, ward_codes)
        self.place.choices = {"": [nothing], **places.choices(found)}
        self.sketches = [drawn for ward in found if (drawn := sketches.of_ward(ward))]
        self.happened_on.choices = [nothing, *happened.choices()]
        self.half_day.choices = [nothing, *happened.half_words().items()]
        chosen = happened.day_sent(self.happened_on.data)
        if chosen and chosen.isoformat() not in dict(self.happened_on.choices):
            self.happened_on.choices.append((chosen.isoformat(), happened.day_words(chosen)))

    @property
    def rough(self) -> Rough:
        """What was said; call it after the form was checked."""
        day = self.earlier_on.data or happened.day_sent(self.happened_on.data)
        return Rough(self.place.data or None, day, (self.half_day.data or None) if day else None)

    def check_rough(self, db: Session, ward_codes: Iterable[str]) -> bool:
        """Say beside each field what is wrong with it; return whether all of it fits."""
        wrong = places.check(db, self.place.data, ward_codes) if self.place.data else None
        if wrong:
            self.place.errors = [wrong]
        day, earlier = happened.day_sent(self.happened_on.data), self.earlier_on.data
        half = self.half_day.data or None
        if self.earlier_on.errors:
            return False
        if self.happened_on.data and day is None:
            self.happened_on.errors = [gettext("Choose one of the days, or write an earlier one below.")]
        elif day and earlier and day != earlier:
            self.earlier_on.errors = [gettext("You chose two days. Choose one, or leave this one empty.")]
        elif late := happened.check(earlier or day, half):
            field = self.half_day if not (earlier or day) or half not in (None, *happened.HALVES) else self.happened_on
            (self.earlier_on if earlier and field is self.happened_on else field).errors = [late]
        return not any(each.errors for each in (self.place, self.happened_on, self.earlier_on, self.half_day))
