"""The course of a notice: which step leads from which state to which. Pure.

Source: SI 2013/3028, schedule: send it on or take the post down in 48 hours; an answer in five days; tell each time.
"""

from __future__ import annotations

RECEIVED, FORWARDED, KEPT, REMOVED, CLOSED = STATES = ("received", "forwarded", "kept", "removed", "closed")
OPEN = (RECEIVED, FORWARDED)

FORWARD, READ, KEEP, WITHDRAW = "forward", "read", "keep", "withdraw"
UNREACHABLE, SILENT, STAFF, GONE, LACKING = "unreachable", "silent", "staff", "gone", "lacking"

_COURSE = {
    RECEIVED: {
        FORWARD: FORWARDED,
        READ: FORWARDED,
        KEEP: KEPT,
        WITHDRAW: REMOVED,
        UNREACHABLE: REMOVED,
        STAFF: REMOVED,
        GONE: CLOSED,
        LACKING: CLOSED,
    },
    FORWARDED: {KEEP: KEPT, WITHDRAW: REMOVED, SILENT: REMOVED, STAFF: REMOVED, GONE: CLOSED},
}
STEPS = tuple(dict.fromkeys(step for steps in _COURSE.values() for step in steps))
TAKES_DOWN = frozenset({UNREACHABLE, SILENT, STAFF})
"""Steps after which a post that is still to be read is hidden."""


class NotNow(Exception):
    """The notice is past this step, or not yet there."""


def after(state: str, step: str) -> str:
    """Return the state that a step leads to.

    Raises:
        NotNow: it cannot be taken from here.
    """
    found = _COURSE.get(state, {}).get(step)
    if found is None:
        raise NotNow(f"{step} in {state}")
    return found


def when_due(state: str, *, is_there: bool, has_mail: bool) -> str:
    """Return the step that the clock takes when nobody took another in time."""
    if not is_there:
        return GONE
    if state == FORWARDED:
        return SILENT
    return FORWARD if has_mail else UNREACHABLE
