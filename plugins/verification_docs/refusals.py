"""Why a verb of a case was refused. Pages and API put each into words of their own."""

from __future__ import annotations


class NotNow(ValueError):
    """The paper is not asked for: it waits, or was accepted already; only what failed may be sent again."""


class PostcodeRefused(ValueError):
    """The postcode is not one of this borough's homes; `code` is core's refusal, or `missing`."""

    def __init__(self, code: str) -> None:
        """Keep the code; the page words it."""
        super().__init__(code)
        self.code = code


class OwnCase(Exception):
    """A reviewer reached for their own case."""


class CloseCase(Exception):
    """The reviewer named this member as close to them, or is kept from cases of their own ward."""


class CaseGone(LookupError):
    """There is no such open case, or it is not the asker's."""


class ClaimedByAnother(Exception):
    """Another reviewer is looking at the case just now."""


class NotClaimed(Exception):
    """The case must be opened, with a reason, before anything in it may be seen or decided."""


class AlreadyDecided(Exception):
    """Somebody was quicker: the paper was decided, replaced or taken back."""


class BadReason(ValueError):
    """A paper can only be sent back with a reason that fits its kind."""


class NumberMissing(ValueError):
    """A photo document without the number on it: nothing could be compared."""


class NumberFirst(Exception):
    """The photo document cannot be accepted before a reviewer has read its number as the member typed it."""


class NoTriesLeft(Exception):
    """The reviewer has typed the number wrong three times, or asks for an override that is not theirs to ask."""


class TriedBefore(Exception):
    """The reviewer failed to read the number of this case, or asked for an override: somebody else must go on."""


class OnHold(Exception):
    """Nothing goes on before somebody has decided about something else; members hear only that it takes longer."""


class TookPart(Exception):
    """The reviewer found it, decided in it before, or knows one of the two: a third one must decide."""
