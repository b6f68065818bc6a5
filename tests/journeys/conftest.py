"""Two boroughs on this machine with every part loaded, and people who use them through pages and API only."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.test import TestResponse, encode_multipart

from core import crypto, jobs, testing
from core.database import transaction
from plugins.verification_docs.demo import equip

logging.getLogger("werkzeug").setLevel(logging.ERROR)
PASSWORD = "a long enough password"


@dataclass
class Borough:
    """One instance, reachable by its neighbour."""

    folder: Path
    code: str
    plugins: tuple[str, ...] | None = None
    port: int = 0
    app: Flask = field(init=False)
    server: BaseWSGIServer | None = None

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        more: dict[str, Any] = {}
        if self.plugins is None or "federation" in self.plugins:
            more["federation"] = {"first_pause_seconds": 1}
        url = f"http://127.0.0.1:{self.port}"
        self.app = testing.make_app(self.folder, self.plugins, borough=self.code, public_url=url, csrf=True, **more)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def work(self) -> None:
        """Do the worker's work; what waits for a neighbour is tried without its pause."""
        with self.app.app_context():
            for plugin, job in self.app.extensions["boroughwatch"].contributions.jobs:
                jobs.make_due(f"{plugin}.{job.name}")
        testing.work(self.app)

    def person(self, member_id: str | None = None) -> Person:
        client = self.app.test_client()
        if member_id is not None:
            testing.sign_in(client, member_id)
        return Person(self, client)

    def mails_to(self, start: str) -> list[Any]:
        return [mail for mail in testing.mails(self.app) if str(mail["To"]).startswith(start)]


@dataclass
class Person:
    """Somebody with a browser, who fills in the forms that pages show."""

    borough: Borough
    client: FlaskClient

    def read(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        return re.sub(r"\s+", " ", answer.get_data(as_text=True))

    def send(self, path: str, data: dict[str, Any], *, form_on: str | None = None) -> TestResponse:
        token = testing.form_token(self.client, form_on or path)
        return self.client.post(path, data={**data, "csrf_token": token})

    def send_paper(self, slug: str, **fields: str) -> TestResponse:
        picture = io.BytesIO()
        Image.effect_noise((200, 200), 40).convert("RGB").save(picture, "JPEG")
        picture.seek(0)
        fields["csrf_token"] = testing.form_token(self.client, f"/verify/{slug}")
        boundary, body = encode_multipart({"files": FileStorage(picture, "photo.jpg"), **fields})
        return self.client.post(
            f"/verify/{slug}",
            input_stream=io.BytesIO(body),
            content_length=len(body),
            content_type=f"multipart/form-data; boundary={boundary}",
        )


@pytest.fixture
def borough(tmp_path: Path) -> Iterator[Callable[..., Borough]]:
    made: list[Borough] = []

    def make(code: str = "E09000030", plugins: tuple[str, ...] | None = None) -> Borough:
        made.append(Borough(tmp_path / f"{code}-{len(made)}", code, plugins))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()


NUMBER = "925 665-416"
NAMES, BORN_ON = "Sam Example", "1990-05-17"
POSTCODE = "E3 5AA"


def photo_with_place() -> bytes:
    """Return a photo that says in its hidden part where it was taken and by what."""
    exif = Image.Exif()
    exif[0x010F] = "CANARYCAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 31.0, 41.0), 3: "W", 4: (0.0, 2.0, 8.0)})
    target = io.BytesIO()
    Image.effect_noise((400, 300), 60).convert("RGB").save(target, "JPEG", exif=exif)
    return target.getvalue()


@dataclass
class ApiPerson:
    """A member with a token of their own; reviewers have a private key as well."""

    place: Any
    id: str
    scope: str
    identity: str = field(default="", repr=False)

    def call(self, method: str, path: str, **how: Any) -> tuple[int, Any]:
        """Return status and decoded answer; the token is made for the day the clock shows."""
        token = testing.api_token(self.place.app, self.id, self.scope)
        headers = {"Authorization": f"Bearer {token}"}
        client = self.place.app.test_client()
        answer = client.open(f"/api/v1/verification{path}", method=method, headers=headers, **how)
        is_json = "json" in (answer.mimetype or "")
        return answer.status_code, json.loads(answer.data) if is_json and answer.data else answer.data

    def hand_in(self, kind: str, document: str, **fields: str) -> tuple[int, Any]:
        """Send a paper as a machine would: multipart, with what its kind asks for."""
        if kind == "id":
            fields = {"document_number": NUMBER, "document_country": "GB", **fields}
        if kind == "address":
            fields = {"postcode": POSTCODE, **fields}
        file = (io.BytesIO(photo_with_place()), "photo.jpg")
        return self.call("POST", "/case/evidence", data={"kind": kind, "document": document, "file": file, **fields})

    def hand_in_all(self, number: str = NUMBER) -> Any:
        """Send the three papers of the default rule and return the case."""
        for kind, document in (("id", "passport"), ("address", "utility_bill"), ("certificate", "first_aid")):
            more = {"document_number": number} if kind == "id" else {}
            status, case = self.hand_in(kind, document, **more)
            assert status == 201, case
        return case

    def claim(self, case_id: str, reason: str = "next") -> dict[str, Any]:
        """Open a case and return its papers by kind."""
        status, claimed = self.call("POST", f"/cases/{case_id}/claim", json={"reason": reason})
        assert status == 200, claimed
        return {paper["kind"]: paper for paper in claimed["evidence"]}

    def type_number(self, case_id: str, evidence_id: str, number: str = NUMBER) -> tuple[int, Any]:
        """Type what the photo document shows."""
        shown = {"document_number": number, "country": "GB", "names": NAMES, "born_on": BORN_ON}
        return self.call("POST", f"/cases/{case_id}/evidence/{evidence_id}/number", json=shown)

    def decide(self, case_id: str, evidence_id: str, reason: str | None = None) -> tuple[int, Any]:
        """Accept, or send back for a reason."""
        verdict = {"decision": "reject", "reason": reason} if reason else {"decision": "accept"}
        return self.call("POST", f"/cases/{case_id}/evidence/{evidence_id}/decision", json=verdict)

    def see(self, case_id: str, page_id: str) -> bytes:
        """Return a page as this reviewer's own key opens it."""
        status, sealed = self.call("GET", f"/cases/{case_id}/pages/{page_id}")
        assert status == 200
        return crypto.unseal(sealed, self.identity)


@pytest.fixture
def api_member() -> Callable[[Borough, str], ApiPerson]:
    """Return `api_member(place, alias)`: somebody who has just joined."""
    return lambda place, alias: ApiPerson(place, testing.make_member(place.app, alias), "verify")


@pytest.fixture
def api_reviewer() -> Callable[[Borough, str], ApiPerson]:
    """Return `api_reviewer(place, alias)`: a vetted reviewer with a key of their own."""

    def make(place: Borough, alias: str) -> ApiPerson:
        member_id = testing.make_member(place.app, alias, roles=["reviewer"], ward="E05009334")
        with place.app.app_context(), transaction() as db:
            return ApiPerson(place, member_id, "review", equip(db, member_id))

    return make
