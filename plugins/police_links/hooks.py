"""The front door: everything this plugin contributes. The rest is imported inside, so that loading stays light."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.contributions import Job, NavItem, Panel, Permission, Schema, Slot, Viewer
from core.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from flask import Blueprint
    from sqlalchemy.orm import Session

    from core.contributions import ErasurePart, ExportPart, Finding, LetterPart, Subscription

REMIND_EVERY_SECONDS = 1800
FORGET_EVERY_SECONDS = 6 * 3600
FETCH_EVERY_SECONDS = 24 * 3600


@hookimpl
def register_schema() -> Schema:
    """Say where the tables of doors and contact sessions are."""
    return Schema(package="plugins.police_links", table_prefix="police_links")


@hookimpl
def register_permissions() -> list[Permission]:
    """Who keeps the doors right, who publishes sessions, who books and asks."""
    return [
        Permission("police_links.edit_doors", "Change what the police pages say", frozenset({"admin", "officer"})),
        Permission("police_links.publish_session", "Publish and call off contact sessions", frozenset({"officer"})),
        Permission("police_links.book_session", "Book a place at a contact session", frozenset({"verified"})),
        Permission("police_links.request_session", "Ask for a contact session", frozenset({"verified"})),
        Permission("police_links.ask_question", "Put a question to a contact session", frozenset({"verified"})),
    ]


@hookimpl
def register_blueprints() -> list[Blueprint]:
    """Pages under `/police`, and the API beside them."""
    from plugins.police_links import api, views

    return [views.blueprint(), api.blueprint()]


@hookimpl
def register_jobs() -> list[Job]:
    """The mail on the day before a session, forgetting who was there, and the daily look at the open data."""
    return [
        Job(name="remind", run=_remind, every_seconds=REMIND_EVERY_SECONDS),
        Job(name="forget", run=_forget, every_seconds=FORGET_EVERY_SECONDS),
        Job(name="police_data", run=_fetch, every_seconds=FETCH_EVERY_SECONDS),
    ]


def _remind(now: datetime) -> None:
    from plugins.police_links import reminders

    reminders.remind(now)


def _forget(now: datetime) -> None:
    from plugins.police_links import retention

    retention.forget(now)


def _fetch(now: datetime) -> float | None:
    from plugins.police_links.police_data import fetching

    return fetching.fetch(now)


@hookimpl
def register_subscriptions() -> list[Subscription]:
    """A ward that changed takes its doors along."""
    from core.contributions import Subscription
    from core.events import WardsChanged
    from plugins.police_links import ward_changes

    return [Subscription(WardsChanged, ward_changes.follow, "ward_changes")]


@hookimpl
def nav_items(viewer: Viewer) -> list[NavItem]:
    """One entry, for everyone."""
    from flask_babel import gettext as _

    return [NavItem(order=40, label=_("Police"), endpoint="police_links.index", icon="shield-check")]


@hookimpl
def panels(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
    """Doors and answers on a ward's page, doors beside a post being written; the next sessions on the dashboard."""
    if slot is Slot.POST_FOOTER:
        return []  # asked for every post of a page
    from plugins.police_links import side_panels

    return side_panels.panels_for(slot, viewer, subject)


@hookimpl
def export_member(db: Session, member_id: str) -> ExportPart:
    """Places, wishes, and questions wanted."""
    from plugins.police_links import privacy

    return privacy.export(db, member_id)


@hookimpl
def erase_member(db: Session, member_id: str) -> ErasurePart:
    """Places, wishes and wants go; nothing of the member stays."""
    from plugins.police_links import privacy

    return privacy.erase(db, member_id)


@hookimpl
def self_checks() -> list[Finding]:
    """Doors that nobody has checked yet."""
    from plugins.police_links import directory_checks

    return directory_checks.findings()


@hookimpl
def letter_parts(db: Session, ward_code: str, now: datetime) -> list[LetterPart]:
    """Sessions to come and answers given, for the weekly letter of a board."""
    from plugins.police_links import letter

    return letter.parts(db, ward_code, now)


@hookimpl
def demo_content(db: Session, people: Mapping[str, str]) -> list[str]:
    """Publish contact sessions in a new demonstration."""
    from plugins.police_links import demo

    return demo.fill(db, people)
