"""The hooks: every question core asks of plugins. Each has one typed caller in core.

All are called with keyword arguments, plugin by plugin in the order of their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session

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
        LetterPart,
        Mirror,
        ModerationAction,
        Mount,
        NavItem,
        Objection,
        Panel,
        Permission,
        PostSignature,
        RetentionPart,
        Rule,
        Schema,
        Setting,
        Slot,
        Subscription,
        TopicLabel,
        Viewer,
    )
    from core.crossing import Assurance, Recipient
    from core.released import Placement, ReleasedPost, ThreadCopy

PROJECT = "boroughwatch"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_settings() -> list[Setting]:
    """Return the lines this plugin accepts in its table of boroughwatch.toml. Once, before the app is made."""


@hookspec
def register_schema() -> Schema:
    """Return where the plugin's tables are. Called by migrations; the package's `models` is imported then."""


@hookspec
def register_permissions() -> list[Permission]:
    """Return what may be allowed or refused, each name starting with the plugin's own. Once at start."""


@hookspec
def register_blueprints() -> list[Blueprint]:
    """Return the pages and API of the plugin; a flask-smorest blueprint is described in OpenAPI. Once per app."""


@hookspec
def register_mounts() -> list[Mount]:
    """Return applications that stand beside the pages below a path of their own, without cookies. Once per app."""


@hookspec
def register_commands() -> list[click.Command]:
    """Return commands for `boroughwatch`; must import lightly, for `--help` calls it. The plugin's name, or a
    name the contract gives it, is the command's. Once per run of the command line.
    """


@hookspec
def register_subscriptions() -> list[Subscription]:
    """Return which facts this plugin wants to hear of. Once at start; facts before that are not replayed."""


@hookspec
def register_jobs() -> list[Job]:
    """Return the plugin's regular work. Once at start."""


@hookspec
def register_documents() -> list[Document]:
    """Return documents that this instance publishes below `/.well-known/` and that neighbours copy. Once at start."""


@hookspec
def mirrors_of(db: Session, name: str) -> list[Mirror]:
    """Return where neighbours show copies of one of our documents, so that browsers can compare both."""


@hookspec(firstresult=True)
def assurance(db: Session) -> Assurance | None:
    """Return how this instance verifies people, from its settings and counts of now; neighbours are told.

    Asked when a neighbour asks, and for each alert that is sent to one. Stops at the first non-None result.
    """


@hookspec
def alert_recipients(db: Session, audience: str) -> list[Recipient]:
    """Return every neighbour, with whether an alert for this audience would reach it now, and if not, why.

    Asked while somebody writes an alert; `audience` is written as in `AlertSnapshot`. An error fails the page.
    """


@hookspec
def alert_marks(db: Session, alerts: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return a few words that must stand beside these alerts wherever they are listed, for those that need some.

    Each is (the neighbour's id, the alert's id there). Asked for each list with neighbours' alerts in it.
    """


@hookspec
def nav_items(viewer: Viewer) -> list[NavItem]:
    """Return menu entries for this viewer; on every page, so it must not ask the database. An error drops them."""


@hookspec
def panels(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
    """Return panels for a slot of a page; `subject` is the ward code, alert id or post id it is about.

    Called for each rendered slot; an error is logged and the panel left out.
    """


@hookspec
def permission_rules(viewer: Viewer, permission: str) -> list[Rule]:
    """Return allowances and refusals beyond the default roles. An error refuses."""


@hookspec
def compose_options(viewer: Viewer, ward_code: str) -> list[ComposeOption]:
    """Return further ways to sign a post; core offers the alias. An empty answer offers no more."""


@hookspec(firstresult=True)
def authorship(
    db: Session, viewer: Viewer, thread_id: str, ward_code: str, choices: Mapping[str, str]
) -> Authorship | None:
    """Return how this post is signed, or None when `choices["as"]` is not this plugin's.

    Stops at the first non-None result; two plugins with this hook refuse to start together.
    """


@hookspec(firstresult=True)
def publish_released(db: Session, released: ReleasedPost) -> Placement | None:
    """Put a post that waited elsewhere on its boards, and say where it is; the same `post_id` again changes nothing.

    Called by a job, in a transaction per post. Stops at the first non-None result; None when there are no boards.
    """


@hookspec(firstresult=True)
def placed_posts(db: Session, post_ids: Sequence[str]) -> dict[str, Placement] | None:
    """Return where posts that were released are now, by id; those the boards do not know are not in it.

    Called by a job every minute. None when there are no boards.
    """


@hookspec(firstresult=True)
def withdraw_released(db: Session, post_id: str, ref: str) -> bool | None:
    """Delete the text of a released post that bears this ref, for its writer takes it back; False when there is none.

    Called by a job, in a transaction per post; again for one that is withdrawn changes nothing.
    """


@hookspec
def moderation_actions(viewer: Viewer, signature: PostSignature) -> list[ModerationAction]:
    """Return what else a moderator may do about a post signed so. The page has checked that they moderate it.

    Called for the page that decides about a post; the action itself must check again. An error fails the page.
    """


@hookspec(firstresult=True)
def copied_threads(db: Session, limit: int) -> list[ThreadCopy] | None:
    """Return the newest threads that every verified member may read, for a side without accounts to show.

    Called by a job every few minutes. Whatever was hidden or withdrawn is not in it. None when there are no boards.
    """


@hookspec(firstresult=True)
def signature_of(db: Session, post_id: str) -> PostSignature | None:
    """Return how a post is signed, for the few who must act on it and have shown that they may; None when unknown."""


@hookspec
def own_refs(viewer: Viewer, thread_id: str) -> list[str]:
    """Return the refs under which this viewer may have written in a thread, so that they can take posts back."""


@hookspec
def objections(db: Session, draft: Draft) -> list[Objection]:
    """Return reasons to hold or refuse a draft; empty lets it pass. An error refuses."""


@hookspec
def export_member(db: Session, member_id: str) -> ExportPart:
    """Return what this plugin holds on a member, for their own eyes."""


@hookspec
def erase_member(db: Session, member_id: str) -> ErasurePart:
    """Delete what this plugin holds on a member, and say what it keeps and why."""


@hookspec
def self_checks() -> list[Finding]:
    """Return what `doctor` should say about this plugin, in sentences. Run by an operator, never by a page."""


@hookspec
def verify_chains(db: Session, heads: frozenset[str]) -> list[Chain]:
    """Look at every chain of records that this plugin keeps, from its beginning, and say what is wrong with it.

    `heads` are hashes that somebody noted before; say which of them are there. Run by an operator, never by a page.
    """


@hookspec
def retention(db: Session, now: datetime) -> list[RetentionPart]:
    """Delete what must not be kept any longer at this moment, as the plugin's jobs do, and say how much of what.

    On a dry run core rolls all of it back. So nothing may be done outside the transaction but by `after_commit`.
    """


@hookspec
def letter_parts(db: Session, ward_code: str, since: datetime, now: datetime) -> list[LetterPart]:
    """Return sections for the weekly letter of a board: what became known since then, and what comes next.

    Asked once per board and week, by a job. An error leaves the plugin's sections out. An empty answer adds none.
    """


@hookspec
def topic_labels(db: Session, viewer: Viewer, topics: Sequence[str]) -> list[TopicLabel]:
    """Return what those of these topics are called that are this plugin's and that the viewer may read.

    Asked when a member looks at what they follow. An error, or no answer, leaves a topic without a name.
    """


@hookspec
def demo_content(db: Session, people: Mapping[str, str]) -> list[str]:
    """Fill a new demonstration instance with made content, through the plugin's own services.

    `people` maps what the terminal calls them (`verified`, `officer`, `reviewer2` …) to member ids; `neighbour1` and
    on only fill the boards, and need not be there. Called once
    when a demo folder is made, in one transaction. Return what was made, in short sentences for the terminal.
    """


@hookspec
def demo_meet(neighbour_url: str) -> str | None:
    """Ask the demo's other borough to be a neighbour; return the words both admins compare.

    Called in each borough in turn while both are served, until each has answered; None when the words are not
    known yet. Must be safe to call again.
    """


@hookspec
def demo_confirm(neighbour_url: str, words: str) -> None:
    """Confirm the neighbour as its admin would who has heard the same words on the telephone. Safe to call again."""
