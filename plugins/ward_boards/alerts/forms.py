"""The forms of the alerts, in the words of people; what they send becomes a draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from core.crossing import Recipient
from core.database import new_id
from core.wards import WardRow
from plugins.ward_boards.alerts import drafting
from plugins.ward_boards.alerts import vocabulary as words
from plugins.ward_boards.alerts.drafting import AlertDraft, UnfitDraft
from plugins.ward_boards.alerts.models import LOCAL_ID
from plugins.ward_boards.alerts.queries import AlertRow

LONDON = ZoneInfo("Europe/London")
EXACT, CHOSEN = "exact", "chosen"
TYPED_TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
SHOWN_AS_TYPED = ("headline", "description", "instruction", "event", "severity", "urgency", "certainty", "audience")


def _choices(labels: dict[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(name, label) for name, label in labels.items()]


class AlertForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A new alert, or the whole of a changed one."""

    headline = StringField(
        _("Headline"), description=_("One line that says what this is about. Do not name or describe a person.")
    )
    description = TextAreaField(
        _("What happened"), description=_("Where, when, and what people should know. Only what you are sure of.")
    )
    instruction = TextAreaField(
        _("What to do"), description=_("Tell people what they can do now. You may leave this empty.")
    )
    areas = SelectMultipleField(_("Where"), description=_("Members who live in these wards or follow them get a mail."))
    event = SelectField(
        _("What kind of thing is it?"),
        choices=_choices({"": _("Choose one"), **{kind.slug: kind.label for kind in words.KINDS}}),
    )
    category = SelectField(
        _("Who deals with it?"),
        choices=_choices({"": _("As usual for this kind"), **words.CATEGORIES}),
        description=_("Other systems sort alerts by this. The usual choice is mostly right."),
    )
    severity = RadioField(_("How bad can it get?"), choices=_choices(words.SEVERITIES))
    urgency = RadioField(_("How soon must people act?"), choices=_choices(words.URGENCIES))
    certainty = RadioField(_("How sure are you?"), choices=_choices(words.CERTAINTIES))
    onset = DateTimeLocalField(
        _("When does it start?"),
        format=TYPED_TIMES,
        description=_("London time. Leave this empty if it has started already."),
    )
    expires_in = RadioField(
        _("When does it end?"),
        choices=_choices({**words.EXPIRY_CHOICES, EXACT: _("At the time below")}),
        default="24",
        description=_("It then disappears by itself, here and in other boroughs. At most 30 days."),
    )
    expires_at = DateTimeLocalField(
        _("Ends at"), format=TYPED_TIMES, description=_("London time. Only if you chose the last answer.")
    )
    audience = RadioField(
        _("Who may read it?"),
        choices=_choices(words.AUDIENCES),
        default="borough",
    )
    peers = SelectMultipleField(
        _("Which boroughs?"),
        choices=[],
        description=_("Only if you chose “in chosen boroughs” above. Nobody else gets it."),
    )
    form_id = HiddenField()
    revision = HiddenField()
    neighbours: Sequence[Recipient] = ()

    def offer_peers(self, neighbours: Sequence[Recipient]) -> None:
        """Offer the neighbouring boroughs by name, where there are any that can get an alert."""
        self.neighbours = neighbours
        self.peers.choices = [SelectChoice(each.id, each.name) for each in neighbours if each.can_be_chosen]
        if self.peers.choices:
            self._offer_chosen()

    def _offer_chosen(self) -> None:
        here, *wider = self.audience.choices
        if CHOSEN not in (choice.value for choice in wider):
            self.audience.choices = [here, SelectChoice(CHOSEN, words.CHOSEN_PEERS_LABEL), *wider]

    def offer_areas(self, boards: Iterable[WardRow], allowed: Iterable[str], borough_label: str) -> None:
        """Offer only the areas the viewer may issue alerts for, the whole borough first."""
        held = frozenset(allowed)
        self.areas.choices = [
            SelectChoice(ward.code, borough_label if ward.kind == "borough" else ward.name)
            for ward in boards
            if ward.code in held
        ]

    def start(self) -> None:
        """Fill in what a new form needs."""
        self.form_id.data = new_id()
        if len(self.areas.choices) == 1:
            self.areas.data = [self.areas.choices[0].value]

    def show(self, row: AlertRow) -> None:
        """Fill in an alert as it stands."""
        for name in SHOWN_AS_TYPED:
            getattr(self, name).data = getattr(row, name)
        kind = words.KIND_BY_SLUG.get(row.event)
        self.category.data = "" if kind and kind.category == row.category else row.category
        self.areas.data = list(row.areas)
        self.onset.data = row.onset.astimezone(LONDON).replace(tzinfo=None, second=0)
        if peers := drafting.peers_of(row.audience):
            self.audience.data, self.peers.data = CHOSEN, list(peers)
        self.expires_in.data = EXACT
        self.expires_at.data = row.expires.astimezone(LONDON).replace(tzinfo=None, second=0)
        self.revision.data = str(row.revision)

    def keep_audience(self, audience: str) -> None:
        """Offer the boroughs that an alert was sent to, also those that are no neighbours any more."""
        peers = drafting.peers_of(audience)
        if peers:
            known = {choice.value for choice in self.peers.choices}
            unknown = [SelectChoice(peer, str(_("The borough with the id %(id)s", id=peer))) for peer in peers]
            self.peers.choices = [*self.peers.choices, *(each for each in unknown if each.value not in known)]
            self._offer_chosen()

    def draft(self, *, now: datetime) -> AlertDraft:
        """Return what was filled in; what is missing is empty, so that the checks can say so."""
        event, is_chosen = self.event.data or "", self.audience.data == CHOSEN
        kind = words.KIND_BY_SLUG.get(event)
        return AlertDraft(
            headline=self.headline.data or "",
            description=self.description.data or "",
            instruction=self.instruction.data or "",
            category=self.category.data or (kind.category if kind else ""),
            event=event,
            severity=self.severity.data or "",
            urgency=self.urgency.data or "",
            certainty=self.certainty.data or "",
            areas=tuple(self.areas.data or ()),
            onset=_aware(self.onset.data) or now,
            expires=self._expires(now),
            audience=drafting.audience_of(self.peers.data or ()) if is_chosen else self.audience.data or "",
        )

    def say(self, faults: dict[str, str]) -> None:
        """Put each sentence beside its field."""
        for name, sentence in faults.items():
            if name == "expires":
                name = "expires_at" if self.expires_in.data == EXACT else "expires_in"
            if name == "audience" and self.audience.data == CHOSEN and not self.peers.data:
                name, sentence = "peers", str(_("Tick at least one borough, or choose another answer above."))
            field = self[name]
            field.errors = [*field.errors, sentence]

    def require_readable(self) -> None:
        """Pass when every time that was typed could be read.

        Raises:
            UnfitDraft: with a sentence for each that could not; an empty one is the draft's own matter.
        """
        sentence = str(_("Write the day and time like 2026-08-31T18:30."))
        typed = [field for field in (self.onset, self.expires_at) if field.raw_data and any(field.raw_data)]
        if faults := {field.name: sentence for field in typed if field.data is None}:
            raise UnfitDraft(faults)

    def _expires(self, now: datetime) -> datetime | None:
        chosen = self.expires_in.data
        if chosen == EXACT:
            return _aware(self.expires_at.data)
        return now + timedelta(hours=int(chosen)) if chosen in words.EXPIRY_CHOICES else None


class CancelForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why an alert is taken back."""

    reason = TextAreaField(
        _("Why do you cancel it?"), description=_("Everyone who could read it sees this, in other boroughs too.")
    )
    revision = HiddenField()


def revision_of(field: Any) -> int:
    """Return the revision the form was made from; 0 (never current) when it was tampered with."""
    text = str(field.data or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def form_id_of(form: AlertForm) -> str | None:
    """Return the id chosen when the form was shown, or None when it is not one of ours."""
    text = str(form.form_id.data or "")
    return text if LOCAL_ID.fullmatch(text) else None


def _aware(local: datetime | None) -> datetime | None:
    return None if local is None else local.replace(tzinfo=LONDON).astimezone(UTC)
