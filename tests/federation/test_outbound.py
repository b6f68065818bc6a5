"""Requests that cannot be turned against our own network."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from federation import outbound


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104  # an address to refuse, not to listen on
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fc00::1",
        "fd00::1",
        "fec0::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:4136:e378::1",
        "ff02::1",
    ],
)
def test_addresses_that_lead_inside_are_refused(address: str) -> None:
    assert not outbound.is_allowed(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_pass(address: str) -> None:
    assert outbound.is_allowed(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("127.0.0.1", True), ("10.1.1.1", True), ("::1", True), ("169.254.169.254", False), ("224.0.0.1", False)],
)
def test_an_operator_may_open_private_addresses_but_never_link_local(address: str, allowed: bool) -> None:
    assert outbound.is_allowed(ipaddress.ip_address(address), allow_private=True) is allowed


@pytest.mark.parametrize(
    "url",
    [
        "http://one.example/",
        "ftp://one.example/",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@one.example/",
        "https://one.example/#x",
        "https://one.example:99999/",
        "//one.example/",
        "",
    ],
)
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(outbound.Unreachable):
        outbound.check_url(url, require_https=True)


@pytest.fixture
def server() -> Iterator[Callable[[Callable[[socket.socket], None]], int]]:
    """Listen on loopback and answer each connection with a function of the test."""
    listeners: list[socket.socket] = []

    def make(answer: Callable[[socket.socket], None]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            while True:
                try:
                    connection, _peer = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    try:
                        answer(connection)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        return int(listener.getsockname()[1])

    yield make
    for listener in listeners:
        listener.close()


def ask(port: int, host: str = "127.0.0.1", allow_private: bool = True) -> outbound.Answer:
    with outbound.Transport(allow_private=allow_private, require_https=False) as way:
        return way.request("GET", f"http://{host}:{port}/", {}, None)


def test_a_redirect_is_not_followed(server: Any) -> None:
    touched: list[int] = []
    inner = server(lambda connection: touched.append(1))
    outer = server(
        lambda c: c.sendall(
            f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inner}/\r\nContent-Length: 0\r\n\r\n".encode()
        )
    )
    assert ask(outer).status == 302
    assert touched == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "127.1"])
def test_a_name_or_number_for_ourselves_is_refused_at_the_moment_of_connecting(server: Any, host: str) -> None:
    touched: list[int] = []
    port = server(lambda connection: touched.append(1))
    with pytest.raises(outbound.Unreachable):
        ask(port, host, allow_private=False)
    assert touched == []


def test_a_name_with_one_public_and_one_private_address_is_refused(monkeypatch: Any) -> None:
    mixed = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: mixed)
    with pytest.raises(outbound.Unreachable, match="private"):
        ask(80, "rebinding.example", allow_private=False)


def test_an_answer_without_end_is_cut(server: Any) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with pytest.raises(outbound.Unreachable, match="larger"):
        ask(server(endless))


def test_an_answer_that_drips_is_cut_by_the_clock(server: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(outbound, "WHOLE_SECONDS", 1.0)

    def drip(connection: socket.socket) -> None:
        for _drop in range(100):
            connection.sendall(b"H")
            threading.Event().wait(0.1)

    with pytest.raises(outbound.Unreachable):
        ask(server(drip))


def test_proxies_of_the_environment_are_not_used(server: Any, monkeypatch: Any) -> None:
    touched: list[int] = []
    proxy = server(lambda connection: touched.append(1))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy}")
    port = server(lambda c: c.sendall(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert ask(port).status == 204
    assert touched == []


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"])
def test_broken_answers_are_a_sentence(server: Any, answer: bytes) -> None:
    with pytest.raises(outbound.Unreachable, match=r"\.$"):
        ask(server(lambda c: c.sendall(answer)))
