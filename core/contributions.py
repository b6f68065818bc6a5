"""Values that plugins hand to core, and core hands to plugins. Ground floor: imports nothing of ours.

Everything here is frozen. A plugin contributes at start (`register_*`), or answers a question
about one request with these values; it never gets hold of core's own objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

ALL = "ALL"
"""In a `Rule`: every ward of this instance."""

ROLES = ("visitor", "member", "reader", "verified", "coordinator", "officer", "reviewer", "custodian", "admin")
LEVELS = ("reader", "verified")
"""Of a membership, the lowest first: readers read, the verified write too. Each is a role while it stands."""
WARD_ROLES = frozenset({"coordinator", "officer"})
"""Roles that are granted for named wards; the others hold everywhere."""


class Slot(StrEnum):
    """Places in pages where plugins may add panels; each is rendered by exactly one template."""

    HOME = "home"
    DASHBOARD = "dashboard"
    WARD = "ward"
    ALERT = "alert"
    REMOTE_ALERT = "remote_alert"
    VERIFY = "verify"
    SIGN_IN = "sign_in"
    COMPOSE = "compose"
    POST_FOOTER = "post_footer"
    PROFILE = "profile"
    MODERATION = "moderation"
    ADMIN = "admin"
    PAGE_END = "page_end"
    HELP = "help"


@dataclass(frozen=True)
class Grant:
    """One role held by a member: in one ward, or everywhere when `ward_code` is None."""

    role: str
    ward_code: str | None = None


@dataclass(frozen=True)
class Viewer:
    """The one who asks. `member_id` is None for a visitor; `home_ward` is None until verified, as a reader or fully.

    `has_second_factor` says that a password alone would not have let them in; tokens for the API count as that.
    `disguise` names what the site looks like to them, see `core.disguises`; empty is as it is.
    """

    member_id: str | None = None
    alias: str | None = None
    grants: frozenset[Grant] = frozenset({Grant("visitor")})
    home_ward: str | None = None
    has_second_factor: bool = False
    disguise: str = ""

    def has_role(self, role: str) -> bool:
        """Whether the role is held in at least one ward."""
        return any(grant.role == role for grant in self.grants)

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a member behind the request."""
        return self.member_id is not None

    @property
    def is_verified(self) -> bool:
        """Whether a current membership of the full level stands behind the request."""
        return self.has_role("verified")

    @property
    def is_reader(self) -> bool:
        """Whether a current membership of the lower level does: they read the boards and do not write."""
        return self.has_role("reader")


@dataclass(frozen=True)
class Setting:
    """One line of `[plugin]` in boroughwatch.toml; `kind` is bool, int, float, str or list."""

    name: str
    kind: type
    default: Any
    help: str
    check: Callable[[Any], str | None] | None = None
    """Returns what is wrong with a value, as a sentence, or None."""
    check_beside: Callable[[Any, Mapping[str, Any]], str | None] | None = None
    """The same, asked once every line of the plugin's table fits by itself, with all of them at hand."""


@dataclass(frozen=True)
class Permission:
    """`plugin.verb`, a label for people, and the roles that hold it unless a rule says otherwise.

    With `needs_second_factor` only those hold it whose login is guarded by more than a password.
    """

    name: str
    label: str
    default_roles: frozenset[str]
    needs_second_factor: bool = False


@dataclass(frozen=True)
class Rule:
    """An allowance or a refusal for some wards; any refusal wins, and says why."""

    allow: bool
    wards: frozenset[str] | str
    reason: str


@dataclass(frozen=True)
class Schema:
    """Where a plugin's tables live: the package with `models` and `migrations`, and their prefix."""

    package: str
    table_prefix: str


@dataclass(frozen=True)
class Subscription:
    """`handler(db, event)` is called once per event, in a transaction of its own, after commit.

    It must be safe to call again: a crash between its commit and the receipt repeats it never, a
    raise rolls it back and repeats it later.
    """

    event_type: type
    handler: Callable[..., None]
    name: str


@dataclass(frozen=True)
class Job:
    """`run(now)` is called in an app context every `every_seconds`, by one worker at a time.

    It opens its own transactions; returning a positive number asks to be run again in so many seconds.
    """

    name: str
    run: Callable[..., float | None]
    every_seconds: int


@dataclass(frozen=True)
class Mount:
    """A WSGI application of its own below one path: it shares neither cookies, sessions nor database with the pages.

    `make(app)` is called once when the app is made and returns the application; it sees the path as its SCRIPT_NAME.
    """

    path: str
    make: Callable[[Any], Callable[..., Any]]


@dataclass(frozen=True)
class Document:
    """What this instance publishes below `/.well-known/` for everybody, and verified neighbours show a copy of.

    `body(db)` returns it as it is now: JSON, without a word on who asks. `agrees(db, copy)` says whether a copy found
    elsewhere is of ours, though perhaps an older one. `name` is like `signing-keys.json`.
    """

    name: str
    body: Callable[[Any], bytes]
    agrees: Callable[[Any, bytes], bool]


@dataclass(frozen=True)
class Mirror:
    """Where a neighbour shows a copy of one of our documents, and on which day it was last seen to show the same.

    `seen_on` is None while nobody has looked. `is_same` is what was found then.
    """

    url: str
    keeper: str
    seen_on: date | None = None
    is_same: bool = False


@dataclass(frozen=True)
class NavItem:
    """One entry of the main menu. `icon` names a symbol of icons.svg; lower `order` comes first."""

    order: int
    label: str
    endpoint: str
    icon: str
    count: int = 0


@dataclass(frozen=True)
class Panel:
    """A template with its values, shown in a slot."""

    template: str
    context: Mapping[str, Any]
    order: int = 50


@dataclass(frozen=True)
class ComposeOption:
    """One way to sign a post, offered beside the button. `name` is what the form sends as `as`."""

    name: str
    label: str
    help: str
    is_default: bool = False


@dataclass(frozen=True)
class Authorship:
    """Who a post is by, as far as the board may know.

    `kind` is the chosen option's name. With `ref` set, the board stores it and `label`, and no
    member: the ref is opaque, equal for equal authors inside one thread, or for one week, and nowhere else.
    """

    kind: str
    label: str
    ref: str | None = None
    member_id: str | None = None


@dataclass(frozen=True)
class Draft:
    """A post about to be published. `thread_id` is chosen before the thread exists; `post_id` may be, too."""

    thread_id: str
    ward_codes: tuple[str, ...]
    title: str | None
    text: str
    category: str
    tier: str
    post_id: str = ""


@dataclass(frozen=True)
class PostSignature:
    """How a post is signed, for those who must act on it: a hidden author's kind and ref, or the member of an alias."""

    post_id: str
    thread_id: str
    ward_codes: tuple[str, ...]
    kind: str
    label: str
    ref: str | None = None
    member_id: str | None = None


@dataclass(frozen=True)
class ModerationAction:
    """A further deed offered to a moderator on a post's page: a button that posts `fields` to a page at `path`."""

    label: str
    help: str
    path: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Objection:
    """A reason not to publish as it stands: `hold` for a moderator or `refuse` with the text."""

    code: str
    text: str
    refuse: bool = False


@dataclass(frozen=True)
class ExportPart:
    """What one owner holds on a member, as plain records."""

    name: str
    records: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class ErasurePart:
    """How many records one owner deleted and kept, and why it had to keep them."""

    deleted: int
    kept: int = 0
    why_kept: str = ""


@dataclass(frozen=True)
class Finding:
    """One line of `doctor`: whether all is well, and a sentence that says what to do."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Chain:
    """A chain of records as it was found: what is wrong with it as a sentence, or None; and its newest hash.

    `known` are those of the hashes asked for that belong to one of its entries.
    """

    name: str
    problem: str | None
    length: int = 0
    head: str = ""
    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RetentionPart:
    """How many records of one kind were deleted because their day had come."""

    name: str
    deleted: int


@dataclass(frozen=True)
class LetterPart:
    """A section of a board's weekly letter: a heading and its lines, in the Markdown that posts are written in.

    `note` is said under the heading, such as how old the facts are. Lower `order` comes first.
    """

    heading: str
    lines: Sequence[str]
    note: str = ""
    order: int = 50


@dataclass(frozen=True)
class TopicLabel:
    """What a topic that a member follows is called, and where it is."""

    topic: str
    title: str
    path: str


@dataclass(frozen=True)
class Contributions:
    """All that was registered at start, checked, by plugin name."""

    permissions: Mapping[str, Permission] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Setting]] = field(default_factory=dict)
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    subscriptions: Sequence[tuple[str, Subscription]] = ()
    jobs: Sequence[tuple[str, Job]] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)
