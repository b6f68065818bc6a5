"""What stands in place of an access log: how often each kind of address was asked for in an hour, and by nobody.

A line for each request would say when somebody was here. What comes below the path of a mounted application is not
counted at all, and few requests are called few: one request in an hour would be somebody's.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from datetime import datetime
from typing import NamedTuple

from flask import Flask, Response, request

from core.database import now

log = logging.getLogger(__name__)
FEW = 5
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""A client may send any word as its method; what is none of these is counted as "other"."""


class Kind(NamedTuple):
    """What is counted together: the method, the address with its blanks left blank, and the class of the answer."""

    method: str
    template: str
    status_class: str


class AccessCounts:
    """Counts in memory, and writes the counts of an hour once it is over; what a stopped process had is lost."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._hour: datetime | None = None
        self._counts: Counter[Kind] = Counter()

    def add(self, kind: Kind, at: datetime) -> None:
        """Count one request; the first one of a new hour writes down the hour before."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        with self._lock:
            over, counts = self._hour, self._counts
            if over != hour:
                self._hour, self._counts = hour, Counter()
            self._counts[kind] += 1
        if over is not None and over != hour:
            _write(over, counts)


def init_access_counts(app: Flask) -> None:
    """Count the answers of the pages and of the API."""
    if not log.handlers:
        # Nothing else prints what is not a warning, and these lines are wanted whatever a server's own settings say.
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
    counts = AccessCounts()
    app.extensions["boroughwatch.access_counts"] = counts

    @app.after_request
    def count(answer: Response) -> Response:
        method = request.method if request.method in METHODS else "other"
        template = request.url_rule.rule if request.url_rule else "(no such address)"
        counts.add(Kind(method, template, f"{answer.status_code // 100}xx"), now())
        return answer


def _write(hour: datetime, counts: Counter[Kind]) -> None:
    for kind, count in sorted(counts.items()):
        said = str(count) if count >= FEW else f"fewer than {FEW}"
        log.info("%s %s %s %s: %s", hour.strftime("%Y-%m-%d %H:00 UTC"), *kind, said)
