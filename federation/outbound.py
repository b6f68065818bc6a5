"""Requests to neighbours that cannot be turned against our own network.

The address is checked at the moment of connecting, and the connection goes to the address that was
checked; a name that changes its mind in between gains nothing. No redirects, no proxies, no compressed
answers; size and time are capped.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

LARGEST_ANSWER_BYTES = 256 * 1024
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 20.0

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# What is_global of Python 3.11 lets through although it leads back inside, or hides another address.
MASKS_V6 = [ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]
SITE_LOCAL = ipaddress.ip_network("fec0::/10")


class Unreachable(Exception):
    """The neighbour could not be asked, or not be asked safely; the message is a sentence for the admin."""


@dataclass(frozen=True)
class Answer:
    """Status, headers (last one of a name wins, in lower case) and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_allowed(address: IPAddress, allow_private: bool) -> bool:
    """Whether a connection to this address may be made.

    Private and loopback addresses only with `allow_private`; link-local (cloud metadata), multicast and
    addresses that wrap another one never.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_allowed(address.ipv4_mapped, allow_private)
        if address in SITE_LOCAL or any(address in mask for mask in MASKS_V6):
            return False
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    return address.is_global or (allow_private and (address.is_private or address.is_loopback))


def check_url(url: str, *, require_https: bool) -> None:
    """Pass silently when the URL is one we may ask at all.

    Raises:
        Unreachable: another scheme, a user name in it, a fragment, or http where https is required.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unreachable("This is not a web address.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise Unreachable("The address must start with https:// and name a host.")
    if parts.username or parts.password or parts.fragment:
        raise Unreachable("The address must hold no user name and no '#'.")
    if parts.scheme == "http" and require_https:
        raise Unreachable("The address must start with https://. Plain http is not safe between boroughs.")


def _connect(host: str, port: int, allow_private: bool) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"The name {host} could not be looked up.") from None
    addresses = [entry[4] for entry in found]
    for address in addresses:
        if not is_allowed(ipaddress.ip_address(str(address[0]).split("%")[0]), allow_private):
            raise Unreachable(f"{host} leads to a private address; boroughs may only be asked at public ones.")
    for address in addresses:
        try:
            return socket.create_connection((str(address[0]), port), timeout=CONNECT_SECONDS)
        except OSError:
            continue
    raise Unreachable(f"{host} did not answer on port {port}.")


class _Watched:
    """The open connections of one transport, so that a clock can cut them."""

    def __init__(self) -> None:
        self.connections: list[HTTPConnection] = []

    def cut(self) -> None:
        for connection in self.connections:
            sock = connection.sock
            if sock is not None:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


def _connection_classes(allow_private: bool, watched: _Watched) -> tuple[type[HTTPConnection], type[HTTPSConnection]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            watched.connections.append(self)
            return _connect(self.host, self.port, allow_private)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            watched.connections.append(self)
            return _connect(self.host, self.port, allow_private)

    return Plain, Secure


class _Adapter(HTTPAdapter):
    def __init__(self, allow_private: bool, watched: _Watched) -> None:
        self._classes = _connection_classes(allow_private, watched)
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        plain, secure = self._classes
        manager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **kwargs)
        http = cast(Any, type("HTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}))
        https = cast(Any, type("HTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}))
        manager.pool_classes_by_scheme = {"http": http, "https": https}
        self.poolmanager = manager


class Transport:
    """A guarded way out; keeps the connection to a neighbour open between requests. Close it after use."""

    def __init__(self, *, allow_private: bool, require_https: bool) -> None:
        """Take what the operator allows."""
        self._require_https = require_https
        self._watched = _Watched()
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.clear()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(allow_private, self._watched))

    def close(self) -> None:
        """Let go of open connections."""
        self._session.close()

    def __enter__(self) -> Transport:
        """Return itself."""
        return self

    def __exit__(self, *_details: object) -> None:
        """Close."""
        self.close()

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send one request and return the whole answer.

        Raises:
            Unreachable: no connection, a forbidden address, too slow, too large, or a broken answer.
        """
        check_url(url, require_https=self._require_https)
        sent = {**headers, "Accept-Encoding": "identity", "User-Agent": "boroughwatch"}
        clock = threading.Timer(WHOLE_SECONDS, self._watched.cut)
        clock.daemon = True
        clock.start()
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers=sent,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _read(response)
        except Unreachable:
            raise
        except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
            raise Unreachable(_sentence(problem)) from None
        finally:
            clock.cancel()
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content)


def _read(response: requests.Response) -> bytes:
    until = time.monotonic() + WHOLE_SECONDS
    content = b""
    for piece in response.raw.stream(16 * 1024, decode_content=False):
        content += piece
        if len(content) > LARGEST_ANSWER_BYTES:
            raise Unreachable("The answer was larger than any answer we expect.")
        if time.monotonic() > until:
            raise Unreachable("The answer took too long.")
    return content


def _sentence(problem: Exception) -> str:
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, Unreachable):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(problem, requests.Timeout):
        return "The neighbour took too long to answer."
    if isinstance(problem, requests.exceptions.SSLError):
        return "The neighbour's certificate is not one we can trust."
    return "The connection broke before the answer was complete."
