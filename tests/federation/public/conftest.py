"""A server somebody else runs, with an account that follows: it keeps what arrives and answers as told."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from core import jobs
from core.database import now, reading, transaction
from federation.http_signatures import Request as Signed
from federation.public import keys, rfc9421
from federation.public.models import Follower, Host, PublicDelivery, PublicNote

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def cavage_headers(url: str, body: bytes, keyid: str, moment: datetime, **wrong: Any) -> dict[str, str]:
    """Sign as the draft says, written here anew, so that our reader does not judge our writer."""
    path = "/" + url.split("/", 3)[3]
    digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
    values = {
        "(request-target)": f"post {path}",
        "host": url.split("/")[2],
        "date": format_datetime(moment.replace(microsecond=0), usegmt=True),
        "digest": digest,
        "content-type": "application/activity+json",
    }
    names = wrong.get("names", ["(request-target)", "host", "date", "digest", "content-type"])
    text = "\n".join(f"{name}: {values[name]}" for name in names).encode()
    value = base64.b64encode(wrong.get("key", KEY).sign(text, PKCS1v15(), SHA256())).decode()
    parts = f'keyId="{keyid}",algorithm="{wrong.get("algorithm", "rsa-sha256")}"'
    return {
        "Date": values["date"],
        "Digest": digest,
        "Content-Type": values["content-type"],
        "Signature": f'{parts},headers="{" ".join(names)}",signature="{value}"',
    }


@dataclass
class Stranger:
    """A server with accounts `anna`, `bert` and so on, all with one key unless told otherwise."""

    url: str = ""
    received: list[tuple[dict[str, Any], dict[str, str]]] = field(default_factory=list)
    answers: Callable[[Request], int] = lambda _request: 202
    actors: dict[str, dict[str, Any]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        if request.method == "GET":
            self.fetched.append(request.path)
            found = self.actors.get(request.path)
            response = Response(json.dumps(found), mimetype="application/activity+json") if found else Response("", 404)
        else:
            status = self.answers(request)
            if status < 300:
                self.received.append((json.loads(request.get_data()), dict(request.headers)))
            response = Response("", status)
        return response(environ, start_response)

    def add(self, name: str, **changes: Any) -> str:
        """Make an account; returns its id."""
        me = f"{self.url}/users/{name}"
        plain = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": me,
            "type": "Person",
            "inbox": f"{me}/inbox",
            "endpoints": {"sharedInbox": f"{self.url}/inbox"},
            "publicKey": {"id": f"{me}#main-key", "owner": me, "publicKeyPem": pem_of(KEY)},
        }
        self.actors[f"/users/{name}"] = {**plain, **changes}
        return me

    def kinds(self) -> list[str]:
        """What arrived, in order."""
        return [activity["type"] for activity, _headers in self.received]


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    found = Stranger()
    server = make_server("127.0.0.1", 0, found, threaded=True)
    found.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@dataclass
class Site:
    """A borough with a public actor."""

    borough: Any

    @property
    def url(self) -> str:
        return str(self.borough.url)

    @property
    def actor(self) -> str:
        return f"{self.url}/actors/alerts"

    def follow(self, who: str, **changes: Any) -> dict[str, Any]:
        """A Follow of our actor, unsigned."""
        plain = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{who}#follow-{uuid4().hex[:8]}",
            "type": "Follow",
            "actor": who,
            "object": self.actor,
        }
        return {**plain, **changes}

    def post(self, activity: dict[str, Any], keyid: str | None = None, **how: Any) -> requests.Response:
        """Send an activity to our inbox, signed as `how` says; `scheme` is rfc9421 or cavage."""
        body, url = json.dumps(activity).encode(), f"{self.actor}/inbox"
        moment = how.pop("moment", now())
        keyid = keyid or f"{activity['actor']}#main-key"
        if how.pop("scheme", "rfc9421") == "cavage":
            headers = cavage_headers(url, body, keyid, moment, **how)
        else:
            signed = Signed("POST", url, {"Content-Type": "application/activity+json"}, body)
            rfc9421.sign(signed, how.get("key", KEY), keyid, moment)
            headers = dict(signed.headers)
        return self.send(how.get("sent", body), headers)

    def send(self, body: bytes, headers: dict[str, str]) -> requests.Response:
        """Send bytes as they are."""
        return requests.post(f"{self.actor}/inbox", data=body, headers=headers, timeout=10)

    def work(self, *, impatient: bool = True) -> None:
        """Do what the worker does; `impatient` forgets the pauses."""
        with self.borough.app.app_context():
            if impatient:
                with transaction() as db:
                    for host in db.query(Host):
                        host.next_at = now()
            jobs.make_due("federation.public")
            for _round in range(2):  # the first takes in the event, the second sends
                jobs.run_due()

    def issue(self, alert: Any) -> None:
        self.borough.issue(alert)
        self.work()

    def rows(self, table: Any) -> list[Any]:
        with self.borough.app.app_context(), reading() as db:
            return list(db.query(table))

    def change(self, table: Any, **values: Any) -> None:
        """Write values to all rows of a table: time cannot be waited for."""
        with self.borough.app.app_context(), transaction() as db:
            for row in db.query(table):
                for name, value in values.items():
                    setattr(row, name, value)

    def get(self, path: str, accept: str = "application/activity+json") -> requests.Response:
        return requests.get(self.url + path, headers={"Accept": accept}, timeout=10, allow_redirects=False)

    def key(self) -> Any:
        with self.borough.app.app_context():
            return keys.own()


@pytest.fixture
def site(borough: Any, codes: Any) -> Site:
    return Site(borough(codes.TOWER_HAMLETS))


class Tables:
    """The tables of the public side."""

    Follower, Host, PublicDelivery, PublicNote = Follower, Host, PublicDelivery, PublicNote


@pytest.fixture
def tables() -> type[Tables]:
    return Tables


@pytest.fixture(scope="session")
def other_key() -> rsa.RSAPrivateKey:
    """A key that is nobody's."""
    return OTHER_KEY


@pytest.fixture(scope="session")
def ed25519() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()
