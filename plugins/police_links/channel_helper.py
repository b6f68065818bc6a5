"""Which way is right for me? A small tree: at most four questions, each answered yes or no, then one answer.

A place in the tree is written as the answers so far, like `nny`; so the page needs no cookie and no script,
and tells nobody anything about the one who asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

MOST_QUESTIONS = 4
_TREE: dict[str, str] = {
    "": "now",
    "n": "over",
    "ny": "fraud",
    "nyn": "unnamed",
    "nn": "going_on",
    "nny": "unnamed",
    "y": "=emergency",
    "nyy": "=report_fraud",
    "nyny": "=crimestoppers",
    "nynn": "=report_online",
    "nnyy": "=crimestoppers",
    "nnyn": "=contact_session",
    "nnn": "=board",
}


@dataclass(frozen=True)
class Step:
    """A question (with the paths its two answers lead to), or an end (with the kind of door it names)."""

    path: str
    question: str = ""
    hint: str = ""
    end: str = ""
    number: int = 1


def step(path: str) -> Step | None:
    """Return what to show after these answers, or None when there is no such place in the tree."""
    found = _TREE.get(path)
    if found is None:
        return None
    if found.startswith("="):
        return Step(path, end=found[1:], number=len(path))
    question, hint = _question(found)
    return Step(path, question=question, hint=hint, number=len(path) + 1)


def _question(name: str) -> tuple[str, str]:
    questions = {
        "now": (
            _("Is someone in danger, or is it happening right now?"),
            _("Someone is hurt or threatened, or the person who did it is still there."),
        ),
        "over": (
            _("Is it a crime that is over?"),
            _("Something was stolen or broken, someone was hurt, or someone was cheated."),
        ),
        "fraud": (
            _("Did someone cheat you out of money, or try to?"),
            _("A false caller, a false shop, a false message from a bank."),
        ),
        "unnamed": (
            _("Must the police not know who you are?"),
            _("Then a charity can pass on what you know, without your name."),
        ),
        "going_on": (
            _("Does it go on and on, and should the police know?"),
            _("Noise, drug dealing, or trouble in the same place again and again."),
        ),
    }
    return questions[name]


def paths() -> tuple[str, ...]:
    """Return every place in the tree."""
    return tuple(_TREE)
