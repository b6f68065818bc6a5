"""What every answer carries and every request must pass: headers, CSRF, rate limits, uploads in memory."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import IO, Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFProtect
from secure import ContentSecurityPolicy, PermissionsPolicy, ReferrerPolicy, Secure, StrictTransportSecurity
from secure import XContentTypeOptions as ContentTypeOptions
from secure import XFrameOptions as FrameOptions

from core.database import now
from core.instance import instance
from core.web.wording import form_words

CSP = "Content-Security-Policy"
MAX_REQUEST_BYTES = 13 << 20
csrf = CSRFProtect()


def _who() -> str:
    """Return today's keyed hash of the client's address; it is never stored and means nothing tomorrow."""
    day = now().date().isoformat()
    return instance().keys.keyed_hash("rate-limit", day, request.remote_addr or "")


limiter = Limiter(key_func=_who, headers_enabled=False, in_memory_fallback_enabled=True)


class RamRequest(Request):
    """Keeps uploads in memory: Werkzeug's default writes larger ones in clear to the temporary folder."""

    max_content_length = MAX_REQUEST_BYTES
    max_form_memory_size = 1 << 20
    max_form_parts = 200

    @property
    def wtforms_translations(self) -> Any:
        """Return WTForms' own words; Flask-WTF would read them from the disk for each request with a form."""
        return form_words()

    @property
    def is_json(self) -> bool:
        """Return False: forms are forms (Flask-Security would take any JSON for one), the API has its own parser."""
        return False

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()


def init_security(app: Flask, redis_url: str) -> None:
    """Attach CSRF protection, rate limits and headers to the app."""
    csrf.init_app(app)
    app.config["RATELIMIT_STORAGE_URI"] = redis_url or "memory://"
    limiter.init_app(app)
    headers = _headers(app.config["SESSION_COOKIE_SECURE"])

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in headers.headers.items():
            response.headers.setdefault(name, _with_connections(value) if name == CSP else value)
        if "Cache-Control" not in response.headers and request.endpoint != "static":
            response.headers["Cache-Control"] = "private, no-store"
        return response


def connect_to(urls: Iterable[str]) -> None:
    """Let the script of this one page ask the hosts of these addresses, besides our own.

    The browser sends them no cookie of ours. For copies of our documents at neighbours, which are compared there.
    """
    parts = [urlsplit(url) for url in urls]
    g.connect_to = sorted({f"{each.scheme}://{each.netloc}" for each in parts})


def _with_connections(policy: str) -> str:
    origins = " ".join(("connect-src 'self'", *g.get("connect_to", ())))
    return policy.replace("connect-src 'self'", origins)


def _headers(is_https: bool) -> Any:
    policy = (
        ContentSecurityPolicy()
        .default_src("'none'")
        .script_src("'self'")
        .style_src("'self'")
        .img_src("'self'", "data:", "blob:")
        .connect_src("'self'")
        .manifest_src("'self'")
        .form_action("'self'")
        .base_uri("'none'")
        .frame_ancestors("'none'")
    )
    return Secure(
        csp=policy,
        referrer=ReferrerPolicy().same_origin(),
        permissions=PermissionsPolicy().camera("").microphone("").geolocation(""),
        xcto=ContentTypeOptions().nosniff(),
        xfo=FrameOptions().deny(),
        hsts=StrictTransportSecurity().max_age(31_536_000) if is_https else None,
    )
