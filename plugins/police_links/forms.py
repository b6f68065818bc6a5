"""What people type into the police pages, checked, with a sentence for each thing that can be wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, StopValidation, ValidationError

from plugins.police_links.contact_sessions import MOST_PLACES
from plugins.police_links.directory import is_plain_https
from plugins.police_links.london_time import NoSuchTime, UnreadableTime, parse
from plugins.police_links.session_requests import SUITS, suits_label


def strip(value: str | None) -> str:
    """Return what was typed without the room around it."""
    return (value or "").strip()


class Filled:
    """Refuse a field that holds nothing but spaces, with a sentence of its own."""

    field_flags = {"required": True}

    def __init__(self, sentence: Any) -> None:
        """Keep the sentence."""
        self.sentence = sentence

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """Stop with the sentence when there is nothing to read."""
        if not (field.data or "").strip():
            raise StopValidation(str(self.sentence))


class LondonTimeField(StringField):  # type: ignore[misc]  # the library has no types
    """A day and time on London's clock. `data` stays what was typed; `moment` is aware UTC once valid."""

    moment: datetime | None = None

    def pre_validate(self, form: Any) -> None:
        """Read the text, or say what to type."""
        self.moment = None
        if not (self.data or "").strip():
            return
        try:
            self.moment = parse(self.data or "")
        except NoSuchTime:
            sentence = _("The clocks go forward that night and this time is left out. Choose another time.")
            raise StopValidation(sentence) from None
        except UnreadableTime:
            sentence = _("We could not read this as a day and time. Type it like 25/11/2026 18:30.")
            raise StopValidation(sentence) from None


class PlacesField(IntegerField):  # type: ignore[misc]  # the library has no types
    """A whole number; another text is kept as typed and answered with a sentence."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number."""
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = int(valuelist[0])
        except ValueError:
            self.data = None  # type: ignore[assignment]  # WTForms' own sign for no value
            raise ValueError(_("Type the number of places in digits, like 12.")) from None


class SessionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A contact session about to be published."""

    ward_code = SelectField(__("Ward"))
    title = StringField(
        __("What is it called?"),
        [Filled(__("Give it a name, like Talk to your ward officers.")), Length(max=120)],
        filters=[strip],
    )
    place = StringField(
        __("Where?"),
        [Filled(__("Say where people should go.")), Length(max=200)],
        filters=[strip],
        description=__("Name and street of a public place. Say if there is a step."),
    )
    starts_at = LondonTimeField(
        __("Starts"),
        [Filled(__("Say on which day and at what time it starts."))],
        description=__("Day and time in London, like 25/11/2026 18:30."),
    )
    ends_at = LondonTimeField(__("Ends"), [Filled(__("Say when it ends."))])
    capacity = PlacesField(
        __("How many places?"),
        [InputRequired(__("Say how many people can come."))],
        description=__("You will see how many are taken, never who took them."),
    )
    details = TextAreaField(
        __("More about it (you can leave this empty)"),
        [Length(max=1000, message=__("This is too long. Use 1,000 letters at most."))],
        filters=[strip],
        description=__("What people can bring up. Do not name anyone."),
    )
    answers_requests = BooleanField(__("Tell everyone who asked for a session in this ward"))

    def validate_capacity(self, field: Field) -> None:
        """Refuse numbers that cannot be a number of places."""
        if field.data is not None and not 1 <= field.data <= MOST_PLACES:
            raise ValidationError(_("Give a number of places from 1 to %(most)s.", most=MOST_PLACES))


class CancelForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Calling a session off."""

    reason = StringField(
        __("Why? (you can leave this empty)"),
        [Length(max=200, message=__("This is too long. Use 200 letters at most."))],
        filters=[strip],
        description=__("Everyone can read it. One sentence is enough, like: The hall is closed."),
    )


class PressForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A button alone: nothing to type, but the request must come from our own page."""


class RequestForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A member asks the ward's team for a session."""

    suits = RadioField(__("When would suit you?"), [InputRequired(__("Choose when a session would suit you."))])
    about = StringField(
        __("What would you like to talk about? (you can leave this empty)"),
        [Length(max=200, message=__("This is too long. Use 200 letters at most."))],
        filters=[strip],
        description=__("A few words, like: noise at night. The officers read them without your name. Name nobody."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the times of the week in the reader's language."""
        super().__init__(*args, **kwargs)
        self.suits.choices = [(name, suits_label(name)) for name in SUITS]


class DoorForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The facts and words of one door."""

    title = StringField(
        __("Name"),
        [Filled(__("Give the door a name.")), Length(max=80, message=__("Use 80 letters at most."))],
        filters=[strip],
    )
    url = StringField(
        __("Web address"),
        [Optional(), Length(max=500, message=__("This address is too long. Use 500 letters at most."))],
        filters=[strip],
        description=__("It must begin with https://. Leave it empty when you do not know it: people then see 101."),
    )
    is_for = TextAreaField(
        __("What it is for"),
        [Filled(__("Say what people can use it for.")), Length(max=500, message=__("Use 500 letters at most."))],
        filters=[strip],
    )
    not_for = TextAreaField(
        __("What it is not for"),
        [
            Filled(__("Say what people should not use it for.")),
            Length(max=500, message=__("Use 500 letters at most.")),
        ],
        filters=[strip],
    )
    hours = StringField(
        __("Hours"),
        [Length(max=200, message=__("Use 200 letters at most."))],
        filters=[strip],
        description=__("Leave this empty when you do not know. People then see: hours not known."),
    )
    source = StringField(
        __("Where do you know this from?"),
        [Length(max=300, message=__("Use 300 letters at most."))],
        filters=[strip],
        description=__("Everyone can read it, like: the force's own website."),
    )
    is_checked = BooleanField(__("I opened this address today and it is right"))

    def validate_url(self, field: Field) -> None:
        """Refuse anything but a plain https address."""
        if field.data and not is_plain_https(field.data):
            raise ValidationError(
                _("This is not a web address that begins with https://. Copy it from your browser's address line.")
            )
