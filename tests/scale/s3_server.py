"""The part of S3 that a store of sealed files uses, over HTTP, in memory: put, get, delete, list."""

from __future__ import annotations

import hashlib
import re
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

Stored = dict[str, tuple[bytes, datetime]]


class Handler(BaseHTTPRequestHandler):
    """Answers for one set of objects; refuses what is not signed."""

    protocol_version = "HTTP/1.1"
    stored: Stored

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _key(self) -> str | None:
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=test/"):
            self._answer(403)
            return None
        return unquote(urlsplit(self.path).path).lstrip("/")

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if key := self._key():
            self.stored[key] = (content, datetime.now(UTC))
            self._answer(200, ETag=_mark(content))

    def do_GET(self) -> None:
        key = self._key()
        if key is None:
            return
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            self._answer(200, _listing(self.stored, key, query.get("prefix", [""])[0]), Content_Type="application/xml")
        elif key in self.stored:
            content, at = self.stored[key]
            self._answer(200, content, ETag=_mark(content), Last_Modified=format_datetime(at, usegmt=True))
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Delete several, which is how the client deletes one as well."""
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        bucket = self._key()
        if bucket is None:
            return
        for name in re.findall(r"<Key>([^<]+)</Key>", content):
            self.stored.pop(f"{bucket.rstrip('/')}/{name}", None)
        self._answer(200, b"<DeleteResult></DeleteResult>", Content_Type="application/xml")

    def do_DELETE(self) -> None:
        if key := self._key():
            self.stored.pop(key, None)
            self._answer(204)


def _mark(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _listing(stored: Stored, bucket: str, prefix: str) -> bytes:
    start = bucket.rstrip("/") + "/"
    items = "".join(
        f"<Contents><Key>{escape(key.removeprefix(start))}</Key><LastModified>{at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
        f"<ETag>{escape(_mark(content))}</ETag><Size>{len(content)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for key, (content, at) in sorted(stored.items())
        if key.startswith(start + prefix)
    )
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>".encode()


def serve() -> tuple[ThreadingHTTPServer, Stored]:
    """Start a server on a free port; return it and what it stores, as `bucket/key`."""
    stored: Stored = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"stored": stored}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server, stored
