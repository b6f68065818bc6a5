"""An instance with this plugin alone, people with their browsers, and cases made on the spot."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from core import crypto, testing
from core.database import now, reading, transaction
from plugins.verification_docs import demo, services
from plugins.verification_docs.duplicates import tags
from plugins.verification_docs.models import Case

STEPS = {
    "id": ("id", "id.passport"),
    "address": ("address", "address.utility_bill"),
    "third": ("certificate-or-volunteering", "certificate.first_aid"),
}


def picture(width: int = 200, height: int = 200) -> bytes:
    target = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(target, "JPEG")
    return target.getvalue()


def number_of(member_id: str) -> str:
    """The number on a member's own document."""
    return member_id[:9]


def on_the_document(member_id: str) -> dict[str, str]:
    """What a reviewer reads on a member's own document, field by field."""
    names = "".join(chr(ord("A") + int(sign, 16)) for sign in member_id[:12])
    return {"document_number": number_of(member_id), "country": "GB", "names": f"Ada {names}", "born_on": "27 3 1985"}


@dataclass
class Person:
    """A member with a browser of their own."""

    id: str
    client: FlaskClient
    identity: str = ""
    """The private key of a reviewer; the server has never seen it."""

    def send(self, step: str, content: bytes | None = None, name: str = "photo.jpg", **fields: str) -> Any:
        slug, document = STEPS[step]
        fields.setdefault("document", document)
        if step == "address":
            fields.setdefault("postcode", "E3 5AA")
        if step == "id":
            fields.setdefault("document_number", number_of(self.id))
        file = FileStorage(io.BytesIO(picture() if content is None else content), name)
        # Made in memory: Werkzeug's own client would spool a large body to a temporary file.
        boundary, body = encode_multipart({"files": file, **fields})
        kind = f"multipart/form-data; boundary={boundary}"
        return self.client.post(
            f"/verify/{slug}", input_stream=io.BytesIO(body), content_length=len(body), content_type=kind
        )

    def send_all(self) -> None:
        for step in STEPS:
            assert self.send(step).status_code == 303, step

    def open(self, case_id: str, reason: str = "next") -> Any:
        return self.client.post(f"/review/{case_id}/open", data={"reason": reason})

    def papers(self, case_id: str) -> list[str]:
        """Ids of the papers to decide, in the order of the page."""
        return re.findall(rf'action="/review/{case_id}/([0-9a-f]{{32}})"', self.text(f"/review/{case_id}"))

    def pictures(self, case_id: str) -> list[str]:
        """Addresses of the sealed pages on the page of a case."""
        return re.findall(r'data-sealed-page="(/review/[^"]+[.]age)"', self.text(f"/review/{case_id}"))

    def unsealed(self, address: str) -> bytes:
        """What this reviewer's own key makes of a sealed page; raises for anybody else's."""
        return crypto.unseal(self.client.get(address).get_data(), self.identity)

    def decide(self, case_id: str, paper_id: str, decision: str = "accept") -> Any:
        """Decide; a photo document is first read, if it was not."""
        if decision == "accept" and paper_id in self.numbers(case_id):
            self.type_number(case_id, paper_id)
        return self.client.post(f"/review/{case_id}/{paper_id}", data={f"{paper_id}-decision": decision})

    def type_number(self, case_id: str, paper_id: str, member_id: str | None = None, **fields: str) -> Any:
        """Type what the document of the case's member shows; `fields` and `member_id` are for slips and frauds."""
        with self.client.application.app_context(), reading() as db:
            owner = member_id or db.get_one(Case, case_id).member_id
        read = {**on_the_document(owner), **fields}
        ending = "/override" if read.pop("ask", "") else ""
        data = {f"{paper_id}-number-{name}": value for name, value in read.items()}
        return self.client.post(f"/review/{case_id}/{paper_id}/number{ending}", data=data)

    def numbers(self, case_id: str) -> list[str]:
        """Ids of the photo documents whose number is asked for."""
        return re.findall(rf'action="/review/{case_id}/([0-9a-f]{{32}})/number', self.text(f"/review/{case_id}"))

    def accept_all(self, case_id: str) -> None:
        assert self.open(case_id).status_code == 303
        for paper_id in self.papers(case_id):
            assert self.decide(case_id, paper_id).status_code == 303

    def text(self, path: str) -> str:
        return re.sub(r"\s+", " ", self.client.get(path).get_data(as_text=True))

    def words(self, path: str) -> str:
        """The words of the main part of a page."""
        main = re.search(r"<main.*</main>", self.text(path))
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main[0] if main else ""))


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """An instance where two reviewers besides those of the test have keys, so that papers can be sent."""
    app = testing.make_app(tmp_path / "instance", ["verification_docs"])
    for alias in ("Standing Crane", "Standing Stork"):
        equipped(app, testing.make_member(app, alias, roles=["reviewer"]))
    return app


def equipped(app: Flask, reviewer_id: str) -> str:
    """Vet a reviewer, give them a key, and return its private half."""
    with app.app_context(), transaction() as db:
        return demo.equip(db, reviewer_id)


@pytest.fixture
def join(app: Flask) -> Callable[..., Person]:
    def join(alias: str, **more: Any) -> Person:
        member_id = testing.make_member(app, alias, **more)
        client = app.test_client()
        testing.sign_in(client, member_id)
        identity = equipped(app, member_id) if "reviewer" in more.get("roles", ()) else ""
        return Person(member_id, client, identity)

    return join


@pytest.fixture
def resident(join: Callable[..., Person]) -> Person:
    return join("Wren")


@pytest.fixture
def reviewer(join: Callable[..., Person]) -> Person:
    return join("Heron", roles=["reviewer"])


@pytest.fixture
def waiting_case(app: Flask) -> Callable[..., str]:
    """A complete case, made without the pages and the child."""

    def waiting_case(member_id: str, postcode: str = "E3 5AA") -> str:
        with app.app_context(), transaction() as db:
            tag = tags.document_tag("GB", number_of(member_id))
            for kind, document in (("id", "passport"), ("address", "utility_bill"), ("certificate", "first_aid")):
                where = postcode if kind == "address" else None
                paper = services.Paper(kind, document, (picture(),), where, tag if kind == "id" else None)
                handed_in = services.hand_in(db, member_id, paper, now())
        assert handed_in.state == "waiting"
        return handed_in.case_id

    return waiting_case
