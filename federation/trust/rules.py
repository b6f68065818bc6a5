"""What is shown by itself, and what waits for a person: decided from plain values, without a database.

Nothing is shown by itself that no rule names: an empty rule, an unknown label and an unknown level all wait.
Source: TLP 2.0 (FIRST, 2022) for the labels.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from core.crossing import ASSURANCE_LEVELS
from federation.activities import CAP_TERMS

ALL, NONE = "all", "none"
LABELS = ("CLEAR", "GREEN", "AMBER")
STRICT_LABELS = ("AMBER+STRICT", "RED")
"""Labels that let nobody read but those who were meant: what bears them is shown to those who review, and no others."""
URGENT_WAITS = timedelta(minutes=15)
LONGEST_RULE = 500

REASONS = ("category", "floor", "label", "strict", "refused")


class BadRule(ValueError):
    """The text names something that is no category, level or label; the message is a sentence."""


@dataclass(frozen=True)
class Rule:
    """What holds for one neighbour.

    `shown` is `all`, `none`, or categories with commas, each a CAP category (`Fire`), or one with a kind of event
    (`Security/burglary`). `floor` is a level of `ASSURANCE_LEVELS`, `accepts` the labels that may be shown at all.
    """

    shown: str = NONE
    floor: str = ASSURANCE_LEVELS[0]
    accepts: tuple[str, ...] = LABELS


@dataclass(frozen=True)
class Claim:
    """What an alert says of itself, as far as it matters here."""

    category: str
    event: str
    severity: str
    urgency: str
    tlp: str
    level: str

    @property
    def is_urgent(self) -> bool:
        """Whether people may have to act before somebody finds time to look."""
        return self.urgency == "Immediate" or self.severity == "Extreme"


@dataclass(frozen=True)
class Verdict:
    """Empty `reason`: it is shown now. Otherwise it waits; with `is_timed` for `URGENT_WAITS` at most."""

    reason: str = ""
    is_timed: bool = False

    @property
    def shows(self) -> bool:
        """Whether it is shown now."""
        return not self.reason


def judge(rule: Rule, claim: Claim) -> Verdict:
    """Return whether an alert is shown by itself, and if not, why."""
    if claim.tlp in STRICT_LABELS:
        return Verdict("strict")
    if claim.tlp not in rule.accepts:
        return Verdict("label")
    if rank(claim.level) < rank(rule.floor):
        return Verdict("floor", claim.is_urgent)
    if not _names(rule.shown, claim.category, claim.event):
        return Verdict("category", claim.is_urgent)
    return Verdict()


def rank(level: str) -> int:
    """Return the place of a level; one that we do not know is the least."""
    return ASSURANCE_LEVELS.index(level) if level in ASSURANCE_LEVELS else 0


def lower(one: str, other: str) -> str:
    """Return the lesser of two levels, in our own words for it."""
    return ASSURANCE_LEVELS[min(rank(one), rank(other))]


def _names(shown: str, category: str, event: str) -> bool:
    if shown == ALL:
        return True
    named = {part.casefold() for part in shown.split(",") if part}
    return bool(named & {category.casefold(), f"{category}/{event}".casefold()}) and shown != NONE


def tidy_shown(text: str) -> str:
    """Return a rule about categories in the one way it is written.

    Raises:
        BadRule: it names something that is no CAP category.
    """
    parts = [" ".join(part.split()) for part in text.replace("\n", ",").split(",")]
    wanted = list(dict.fromkeys(part for part in parts if part))
    for word in (ALL, NONE):
        if word in (part.casefold() for part in wanted):
            if len(wanted) > 1:
                raise BadRule(f"'{word}' stands alone.")
            return word
    found = [_tidy_part(part) for part in wanted]
    if len(",".join(found)) > LONGEST_RULE:
        raise BadRule(f"The list is longer than {LONGEST_RULE} letters.")
    return ",".join(found) or NONE


def _tidy_part(part: str) -> str:
    category, slash, event = part.partition("/")
    known = {name.casefold(): name for name in CAP_TERMS["category"]}
    name = known.get(category.strip().casefold())
    if name is None:
        raise BadRule(f"'{category.strip()[:40]}' is no category. Known are: {', '.join(sorted(known.values()))}.")
    return f"{name}/{event.strip()}" if slash and event.strip() else name


def tidy_accepts(labels: Collection[str]) -> tuple[str, ...]:
    """Return labels in their order.

    Raises:
        BadRule: one of them is none that can be accepted.
    """
    unknown = sorted(set(labels) - set(LABELS))
    if unknown:
        raise BadRule(f"'{unknown[0][:20]}' is not one of: {', '.join(LABELS)}.")
    return tuple(label for label in LABELS if label in labels)


def check_shown(value: str) -> str | None:
    """Return what is wrong with the setting, as a sentence, or None."""
    try:
        tidy_shown(value)
    except BadRule as problem:
        return f'{problem} An example: "Fire, Met, Security/burglary"'
    return None


def check_level(value: str) -> str | None:
    """Return what is wrong with the setting, as a sentence, or None."""
    return None if value in ASSURANCE_LEVELS else f"expected one of: {', '.join(ASSURANCE_LEVELS)}"
