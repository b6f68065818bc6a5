"""What the unlinkable side hands to core through the plugin's front door; light to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.contributions import Finding, Job, ModerationAction, Mount, Permission, PostSignature, Setting, Viewer

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

BAN = "anonymity.ban"
KIND = "handle"


def settings() -> list[Setting]:
    """Return where the unlinkable side is, and how large a crowd it wants."""
    return [
        Setting("unlinkable_url", str, "/a", "where browsers reach the unlinkable side: a second host, or /a", _url),
        Setting(
            "unlinkable_database_url",
            str,
            "",
            "SQLAlchemy URL of the unlinkable side's own SQLite file; empty: unlinkable.sqlite3 in the data folder",
            _file,
        ),
        Setting("crowd_least", int, 30, "voices that a week and board need before any of them may speak", _crowd),
    ]


def _url(value: Any) -> str | None:
    parts = urlsplit(value)
    is_other = parts.scheme in ("http", "https") and parts.netloc and parts.path == "/a" and not parts.query
    return (
        None if value == "/a" or is_other else f"expected /a, or an address like https://anon.example/a, got '{value}'"
    )


def _file(value: Any) -> str | None:
    is_file = value.startswith("sqlite:////") and len(value) > len("sqlite:////")
    return None if not value or is_file else f"expected sqlite:/// and the whole path of a file, got '{value}'"


def _crowd(value: Any) -> str | None:
    return None if value >= 2 else f"expected 2 or more: one alone is no crowd, got {value}"


def permissions() -> list[Permission]:
    """Return who may stop a voice."""
    return [Permission(BAN, "Stop a voice without a name until its week ends", frozenset({"coordinator", "officer"}))]


def mounts() -> list[Mount]:
    """Return the application that stands beside the pages."""
    return [Mount("/a", _make)]


def _make(app: Flask) -> Callable[..., Any]:
    from core.instance import instance
    from plugins.anonymity.unlinkable import app as side
    from plugins.anonymity.unlinkable import store as stores

    config = instance(app).config
    store = stores.Store(stores.url_of(config))
    stores.keep(app, store)
    return side.create(store, side.rules_of(config))


def jobs() -> list[Job]:
    """Return the minute's look."""
    from plugins.anonymity.unlinkable import jobs as work

    return [Job("unlinkable", work.look, work.EVERY_SECONDS)]


def moderation_actions(viewer: Viewer, signature: PostSignature) -> list[ModerationAction]:
    """Offer to stop the voice behind a post, to those who may on one of its boards."""
    from plugins.anonymity.unlinkable import bans

    return bans.offered(viewer, signature)


def self_checks() -> list[Finding]:
    """Return what `doctor` says about the unlinkable side."""
    from plugins.anonymity.unlinkable import findings

    return findings.findings()
