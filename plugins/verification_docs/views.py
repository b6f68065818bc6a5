"""The blueprint: which address leads to which page, and what refusals look like."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request
from flask_babel import gettext as _

from core.web import errors
from plugins.verification_docs import member_pages, refusals, review_pages
from plugins.verification_docs.duplicates import pages as duplicate_pages
from plugins.verification_docs.duplicates import pepper
from plugins.verification_docs.in_person import pages as in_person_pages
from plugins.verification_docs.keys import pages as key_pages
from plugins.verification_docs.letter import pages as letter_pages
from plugins.verification_docs.purging import pages as purge_pages
from plugins.verification_docs.reviewers import pages as reviewer_pages


def blueprint() -> Blueprint:
    """Return the pages under /verify and /review."""
    bp = Blueprint(
        "verification_docs",
        __name__,
        template_folder="templates",
        static_folder="static/verification_docs",
        static_url_path="/static/verification_docs",
    )
    key_pages.add_to(bp)
    reviewer_pages.add_to(bp)
    in_person_pages.add_to(bp)
    letter_pages.add_to(bp)
    purge_pages.add_to(bp)
    bp.add_url_rule("/verify", "status", member_pages.status)
    bp.add_url_rule("/verify/read-only", "read_only", member_pages.read_only, methods=["POST"])
    bp.add_url_rule("/verify/withdraw", "withdraw", member_pages.withdraw, methods=["GET", "POST"])
    bp.add_url_rule("/verify/<slug>", "step", member_pages.step, methods=["GET", "POST"])
    bp.add_url_rule("/verify/<slug>/take-back", "take_back", member_pages.take_back, methods=["POST"])
    bp.add_url_rule("/review", "queue", review_pages.queue)
    bp.add_url_rule("/review/conflicts", "conflicts", duplicate_pages.conflicts)
    bp.add_url_rule("/review/conflicts/<conflict_id>", "conflict", duplicate_pages.conflict)
    bp.add_url_rule("/review/conflicts/<conflict_id>", "decide_conflict", duplicate_pages.decide, methods=["POST"])
    bp.add_url_rule("/review/<case_id>", "case", review_pages.case)
    bp.add_url_rule("/review/<case_id>/open", "open_case", review_pages.open_case, methods=["POST"])
    bp.add_url_rule("/review/<case_id>/put-back", "put_back", review_pages.put_back, methods=["POST"])
    bp.add_url_rule("/review/<case_id>/pages/<page_id>.age", "page", review_pages.page)
    bp.add_url_rule("/review/<case_id>/<evidence_id>", "decide", review_pages.decide, methods=["POST"])
    number = "/review/<case_id>/<evidence_id>/number"
    bp.add_url_rule(number, "compare_number", duplicate_pages.compare, methods=["POST"])
    bp.add_url_rule(f"{number}/override", "override_number", duplicate_pages.ask_override, methods=["POST"])
    _add_refusals(bp)
    return bp


def _add_refusals(bp: Blueprint) -> None:
    """Give each refusal of the services a page that says what to do."""
    bp.register_error_handler(413, member_pages.too_big)
    bp.register_error_handler(refusals.OwnCase, _own_case)
    bp.register_error_handler(refusals.CloseCase, _close_case)
    bp.register_error_handler(refusals.CaseGone, _gone)
    bp.register_error_handler(refusals.NotClaimed, _not_claimed)
    bp.register_error_handler(refusals.TriedBefore, _tried_before)
    bp.register_error_handler(refusals.TookPart, _took_part)
    bp.register_error_handler(refusals.OnHold, _on_hold)
    bp.register_error_handler(pepper.PepperRefused, _not_set_up)


def _own_case(_problem: refusals.OwnCase) -> Any:
    return errors.page(403, _("This is your own case. Another reviewer must look at it."))


def _close_case(_problem: refusals.CloseCase) -> Any:
    return errors.page(403, _("You know this person or share their ward. Another reviewer must look at it."))


def _gone(_problem: refusals.CaseGone) -> Any:
    return errors.page(404, _("There is no such case any more. It may have been decided or taken back."))


def _tried_before(_problem: refusals.TriedBefore) -> Any:
    return errors.page(403, _("You have tried to read the number in this case. Another reviewer must go on with it."))


def _took_part(_problem: refusals.TookPart) -> Any:
    return errors.page(403, _("You found this, or decided in it before, or know them. A third reviewer must decide."))


def _on_hold(_problem: refusals.OnHold) -> Any:
    return errors.page(409, _("Something else must be decided first. Until then nothing in this case can be changed."))


def _not_set_up(_problem: pepper.PepperRefused) -> Any:
    return errors.page(503, _("Something is not set up right on this site, so nothing was kept. Please tell an admin."))


def _not_claimed(_problem: refusals.NotClaimed) -> Any:
    if request.method == "GET":
        return errors.page(403, _("Open the case first. It is yours for 30 minutes each time."))
    return redirect(f"/review/{request.view_args['case_id'] if request.view_args else ''}", 303)
