"""CPU milliseconds of the daily pages, beside those of a lean Flask app, in one process and in turns.

    python benchmarks/pages.py [--rounds 7] [--requests 60] [--threads 2000]

Both apps are called as WSGI functions, so no server and no network is measured; the figure is
`time.process_time` per request. The rounds of the two alternate, so that a busy machine hits both.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import sqlalchemy as sa  # noqa: E402  # after the path is set
from flask import Flask  # noqa: E402  # after the path is set
from lean import MEMBER, POST, ROLE, THREAD, make_lean  # noqa: E402  # after the path is set

POSTS_PER_THREAD = 20
BATCH = 500
RARE = "chrysanthemum"
TEXT = (
    "Two people looked into parked vans near the station again this evening. "
    "They left when somebody came out. **Please** lock your tools away and tell your neighbours. "
) * 2
LIMITS = {"board, signed in": 1.5, "thread of 20 posts, signed in": 1.5, "board, signed out": 1.5, "304": 0.3}
Ask = Callable[[], int]


class Browser:
    """Calls an app as a server would, with a cookie, and reads the whole answer."""

    def __init__(self, app: Flask, cookie: str = "") -> None:
        """Keep the app and its cookie."""
        self.app, self.cookie = app, cookie
        self.body, self.headers, self.status = b"", {}, 0

    def _environ(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        path, _mark, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **headers,
        }
        if self.cookie:
            environ["HTTP_COOKIE"] = self.cookie
        if body:
            environ |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/x-www-form-urlencoded"}
        return environ

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> int:
        """Ask for a page; returns its status."""

        def start(status: str, found: list[tuple[str, str]], *_exc: Any) -> Callable[[bytes], object]:
            self.status, self.headers = int(status[:3]), dict(found)
            return lambda _data: None

        answer = self.app(self._environ(method, path, body, headers), start)
        self.body = b"".join(answer)
        close = getattr(answer, "close", None)
        if close:
            close()
        return self.status


def fill_ours(folder: Path, threads: int) -> tuple[Flask, dict[str, str]]:
    """Return our app with that many threads on 21 boards, and the addresses to ask for."""
    from core import wards
    from core.app import create_app
    from core.database import now, sql
    from core.testing import make_app, make_member
    from core.web.security import limiter
    from plugins.ward_boards import markup
    from plugins.ward_boards.models import PUBLIC, VERIFIED, Post, Tally, Thread, ThreadWard
    from plugins.ward_boards.reading.models import PublicCopy, PublicPlace

    app = make_app(folder)
    writers = [make_member(app, f"Writer {number}", ward="E05009320") for number in range(20)]
    with app.app_context():
        codes = [row.code for row in wards.boards()]
        html, at = markup.render(TEXT), now().replace(second=0, microsecond=0)
        for start in range(0, threads, BATCH):
            tables = (Thread, ThreadWard, Post, PublicCopy, PublicPlace)
            rows: dict[Any, list[dict[str, Any]]] = {table: [] for table in tables}
            for index in range(start, min(start + BATCH, threads)):
                key, code, tier = f"{index:032x}", codes[index % len(codes)], PUBLIC if index % 3 == 0 else VERIFIED
                last = at - timedelta(minutes=7 * index)
                common = {"tier": tier, "last_post_at": last}
                rows[Thread].append(
                    {"id": key, "title": f"Vans looked into again, number {index}", "category": "crime", **common}
                    | {"opened_at": last, "posts_count": POSTS_PER_THREAD, "last_number": POSTS_PER_THREAD}
                )
                rows[ThreadWard].append({"thread_id": key, "ward_code": code, **common})
                if tier == PUBLIC:
                    rows[PublicCopy].append({"thread_id": key, "from_at": last})
                    rows[PublicPlace].append({"thread_id": key, "ward_code": code, "from_at": last})
                for number in range(1, POSTS_PER_THREAD + 1):
                    post = {"id": f"{index:08x}{number:024x}", "thread_id": key, "number": number, "kind": "alias"}
                    post |= {"member_id": writers[(index + number) % 20], "published_at": last, "html": html}
                    rows[Post].append(post | {"text": _text(index, number)})
            with sql.engine.begin() as db:
                for model, values in rows.items():
                    db.execute(sa.insert(model), values)
        with sql.engine.begin() as db:
            db.execute(sa.insert(Tally), [{"ward_code": code, "tier": PUBLIC, "revision": 1} for code in codes])
            db.execute(sa.insert(Tally), [{"ward_code": code, "tier": VERIFIED, "revision": 1} for code in codes])
        _fill_index()
    cookie = _our_cookie(app, writers[0])
    limiter.enabled = True
    served = create_app(folder, require_https=False, allow_private_addresses=True)
    return served, {"cookie": cookie, "board": f"/boards/{codes[1]}", "thread": f"/threads/{1:032x}"}


def _text(index: int, number: int) -> str:
    """Return a post's text: the first of every 250th thread has a rare word."""
    return f"{TEXT} {RARE}" if number == 1 and index % 250 == 0 else TEXT


def _fill_index() -> None:
    from core.database import transaction
    from plugins.ward_boards.search import indexing

    with transaction() as db:
        indexing.begin_again(db)
    more = 1
    while more:
        with transaction() as db:
            more = indexing.fill_some(db)


def _our_cookie(app: Flask, member_id: str) -> str:
    from core.testing import sign_in

    client = app.test_client()
    sign_in(client, member_id)
    name = app.config["SESSION_COOKIE_NAME"]
    found = client.get_cookie(name)
    return f"{name}={found.value}" if found else ""


def fill_lean(file: Path, threads: int) -> tuple[Flask, dict[str, str]]:
    """Return the lean app with the same content, and the addresses to ask for."""
    from datetime import UTC, datetime

    from flask.sessions import SecureCookieSessionInterface

    from plugins.ward_boards import markup

    app, engine = make_lean(file)
    at, html = datetime.now(UTC).replace(tzinfo=None), markup.render(TEXT)
    members = [f"{number:032x}" for number in range(20)]
    with engine.begin() as db:
        db.execute(sa.insert(MEMBER), [{"id": key, "alias": f"Writer {key[-2:]}", "active": True} for key in members])
        db.execute(sa.insert(ROLE), [{"member_id": key, "name": "verified"} for key in members])
    for start in range(0, threads, BATCH):
        listed, posts = [], []
        for index in range(start, min(start + BATCH, threads)):
            key, last = f"{index:032x}", at - timedelta(minutes=7 * index)
            row = {"id": key, "board": f"B{index % 21}", "title": f"Vans looked into again, number {index}"}
            row |= {"tier": "public" if index % 3 == 0 else "verified", "alias": "Writer 1"}
            listed.append(row | {"posts_count": POSTS_PER_THREAD, "last_post_at": last})
            for number in range(1, POSTS_PER_THREAD + 1):
                post = {"id": f"{index:08x}{number:024x}", "thread_id": key, "number": number, "html": html}
                post |= {"member_id": members[(index + number) % 20], "text": _text(index, number)}
                posts.append(post | {"published_at": last})
        with engine.begin() as db:
            db.execute(sa.insert(THREAD), listed)
            db.execute(sa.insert(POST), posts)
    with engine.begin() as db:
        db.exec_driver_sql("INSERT INTO found(rowid, text) SELECT rowid, text FROM post")
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    signed = signer.dumps({"member": members[0]}) if signer else ""
    return app, {"cookie": f"session={signed}", "board": "/boards/B1", "thread": f"/threads/{1:032x}"}


def pages_of(app: Flask, found: dict[str, str], reply: dict[str, str]) -> dict[str, tuple[Ask, int]]:
    """Return what to ask for, by name, each with the status it must have."""
    member, stranger = Browser(app, found["cookie"]), Browser(app)
    stranger.ask("GET", found["board"])
    tag = stranger.headers.get("ETag", "")
    writer = Browser(app, found["cookie"])
    body = urlencode({**reply, "text": TEXT, "csrf_token": _token(writer, found["thread"])}).encode()
    return {
        "board, signed in": (lambda: member.ask("GET", found["board"]), 200),
        "thread of 20 posts, signed in": (lambda: member.ask("GET", found["thread"]), 200),
        "board, signed out": (lambda: stranger.ask("GET", found["board"]), 200),
        "board, signed out, unchanged (304)": (
            lambda: stranger.ask("GET", found["board"], HTTP_IF_NONE_MATCH=tag),
            304,
        ),
        "search, two common words": (lambda: member.ask("GET", "/search?q=vans+station"), 200),
        "search, a rare word": (lambda: member.ask("GET", f"/search?q={RARE}"), 200),
        "new post": (lambda: writer.ask("POST", found["thread"].replace("001", "016"), body), 303),
    }


def _token(browser: Browser, path: str) -> str:
    """Read the form's token, and keep the cookie that goes with it."""
    if browser.ask("GET", path) != 200:
        raise SystemExit(f"{path} answered {browser.status}")
    token = browser.body.split(b'name="csrf_token"', 1)[1].split(b'value="', 1)[1].split(b'"', 1)[0]
    set_cookie = browser.headers.get("Set-Cookie", "")
    if set_cookie:
        browser.cookie = set_cookie.split(";", 1)[0]
    return token.decode()


def _forget_limits() -> None:
    """Count requests anew: the limits are at work while we measure, and one round stays below each of them."""
    from core.web.security import limiter

    limiter.reset()


def milliseconds(ask: Ask, times: int) -> float:
    """Return CPU milliseconds per request over so many requests."""
    start = time.process_time()
    for _number in range(times):
        ask()
    return (time.process_time() - start) * 1000 / times


def compare(both: list[dict[str, tuple[Ask, int]]], rounds: int, times: int) -> dict[str, list[float]]:
    """Return the median of each app's rounds, by page; the rounds alternate."""
    found: dict[str, list[float]] = {}
    for name in both[0]:
        taken: list[list[float]] = [[], []]
        _forget_limits()
        for app in both:
            ask, wanted = app[name]
            for _warm in range(5):
                if ask() != wanted:
                    raise SystemExit(f"{name}: expected {wanted}, got {ask()}")
        for _round in range(rounds):
            for index, app in enumerate(both):
                _forget_limits()
                taken[index].append(milliseconds(app[name][0], times))
        found[name] = [statistics.median(each) for each in taken]
    return found


def main() -> None:
    """Measure and print the table."""
    wanted = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    wanted.add_argument("--rounds", type=int, default=7)
    wanted.add_argument("--requests", type=int, default=60)
    wanted.add_argument("--threads", type=int, default=2000)
    asked = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours = pages_of(*fill_ours(Path(folder) / "ours", asked.threads), {"as": "alias"})
        lean = pages_of(*fill_lean(Path(folder) / "lean.db", asked.threads), {})
        found = compare([ours, lean], asked.rounds, asked.requests)
    print(f"{'CPU milliseconds a page':38}{'ours':>8}{'lean':>8}{'ratio':>8}{'goal':>8}")
    whole = found["board, signed out"][1]
    for name, (mine, theirs) in found.items():
        goal = "0.30" if "304" in name else "2.00" if name == "new post" else "1.50"
        against = whole if "304" in name else theirs
        print(f"{name:38}{mine:8.2f}{theirs:8.2f}{mine / against:8.2f}{goal:>8}")
    print("The 304 is compared with the lean app's whole page for visitors.")


if __name__ == "__main__":
    main()
