"""Why a verb of a letter was refused. Pages and API word them from `forms.SENTENCES`, by the name of the class."""

from __future__ import annotations


class NotOffered(Exception):
    """No letter can be asked for: there is one, the address is proved or being looked at, or letters are off."""


class TooManyLetters(Exception):
    """Two letters in a month are the most, for each is paid for and rings at somebody's door."""


class NoLetter(LookupError):
    """There is no such letter (any more), or it is not the reviewer's to see; or the member waits for none."""


class PrintedByAnother(Exception):
    """Another reviewer has printed it since, so the code of the earlier print does not count."""
