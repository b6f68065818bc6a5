"""Asks data.police.uk, slowly and politely, and believes nothing it answers until it has the right shape.

Source: data.police.uk/docs (neighbourhood priorities, street-level crimes) and /docs/api-call-limits.
"""

from __future__ import annotations

import html
import json
import re
import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import nh3
import requests

PAUSE_SECONDS = 0.2
"""Five calls a second; the limit is fifteen."""
TIMEOUT_SECONDS = 15
LARGEST_ANSWER_BYTES = 8 << 20
TRIES = 3
LONGEST_WAIT_SECONDS = 30.0
MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
SLUG = re.compile(r"[a-z-]{3,40}")


class NoAnswer(Exception):
    """The source cannot be reached, or says what we do not understand; what is kept stays as it is."""


@dataclass(frozen=True)
class GivenPriority:
    """A priority as the police gave it, in plain words."""

    issue: str
    issued_on: date | None
    action: str
    acted_on: date | None


class PoliceData:
    """One conversation with the source. Use it as a context manager."""

    def __init__(self, base_url: str) -> None:
        """Speak to `base_url`, with a pause between calls."""
        self._base = base_url.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> PoliceData:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Hang up."""
        self._http.close()

    def neighbourhoods(self, force: str) -> set[str]:
        """Return what a force calls its neighbourhoods.

        Raises:
            NoAnswer: as each of these.
        """
        return {str(row["id"]) for row in self._list(f"/{force}/neighbourhoods") if "id" in row}

    def priorities(self, force: str, neighbourhood: str) -> list[GivenPriority]:
        """Return what the officers of a neighbourhood say they work on; empty when they say nothing."""
        found = [_priority(row) for row in self._list(f"/{force}/{neighbourhood}/priorities")]
        return [one for one in found if one.issue]

    def newest_month(self) -> str:
        """Return the last month (`YYYY-MM`) for which there are figures."""
        answer = self._ask("/crime-last-updated")
        month = str(answer.get("date", ""))[:7] if isinstance(answer, dict) else ""
        if not MONTH.fullmatch(month):
            raise NoAnswer("the newest month is not a month")
        return month

    def crimes(self, outline: str, month: str) -> dict[str, int]:
        """Return how many reports there were by kind inside an outline (`lat,lng:lat,lng:…`) in a month."""
        counts: dict[str, int] = {}
        for row in self._list("/crimes-street/all-crime", {"poly": outline, "date": month}):
            kind = str(row.get("category", ""))
            if SLUG.fullmatch(kind):
                counts[kind] = counts.get(kind, 0) + 1
        return counts

    def _list(self, path: str, form: dict[str, str] | None = None) -> list[dict[str, Any]]:
        answer = self._ask(path, form)
        if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
            raise NoAnswer(f"{path} did not answer with a list")
        return answer

    def _ask(self, path: str, form: dict[str, str] | None = None) -> Any:
        for attempt in range(TRIES):
            time.sleep(PAUSE_SECONDS)
            try:
                status, wait, body = self._call(path, form)
            except requests.RequestException as problem:
                raise NoAnswer(type(problem).__name__) from problem
            if status == 200:
                return _parsed(body)
            if status != 429 or attempt == TRIES - 1:
                raise NoAnswer(f"{path} answered {status}")
            time.sleep(wait)
        raise NoAnswer(path)

    def _call(self, path: str, form: dict[str, str] | None) -> tuple[int, float, bytes]:
        how: dict[str, Any] = {"timeout": TIMEOUT_SECONDS, "stream": True, "allow_redirects": False}
        with self._http.request("GET" if form is None else "POST", f"{self._base}{path}", data=form, **how) as answer:
            body = b""
            for chunk in answer.iter_content(64 << 10):
                body += chunk
                if len(body) > LARGEST_ANSWER_BYTES:
                    raise NoAnswer(f"{path} answered too much")
            wait = answer.headers.get("Retry-After", "")
            seconds = float(wait) if wait.isascii() and wait.isdigit() else 1.0
            return answer.status_code, min(seconds, LONGEST_WAIT_SECONDS), body


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NoAnswer("the answer is not JSON") from None


def _priority(row: dict[str, Any]) -> GivenPriority:
    return GivenPriority(
        issue=plain_words(row.get("issue")),
        issued_on=_day(row.get("issue-date")),
        action=plain_words(row.get("action")),
        acted_on=_day(row.get("action-date")),
    )


def plain_words(markup: object, longest: int = 1000) -> str:
    """Return what a piece of HTML says, on one line; empty for anything that is no text."""
    if not isinstance(markup, str):
        return ""
    spaced = re.sub(r"<(?:br|/p|/li|/div)\b[^>]{0,200}>", " ", markup[:20_000], flags=re.IGNORECASE)
    words = " ".join(html.unescape(nh3.clean(spaced, tags=set())).encode("utf-8", "ignore").decode().split())
    return words if len(words) <= longest else words[: longest - 1].rsplit(" ", 1)[0] + "…"


def _day(moment: object) -> date | None:
    try:
        return date.fromisoformat(str(moment)[:10])
    except ValueError:
        return None
