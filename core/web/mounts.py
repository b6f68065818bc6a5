"""Applications of plugins that stand beside the pages, each below a path of its own, with nothing of ours in between.

Neither the session, the cookies, the CSRF token nor the rate limits of the pages touch a request to one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from core import plugin_manager
from core.plugin_manager import PluginError

Application = Callable[..., Iterable[bytes]]


class Mounts:
    """Sends a request to the application whose path it is below, and every other to the pages."""

    def __init__(self, pages: Application, mounted: dict[str, Application]) -> None:
        """Keep the pages' own application and those beside it."""
        self.pages = pages
        self.mounted = mounted

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        for prefix, application in self.mounted.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                inner = {**environ, "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + prefix}
                inner["PATH_INFO"] = path[len(prefix) :] or "/"
                return application(inner, start_response)
        return self.pages(environ, start_response)


def init_mounts(app: Flask) -> None:
    """Put the applications of plugins beside the pages.

    Raises:
        PluginError: two plugins want one path, or a path is not of the form `/name`.
    """
    mounted: dict[str, Application] = {}
    with app.app_context():
        for name, mounts in plugin_manager.current().ask("register_mounts"):
            for mount in mounts:
                if not re.fullmatch("/[a-z]+", mount.path) or mount.path in mounted:
                    raise PluginError(f"plugin '{name}': '{mount.path}' cannot be the path of an application")
                mounted[mount.path] = mount.make(app)
    if mounted:
        app.wsgi_app = Mounts(app.wsgi_app, mounted)  # type: ignore[method-assign]  # as Flask tells to
