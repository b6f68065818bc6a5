"""The one public actor: its name, its addresses, and what other servers are told of it.

Source: ActivityPub (W3C, 2018), FEP-521a (Multikey), FEP-844e (capabilities), RFC 7033 (WebFinger), NodeInfo 2.1.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import escape

from core.instance import instance
from federation.public import keys

NAME = "alerts"
AS2 = "application/activity+json"
AS2_CONTEXT = "https://www.w3.org/ns/activitystreams"
PROOF_CONTEXT = "https://w3id.org/security/data-integrity/v1"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT: list[Any] = [
    AS2_CONTEXT,
    "https://w3id.org/security/v1",
    PROOF_CONTEXT,
    "https://w3id.org/security/multikey/v1",
    {
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        # Of the contexts we use none has this term; without it readers of JSON-LD find no key for our proofs.
        "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set"},
        "implements": {"@id": "https://w3id.org/fep/844e/implements", "@type": "@id", "@container": "@list"},
    },
]
IMPLEMENTS = [
    {"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421: HTTP Message Signatures"},
    {"href": "https://w3id.org/fep/8b32", "name": "FEP-8b32: Object Integrity Proofs"},
]


def is_on() -> bool:
    """Whether there is a public actor: switched on, and reached by https (or plain http is allowed, as in tests)."""
    config = instance().config
    is_safe = config.public_url.startswith("https://") or not config.require_https
    return bool(config.plugin["federation"]["public_actor"]) and is_safe


def base() -> str:
    """Return the address of this instance."""
    return instance().config.public_url


def actor_id() -> str:
    """Return the actor's id, which is its address."""
    return f"{base()}/actors/{NAME}"


def handle() -> str:
    """Return the name people search for, without the @ in front."""
    return f"{NAME}@{instance().config.public_host}"


def rsa_key_id() -> str:
    """Return the name of the key that signs requests."""
    return f"{actor_id()}#main-key"


def proof_key_id() -> str:
    """Return the name of the key that proves messages."""
    return f"{actor_id()}#ed25519-key"


def page_of(alert_id: str) -> str:
    """Return where people read an alert; `.cap` behind it is its CAP file."""
    pattern: str = instance().config.plugin["federation"]["alert_page"]
    return base() + pattern.replace("{id}", alert_id)


def document() -> dict[str, Any]:
    """Return the actor as other servers read it."""
    own, me, config = keys.own(), actor_id(), instance().config
    with force_locale("en"):
        title = _("%(site)s: alerts in %(borough)s", site=config.site_name, borough=config.borough_name)
        summary = _("Alerts of the neighbourhood watch that everybody may read. Nobody answers here.")
    return {
        "@context": CONTEXT,
        "id": me,
        "type": "Service",
        "preferredUsername": NAME,
        "name": title,
        "summary": f"<p>{escape(summary)}</p>",
        "url": f"{base()}/federation",
        "inbox": f"{me}/inbox",
        "outbox": f"{me}/outbox",
        "followers": f"{me}/followers",
        "manuallyApprovesFollowers": False,
        "publicKey": {"id": rsa_key_id(), "owner": me, "publicKeyPem": own.pem},
        "assertionMethod": [
            {"id": proof_key_id(), "type": "Multikey", "controller": me, "publicKeyMultibase": own.multibase}
        ],
        "generator": {"type": "Application", "name": "Boroughwatch", "implements": IMPLEMENTS},
    }


def webfinger(resource: str, rels: list[str]) -> dict[str, Any] | None:
    """Return the JRD of our one actor; None for every other resource. Source: RFC 7033, sections 4.3 and 4.4."""
    if not is_ours(resource):
        return None
    links = [
        {"rel": "self", "type": AS2, "href": actor_id()},
        {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": f"{base()}/federation"},
    ]
    shown = [link for link in links if not rels or link["rel"] in rels]
    return {"subject": f"acct:{handle()}", "aliases": [actor_id()], "links": shown}


def is_ours(resource: str) -> bool:
    """Whether a resource is exactly the actor: `acct:alerts@<our host>`, or its address."""
    if resource == actor_id():
        return True
    scheme, colon, rest = resource.partition(":")
    name, at, host = rest.partition("@")
    if scheme.lower() != "acct" or not colon or not at or len(resource) > 300:
        return False
    return name == NAME and host.lower() == instance().config.public_host.lower()


def nodeinfo() -> dict[str, Any]:
    """Return NodeInfo 2.1: what runs here, and where boroughs exchange alerts; no number of people."""
    return {
        "version": "2.1",
        "software": {"name": "boroughwatch", "version": version("boroughwatch")},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": ["atom1.0"]},
        "openRegistrations": False,
        "usage": {"users": {}},
        "metadata": {
            "boroughwatch": {"federationBaseUrl": base(), "federation": "allow-list"},
        },
    }


def host_of(url: str) -> str:
    """Return host and port of an address, in small letters."""
    return urlsplit(url).netloc.lower()
