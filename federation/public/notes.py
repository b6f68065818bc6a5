"""A public alert as an ActivityStreams `Note`: HTML for those who know nothing of alerts, CAP's terms for the rest.

Built from the `AlertSnapshot` alone, which has no author. Source: FEDERATION 5.5, OASIS CAP 1.2 section 3.2.
"""

from __future__ import annotations

import re
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core import wards
from core.events import AlertSnapshot
from federation import proofs
from federation.activities import CAP_TERMS, written
from federation.public import actor, keys

CONTEXT: list[Any] = [
    actor.AS2_CONTEXT,
    actor.PROOF_CONTEXT,
    {"bw": "urn:boroughwatch:terms:", "cap": "urn:oasis:names:tc:emergency:cap:1.2:", "Hashtag": "as:Hashtag"},
]
CAP_MIMETYPE = "application/cap+xml"


def note_id(alert_id: str) -> str:
    """Return the id of an alert's Note, which is its address."""
    return f"{actor.base()}/public/alerts/{alert_id}"


def note(alert: AlertSnapshot, published: str) -> dict[str, Any]:
    """Return the whole alert as a Note, without context; `published` is when it first was public."""
    page = actor.page_of(alert.alert_id)
    found: dict[str, Any] = {
        "id": note_id(alert.alert_id),
        "type": "Note",
        "attributedTo": actor.actor_id(),
        "to": [actor.PUBLIC],
        "cc": [f"{actor.actor_id()}/followers"],
        "name": alert.headline,
        "content": html(alert, page),
        "published": published,
        "updated": written(alert.sent),
        "startTime": written(alert.onset),
        "endTime": written(alert.expires),
        "url": page,
        "attachment": [{"type": "Document", "mediaType": CAP_MIMETYPE, "url": f"{page}.cap", "name": "CAP 1.2"}],
        "tag": _tags(alert.event),
        "location": [{"type": "Place", "name": wards.name_of(code), "bw:gss": code} for code in alert.areas],
        "bw:revision": alert.revision,
        "bw:state": alert.state,
        "bw:status": "Actual",
        "bw:tlp": "CLEAR",
        "bw:event": alert.event,
        "bw:instruction": alert.instruction,
        "bw:note": alert.note,
    }
    found.update({f"cap:{term}": getattr(alert, term) for term in CAP_TERMS})
    return found


def html(alert: AlertSnapshot, page: str) -> str:
    """Return the text as the few tags that every server shows; what was cancelled says so before all else."""
    with force_locale("en"):
        parts: list[str | Markup] = []
        if alert.state == "cancelled":
            parts.append(Markup("<strong>{}</strong>").format(_cancelled(alert.note)))
        parts.append(Markup("<strong>{}</strong>").format(alert.headline))
        parts += [_lines(block) for block in re.split(r"\n\s*\n", alert.description.strip()) if block.strip()]
        if alert.instruction:
            parts.append(_lines(_("What to do: %(advice)s", advice=alert.instruction)))
        places = ", ".join(wards.name_of(code) for code in alert.areas)
        if places:
            parts.append(escape(_("Where: %(places)s", places=places)))
        parts.append(Markup('<a href="{}">{}</a>').format(page, page))
    return "".join(str(Markup("<p>{}</p>").format(part)) for part in parts)


def _cancelled(reason: str) -> str:
    return f"CANCELLED: {reason}" if reason else "CANCELLED"


def _lines(text: str) -> Markup:
    return Markup("<br>").join(text.strip().split("\n"))


def _tags(event: str) -> list[dict[str, str]]:
    words = re.findall(r"[A-Za-z0-9]+", event)
    return [{"type": "Hashtag", "name": "#" + "".join(word[:1].upper() + word[1:] for word in words)}] if words else []


def activity(kind: str, alert: AlertSnapshot, *, published: str, at: str) -> dict[str, Any]:
    """Return the proved activity for followers: Create, Update, Cancel (an Update on the wire) or Delete.

    `published` is when the alert was first public, `at` the moment of this message.
    """
    uri = note_id(alert.alert_id)
    return proved(
        {
            "@context": CONTEXT,
            "id": f"{uri}#{kind.lower()}-{alert.revision}",
            "type": "Update" if kind == "Cancel" else kind,
            "actor": actor.actor_id(),
            "to": [actor.PUBLIC],
            "cc": [f"{actor.actor_id()}/followers"],
            "published": at,
            "object": tombstone(alert.alert_id, at) if kind == "Delete" else note(alert, published),
        },
        at,
    )


def tombstone(alert_id: str, deleted: str) -> dict[str, Any]:
    """Return what is left of an alert that is over or was taken back."""
    return {"id": note_id(alert_id), "type": "Tombstone", "formerType": "Note", "deleted": deleted}


def proved(document: dict[str, Any], created: str) -> dict[str, Any]:
    """Return a document with the actor's FEP-8b32 proof in it."""
    return proofs.add_proof(document, keys.own().ed25519, actor.proof_key_id(), created)
