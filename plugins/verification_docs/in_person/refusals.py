"""Why a verb at the counter was refused. Pages and API word them from `forms.SENTENCES`, by the name of the class."""

from __future__ import annotations


class CodeUnknown(LookupError):
    """No check has this code today: mistyped, too old, used up, or made anew. Which of these is not told."""


class OwnCheck(Exception):
    """A reviewer typed their own code."""


class KnowsMember(Exception):
    """The reviewer has declared this member as close to them."""


class OwnWard(Exception):
    """The home is in the reviewer's own ward, and this borough wants reviewers of another one."""


class SignedAlready(Exception):
    """This reviewer has signed before; the other signature must be somebody else's."""


class SignedByAnother(Exception):
    """Another reviewer signed a moment ago: the check is one step further than the page."""


class NotEnough(ValueError):
    """What was seen does not meet the rule of this borough."""


class Waits(Exception):
    """Both have signed, and somebody must first decide about something else."""
