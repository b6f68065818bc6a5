"""Two boroughs on this machine with every part loaded, and people who use them through pages and API only."""

from __future__ import annotations

import io
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

from core import jobs, testing

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
