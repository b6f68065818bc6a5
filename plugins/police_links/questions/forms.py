"""What is typed on the pages of questions, checked, with a sentence for each thing that can be wrong."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as __
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length

from plugins.police_links.forms import Filled, strip
from plugins.police_links.questions.asking import LONGEST

TOO_LONG = __("This is too long. Use 300 letters at most.")


class QuestionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A question about to be put."""

    words = TextAreaField(
        __("Your question"),
        [Filled(__("Write your question first.")), Length(max=LONGEST, message=TOO_LONG)],
        filters=[strip],
        description=__("Ask about the ward, not about one person. Do not name anyone, and not yourself."),
    )


class MergeForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Several questions that ask the same, and the words for all of them."""

    picked = SelectMultipleField(__("Questions that ask the same"), choices=[])
    words = TextAreaField(
        __("One question for all that you ticked"),
        [Filled(__("Write the question that stands for all of them.")), Length(max=LONGEST, message=TOO_LONG)],
        filters=[strip],
    )

    def __init__(self, *args: Any, ids: list[str], **kwargs: Any) -> None:
        """Take the ids that may be picked."""
        super().__init__(*args, **kwargs)
        self.picked.choices = [(each, each) for each in ids]
        # One that was merged or left out since the page was read is refused by the service, with its own sentence.
        self.picked.validate_choice = False


class AnswerForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The answer to one question."""

    answer = TextAreaField(
        __("Answer"),
        [
            Filled(__("Write the answer first.")),
            Length(max=2000, message=__("This is too long. Use 2,000 letters at most.")),
        ],
        filters=[strip],
        description=__("Everyone can read it, and it goes into the weekly letter. Do not name anyone."),
    )


class HideForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why a question is left out."""

    reason = StringField(
        __("Why is it left out?"),
        [Filled(__("Say why.")), Length(max=200, message=__("This is too long. Use 200 letters at most."))],
        filters=[strip],
        description=__("Members read the reason, not the question. One sentence is enough, like: It names a person."),
    )
