"""An alert as it crosses the border: an ActivityStreams activity with CAP's terms, and nobody's name.

The activity is built from the `AlertSnapshot` alone, which has no author; the instance is the actor.
Every revision is the whole alert, so that any one of them can stand in for those before it.
Source: ActivityStreams 2.0 (W3C, 2017), OASIS CAP 1.2 section 3.2.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.events import AlertSnapshot

CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/data-integrity/v1",
    {"bw": "urn:boroughwatch:terms:", "cap": "urn:oasis:names:tc:emergency:cap:1.2:"},
]
ACTOR_PATH = "/fed/v1/instance"
LONGEST_LIFE = timedelta(days=31)
LARGEST_CLOCK_GAP = timedelta(minutes=10)
MOST_AREAS = 40
CAP_TERMS = {
    "category": {"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE"}
    | {"Other"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
}
TEXTS = {  # field of the snapshot: (name on the wire, longest, may be empty)
    "headline": ("name", 300, False),
    "description": ("content", 20_000, True),
    "instruction": ("bw:instruction", 10_000, True),
    "event": ("cap:event", 200, True),
    "note": ("bw:note", 2_000, True),
}
TIMES = {"onset": "startTime", "sent": "updated", "expires": "endTime"}
SCOPES = {"all_verified", "public", "peers"}
TLP_LABELS = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}


class BadActivity(ValueError):
    """The activity cannot be taken in; `code` names the reason."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep a code for machines and a sentence for people."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True)
class Received:
    """An alert read from a neighbour's activity; `recalled` when the origin takes its copy back.

    Nothing of `alert` but its id and revision means anything when it was recalled. `scope` is the narrower of what
    the origin's distribution and its label say; `assurance` is what it claims, in its own word.
    """

    alert: AlertSnapshot
    scope: str
    recalled: bool = False
    tlp: str = "AMBER"
    assurance: str = ""


def actor_of(base_url: str) -> str:
    """Return the name of an instance as an actor."""
    return base_url + ACTOR_PATH


def scope_of(audience: str) -> str:
    """Return how the audience is named on the wire: a list of neighbours is never spelled out to any of them."""
    return audience if audience in ("all_verified", "public") else "peers"


def tlp_of(audience: str) -> str:
    """Return the label of the Traffic Light Protocol 2.0 (FIRST, 2022) that an audience comes to."""
    return {"public": "CLEAR", "all_verified": "GREEN"}.get(audience, "AMBER")


def to_activity(alert: AlertSnapshot, kind: str, base_url: str, recipient_url: str) -> dict[str, Any]:
    """Return the unsigned activity for one neighbour; `kind` is Create, Update or Delete (a recall)."""
    uri = f"{base_url}/alerts/{alert.alert_id}"
    body = _tombstone(uri, alert) if kind == "Delete" else _note(uri, alert, base_url)
    return {
        "@context": CONTEXT,
        "id": f"{uri}#{kind.lower()}-{alert.revision}",
        "type": kind,
        "actor": actor_of(base_url),
        "to": [actor_of(recipient_url)],
        "published": written(alert.sent),
        "bw:tlp": f"TLP:{tlp_of(alert.audience)}",
        "bw:distribution": {"scope": scope_of(alert.audience), "max_hops": 0},
        "object": body,
    }


def _note(uri: str, alert: AlertSnapshot, base_url: str) -> dict[str, Any]:
    note: dict[str, Any] = {
        "id": uri,
        "type": "Note",
        "attributedTo": actor_of(base_url),
        "mediaType": "text/plain",
        "bw:revision": alert.revision,
        "bw:state": alert.state,
        "location": [{"type": "Place", "bw:gss": code} for code in alert.areas],
    }
    note.update({name: getattr(alert, field) for field, (name, _longest, _empty) in TEXTS.items()})
    note.update({f"cap:{field}": getattr(alert, field) for field in CAP_TERMS})
    note.update({name: written(getattr(alert, field)) for field, name in TIMES.items()})
    return note


def _tombstone(uri: str, alert: AlertSnapshot) -> dict[str, Any]:
    return {"id": uri, "type": "Tombstone", "bw:revision": alert.revision, "deleted": written(alert.sent)}


def written(moment: datetime) -> str:
    """Return a moment in RFC 3339, UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_activity(activity: dict[str, Any], origin_url: str, our_url: str, moment: datetime) -> Received:
    """Read a neighbour's activity; every field is checked, whoever signed it.

    Raises:
        BadActivity: `actor_mismatch`, `not_addressed`, `unknown_type` or `bad_field` (the sentence names it).
    """
    _check_envelope(activity, origin_url, our_url)
    body = activity["object"]
    prefix = f"{origin_url}/alerts/"
    uri = body.get("id")
    if not isinstance(uri, str) or not re.fullmatch(r"[0-9A-Za-z-]{8,64}", uri.removeprefix(prefix)):
        raise BadActivity("actor_mismatch", "The alert's id does not lie at the sender's own address.")
    alert_id, revision = uri.removeprefix(prefix), _revision(body)
    if activity["type"] == "Delete":
        return Received(_recalled(alert_id, revision, moment), "peers", recalled=True)
    if body.get("type") != "Note" or body.get("attributedTo") != actor_of(origin_url):
        raise BadActivity("actor_mismatch", "The alert is not the sender's own.")
    texts = {field: _text(body, *limits) for field, limits in TEXTS.items()}
    terms = {field: _one_of(body, f"cap:{field}", known) for field, known in CAP_TERMS.items()}
    times = {field: _moment(body, name) for field, name in TIMES.items()}
    rest: dict[str, Any] = {**texts, **terms, **times}
    alert = AlertSnapshot(
        alert_id=alert_id,
        revision=revision,
        state=_one_of(body, "bw:state", {"active", "cancelled"}),
        areas=_areas(body),
        audience="borough",  # one hop only: our copy goes nowhere else
        **rest,
    )
    _check_times(alert, moment)
    tlp, level = _label(activity), activity.get("bw:assurance")
    scope = _narrower(str(activity["bw:distribution"]["scope"]), tlp)
    return Received(alert, scope, tlp=tlp, assurance=level[:20] if isinstance(level, str) else "")


def _label(activity: dict[str, Any]) -> str:
    """Return the label without its prefix; one that is missing or that we do not know is AMBER."""
    label = activity.get("bw:tlp")
    name = label.removeprefix("TLP:") if isinstance(label, str) else ""
    return name if name in TLP_LABELS else "AMBER"


def _narrower(scope: str, tlp: str) -> str:
    widest = {"CLEAR": "public", "GREEN": "all_verified"}.get(tlp, "peers")
    return max(scope, widest, key=("public", "all_verified", "peers").index)


def _check_envelope(activity: dict[str, Any], origin_url: str, our_url: str) -> None:
    if activity.get("type") not in ("Create", "Update", "Delete") or not isinstance(activity.get("object"), dict):
        raise BadActivity("unknown_type", "Only Create, Update and Delete of a whole alert are taken.")
    if activity.get("actor") != actor_of(origin_url):
        raise BadActivity("actor_mismatch", "The actor is not the instance that signed the message.")
    if activity.get("to") != [actor_of(our_url)]:
        raise BadActivity("not_addressed", "The message is addressed to another instance.")
    plan = activity.get("bw:distribution")
    if not isinstance(plan, dict) or plan.get("scope") not in SCOPES or plan.get("max_hops") != 0:
        raise BadActivity("bad_field", "bw:distribution needs a known scope and max_hops 0.")


def _recalled(alert_id: str, revision: int, moment: datetime) -> AlertSnapshot:
    return AlertSnapshot(
        alert_id=alert_id,
        revision=revision,
        state="cancelled",
        headline="",
        description="",
        instruction="",
        category="Other",
        event="",
        severity="Unknown",
        urgency="Unknown",
        certainty="Unknown",
        areas=(),
        onset=moment,
        sent=moment,
        expires=moment,
        audience="borough",
    )


def _revision(body: dict[str, Any]) -> int:
    revision = body.get("bw:revision")
    if type(revision) is not int or not 1 <= revision <= 1_000_000:
        raise BadActivity("bad_field", "bw:revision must be a whole number from 1.")
    return revision


def _text(body: dict[str, Any], name: str, longest: int, may_be_empty: bool) -> str:
    text = body.get(name)
    if not isinstance(text, str) or len(text) > longest or not (text.strip() or may_be_empty):
        raise BadActivity("bad_field", f"{name} must be a text of at most {longest} characters.")
    if any(ord(character) < 32 and character not in "\n\r\t" for character in text):
        raise BadActivity("bad_field", f"{name} holds control characters.")
    return text


def _one_of(body: dict[str, Any], name: str, terms: set[str]) -> str:
    value = body.get(name)
    if not isinstance(value, str) or value not in terms:
        raise BadActivity("bad_field", f"{name} must be one of: {', '.join(sorted(terms))}.")
    return value


def _moment(body: dict[str, Any], name: str) -> datetime:
    value = body.get(name)
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value, re.ASCII):
        raise BadActivity("bad_field", f"{name} must be a time like 2026-11-22T18:00:00Z.")
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadActivity("bad_field", f"{name} is not a time on any calendar.") from None


def _areas(body: dict[str, Any]) -> tuple[str, ...]:
    places = body.get("location")
    if not isinstance(places, list) or not 1 <= len(places) <= MOST_AREAS:
        raise BadActivity("bad_field", f"location must list 1 to {MOST_AREAS} places.")
    codes = [place.get("bw:gss") if isinstance(place, dict) else None for place in places]
    if not all(isinstance(code, str) and re.fullmatch(r"E0[59]\d{6}", code, re.ASCII) for code in codes):
        raise BadActivity("bad_field", "location: each place needs the GSS code of a ward or borough.")
    return tuple(dict.fromkeys(str(code) for code in codes))


def _check_times(alert: AlertSnapshot, moment: datetime) -> None:
    if alert.sent > moment + LARGEST_CLOCK_GAP:
        raise BadActivity("bad_field", "updated lies in the future.")
    if not alert.sent < alert.expires <= alert.sent + LONGEST_LIFE and alert.state == "active":
        raise BadActivity("bad_field", "endTime must follow updated, by 31 days at most.")


def local_id(instance_id: str, alert_id: str) -> str:
    """Return a name for a neighbour's alert that no other neighbour can take: a digest of both ids."""
    return hashlib.sha256(f"{instance_id}\0{alert_id}".encode()).hexdigest()[:32]


def renamed(alert: AlertSnapshot, alert_id: str) -> AlertSnapshot:
    """Return the alert under another id."""
    return replace(alert, alert_id=alert_id)
