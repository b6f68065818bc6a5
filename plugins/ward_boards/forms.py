"""What writers and moderators fill in. Errors say what was wrong and what to do."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)

from core import wards
from plugins.ward_boards import markup
from plugins.ward_boards.categories import category_labels, tier_labels
from plugins.ward_boards.guard.forms import Describing, Guarded
from plugins.ward_boards.publishing import LONGEST_TEXT, LONGEST_TITLE
from plugins.ward_boards.writing.forms import WithFiles, WithPlace

SHORTEST_TITLE = 4


def check_title(text: str) -> str | None:
    """Return what is wrong with a title as a sentence, or None."""
    length = len(markup.one_line(text))
    if length < SHORTEST_TITLE:
        return str(_("Write a title of a few words, so that neighbours know what this is about."))
    if length > LONGEST_TITLE:
        over = length - LONGEST_TITLE
        return str(
            ngettext(
                "The title is too long. Take out %(num)s letter.",
                "The title is too long. Take out %(num)s letters.",
                over,
            )
        )
    return None


def check_text(text: str) -> str | None:
    """Return what is wrong with a text as a sentence, or None."""
    length = len(markup.clean(text))
    if length == 0:
        return str(_("Write what you want to tell your neighbours."))
    if length > LONGEST_TEXT:
        over = length - LONGEST_TEXT
        return str(
            ngettext(
                "The text is too long. Take out %(num)s letter.",
                "The text is too long. Take out %(num)s letters.",
                over,
            )
        )
    return None


class _Signed(WithFiles, Guarded):
    """A text, its pictures and the way to sign it."""

    text = TextAreaField(_("Your text"))
    sign_as = RadioField(_("Post as"), name="as", validate_choice=False)
    confirmed = HiddenField()
    sign_as_hints: dict[str, str] = {}

    def offer(self, options: list[Any]) -> None:
        """Show the ways to sign; the default is chosen until the writer chooses."""
        self.sign_as.choices = [(option.name, option.label) for option in options]
        self.sign_as_hints = {option.name: option.help for option in options}
        if self.sign_as.data not in [option.name for option in options] and not self.is_submitted():
            self.sign_as.data = next((o.name for o in options if o.is_default), options[0].name)

    def validate_text(self, field: Any) -> None:
        """The text must be there and not too long."""
        _raise(check_text(field.data or ""))

    def validate_sign_as(self, field: Any) -> None:
        """An unknown way to sign is never replaced by another: that could expose the writer."""
        if field.data not in [name for name, _label in field.choices]:
            raise ValidationError(_("Choose how your post is signed."))


class ReplyForm(_Signed):
    """An answer in a thread."""

    text = TextAreaField(_("Your reply"))
    is_update = BooleanField(
        _("This is news of the matter"), description=_("Tick it when something has changed. Readers see it at once.")
    )


class ThreadForm(_Signed, WithPlace, Describing):
    """A new thread."""

    title = StringField(_("Title"))
    text = TextAreaField(_("What happened, or what is it about?"))
    category = SelectField(_("What kind of post is it?"))
    wards = SelectMultipleField(_("Boards"), validate_choice=False)
    tier = RadioField(_("Who can read it?"), validate_choice=False)
    shown_tier = HiddenField()

    def prepare(self, tiers: tuple[str, ...]) -> None:
        """Fill in what can be chosen: categories, boards, and the readers this writer may write for."""
        self.category.choices = list(category_labels().items())
        self.wards.choices = [(row.code, row.name) for row in wards.boards()]
        labels = tier_labels()
        self.tier.choices = [(tier, labels[tier]) for tier in tiers]

    def validate_title(self, field: Any) -> None:
        """The title must say something, on one line."""
        _raise(check_title(field.data or ""))

    def validate_wards(self, field: Any) -> None:
        """At least one board, and only boards of this borough."""
        known = {code for code, _name in field.choices}
        if not field.data or not set(field.data) <= known:
            raise ValidationError(_("Choose at least one board."))

    def validate_tier(self, field: Any) -> None:
        """Only readers this writer may write for."""
        if field.data not in [tier for tier, _label in field.choices]:
            raise ValidationError(_("Choose who can read it."))


def _raise(problem: str | None) -> None:
    if problem:
        raise ValidationError(problem)
