"""What complainants, writers and those who handle complaints fill in. Errors say what is missing and why."""

from __future__ import annotations

import re
from typing import Any

import email_validator
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import Optional

from core import accounts
from plugins.ward_boards import markup
from plugins.ward_boards.complaints import course, others, papers

LONGEST_LINE, LONGEST_AREA = 200, 3000
_THREAD = re.compile(r"/threads/([0-9a-f]{32})")
_NUMBER = re.compile(r"#post-([0-9]{1,6})")


class _Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    def said(self, name: str) -> str:
        """Return a text field as it is stored."""
        return markup.clean(self[name].data or "").strip()

    def need(self, field: Any, sentence: str, most: int = LONGEST_AREA) -> None:
        """Refuse a text that is not there, or longer than can be handled."""
        length = len(markup.clean(field.data or "").strip())
        if not length:
            raise ValidationError(sentence)
        if length > most:
            raise ValidationError(gettext("Say it in fewer words: up to %(most)s letters.", most=most))


def check_email(text: str) -> str:
    """Return an address as mail can be sent to it.

    Raises:
        ValidationError: it is none.
    """
    try:
        return accounts.normal_email(text)
    except email_validator.EmailNotValidError:
        raise ValidationError(gettext("Write your e-mail address, like name@example.org.")) from None


class NoticeForm(_Form):
    """A notice under section 5 of the Defamation Act 2013. Source: SI 2013/3028, regulation 2."""

    link = StringField(
        _("Where does it stand?"), description=_("The link of the post. You find it beside each post, as its number.")
    )
    words = TextAreaField(_("Which words do you complain about?"), description=_("Copy them as they stand there."))
    meaning = TextAreaField(_("What do these words mean, as you understand them?"))
    why = TextAreaField(_("Why do they harm your good name?"))
    wrong = TextAreaField(
        _("What is wrong about them?"),
        description=_("Which facts are untrue, or which opinions have nothing behind them?"),
    )
    name = StringField(_("Your name"), description=_("The law wants your real name in such a notice."))
    email = StringField(_("Your e-mail address"), description=_("We write to you there what happens."))
    unknown = BooleanField(_("I do not know enough about the writer to take them to court"))
    tells_name = BooleanField(_("The writer may learn my name"))
    tells_email = BooleanField(_("The writer may learn my e-mail address"))

    def validate_link(self, field: Any) -> None:
        """The post must be named so that it can be found."""
        if not _THREAD.search(field.data or ""):
            raise ValidationError(gettext("Copy the link of the post here. It has /threads/ in it."))

    def validate_words(self, field: Any) -> None:
        """The words themselves."""
        self.need(field, gettext("Copy the words you complain about."))

    def validate_meaning(self, field: Any) -> None:
        """What they mean."""
        self.need(field, gettext("Say what the words mean to somebody who reads them."))

    def validate_why(self, field: Any) -> None:
        """Why they are defamatory."""
        self.need(field, gettext("Say why these words harm your good name."))

    def validate_wrong(self, field: Any) -> None:
        """Facts that are untrue or opinions without support."""
        self.need(field, gettext("Say which facts are untrue, or which opinions have nothing behind them."))

    def validate_name(self, field: Any) -> None:
        """A name."""
        self.need(field, gettext("Write your name. Without it the notice does not count."), LONGEST_LINE)

    def validate_email(self, field: Any) -> None:
        """An address to answer to."""
        check_email(field.data or "")

    def validate_unknown(self, field: Any) -> None:
        """The law asks for this statement."""
        if not field.data:
            raise ValidationError(
                gettext("Tick this if it is so. If you know who the writer is, write to them or to a lawyer instead.")
            )

    @property
    def place(self) -> tuple[str, int]:
        """The thread's id and the post's number that the link names; the first post when it names none."""
        thread, number = _THREAD.search(self.link.data), _NUMBER.search(self.link.data)
        return (thread.group(1) if thread else ""), int(number.group(1)) if number else 1

    def notice(self) -> papers.Notice:
        """Return what was filled in."""
        texts = {name: self.said(name) for name in ("name", "words", "why", "meaning", "wrong")}
        return papers.Notice(
            **texts,
            email=check_email(self.email.data),
            place=self.said("link"),
            tells_name=self.tells_name.data,
            tells_email=self.tells_email.data,
        )


class MatterForm(_Form):
    """Any other complaint."""

    text = TextAreaField(_("What is it about?"), description=_("What happened, and what should be done?"))
    link = StringField(_("Link of the post, if it is about one"), [Optional()])
    email = StringField(_("E-mail address for the answer"), [Optional()])

    def validate_text(self, field: Any) -> None:
        """Something must be said."""
        self.need(field, gettext("Write what you complain about."))

    def validate_email(self, field: Any) -> None:
        """An address, or nothing."""
        check_email(field.data or "")

    @property
    def place(self) -> tuple[str, int] | None:
        """The post that the link names, or None."""
        thread, number = _THREAD.search(self.link.data or ""), _NUMBER.search(self.link.data or "")
        return (thread.group(1), int(number.group(1)) if number else 1) if thread else None

    def matter(self) -> papers.Matter:
        """Return what was filled in."""
        return papers.Matter(self.said("text"), check_email(self.email.data) if self.said("email") else "")


class AnswerForm(_Form):
    """What the writer of a post does about a notice."""

    step = RadioField(_("What do you want to do?"), validate_choice=False)
    name = StringField(_("Your full name"), description=_("Only if you want to keep it."))
    address = TextAreaField(_("Your postal address"), description=_("Only if you want to keep it."))
    tells = RadioField(_("May we give your name and address to the one who complains?"), validate_choice=False)

    def prepare(self) -> None:
        """Fill in the choices."""
        self.step.choices = [
            (course.WITHDRAW, gettext("Take it down")),
            (course.KEEP, gettext("Keep it, and give my name and address")),
        ]
        self.tells.choices = [("no", gettext("No")), ("yes", gettext("Yes"))]

    def validate_step(self, field: Any) -> None:
        """One of the two."""
        if field.data not in (course.WITHDRAW, course.KEEP):
            raise ValidationError(gettext("Choose whether you take it down or keep it."))

    def validate_name(self, field: Any) -> None:
        """Wanted by the law from those who keep a post."""
        if self.step.data == course.KEEP:
            said = gettext("Write your name. The law asks for it if the post shall stay.")
            self.need(field, said, LONGEST_LINE)

    def validate_address(self, field: Any) -> None:
        """Wanted by the law from those who keep a post."""
        if self.step.data == course.KEEP:
            said = gettext("Write an address where letters reach you. The law asks for it if the post shall stay.")
            self.need(field, said, 500)

    def validate_tells(self, field: Any) -> None:
        """A plain yes or no."""
        if self.step.data == course.KEEP and field.data not in ("yes", "no"):
            raise ValidationError(gettext("Say whether we may pass them on. If you say no, only a court can get them."))

    def answer(self) -> papers.Answer | None:
        """Return the name and address of somebody who keeps their post, else None."""
        if self.step.data != course.KEEP:
            return None
        return papers.Answer(self.said("name"), self.said("address"), self.tells.data == "yes")


class CloseForm(_Form):
    """The answer to a complaint."""

    outcome = RadioField(_("What came of it?"), validate_choice=False)
    words = TextAreaField(
        _("Your answer"), description=_("It is sent to the one who complained. Name no member in it.")
    )

    def prepare(self) -> None:
        """Fill in the outcomes."""
        self.outcome.choices = list(others.outcome_labels().items())

    def validate_outcome(self, field: Any) -> None:
        """One of ours."""
        if field.data not in others.OUTCOMES:
            raise ValidationError(gettext("Choose what came of the complaint."))

    def validate_words(self, field: Any) -> None:
        """Everybody who complains gets an answer in words."""
        self.need(field, gettext("Write the answer in a few sentences."))


class ReceiptForm(_Form):
    """A receipt."""

    receipt = StringField(_("The number of your complaint"))
