"""Front door of ward_boards: everything it tells core, and nothing else. Imports stay inside, so loading is light."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.contributions import NavItem, Permission, Schema, Slot
from core.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session

    from core.contributions import (
        ErasurePart,
        ExportPart,
        Job,
        Panel,
        PostSignature,
        RetentionPart,
        Rule,
        Setting,
        Subscription,
        TopicLabel,
        Viewer,
    )
    from core.released import Placement, ReleasedPost, ThreadCopy

NEIGHBOURS = frozenset({"verified", "coordinator", "officer"})
READERS = NEIGHBOURS | {"reader"}
STAFF = frozenset({"coordinator", "officer"})


@hookimpl
def register_settings() -> list[Setting]:
    """Accept how long visitors wait for a public notice."""
    from plugins.ward_boards.reading import contributions as reading

    return reading.settings()


@hookimpl
def register_schema() -> Schema:
    """Say where the tables of boards and alerts are."""
    return Schema(package="plugins.ward_boards", table_prefix="ward_boards")


@hookimpl
def register_permissions() -> list[Permission]:
    """Declare who may read, write and moderate; a verified member reads and writes in every ward, a reader reads."""
    from plugins.ward_boards.alerts import contributions as alerts
    from plugins.ward_boards.complaints import contributions as complaints
    from plugins.ward_boards.moderation import contributions as moderation
    from plugins.ward_boards.weekly import contributions as weekly

    return [
        Permission("ward_boards.read", "Read posts for verified members", READERS),
        Permission("ward_boards.post", "Write on the boards", NEIGHBOURS),
        Permission("ward_boards.post_public", "Put up a notice that everyone can read", STAFF),
        Permission("ward_boards.read_coordinators", "Read and write posts for coordinators", STAFF),
        Permission("ward_boards.moderate", "Hide, restore and lock posts", STAFF),
        *alerts.permissions(),
        *weekly.permissions(),
        *moderation.permissions(),
        *complaints.permissions(),
    ]


@hookimpl
def register_blueprints() -> list[Blueprint]:
    """Return the pages and the API; each app gets blueprints of its own."""
    from plugins.ward_boards import api, views
    from plugins.ward_boards.alerts import api as alerts_api
    from plugins.ward_boards.alerts import views as alerts_views
    from plugins.ward_boards.following import api as following_api

    pages = views.blueprint()
    alerts_views.register(pages)
    machine = api.blueprint()
    alerts_api.register(machine)
    following_api.register(machine)
    return [pages, machine]


@hookimpl
def register_subscriptions() -> list[Subscription]:
    """Return what alerts want to hear of, and what is told to followers of threads and wards."""
    from plugins.ward_boards.alerts import contributions as alerts
    from plugins.ward_boards.following import contributions as following
    from plugins.ward_boards.released import stopping as released
    from plugins.ward_boards.search import jobs as search

    rooms = (alerts, following, search, released)
    return [*(each for room in rooms for each in room.subscriptions()), _ward_changes()]


def _ward_changes() -> Subscription:
    from core.contributions import Subscription
    from core.events import WardsChanged
    from plugins.ward_boards import ward_changes

    return Subscription(WardsChanged, ward_changes.follow, "ward_changes")


@hookimpl
def register_jobs() -> list[Job]:
    """Return the regular work of each room."""
    from plugins.ward_boards.alerts import contributions as alerts
    from plugins.ward_boards.complaints import contributions as complaints
    from plugins.ward_boards.following import contributions as following
    from plugins.ward_boards.incidents import contributions as incidents
    from plugins.ward_boards.moderation import contributions as moderation
    from plugins.ward_boards.search import jobs as search
    from plugins.ward_boards.weekly import contributions as weekly
    from plugins.ward_boards.writing import contributions as writing

    rooms = (alerts, incidents, moderation, search, writing, weekly, following, complaints)
    return [job for room in rooms for job in room.jobs()]


@hookimpl
def register_commands() -> list[click.Command]:
    """Return the command that makes the search index anew."""
    from plugins.ward_boards import commands

    return [commands.ward_boards]


@hookimpl
def nav_items(viewer: Viewer) -> list[NavItem]:
    """Put the boards and the alerts in the menu."""
    from flask_babel import gettext as _

    from plugins.ward_boards.alerts import contributions as alerts
    from plugins.ward_boards.moderation import contributions as moderation

    boards = NavItem(order=20, label=_("Boards"), endpoint="ward_boards.index", icon="chat-left-text-fill")
    return [boards, *alerts.nav_items(viewer), *moderation.nav_items(viewer)]


@hookimpl
def panels(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
    """Show public notices at the front door, the newest threads to members, and alerts."""
    if slot is Slot.POST_FOOTER:
        return []  # asked for every post of a page
    from plugins.ward_boards import panels as boards
    from plugins.ward_boards.alerts import contributions as alerts
    from plugins.ward_boards.complaints import contributions as complaints
    from plugins.ward_boards.reading import contributions as reading
    from plugins.ward_boards.weekly import contributions as weekly

    return [
        *boards.panels(slot, viewer, subject),
        *alerts.panels(slot, viewer, subject),
        *reading.panels(slot, viewer),
        *weekly.panels(slot, viewer),
        *complaints.panels(slot, viewer),
    ]


@hookimpl
def permission_rules(viewer: Viewer, permission: str) -> list[Rule]:
    """Let deputies send the letters of their boards."""
    from plugins.ward_boards.weekly import contributions as weekly

    return weekly.rules(viewer, permission)


@hookimpl
def topic_labels(db: Session, viewer: Viewer, topics: Sequence[str]) -> list[TopicLabel]:
    """Name the threads that a member follows."""
    from plugins.ward_boards.following import topics as following

    return following.labels(db, viewer, topics)


@hookimpl
def publish_released(db: Session, released: ReleasedPost) -> Placement | None:
    """Put a post that waited elsewhere on its boards."""
    from plugins.ward_boards.released import publishing

    return publishing.publish(db, released)


@hookimpl
def placed_posts(db: Session, post_ids: Sequence[str]) -> dict[str, Placement]:
    """Say where such posts are now."""
    from plugins.ward_boards.released import standing

    return standing.placed(db, post_ids)


@hookimpl
def withdraw_released(db: Session, post_id: str, ref: str) -> bool:
    """Take such a post back for its writer."""
    from plugins.ward_boards.released import standing

    return standing.withdraw(db, post_id, ref)


@hookimpl
def copied_threads(db: Session, limit: int) -> list[ThreadCopy]:
    """Return the newest threads as verified members read them."""
    from plugins.ward_boards.released import copying

    return copying.newest(db, limit)


@hookimpl
def signature_of(db: Session, post_id: str) -> PostSignature | None:
    """Say how a post is signed, to those who must act on it."""
    from plugins.ward_boards.released import standing

    return standing.signature(db, post_id)


@hookimpl
def export_member(db: Session, member_id: str) -> ExportPart:
    """Hand a member the posts under their alias and the reports they made."""
    from plugins.ward_boards import personal

    return personal.export(db, member_id)


@hookimpl
def erase_member(db: Session, member_id: str) -> ErasurePart:
    """Take the texts of a member off the boards."""
    from plugins.ward_boards import personal

    return personal.erase(db, member_id)


@hookimpl
def retention(db: Session, now: datetime) -> list[RetentionPart]:
    """Delete cases, copies and log entries whose day has come."""
    from plugins.ward_boards.complaints import contributions as complaints
    from plugins.ward_boards.moderation import contributions as moderation

    return [*moderation.retention(db, now), *complaints.retention(db, now)]


@hookimpl
def demo_content(db: Session, people: Mapping[str, str]) -> list[str]:
    """Put threads, answers and an alert into a new demonstration."""
    from plugins.ward_boards import demo

    return demo.fill(db, people)
