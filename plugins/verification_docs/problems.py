"""The services' refusals as problems of the API, each saying what to do."""

from __future__ import annotations

from typing import NoReturn

from core.cleaning import intake
from core.web.api import Problem
from plugins.verification_docs import forms, refusals
from plugins.verification_docs.duplicates import forms as number_forms
from plugins.verification_docs.duplicates import pepper, tags
from plugins.verification_docs.in_person import forms as counter_forms
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.letter import forms as letter_forms


class words:  # noqa: N801  # reads as a verb in `with words():`
    """Turns the services' refusals into problems that say what to do."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        """Raise the problem that stands for this refusal; others pass through."""
        if isinstance(problem, Exception):
            _reword(problem)


def _reword(problem: Exception) -> NoReturn | None:
    if isinstance(problem, intake.FileRefused):
        raise Problem(422, "The file was not taken", str(problem), code=problem.code) from None
    if isinstance(problem, refusals.PostcodeRefused):
        sentence = str(forms.POSTCODE_SENTENCES[problem.code])
        raise Problem(422, "The postcode was not taken", sentence, code=problem.code) from None
    if isinstance(problem, tags.Unreadable):
        detail = f"'{problem.field}' has nothing in it that could be compared."
        raise Problem(422, "Cannot be compared", detail, code=problem.field) from None
    _reword_ways_without_papers(problem)
    found = _known().get(type(problem))
    if found is not None:
        status, title, detail = found
        raise Problem(status, title, detail, code=type(problem).__name__) from None
    return None


def _known() -> dict[type[Exception], tuple[int, str, str]]:
    return {
        refusals.NotNow: (
            409,
            "Not asked for",
            "This paper waits or was accepted; only what was sent back may be resent.",
        ),
        key_services.TooFewReviewers: (503, "No reviewer could open it", str(forms.NO_REVIEWERS)),
        refusals.NumberFirst: (409, "The number first", str(forms.NUMBER_FIRST)),
        refusals.NoTriesLeft: (
            409,
            "No try left",
            "Send the paper back, or ask for an override if you are the second.",
        ),
        refusals.TriedBefore: (403, "You have tried", "Another reviewer must go on with this case."),
        refusals.TookPart: (403, "A third must decide", "You found it, decided in it before, or know one of the two."),
        refusals.OnHold: (409, "On hold", str(forms.MORE_TIME)),
        pepper.PepperRefused: (503, "Not set up", "The key of tags cannot be used; 'boroughwatch doctor' says more."),
        tags.Busy: (503, "Busy", str(number_forms.BUSY)),
        refusals.CaseGone: (404, "No such case", "It may have been decided or taken back."),
        refusals.OwnCase: (403, "Your own case", "Another reviewer must look at it."),
        refusals.CloseCase: (403, "Somebody close to you", "Another reviewer must look at it."),
        refusals.ClaimedByAnother: (409, "Another reviewer has it", "Take the next one in the queue."),
        refusals.NotClaimed: (409, "Claim it first", "POST to the case's 'claim'; it is held for 30 minutes."),
        refusals.AlreadyDecided: (409, "Decided already", "This paper was decided or replaced a moment ago."),
        refusals.BadReason: (422, "Unknown reason", "Send a reason code that fits this kind of paper."),
    }


def _reword_ways_without_papers(problem: Exception) -> None:
    sentence: str | None = {**counter_forms.SENTENCES, **letter_forms.SENTENCES}.get(type(problem))
    if sentence is not None:
        status = 404 if isinstance(problem, LookupError) else 422 if isinstance(problem, ValueError) else 409
        raise Problem(status, "Not possible now", str(sentence), code=type(problem).__name__) from None
