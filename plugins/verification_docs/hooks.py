"""Front door: all that this plugin hands to core. The rest of it is imported only when asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.contributions import (
    Chain,
    ErasurePart,
    ExportPart,
    Finding,
    Job,
    NavItem,
    Panel,
    Permission,
    RetentionPart,
    Rule,
    Schema,
    Setting,
    Slot,
    Subscription,
    Viewer,
)
from core.hookspecs import hookimpl
from plugins.verification_docs.names import PLUGIN, REVIEW, SUBMIT, VET

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session

    from core.crossing import Assurance


def _positive(most: int) -> Any:
    def check(value: int) -> str | None:
        return None if 1 <= value <= most else f"expected a number from 1 to {most}, got {value}"

    return check


def _names(value: list[Any]) -> str | None:
    wrong = [name for name in value if not isinstance(name, str) or not name.strip()]
    return f"expected names in quotes, got {wrong[0]!r}" if wrong else None


@hookimpl
def register_settings() -> list[Setting]:
    """The rule, the lesser one, which documents count, and how long things last."""
    from plugins.verification_docs import accepted, rule

    either = "names that count as certificate issuers and as volunteering providers"
    return [
        Setting("rule", str, rule.DEFAULT, "which papers prove that somebody lives here", rule.check),
        Setting(
            "reading_rule",
            str,
            "",
            "a lesser rule: who meets it may read all boards, and not write; empty: there is none",
            rule.check_lesser,
            rule.check_lesser_beside,
        ),
        Setting(
            "documents",
            list,
            [],
            "which documents count, and how old each may be in months; empty: all that we know",
            accepted.check,
            accepted.check_beside,
        ),
        Setting(
            "evidence_kept_days", int, 30, "papers are deleted after so many days, whatever happens", _positive(90)
        ),
        Setting("valid_months", int, 12, "how long somebody stays verified", _positive(60)),
        Setting("reading_valid_months", int, 6, "how long somebody who only reads may do so", _positive(60)),
        Setting("usual_wait_days", int, 5, "what members are told about the wait for a reviewer", _positive(90)),
        Setting("look_again_days", int, 30, "how long members have to show papers again", _positive(90)),
        Setting("not_own_ward", bool, False, "whether reviewers may not decide about their own home ward"),
        Setting("certificate_issuers", list, [], "who gives certificates that reviewers know", _names),
        Setting("volunteering_providers", list, [], "whose volunteers reviewers know", _names),
        Setting("in_person_places", list, [], "where and when members meet two reviewers, a line each", _names),
        Setting("known_issuers", list, [], either, _names),
    ]


@hookimpl
def register_schema() -> Schema:
    """Cases, papers and pages."""
    return Schema("plugins.verification_docs", PLUGIN)


@hookimpl
def register_permissions() -> list[Permission]:
    """Who may prove an address, and who may judge the proof."""
    return [
        Permission(SUBMIT, "Send papers that prove where one lives", frozenset({"member"})),
        Permission(REVIEW, "Look at the papers of others and decide", frozenset({"reviewer"}), True),
        Permission(
            VET, "Record how reviewers were checked, and look again at what one passed", frozenset({"admin"}), True
        ),
    ]


@hookimpl
def register_blueprints() -> list[Blueprint]:
    """The member's side, the reviewer's side, and both for machines."""
    from plugins.verification_docs import api, views

    return [views.blueprint(), api.blueprint()]


@hookimpl
def register_commands() -> list[click.Command]:
    """`boroughwatch verification_docs`: vetting, and looking again at what a reviewer passed."""
    from plugins.verification_docs import commands

    return [commands.verification_docs]


@hookimpl
def register_subscriptions() -> list[Subscription]:
    """Reviewers hear that a case waits; who joins is kept away from reviewers who named them."""
    from core.events import EvidenceSubmitted, MemberJoined

    def tell_reviewers(db: Session, _event: EvidenceSubmitted) -> None:
        from plugins.verification_docs import letters

        letters.case_waits(db)

    def keep_away(db: Session, event: MemberJoined) -> None:
        from plugins.verification_docs.reviewers import close

        close.fill(db, event.member_id)

    return [
        Subscription(EvidenceSubmitted, tell_reviewers, "tell_reviewers"),
        Subscription(MemberJoined, keep_away, "keep_away"),
    ]


@hookimpl
def register_jobs() -> list[Job]:
    """Papers go on their day, even when no reviewer ever came; and a watch tells when they did not."""

    def let_papers_lapse(now: datetime) -> None:
        from plugins.verification_docs.purging import daily

        daily.run(now)

    def watch_deletions(now: datetime) -> float | None:
        from plugins.verification_docs.purging import watch

        return watch.look(now)

    return [Job("let_papers_lapse", let_papers_lapse, 6 * 3600), Job("watch_deletions", watch_deletions, 3600)]


@hookimpl
def assurance(db: Session) -> Assurance:
    """What the rule asks of everybody, and how many checked reviewers decide about it."""
    from plugins.verification_docs import assured

    return assured.facts(db)


@hookimpl
def nav_items(viewer: Viewer) -> list[NavItem]:
    """The queue for reviewers; the way in for members who are not verified."""
    from flask_babel import gettext as _

    from core import permissions

    items = []
    if permissions.allowed(viewer, REVIEW):
        items.append(NavItem(60, _("Review"), f"{PLUGIN}.queue", "clipboard-check"))
    if viewer.is_signed_in and not viewer.is_verified and permissions.allowed(viewer, SUBMIT):
        items.append(NavItem(50, _("Get verified"), f"{PLUGIN}.status", "patch-check"))
    return items


@hookimpl
def panels(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
    """The next step for a member on their own pages; figures for the admin."""
    if slot is Slot.DASHBOARD and viewer.member_id is not None:
        from plugins.verification_docs import boxes

        return boxes.next_step(viewer)
    if slot is Slot.PROFILE:
        from plugins.verification_docs import boxes

        return boxes.on_account(viewer)
    if slot is Slot.ADMIN:
        from plugins.verification_docs import boxes

        return boxes.figures(viewer)
    return []


@hookimpl
def permission_rules(viewer: Viewer, permission: str) -> list[Rule]:
    """The queue is closed to a reviewer whose vetting is missing or over."""
    if permission != REVIEW or viewer.member_id is None or not viewer.has_role("reviewer"):
        return []
    from flask_babel import gettext as _

    from core.contributions import ALL
    from core.database import now, sql
    from plugins.verification_docs.reviewers import vetting

    if vetting.holds(sql.session, viewer.member_id, now().date()):
        return []
    reason = _("nobody has recorded that you were checked, or the record has run out. Ask an admin to record it anew.")
    return [Rule(allow=False, wards=ALL, reason=reason)]


@hookimpl
def export_member(db: Session, member_id: str) -> ExportPart:
    """Cases, letters, a check in person and tags as a member may see them: states, days and counts."""
    from plugins.verification_docs import queries
    from plugins.verification_docs.duplicates import queries as duplicate_queries
    from plugins.verification_docs.in_person import queries as in_person_queries
    from plugins.verification_docs.letter import queries as letter_queries

    records = queries.records_of(db, member_id)
    records += in_person_queries.records_of(db, member_id) + letter_queries.records_of(db, member_id)
    records += duplicate_queries.records_of(db, member_id)
    return ExportPart(PLUGIN, records)


@hookimpl
def erase_member(db: Session, member_id: str) -> ErasurePart:
    """Everything goes, papers included."""
    from plugins.verification_docs import services

    return ErasurePart(deleted=services.erase(db, member_id))


@hookimpl
def self_checks() -> list[Finding]:
    """The key's file mode, the decoders, and cases that wait too long."""
    from plugins.verification_docs import checkup

    return checkup.findings()


@hookimpl
def verify_chains(db: Session, heads: frozenset[str]) -> list[Chain]:
    """The chain of deletions."""
    from plugins.verification_docs.purging import chain

    return [chain.look(db, heads)]


@hookimpl
def retention(db: Session, now: datetime) -> list[RetentionPart]:
    """What the daily job would end and delete."""
    from plugins.verification_docs.purging import daily

    return daily.delete_due(db, now)


@hookimpl
def demo_content(db: Session, people: Mapping[str, str]) -> list[str]:
    """Let a made case wait for a reviewer in a new demonstration."""
    from plugins.verification_docs import demo

    return demo.fill(db, people)
