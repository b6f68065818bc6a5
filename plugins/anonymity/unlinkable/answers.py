"""What every answer of the unlinkable side carries, and how it refuses: in sentences, and without a trace.

Source: RFC 9457 (problem details); RFC 9111, 5.2.2.5 (no-store).
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HTTPS_ONLY = "max-age=31536000"
TITLES = {
    400: "This request cannot be read",
    401: "No voice of this week",
    403: "This voice may not write",
    404: "Not here",
    405: "That does not work here",
    409: "This id is taken",
    413: "Too long",
    415: "Not JSON",
    422: "The post is not complete",
    429: "Enough for today",
    500: "Something went wrong here",
    503: "Not ready yet",
}


PADDED_BYTES = 4096
"""Answers are as long as a multiple of this, so that their length does not tell a line's listener which it was."""


def of(content: Any, status: int = 200) -> Response:
    """Return JSON, with spaces after it. Not flask's own: no provider, no request and no cookie has a part in it."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body + b" " * (-len(body) % PADDED_BYTES), status, mimetype="application/json")


def problem(status: int, detail: str) -> Response:
    """Return a refusal as problem details."""
    content = {"type": "about:blank", "title": TITLES.get(status, TITLES[500]), "status": status, "detail": detail}
    answer = Response(json.dumps(content, ensure_ascii=False), status, mimetype="application/problem+json")
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Anon-Credential"
    if status == 503:
        answer.headers["Retry-After"] = "60"
    return answer


def finish(response: Response, *, is_https: bool, origin: str | None) -> Response:
    """Put on what every answer carries, and take off what could mark a browser.

    `origin` is that of the members' pages when they are at another host, whose script may then read the answer.
    """
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if is_https:
        response.headers["Strict-Transport-Security"] = HTTPS_ONLY
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers.add("Vary", "Origin")
    for name in ("ETag", "Last-Modified", "Set-Cookie"):
        response.headers.pop(name, None)
    return response


def preflight() -> Response:
    """Return what a browser asks before a request from the members' host. Source: fetch.spec.whatwg.org, 3.2."""
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
    answer.headers["Access-Control-Allow-Headers"] = "Anon-Credential, Anon-Proof, Content-Type"
    answer.headers["Access-Control-Max-Age"] = "600"
    return answer
