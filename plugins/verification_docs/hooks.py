"""Front door: all that this plugin hands to core. The rest of it is imported only when asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.contributions import (
    ErasurePart,
    ExportPart,
    Finding,
    Job,
    NavItem,
    Panel,
    Permission,
    Rule,
    Schema,
    Setting,
    Slot,
    Subscription,
    Viewer,
)
from core.hookspecs import hookimpl
from plugins.verification_docs.names import PLUGIN, REVIEW, SUBMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint
    from sqlalchemy.orm import Session


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
        Setting("certificate_issuers", list, [], "who gives certificates that reviewers know", _names),
        Setting("volunteering_providers", list, [], "whose volunteers reviewers know", _names),
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
    ]


@hookimpl
def register_blueprints() -> list[Blueprint]:
    """The member's side, the reviewer's side, and both for machines."""
    from plugins.verification_docs import api, views

    return [views.blueprint(), api.blueprint()]


@hookimpl
def register_subscriptions() -> list[Subscription]:
    """Reviewers hear that a case waits."""
    from core.events import EvidenceSubmitted

    def tell_reviewers(db: Session, _event: EvidenceSubmitted) -> None:
        from plugins.verification_docs import letters

        letters.case_waits(db)

    return [Subscription(EvidenceSubmitted, tell_reviewers, "tell_reviewers")]


@hookimpl
def register_jobs() -> list[Job]:
    """Papers go on their day, even when no reviewer ever came."""

    def let_lapse(now: datetime) -> None:
        from core.database import transaction
        from plugins.verification_docs import services

        with transaction() as db:
            services.let_lapse(db, now)

    return [Job("let_papers_lapse", let_lapse, 6 * 3600)]


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

        return boxes.renewal(viewer)
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
    """Cases as a member may see them: states, days and counts."""
    from plugins.verification_docs import queries

    return ExportPart(PLUGIN, queries.records_of(db, member_id))


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
def demo_content(db: Session, people: Mapping[str, str]) -> list[str]:
    """Let a made case wait for a reviewer in a new demonstration."""
    from plugins.verification_docs import demo

    return demo.fill(db, people)
