"""The shared vocabulary of facts. A plugin appends them with its own rows; others learn after commit.

No event carries evidence, an e-mail address, or the member behind a post that hides them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid4().hex


@dataclass(frozen=True, kw_only=True)
class Event:
    """What all facts have: an id, when it happened (aware UTC) and the version of its shape."""

    id: str = field(default_factory=_new_id)
    occurred_at: datetime = field(default_factory=_now)
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class AlertSnapshot:
    """A whole alert at one revision, with the field names of CAP 1.2; no author of any kind.

    `areas` are GSS codes of wards or of the borough. `audience` is `borough`, `all_verified`,
    `public`, or peer ids joined by commas. `state` is `active` or `cancelled`.
    Source: OASIS CAP 1.2 (2010), section 3.2.
    """

    alert_id: str
    revision: int
    state: str
    headline: str
    description: str
    instruction: str
    category: str
    event: str
    severity: str
    urgency: str
    certainty: str
    areas: tuple[str, ...]
    onset: datetime
    sent: datetime
    expires: datetime
    audience: str
    note: str = ""
    """Why it was cancelled, in the officer's words; empty unless cancelled."""


@dataclass(frozen=True, kw_only=True)
class MemberJoined(Event):
    """An account exists; nothing about the person is known yet."""

    member_id: str


@dataclass(frozen=True, kw_only=True)
class MemberVerified(Event):
    """A member is verified for a home ward until a day (ISO date)."""

    member_id: str
    ward_code: str
    until: str


@dataclass(frozen=True, kw_only=True)
class MembershipLapsed(Event):
    """A verification ended by time or by revocation; alias and posts stay."""

    member_id: str


@dataclass(frozen=True, kw_only=True)
class MemberSuspended(Event):
    """An account was closed to its holder."""

    member_id: str


@dataclass(frozen=True, kw_only=True)
class EvidenceSubmitted(Event):
    """A case waits for a reviewer."""

    case_id: str


@dataclass(frozen=True, kw_only=True)
class EvidenceDecided(Event):
    """A reviewer decided an item of a case; `outcome` is `accepted` or `rejected`."""

    case_id: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class PostPublished(Event):
    """A post is on the boards; `is_first` when it opened the thread."""

    post_id: str
    thread_id: str
    ward_codes: tuple[str, ...]
    is_first: bool


@dataclass(frozen=True, kw_only=True)
class PostHidden(Event):
    """A post was taken from the boards."""

    post_id: str
    thread_id: str


@dataclass(frozen=True, kw_only=True)
class PostRestored(Event):
    """A hidden post is back."""

    post_id: str
    thread_id: str


@dataclass(frozen=True, kw_only=True)
class VoiceStopped(Event):
    """A coordinator stopped a voice that no member can be found behind; its posts are to be taken from the boards.

    `ref` is what its posts bear; `role` and `ward_code` say as whom the coordinator acted.
    """

    ref: str
    role: str
    ward_code: str


@dataclass(frozen=True, kw_only=True)
class AlertIssued(Event):
    """An alert of this instance was created or updated: the whole of it."""

    alert: AlertSnapshot


@dataclass(frozen=True, kw_only=True)
class AlertWithdrawn(Event):
    """An alert of this instance was cancelled: the whole of it, `state` is `cancelled`."""

    alert: AlertSnapshot


@dataclass(frozen=True, kw_only=True)
class ContactSessionBooked(Event):
    """A place at a contact session was taken."""

    session_id: str


@dataclass(frozen=True, kw_only=True)
class ContactSessionCancelled(Event):
    """A contact session will not take place."""

    session_id: str


@dataclass(frozen=True, kw_only=True)
class RemoteAlertReceived(Event):
    """A verified neighbour's alert may be shown here, or was taken back; any revision. `origin` is the peer's id."""

    origin: str
    origin_name: str
    alert: AlertSnapshot


@dataclass(frozen=True, kw_only=True)
class PeerBlocked(Event):
    """A neighbour may no longer send or receive; what it sent must no longer be shown."""

    origin: str


@dataclass(frozen=True, kw_only=True)
class WardsChanged(Event):
    """A boundary review changed a ward of ours on a day (ISO date): what belongs to it belongs to its successors too.

    `new_codes` are sorted by the part of the old ward they took, the largest first. With the old code among them the
    ward goes on; else it has ended. `kind` is `rename`, `split`, `merge` or `end` (the borough itself succeeds).
    """

    old_code: str
    new_codes: tuple[str, ...]
    kind: str
    on: str


EVENT_TYPES: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        MemberJoined,
        MemberVerified,
        MembershipLapsed,
        MemberSuspended,
        EvidenceSubmitted,
        EvidenceDecided,
        PostPublished,
        PostHidden,
        PostRestored,
        VoiceStopped,
        AlertIssued,
        AlertWithdrawn,
        ContactSessionBooked,
        ContactSessionCancelled,
        RemoteAlertReceived,
        PeerBlocked,
        WardsChanged,
    )
}
