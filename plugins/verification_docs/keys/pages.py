"""A reviewer's own key: the page where their browser makes or loads it. Only the public half comes here."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core import audit
from core.database import now, sql, transaction
from core.web.access import requires, viewer
from plugins.verification_docs.keys import proof, resealing
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.names import REVIEW

SENTENCES = {
    "not_a_key": lazy_gettext("This is not a key that we can use. Make a new one here, or choose another file."),
    "taken": lazy_gettext("Another reviewer has this key. Each reviewer needs their own: make a new one."),
    "too_late": lazy_gettext("That took longer than ten minutes. Nothing is lost: do it once more."),
    "not_opened": lazy_gettext(
        "Your browser could not open our test with this key. Make a new one, or load the file again."
    ),
}
"""By the code of a refused key: what was wrong, and what to do."""


def add_to(bp: Blueprint) -> None:
    """Add these pages, and what the frame of all the reviewer's pages asks for."""
    bp.context_processor(_room_values)
    bp.add_url_rule("/review/key", "key", key)
    bp.add_url_rule("/review/key", "prove_key", prove, methods=["POST"])
    bp.add_url_rule("/review/key/challenge", "challenge_key", challenge, methods=["POST"])
    bp.add_url_rule("/review/key/remove", "remove_key", remove, methods=["GET", "POST"])
    bp.add_url_rule("/review/reseal", "pages_to_reseal", pages_to_reseal, methods=["POST"])
    bp.add_url_rule("/review/reseal/<page_id>/take", "take_page", take_page, methods=["POST"])
    bp.add_url_rule("/review/reseal/<page_id>", "reseal_page", reseal_page, methods=["POST"])


def _room_values() -> dict[str, Any]:
    return {"reviewer_code": _reviewer_code, "age_integrity": _age_integrity}


def _reviewer_code() -> str:
    """Return how the reviewer is written across pages: no name, and the beginning of what the log has."""
    return audit.actor_hash(_me())[:8]


@lru_cache(maxsize=1)
def _age_integrity() -> str:
    """Return the digest of the age library as it was built, which browsers hold against the file they get."""
    return (Path(__file__).parent.parent / "static/verification_docs/age.integrity.txt").read_text().strip()


@requires(REVIEW)
def key() -> str:
    """Show whether the reviewer has a key, and let their browser make, load or remove one."""
    today = now().date()
    return render_template(
        "verification_docs/key.html",
        recipient=key_services.recipient_of(sql.session, _me()),
        with_key=len(key_services.recipients(sql.session, "", today)),
        needed=key_services.FEWEST_REVIEWERS,
    )


@requires(REVIEW)
def challenge() -> Any:
    """Send something sealed to the public key that the browser brings."""
    try:
        made = proof.challenge(_me(), request.form.get("recipient", ""))
    except key_services.KeyRefused as refusal:
        return _refused(refusal)
    return jsonify(sealed=base64.b64encode(made.sealed).decode(), token=made.token)


@requires(REVIEW)
def prove() -> Any:
    """Take the public key of a browser that could open what was sealed to it."""
    try:
        with transaction() as db:
            recipient = proof.accept(
                db, _me(), request.form.get("token", ""), request.form.get("secret", ""), now().date()
            )
    except key_services.KeyRefused as refusal:
        return _refused(refusal)
    return jsonify(recipient=recipient)


@requires(REVIEW)
def remove() -> Any:
    """Ask whether the key shall go, and forget it."""
    if request.method == "GET":
        with_key = len(key_services.recipients(sql.session, "", now().date()))
        return render_template(
            "verification_docs/key_remove.html", with_key=with_key, needed=key_services.FEWEST_REVIEWERS
        )
    with transaction() as db:
        had_one = key_services.remove(db, _me(), _me())
    flash(_("Your key is removed. New papers are not sealed to it any more.") if had_one else _("There was no key."))
    return redirect("/review/key", 303)


@requires(REVIEW)
def pages_to_reseal() -> Response:
    """List some pages that this reviewer's key may open and that are not sealed to the reviewers of today."""
    found = resealing.batch(sql.session, _me(), now().date(), request.form.get("after"))
    rows = [{"id": page.page_id, "to": page.to, "recipients": page.recipients} for page in found]
    return jsonify(pages=rows, next=found[-1].page_id if len(found) == resealing.BATCH else None)


@requires(REVIEW)
def take_page(page_id: str) -> Any:
    """Send a sealed page to be sealed anew; logged before it is sent."""
    try:
        with transaction() as db:
            sealed = resealing.take(db, _me(), page_id, now().date())
    except resealing.NotToReseal:
        return jsonify(code="not_to_reseal"), 404
    answer = Response(sealed, mimetype="application/octet-stream")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@requires(REVIEW)
def reseal_page(page_id: str) -> Any:
    """Take a page back that was sealed anew."""
    try:
        with transaction() as db:
            resealing.replace(db, _me(), page_id, resealing.Resealed(request.get_data(), _to()), now().date())
    except resealing.NotToReseal:
        return jsonify(code="not_to_reseal"), 404
    except resealing.NotTheSame:
        return jsonify(code="not_the_same"), 422
    return jsonify(id=page_id)


def _to() -> str:
    return request.args.get("to", "")


def _refused(refusal: key_services.KeyRefused) -> tuple[Response, int]:
    code = str(refusal)
    return jsonify(code=code, sentence=str(SENTENCES[code])), 422


def _me() -> str:
    return str(viewer().member_id)
