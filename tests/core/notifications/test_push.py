"""N1: knocks at browsers carry no words and go only where the operator lets them. A stand-in service takes them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey

from core import notifications
from core.config import PUSH_SERVICES
from core.database import now, reading, transaction
from core.models import PushSubscription
from core.notifications import Note, push
from core.testing import make_app, make_member, sign_in, work

BOW_WEST = "E05009320"
NOTE = Note("A message for your area", "Something is new.", "/x/1", priority="important")


class Service(ThreadingHTTPServer):
    """Takes knocks, or answers with `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        self.knocks: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 201
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.knocks.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_parts: Any) -> None:
        """Be quiet."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, [], push_services="127.0.0.1")


@pytest.fixture
def robin(app: Flask, service: Service) -> str:
    member_id = make_member(app, "Robin", ward=BOW_WEST)
    client = app.test_client()
    sign_in(client, member_id)
    endpoint = f"http://127.0.0.1:{service.server_port}/push/secret"
    assert client.post("/account/notices/browser", data={"endpoint": endpoint}).status_code == 204
    return member_id


def tell(app: Flask, *notes: Note, at: Any = None) -> None:
    with app.app_context(), transaction() as db:
        for note in notes:
            notifications.tell(db, [f"ward:{BOW_WEST}"], note)
    work(app, at)


def rows(app: Flask) -> list[Any]:
    with app.app_context(), reading() as db:
        return list(db.execute(sa.select(PushSubscription.__table__)))


def test_N1_a_knock_has_no_words_and_says_who_we_are(app: Flask, service: Service, robin: str) -> None:
    tell(app, NOTE, NOTE)
    ((path, headers, body),) = service.knocks
    assert (path, body) == ("/push/secret", b"")
    assert int(headers["TTL"]) > 0
    scheme, _space, rest = headers["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    point = base64.urlsafe_b64decode(parts["k"] + "==")
    assert (len(point), point[0]) == (65, 4)
    halves = [base64.urlsafe_b64encode(half).decode().rstrip("=") for half in (point[1:33], point[33:])]
    key = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": halves[0], "y": halves[1]})
    claims = jwt.decode(parts["t"], key, algorithms=["ES256"]).claims
    assert claims["aud"] == f"http://127.0.0.1:{service.server_port}"
    assert claims["sub"].startswith("mailto:")
    assert 0 < claims["exp"] - now().timestamp() <= 24 * 3600
    assert "Robin" not in str(headers)
    assert rows(app)[0].due_at is None


def test_N1_the_address_of_a_browser_is_sealed(app: Flask, service: Service, robin: str) -> None:
    assert "secret" not in repr(rows(app))
    assert str(service.server_port) not in repr(rows(app)[0].sealed)


def test_N2_a_knock_waits_for_the_digest_as_the_mail_does(app: Flask, service: Service, robin: str) -> None:
    tell(app, Note("A new answer", "An answer.", "/x"))
    assert service.knocks == []
    work(app, now() + timedelta(days=1, hours=1))
    assert len(service.knocks) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_N1_a_browser_that_is_gone_is_forgotten(app: Flask, service: Service, robin: str, status: int) -> None:
    service.status = status
    tell(app, NOTE)
    assert rows(app) == []


def test_N1_a_failing_service_is_asked_again_and_given_up(app: Flask, service: Service, robin: str) -> None:
    service.status = 503
    tell(app, NOTE)
    assert rows(app)[0].fails == 1
    for days in range(1, 10):
        work(app, now() + timedelta(days=days))
    assert rows(app) == []
    assert len(service.knocks) == 8


def test_N1_no_redirect_is_followed(app: Flask, service: Service, robin: str) -> None:
    service.status = 302
    tell(app, NOTE)
    assert len(service.knocks) == 1
    assert rows(app)[0].fails == 1


def test_N1_one_browser_that_fails_stops_no_other(app: Flask, service: Service, robin: str) -> None:
    with app.app_context(), transaction() as db:
        push.subscribe(db, robin, "http://127.0.0.1:9/nobody")
    tell(app, NOTE)
    assert len(service.knocks) == 1


@pytest.mark.parametrize(
    ("endpoint", "is_fit"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://db5p.notify.windows.com/w/?token=abc", True),
        ("http://fcm.googleapis.com/abc", False),
        ("https://fcm.googleapis.com:8443/abc", False),
        ("https://user@fcm.googleapis.com/abc", False),
        ("https://fcm.googleapis.com.example/abc", False),
        ("https://notify.windows.com.example/abc", False),
        ("https://evilnotify.windows.com/abc", False),
        ("https://127.0.0.1/abc", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::1]/abc", False),
        ("https://[::1/abc", False),
        ("https://localhost/abc", False),
        ("file:///etc/passwd", False),
        ("", False),
        ("https://fcm.googleapis.com/" + "x" * 1000, False),
        ("https://fcm.googleapis.com:x/", False),
        # Whoever sends it stops reading the host at the backslash; whoever checks it may not.
        ("https://127.0.0.1\\.push.apple.com/abc", False),
        ("https://evil.example\\.notify.windows.com/abc", False),
        ("https://evil.example%5c.notify.windows.com/abc", False),
        ("https://evil.example\t.notify.windows.com/abc", False),
        ("https://evil.example\uff3c.notify.windows.com/abc", False),
        ("https://.push.apple.com/abc", False),
    ],
)
def test_N1_only_the_operators_push_services_are_asked(tmp_path: Path, endpoint: str, is_fit: bool) -> None:
    app = make_app(tmp_path, [], require_https=True, push_services=PUSH_SERVICES)
    assert push.is_fit(endpoint, app.extensions["boroughwatch"].config) is is_fit


def test_N1_an_address_that_is_no_longer_allowed_is_not_asked(app: Flask, service: Service, robin: str) -> None:
    folder = app.extensions["boroughwatch"].config.data_dir
    later = make_app(folder, [], push_services="fcm.googleapis.com")
    tell(later, NOTE)
    assert service.knocks == []
    assert rows(later) == []


def test_N1_a_browser_is_refused_politely_and_five_are_enough(app: Flask, robin: str) -> None:
    client = app.test_client()
    sign_in(client, robin)
    wrong = client.post("/account/notices/browser", data={"endpoint": "https://10.0.0.1/x"})
    assert wrong.status_code == 422
    assert "E-mails and the list" in wrong.get_data(as_text=True)
    sent = [client.post("/account/notices/browser", data={"endpoint": f"http://127.0.0.1/{n}"}) for n in range(6)]
    assert [each.status_code for each in sent] == [204, 204, 204, 204, 422, 422]
    assert client.post("/account/notices/browser/forget").status_code == 303
    assert rows(app) == []


def test_N1_the_key_stays_the_same_and_is_another_for_each_instance(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        first = push.public_key()
    with make_app(tmp_path, []).app_context():
        assert push.public_key() == first
    with make_app(tmp_path / "other", []).app_context():
        assert push.public_key() != first


def test_N1_a_worker_script_comes_from_us_and_says_nothing_telling(app: Flask) -> None:
    answer = app.test_client().get("/static/notices-worker.js", buffered=True)
    assert answer.status_code == 200
    assert "javascript" in answer.headers["Content-Type"]
    assert "Something new for you" in answer.get_data(as_text=True)
