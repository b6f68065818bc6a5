"""Front door of anonymity: everything it tells core, and nothing else. Imports stay inside, so loading is light."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.contributions import (
    Authorship,
    ComposeOption,
    Draft,
    ErasurePart,
    ExportPart,
    Finding,
    Job,
    Objection,
    Panel,
    RetentionPart,
    Schema,
    Setting,
    Slot,
    Viewer,
)
from core.hookspecs import hookimpl

if TYPE_CHECKING:
    from flask import Blueprint
    from sqlalchemy.orm import Session

LEAST_DAYS, MOST_DAYS = 7, 90


def _days(value: Any) -> str | None:
    return None if LEAST_DAYS <= value <= MOST_DAYS else f"expected {LEAST_DAYS} to {MOST_DAYS} days, got {value}"


@hookimpl
def register_settings() -> list[Setting]:
    """Accept how long the key behind the names of a thread lives."""
    text = "days until nobody, the operator included, can compute whose a name in one thread was"
    return [Setting("thread_keys_kept_days", int, 28, text, _days)]


@hookimpl
def register_schema() -> Schema:
    """Say where the table of thread keys is."""
    return Schema(package="plugins.anonymity", table_prefix="anonymity")


@hookimpl
def register_blueprints() -> list[Blueprint]:
    """Return the page that explains names."""
    from plugins.anonymity import views

    return [views.blueprint()]


@hookimpl
def register_jobs() -> list[Job]:
    """Return the deletion of keys."""
    from plugins.anonymity import jobs

    return [Job("forget_keys", jobs.forget_keys, jobs.EVERY_SECONDS)]


@hookimpl
def panels(slot: Slot, viewer: Viewer) -> list[Panel]:
    """Say on the account page what others can see, and lead from the form for posts to the longer answer."""
    if not viewer.is_signed_in:
        return []
    if slot is Slot.PROFILE:
        return [Panel("anonymity/_seen_by_others.html", {}, order=30)]
    if slot is Slot.COMPOSE:
        return [Panel("anonymity/_about_names.html", {}, order=90)]
    return []


@hookimpl
def compose_options(viewer: Viewer) -> list[ComposeOption]:
    """Offer a name for one thread, "a resident of" the home ward, and the group's name."""
    from core.database import sql
    from plugins.anonymity import signing

    return signing.options(sql.session, viewer)


@hookimpl
def authorship(db: Session, viewer: Viewer, thread_id: str, choices: Mapping[str, str]) -> Authorship | None:
    """Sign a post under the name for its thread, as a resident, or in the group's name."""
    from plugins.anonymity import signing

    return signing.sign(db, viewer, thread_id, choices.get("as", ""))


@hookimpl
def objections(db: Session, draft: Draft) -> list[Objection]:
    """Hold what goes out in the group's name, so that a coordinator reads it first."""
    from plugins.anonymity import signing

    return signing.objections(db, draft)


@hookimpl
def own_refs(viewer: Viewer, thread_id: str) -> list[str]:
    """Return the viewer's refs in a thread while they can be computed."""
    from core.database import sql
    from plugins.anonymity import signing

    return signing.own_refs(sql.session, viewer, thread_id)


@hookimpl
def export_member() -> ExportPart:
    """Hand over nothing: no row here is about a member."""
    return ExportPart("anonymity", ())


@hookimpl
def erase_member() -> ErasurePart:
    """Delete nothing: no row here is about a member, and without their id no name leads back to them."""
    return ErasurePart(deleted=0)


@hookimpl
def self_checks() -> list[Finding]:
    """Tell the operator whether keys are deleted on their day."""
    from plugins.anonymity import findings

    return findings.findings()


@hookimpl
def retention(db: Session, now: datetime) -> list[RetentionPart]:
    """Delete keys, and what else has had its day, as the hourly job does."""
    from plugins.anonymity import retention

    return retention.forget(db, now)
