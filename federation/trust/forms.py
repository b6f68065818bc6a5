"""What admins fill in about how far a neighbour is trusted."""

from __future__ import annotations

from typing import Any

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
    )
    categories = SelectMultipleField(_("These kinds"), choices=_choices(words.CATEGORIES))
    events = StringField(
        _("And only these single things"),
        description=_("Category, slash, thing, with commas between: Security/burglary, Security/robbery."),
        validators=[Optional(), Length(max=rules.LONGEST_RULE)],
    )
    floor = RadioField(
        _("How sure must they be who their members are?"),
        choices=_choices(words.LEVELS),
        default="none",
    )
    accepts = SelectMultipleField(
        _("Which alerts do you take from them?"),
        choices=_choices(words.LABELS),
        description=_("Alerts with another label wait until somebody has looked, however urgent."),
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
        shown = self.shown.data or rules.NONE
        try:
            if shown == CHOSEN:
                shown = rules.tidy_shown(",".join([*(self.categories.data or ()), self.events.data or ""]))
                if shown in (rules.ALL, rules.NONE):
                    raise BadRule(str(_("Choose at least one kind, or choose “None” above.")))
            return Rule(shown, str(self.floor.data), rules.tidy_accepts(self.accepts.data or ()))
        except BadRule as problem:
            field = self.events if self.events.data else self.categories
            field.errors = [*field.errors, str(problem)]
            return None
