"""A borough for the attacks: members who take voices, live their lives, and write under names of every kind."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import linking_loot
import linking_voices
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from linking_loot import Hidden, Loot
from linking_voices import Voice

from core import jobs
from core.database import now, sql
from core.testing import form_token, make_app, make_member, sign_in, work
from plugins.anonymity import jobs as anonymity_jobs
from plugins.anonymity.unlinkable import jobs as unlinkable_jobs

BOROUGH = "E09000030"
WARDS = ("E05009320", "E05009332", "E05009324", "E05009336")
FIRST_DAY = datetime(2026, 11, 18, 9, tzinfo=UTC)
"""A Wednesday; the week in which the voices count begins on the Monday after."""
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
ADMIN_PAGES = ("/admin", "/admin/anonymity", "/moderation", "/boards", "/alerts", "/review", "/metrics", "/help")


@dataclass
class World:
    """One borough after a week: what the thief takes, while posts wait and after all came out."""

    waiting: Loot | None = None
    after: Loot | None = None
    hidden: list[Hidden] = field(default_factory=list)
    posts: int = 0


class Life:
    """Everybody's doings. What a member does under their alias is drawn apart from what they write unseen."""

    def __init__(self, folder: Path, size: int, seed: int, clock: Any) -> None:
        """Make the instance and its members."""
        self.draw = random.Random(seed)  # noqa: S311  # a repeatable borough, not a secret
        self.clock = clock
        self.folder = folder / "data"
        self.printed = folder / "printed.log"
        self.app = make_app(self.folder, csrf=True)
        self.members = [make_member(self.app, f"Wren {n:05} x", ward=self.draw.choice(WARDS)) for n in range(size)]
        self.admin = make_member(self.app, roles=["admin", "custodian"])
        self.browsers: dict[str, FlaskClient] = {}
        self.tokens: dict[str, str] = {}
        self.voices: dict[str, Voice] = {}
        self.names: dict[tuple[str, str], dict[str, Any]] = {}
        self.threads = [self.open_thread(member) for member in self.draw.sample(self.members, 4)]

    def browser(self, member: str) -> FlaskClient:
        """Return a member's browser, signed in."""
        if member not in self.browsers:
            self.browsers[member] = self.app.test_client()
            sign_in(self.browsers[member], member)
            self.tokens[member] = form_token(self.browsers[member], "/account/close")
        return self.browsers[member]

    def send(self, member: str, path: str, **form: str) -> Any:
        """Send a form of a page."""
        browser = self.browser(member)
        return browser.post(path, data={**form, "csrf_token": self.tokens[member]})

    def open_thread(self, member: str) -> str:
        """Open a thread under the alias."""
        form = {"title": "Bins left in the road", "text": "Three last night.", "category": "nuisance"}
        form |= {"tier": "verified", "wards": BOROUGH, "as": "alias", "shown_tier": "verified", "looked_at": "1"}
        answer = self.send(member, f"/boards/{BOROUGH}/new", **form)
        if answer.status_code != 303:
            raise RuntimeError(answer.get_data(as_text=True)[-3000:])
        return str(answer.location).split("/threads/")[1][:32]

    def do_something(self, member: str) -> None:
        """Read, follow, draft, or write under the alias or a name for one thread."""
        thread = self.draw.choice(self.threads)
        self.browser(member).get(f"/threads/{thread}")
        what = self.draw.randrange(5)
        if what == 0:
            self.send(member, f"/threads/{thread}", text="I saw that too, on my way home.", **{"as": "alias"})
        elif what == 1:
            self.send(member, f"/threads/{thread}/follow")
        elif what == 2:
            self.send(member, f"/threads/{thread}", text="I wonder whether", draft="save", **{"as": "alias"})
        elif what == 3:
            self.hide(member, thread, "thread_alias")
        else:
            self.send(member, f"/threads/{thread}/read")

    def hide(self, member: str, thread: str, as_: str) -> None:
        """Write under a name for one thread, and remember who it was."""
        before = self._posts()
        self.send(member, f"/threads/{thread}", text="I heard it as well.", **{"as": as_})
        for post, ref, label in self._posts() - before:
            one = self.names.setdefault((member, str(ref or post)), {"kind": as_, "posts": [], "label": label})
            one["posts"].append(post)

    def _posts(self) -> set[tuple[str, str | None, str]]:
        hidden = "SELECT id, ref, label FROM ward_boards_post WHERE member_id IS NULL"
        with self.app.app_context(), sql.engine.connect() as connection:
            return {(row[0], row[1], row[2]) for row in connection.execute(sa.text(hidden))}

    def take_voices(self) -> None:
        """Let everybody visit once in a random order; their browsers take what is offered."""
        for member in self.draw.sample(self.members, len(self.members)):
            self.clock.shift(timedelta(minutes=self.draw.randrange(1, 15)))
            self.voices[member] = linking_voices.take(self.browser(member), self.tokens[member], BOROUGH)
            if self.draw.random() < 0.3:
                self.do_something(member)

    def speak(self, member: str, posts: dict[str, list[str]]) -> None:
        """Write one post with a member's voice: a thread now and then, mostly a reply."""
        if self.draw.random() < 0.7:
            self.look_around(member)
        voice, name = self.voices[member], linking_voices.new_id()
        where, body = "threads", {"id": name, "text": "It was there last night."}
        if self.draw.random() < 0.2:
            body |= {"title": "Lamp out by the bridge", "category": "nuisance", "wards": [BOROUGH]}
        else:
            where = f"threads/{self.draw.choice(self.threads)}/replies"
        answer = voice.ask(self.app, "POST", where, body)
        if answer.status_code != 202:
            raise RuntimeError(answer.get_data(as_text=True)[:500])
        posts.setdefault(member, []).append(name)
        # The worker's minute. All its other work, each minute of a week, would only take longer.
        with self.app.app_context():
            unlinkable_jobs.look(now())
            anonymity_jobs.empty_log(now())

    def look_around(self, member: str) -> None:
        """Do on the members' side what most do before they write: read a thread, and see to one's voices."""
        thread, browser = self.draw.choice(self.threads), self.browser(member)
        browser.get(f"/threads/{thread}")
        self.send(member, f"/threads/{thread}/read")
        browser.get("/api/v1/anonymity/epochs")
        browser.get("/api/v1/anonymity/vault")

    def live_a_week(self, world: World) -> dict[str, list[str]]:
        """Six days of two halves: a third of the voices speak, others and they themselves do other things."""
        speakers = self.draw.sample(self.members, len(self.members) // 3)
        turns = [(member, half) for member in speakers for half in self._halves()]
        posts: dict[str, list[str]] = {}
        for half in range(12):
            self.clock.move_to(MONDAY + timedelta(hours=8 + 12 * half, minutes=20))
            doings = [(self.speak, member) for member, when in turns if when == half]
            busy = self.draw.sample(self.members, max(2, len(self.members) // 12))
            doings += [(self.do_something, member) for member in busy]
            self.draw.shuffle(doings)
            for does, member in doings:
                self.clock.shift(timedelta(minutes=self.draw.randrange(1, 6)))
                does(member, posts) if does == self.speak else does(member)
            if half == 5:
                world.waiting = self.stolen()
            self.clock.move_to(MONDAY + timedelta(hours=20 + 12 * half, minutes=5))
            with self.app.app_context():
                jobs.run_due()
        return posts

    def _halves(self) -> set[int]:
        return {self.draw.randrange(12) for _post in range(self.draw.choice((1, 1, 2, 3)))}

    def stolen(self) -> Loot:
        """Return the data folder as it lies there now, the log, and every page that an admin sees."""
        more = {"printed.log": self.printed.read_bytes()}
        browser = self.browser(self.admin)
        for page in ADMIN_PAGES:
            more[f"admin{page}.html"] = browser.get(page).data
        return linking_loot.take(self.folder, more)


@contextmanager
def _log_to(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()


def make(folder: Path, size: int, seed: int) -> World:
    """Return a borough of so many members after one week of voices."""
    world = World()
    with time_machine.travel(FIRST_DAY, tick=True) as clock, _log_to(folder / "printed.log"):
        life = Life(folder, size, seed, clock)
        work(life.app)
        life.take_voices()
        work(life.app)
        clock.move_to(MONDAY + timedelta(minutes=5))
        work(life.app)
        posts = life.live_a_week(world)
        world.after = life.stolen()
        world.hidden = [life.voices[member].hidden(life.app, member, spoken) for member, spoken in posts.items()]
        world.hidden += [
            Hidden(one["kind"], tuple({*one["posts"], ref}), tuple(one["posts"]), member)
            for (member, ref), one in life.names.items()
        ]
        world.posts = sum(len(spoken) for spoken in posts.values())
        for loot in (world.waiting, world.after):
            if loot:
                loot.asked = {member: voice.asked for member, voice in life.voices.items()}
        with life.app.app_context():
            sql.engine.dispose()
    return world
