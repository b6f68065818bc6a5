"""What readers and moderators fill in. Errors say what was wrong and what to do."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError

from core import wards
from plugins.ward_boards import markup
from plugins.ward_boards.categories import category_labels, flag_labels, tier_labels
from plugins.ward_boards.forms import check_text, check_title
from plugins.ward_boards.models import TIERS
from plugins.ward_boards.moderation.appeals import LONGEST_STATEMENT
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.vocabulary import OTHER, PLACE_REASONS, REASONS, reason_labels
from plugins.ward_boards.publishing import LONGEST_TEXT

LONGEST_WORDS, LONGEST_NOTE = 300, 500


def check_words(reason: str, words: str) -> str | None:
    """Return what is wrong with a moderator's own words as a sentence, or None."""
    said = markup.one_line(words)
    if reason == OTHER and not said:
        return str(_("Say why in one sentence. The writer will read it."))
    if len(said) > LONGEST_WORDS:
        return str(_("Keep what you tell the writer under 300 letters."))
    return None


class FlagForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why a reader wants a moderator to look."""

    reason = RadioField(_("What is wrong with it?"), validate_choice=False)
    note = TextAreaField(_("Do you want to add something?"), description=_("You may leave this empty."))

    def prepare(self) -> None:
        """Fill in the reasons."""
        self.reason.choices = list(flag_labels().items())

    def validate_reason(self, field: Any) -> None:
        """One of ours."""
        if field.data not in flag_labels():
            raise ValidationError(_("Choose what is wrong with the post."))

    def validate_note(self, field: Any) -> None:
        """Short: a moderator reads many."""
        if len(field.data or "") > 500:
            raise ValidationError(_("Keep the note under 500 letters."))


class RulingForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why a moderator decides: the writer reads reason and words, members the reason, moderators the note."""

    reasons: tuple[str, ...] = REASONS
    reason = RadioField(_("Why?"), validate_choice=False)
    words = StringField(
        _("What else should the writer know?"),
        description=_("One sentence. You may leave this empty, unless you chose another reason."),
    )
    note = StringField(_("A note for other moderators"), description=_("The writer does not see it. It may be empty."))

    def prepare(self) -> None:
        """Fill in the reasons."""
        labels = reason_labels()
        self.reason.choices = [(code, labels[code]) for code in self.reasons]

    def validate_reason(self, field: Any) -> None:
        """One of ours."""
        if field.data not in self.reasons:
            raise ValidationError(_("Choose why. Members read this reason in the log."))

    def validate_words(self, field: Any) -> None:
        """There when no reason of ours fits, and short, so that it can be shown beside the post."""
        problem = check_words(self.reason.data or "", field.data or "")
        if problem:
            raise ValidationError(problem)

    def validate_note(self, field: Any) -> None:
        """Short: it is read in passing."""
        if len(field.data or "") > LONGEST_NOTE:
            raise ValidationError(_("Keep the note under 500 letters."))

    @property
    def ruling(self) -> Ruling:
        """What was filled in."""
        return Ruling(self.reason.data, markup.one_line(self.words.data or ""), markup.one_line(self.note.data or ""))


class MoveForm(RulingForm):
    """Where a thread belongs."""

    reasons = PLACE_REASONS

    wards = SelectMultipleField(_("Boards"), validate_choice=False)
    category = SelectField(_("What kind of thread is it?"))
    tier = RadioField(_("Who can read it?"), validate_choice=False)

    def offer(self, tier: str) -> None:
        """Fill in boards, kinds, and readers no wider than those of now."""
        self.prepare()
        self.wards.choices = [(row.code, row.name) for row in wards.boards()]
        self.category.choices = list(category_labels().items())
        labels = tier_labels()
        self.tier.choices = [(each, labels[each]) for each in TIERS[TIERS.index(tier) :]]

    def validate_wards(self, field: Any) -> None:
        """At least one board, and only boards of this borough."""
        known = {code for code, _name in field.choices}
        if not field.data or not set(field.data) <= known:
            raise ValidationError(_("Choose at least one board."))

    def validate_tier(self, field: Any) -> None:
        """Never more readers than the writers meant."""
        if field.data not in [tier for tier, _label in field.choices]:
            raise ValidationError(_("Choose who can read it. It cannot be more people than now."))


class MergeForm(RulingForm):
    """Which thread takes the posts of this one."""

    reasons = PLACE_REASONS

    into = StringField(
        _("Address of the other thread"), description=_("Open the other thread and copy its address from the browser.")
    )

    def validate_into(self, field: Any) -> None:
        """Something that ends in the id of a thread."""
        if self.into_id is None:
            raise ValidationError(_("Paste the address of the thread that should take these posts."))

    @property
    def into_id(self) -> str | None:
        """The id at the end of the address, or None."""
        path = (self.into.data or "").strip().split("#")[0].split("?")[0].rstrip("/")
        found = path.rsplit("/", 1)[-1]
        return found if len(found) == 32 and set(found) <= set("0123456789abcdef") else None


class AppealForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why a writer thinks that their post should be back."""

    statement = TextAreaField(_("Why should it be on the board?"))

    def validate_statement(self, field: Any) -> None:
        """There, and short enough to be read with care."""
        length = len(markup.clean(field.data or ""))
        if length == 0:
            raise ValidationError(_("Say in a sentence or two why the post should be back."))
        if length > LONGEST_STATEMENT:
            raise ValidationError(_("Keep it under 1,000 letters."))


class EditForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A post in its new words."""

    has_title = True
    title = StringField(_("Title"))
    text = TextAreaField(_("Your text"))
    longest = LONGEST_TEXT

    def validate_title(self, field: Any) -> None:
        """Wanted for the first post of a thread only."""
        problem = check_title(field.data or "") if self.has_title else None
        if problem:
            raise ValidationError(problem)

    def validate_text(self, field: Any) -> None:
        """The text must be there and not too long."""
        problem = check_text(field.data or "")
        if problem:
            raise ValidationError(problem)
