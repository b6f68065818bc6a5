"""Front door: all that this plugin hands to core. The rest of it is imported only when asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from core.contributions import (
    ErasurePart,
    ExportPart,
    Finding,
    Job,
    Mirror,
    NavItem,
    Panel,
    Permission,
    Schema,
    Setting,
    Slot,
    Subscription,
    Viewer,
)
from core.hookspecs import hookimpl
from federation.permission_names import MANAGE, READ_DELIVERIES, REVIEW, SAY_SEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session

    from core.crossing import Recipient


def _check_shown(value: str) -> str | None:
    from federation.trust import rules

    return rules.check_shown(value)


def _check_level(value: str) -> str | None:
    from federation.trust import rules

    return rules.check_level(value)


def _check_page(value: str) -> str | None:
    return None if value.startswith("/") and "{id}" in value else "expected a path with {id}, like /alerts/{id}"


def _from_one(value: int) -> str | None:
    return None if value >= 1 else "expected a number from 1"


@hookimpl
def register_settings() -> list[Setting]:
    """How patient sending is, and how much a neighbour may ask."""
    return [
        Setting("first_pause_seconds", int, 30, "pause after a first failure to send; it doubles", _from_one),
        Setting("greeting_seconds", int, 120, "how often verified neighbours are greeted", _from_one),
        Setting("alerts_per_day", int, 500, "alerts and changes taken from one neighbour in a day", _from_one),
        Setting("requests_per_minute", int, 120, "signed requests accepted from one neighbour in a minute", _from_one),
        Setting(
            "show_by_itself",
            str,
            "none",
            "which neighbours' alerts are shown before somebody has looked at them: none, all, or categories",
            _check_shown,
        ),
        Setting("public_actor", bool, True, "let accounts elsewhere follow our public alerts, once we are at https"),
        Setting("blocked_hosts", list, [], "servers, or whole domains, that can neither follow nor get our alerts"),
        Setting(
            "alert_page", str, "/alerts/{id}", "where alerts are read; with `.cap` behind it their file", _check_page
        ),
        Setting("lowest_assurance", str, "none", "alerts of neighbours that verify less than this wait", _check_level),
    ]


@hookimpl
def register_schema() -> Schema:
    """Neighbours, deliveries, and neighbours' alerts."""
    return Schema("federation", "federation")


@hookimpl
def register_permissions() -> list[Permission]:
    """Who may decide about neighbours, and who may see how alerts reached them."""
    staff = frozenset({"admin", "officer", "coordinator"})
    return [
        Permission(MANAGE, "Propose, compare, stop and end exchange with neighbouring boroughs", frozenset({"admin"})),
        Permission(READ_DELIVERIES, "See which neighbours have received or removed an alert", staff),
        Permission(SAY_SEEN, "Say that a neighbour's alert was seen here too", frozenset({"verified", "coordinator"})),
        Permission(REVIEW, "Look at neighbours' alerts and show or refuse them", frozenset({"admin", "coordinator"})),
    ]


@hookimpl
def register_blueprints() -> list[Blueprint]:
    """The pages, the API, and the plane where servers talk to each other."""
    from federation import api, views, wire

    return [views.PAGES, api.blueprint(), wire.MACHINE]


@hookimpl
def register_commands() -> list[click.Command]:
    """The command `federation`."""
    from federation import commands

    return [commands.federation]


@hookimpl
def register_subscriptions() -> list[Subscription]:
    """Alerts of this instance are queued for the neighbours in their audience."""
    from core.events import AlertIssued, AlertWithdrawn
    from federation import subscriptions

    return [
        Subscription(AlertIssued, subscriptions.on_issued, "issued"),
        Subscription(AlertWithdrawn, subscriptions.on_withdrawn, "withdrawn"),
        Subscription(AlertIssued, subscriptions.publish, "issued_publicly"),
        Subscription(AlertWithdrawn, subscriptions.publish, "withdrawn_publicly"),
    ]


@hookimpl
def register_jobs() -> list[Job]:
    """Sending, greeting, tidying, copying what neighbours publish."""

    def deliver(at: datetime) -> float | None:
        from federation import delivery

        return delivery.deliver(at)

    def greet(at: datetime) -> float:
        from core.instance import instance
        from federation import housekeeping

        housekeeping.greet(at)
        return float(instance().config.plugin["federation"]["greeting_seconds"])

    def tidy(at: datetime) -> None:
        from federation import housekeeping

        housekeeping.tidy(at)

    def public(at: datetime) -> float | None:
        from federation.public import sending

        return sending.run(at)

    def mirror(at: datetime) -> float | None:
        from federation import mirrors

        return mirrors.copy(at)

    return [
        Job("deliver", deliver, 60),
        Job("public", public, 60),
        Job("greet", greet, 120),
        Job("tidy", tidy, 3600),
        Job("mirror", mirror, 3600),
        *_trust_jobs(),
        *_repair_jobs(),
    ]


def _repair_jobs() -> list[Job]:
    def repair(at: datetime) -> float | None:
        from federation.repair import pulling

        return pulling.run(at)

    def sightings(at: datetime) -> None:
        from federation.repair import sightings as ours

        ours.send_all(at)

    return [Job("repair", repair, 300), Job("sightings", sightings, 3600)]


def _trust_jobs() -> list[Job]:
    def show_urgent(at: datetime) -> float | None:
        from federation.trust import standing

        return standing.show_urgent(at)

    def policies(at: datetime) -> float | None:
        from federation.trust import policies as ours

        return ours.fetch_all(at)

    return [Job("show_urgent", show_urgent, 60), Job("policies", policies, 24 * 3600)]


@hookimpl
def alert_recipients(db: Session, audience: str) -> list[Recipient]:
    """Every neighbour, and why not."""
    from federation.trust import preview

    return preview.recipients(db, audience)


@hookimpl
def alert_marks(db: Session, alerts: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """That nobody here has looked at it yet."""
    from flask_babel import gettext as _

    from federation.trust import queries

    return {alert: _("Not looked at here yet") for alert in queries.unseen(db) if alert in alerts}


@hookimpl
def mirrors_of(db: Session, name: str) -> list[Mirror]:
    """Where verified neighbours show a copy of what we publish."""
    from federation import mirrors

    return mirrors.of_ours(db, name)


@hookimpl
def nav_items(viewer: Viewer) -> list[NavItem]:
    """One entry: the neighbours."""
    from flask_babel import gettext as _

    return [NavItem(60, _("Neighbours"), "federation.index", "people-fill")]


@hookimpl
def panels(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
    """How an alert travelled; neighbours' alerts where nobody else shows them; the admin's way in."""
    if slot not in (Slot.ALERT, Slot.HOME, Slot.DASHBOARD, Slot.ADMIN):
        return []
    from federation import panels as ours

    return ours.for_slot(slot, viewer, subject)


@hookimpl
def export_member(db: Session, member_id: str) -> ExportPart:
    """Which neighbours' alerts they have seen here too."""
    from federation.repair import sightings

    return sightings.export(db, member_id)


@hookimpl
def erase_member(db: Session, member_id: str) -> ErasurePart:
    """What they said they have seen goes."""
    from federation.repair import sightings

    return sightings.erase(db, member_id)


@hookimpl
def self_checks() -> list[Finding]:
    """Whether the keys open, the address is safe, and neighbours are reached."""
    from federation import checks

    return checks.findings()


@hookimpl
def demo_meet(neighbour_url: str) -> str | None:
    """Propose to the demonstration's other borough, or accept its proposal."""
    from federation import demo

    return demo.meet(neighbour_url)


@hookimpl
def demo_confirm(neighbour_url: str, words: str) -> None:
    """Confirm with the words that both admins of the demonstration heard."""
    from federation import demo

    demo.confirm(neighbour_url, words)
