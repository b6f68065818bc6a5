"""One address for the instance: the configured one, whatever a request's Host header says.

Who sends "Host: evil.example" with somebody's e-mail address to "forgot your password" must not have a link to
evil.example mailed to them, with the token in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SENT_BY_STRANGERS = ("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PREFIX")


class PublicAddress:
    """WSGI middleware that tells the app its own host and scheme."""

    def __init__(self, app: WSGIApplication, public_url: str) -> None:
        """Wrap an app that is reached at `public_url`."""
        parts = urlsplit(public_url)
        self._app = app
        self._scheme = parts.scheme
        self._host = parts.netloc.rpartition("@")[2]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Put the configured address in place of the one that was sent."""
        for name in SENT_BY_STRANGERS:
            environ.pop(name, None)
        environ["HTTP_HOST"] = self._host
        environ["wsgi.url_scheme"] = self._scheme
        return self._app(environ, start_response)
