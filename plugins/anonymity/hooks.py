"""Front door of anonymity: everything it tells core, and nothing else. Imports stay inside, so loading is light."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from core.contributions import (
    Authorship,
    Chain,
    ComposeOption,
    Document,
    Draft,
    ErasurePart,
    ExportPart,
    Finding,
    Job,
    ModerationAction,
    Mount,
    Objection,
    Panel,
    Permission,
    PostSignature,
    RetentionPart,
    Schema,
    Setting,
    Slot,
    Viewer,
)
from core.hookspecs import hookimpl
from plugins.anonymity import bounds

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session

LEAST_DAYS, MOST_DAYS = 7, 90


@hookimpl
def register_settings() -> list[Setting]:
    """Accept how long the key behind the names of a thread lives, and where voices without a name go."""
    from plugins.anonymity.credentials import contributions as credentials
    from plugins.anonymity.openings import contributions as openings
    from plugins.anonymity.tips import contributions as tips
    from plugins.anonymity.unlinkable import contributions as unlinkable

    text = "days until nobody, the operator included, can compute whose a name in one thread was"
    own = [
        Setting("thread_keys_kept_days", int, 28, text, bounds.days(LEAST_DAYS, MOST_DAYS)),
        *openings.settings(),
        *tips.settings(),
    ]
    return [*own, *credentials.settings(), *unlinkable.settings()]


@hookimpl
def register_permissions() -> list[Permission]:
    """Declare who may stop a voice, and who may open a name."""
    from plugins.anonymity.credentials import contributions as credentials
    from plugins.anonymity.openings import contributions as openings
    from plugins.anonymity.tips import contributions as tips
    from plugins.anonymity.unlinkable import contributions as unlinkable

    return [*credentials.permissions(), *openings.permissions(), *tips.permissions(), *unlinkable.permissions()]


@hookimpl
def register_mounts() -> list[Mount]:
    """Return the application of voices, which has never met a member."""
    from plugins.anonymity.unlinkable import contributions as unlinkable

    return unlinkable.mounts()


@hookimpl
def register_commands() -> list[click.Command]:
    """Return the command that serves the unlinkable side by itself."""
    from plugins.anonymity import commands

    return [commands.anonymity]


@hookimpl
def moderation_actions(viewer: Viewer, signature: PostSignature) -> list[ModerationAction]:
    """Offer to stop a voice."""
    from plugins.anonymity.unlinkable import contributions as unlinkable

    return unlinkable.moderation_actions(viewer, signature)


@hookimpl
def register_schema() -> Schema:
    """Say where the table of thread keys is."""
    return Schema(package="plugins.anonymity", table_prefix="anonymity")


@hookimpl
def register_blueprints() -> list[Blueprint]:
    """Return the pages, and the members' side of unlinkable voices for machines."""
    from plugins.anonymity import views
    from plugins.anonymity.credentials import api

    return [views.blueprint(), api.blueprint()]


@hookimpl
def register_documents() -> list[Document]:
    """Publish the chain of keys of unlinkable voices."""
    from plugins.anonymity.credentials import contributions as credentials

    return credentials.documents()


@hookimpl
def verify_chains(db: Session, heads: frozenset[str]) -> list[Chain]:
    """Look at the chain of keys of unlinkable voices."""
    from plugins.anonymity.credentials import manifest

    return [manifest.verify(db, heads)]


@hookimpl
def register_jobs() -> list[Job]:
    """Return the deletion of keys, and the minute's look of the unlinkable side."""
    from plugins.anonymity import jobs
    from plugins.anonymity.credentials import contributions as credentials
    from plugins.anonymity.openings import contributions as openings
    from plugins.anonymity.tips import contributions as tips
    from plugins.anonymity.unlinkable import contributions as unlinkable

    own = [
        Job("forget_keys", jobs.forget_keys, jobs.EVERY_SECONDS),
        Job("empty_log", jobs.empty_log, jobs.LOG_EVERY_SECONDS),
        *openings.jobs(),
        *tips.jobs(),
    ]
    return [*own, *credentials.jobs(), *unlinkable.jobs()]


@hookimpl
def panels(slot: Slot, viewer: Viewer) -> list[Panel]:
    """Say on the help and account pages who can see what, and lead from the form for posts to the longer answer."""
    from plugins.anonymity.openings import contributions as openings

    if slot is Slot.POST_FOOTER:
        return openings.panels(slot, viewer)  # asked for every post of a page
    from plugins.anonymity import pseudonyms
    from plugins.anonymity.credentials import contributions as credentials
    from plugins.anonymity.tips import contributions as tips
    from plugins.anonymity.writing import boxes

    if slot is Slot.HELP:
        names = Panel("anonymity/_on_help.html", {"kept_days": pseudonyms.kept_days()}, order=20)
        return [names, *tips.panels(slot, viewer)]
    if not viewer.is_signed_in:
        return tips.panels(slot, viewer)
    if slot is Slot.PAGE_END:
        return boxes.loader(viewer)
    found = [*tips.panels(slot, viewer), *openings.panels(slot, viewer), *credentials.panels(slot, viewer)]
    if slot is Slot.PROFILE:
        found += boxes.on_account(viewer)
        found.append(Panel("anonymity/_seen_by_others.html", {}, order=30))
    if slot is Slot.COMPOSE:
        found.append(Panel("anonymity/_about_names.html", {}, order=90))
    return found


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
def export_member(db: Session, member_id: str) -> ExportPart:
    """Hand over what is kept for unlinkable voices, and notes on names that were opened. No row leads to a post."""
    from plugins.anonymity.credentials import keeping
    from plugins.anonymity.openings import contributions as openings

    return ExportPart("anonymity", [*keeping.records(db, member_id), *openings.records(db, member_id)])


@hookimpl
def erase_member(db: Session, member_id: str) -> ErasurePart:
    """Delete what is kept for unlinkable voices, and notes. Without the member's id no name leads back to them."""
    from plugins.anonymity.credentials import keeping
    from plugins.anonymity.openings import closing

    return ErasurePart(deleted=keeping.erase(db, member_id) + closing.erase(db, member_id))


@hookimpl
def self_checks() -> list[Finding]:
    """Tell the operator whether keys are deleted on their day, and how the unlinkable side is."""
    from plugins.anonymity import findings
    from plugins.anonymity.credentials import findings as week_findings
    from plugins.anonymity.unlinkable import contributions as unlinkable

    return [*findings.findings(), *week_findings.findings(), *unlinkable.self_checks()]


@hookimpl
def retention(db: Session, now: datetime) -> list[RetentionPart]:
    """Delete keys, and what else has had its day, as the hourly job does."""
    from plugins.anonymity import retention

    return retention.forget(db, now)


@hookimpl
def demo_content(db: Session, people: Mapping[str, str]) -> list[str]:
    """Put tips and a request of a custodian into a new demonstration."""
    from plugins.anonymity import demo

    return demo.fill(db, people)
