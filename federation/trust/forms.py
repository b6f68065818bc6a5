"""What admins fill in about how far a neighbour is trusted."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import Length, Optional

from federation.trust import rules, words
from federation.trust.rules import BadRule, Rule

AS_FOR_ALL, CHOSEN = "", "chosen"


def _choices(labels: Any) -> list[SelectChoice]:
    return [SelectChoice(name, label) for name, label in labels.items()]


class TrustForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What is shown by itself, the least level, and which labels are accepted."""

    shown = RadioField(
        _("Which of their alerts are shown before somebody has looked?"),
        choices=_choices(
            {
                rules.NONE: _("None. Every alert waits until an admin or coordinator has looked."),
                CHOSEN: _("Only the kinds below"),
                rules.ALL: _("All of them"),
            }
        ),
        default=rules.NONE,
        validate_choice=False,  # what does not fit is said in our own words
    )
    categories = SelectMultipleField(_("These kinds"), choices=_choices(words.CATEGORIES), validate_choice=False)
    events = StringField(
        _("And only these single things"),
        description=_("Category, slash, thing, with commas between: Security/burglary, Security/robbery."),
        validators=[Optional(), Length(max=rules.LONGEST_RULE, message=_("Make it shorter: at most 500 letters."))],
    )
    floor = RadioField(
        _("How sure must they be who their members are?"),
        choices=_choices(words.LEVELS),
        default="none",
        validate_choice=False,
    )
    accepts = SelectMultipleField(
        _("Which alerts do you take from them?"),
        choices=_choices(words.LABELS),
        description=_("Alerts with another label wait until somebody has looked, however urgent."),
        validate_choice=False,
    )

    def start(self, rule: Rule) -> None:
        """Fill in what holds now."""
        parts = [part for part in rule.shown.split(",") if part not in (rules.ALL, rules.NONE)]
        self.shown.data = CHOSEN if parts else rule.shown
        self.categories.data = [part for part in parts if "/" not in part]
        self.events.data = ", ".join(part for part in parts if "/" in part)
        self.floor.data, self.accepts.data = rule.floor, list(rule.accepts)

    def rule(self) -> Rule | None:
        """Return what was filled in; None when something does not fit, with a sentence beside it."""
        shown, floor = self.shown.data, self.floor.data
        for field, known in ((self.shown, (rules.NONE, CHOSEN, rules.ALL)), (self.floor, tuple(words.LEVELS))):
            if field.data not in known:
                field.errors = [gettext("Choose one of these answers.")]
        accepts = self._accepts()
        if shown == CHOSEN:
            shown = self._chosen()
        return None if self.errors else Rule(str(shown), str(floor), accepts)

    def _accepts(self) -> tuple[str, ...]:
        try:
            return rules.tidy_accepts(self.accepts.data or ())
        except BadRule:
            self.accepts.errors = [gettext("Tick only what is on this list.")]
            return ()

    def _chosen(self) -> str:
        try:
            shown = rules.tidy_shown(",".join([*(self.categories.data or ()), self.events.data or ""]))
        except BadRule:
            names = ", ".join(words.CATEGORIES)
            example = gettext(
                "Write each like Security/burglary. The word before the slash is one of: %(names)s.", names=names
            )
            self.events.errors = [example]
            return rules.NONE
        if shown in (rules.ALL, rules.NONE):
            self.categories.errors = [gettext("Tick at least one kind, or choose “None” above.")]
        return shown
