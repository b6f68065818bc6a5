"""What no library would send, through the real server: two lengths at once, broken escapes, odd headers."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from core import server, setup
from core.app import create_app


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answer(port: int, sent: bytes) -> bytes:
    """Return all that comes back; empty when the server hangs up."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(sent)
        connection.settimeout(2)
        found = b""
        try:
            while piece := connection.recv(65536):
                found += piece
        except (TimeoutError, ConnectionResetError):
            return found
        return found


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, number = tmp_path_factory.mktemp("raw") / "data", _free_port()
    setup.write_instance(folder, borough="E09000030", url=f"http://127.0.0.1:{number}", more="require_https = false\n")
    with create_app(folder).app_context():
        setup.fill_instance("E09000030", "admin@place.example")
    arguments = server.command("web", "--data", str(folder), "--port", str(number))
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            if b"alive" in _answer(number, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
                break
        except OSError:
            time.sleep(0.2)
    yield number
    process.send_signal(signal.SIGTERM)
    process.wait(20)


HIDDEN = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
ODD = {
    "two lengths": b"POST /look HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + HIDDEN,
    "two content lengths": b"POST /look HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 37\r\n\r\n"
    + HIDDEN,
}


@pytest.mark.parametrize("name", ODD)
def test_a_request_with_two_lengths_smuggles_no_second_one(port: int, name: str) -> None:
    found = _answer(port, ODD[name])
    assert b"python_info" not in found
    assert found.count(b"HTTP/1.1") <= 1


SENT = {
    "broken escape": b"GET /boards/%zz%ff?after=%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "nul": b"GET /boards/%00?a=%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "latin cookie": b"GET / HTTP/1.1\r\nHost: x\r\nCookie: s_e09000030=\xff; theme=\xc3\r\nConnection: close\r\n\r\n",
    "odd language": b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Language: \xff;q=x\r\nConnection: close\r\n\r\n",
    "no length": b"POST /join HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "minus length": b"POST /join HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
    "bad chunk": b"POST /join HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
    "etag": b'GET /boards/E09000030 HTTP/1.1\r\nHost: x\r\nIf-None-Match: "\xff\r\nConnection: close\r\n\r\n',
    "range": b"GET /static/app.css HTTP/1.1\r\nHost: x\r\nRange: bytes=9-1,-9\r\nConnection: close\r\n\r\n",
    "odd bearer": b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n",
    "odd signature": b"GET /fed/v1/outbox HTTP/1.1\r\nHost: x\r\nSignature-Input: \xff\r\n"
    b"Signature: \xc3\r\nConnection: close\r\n\r\n",
    "host": b"GET /boards/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", SENT)
def test_odd_bytes_never_break_the_server(port: int, name: str) -> None:
    found = _answer(port, SENT[name])
    status = found.split(b" ", 2)[1] if found else b"closed"
    assert status < b"500" or status == b"closed", found[:300]
    assert b"Traceback" not in found
    assert b"evil.example" not in found
    assert b"alive" in _answer(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")


def test_figures_are_not_for_those_behind_a_proxy(port: int) -> None:
    asked = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n"
    assert _answer(port, asked).startswith(b"HTTP/1.1 404")
