"""What `doctor` says about this plugin."""

from __future__ import annotations

import io

import sqlalchemy as sa

from core.cleaning import intake
from core.contributions import Finding
from core.database import now, reading
from core.instance import instance
from plugins.verification_docs import queries
from plugins.verification_docs.duplicates import pepper
from plugins.verification_docs.duplicates.models import Tag
from plugins.verification_docs.keys import resealing
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.policy import policy
from plugins.verification_docs.purging import checkup as purging_checkup


def findings() -> list[Finding]:
    """Look at the keys, the decoder and the queue."""
    return [_keys(), _sealing(), _pepper(), _decoder(), _queue(), *purging_checkup.findings()]


def _keys() -> Finding:
    with reading() as db:
        number = len(key_services.recipients(db, "", now().date()))
    old = instance().config.data_dir / "evidence.key"
    if old.exists():
        return Finding(False, f"The old key for papers opens nothing any more. Delete it: rm {old}")
    if number < key_services.FEWEST_REVIEWERS:
        return Finding(
            False,
            f"{number} reviewers with a vetting that holds have made a key; papers can be sent when two have. "
            "Ask the reviewers to open the review page and make one.",
        )
    return Finding(True, f"Papers are sealed to the keys of {number} reviewers; this server cannot open them.")


def _sealing() -> Finding:
    with reading() as db:
        number = len(resealing.stale(db, now().date()))
    if number:
        return Finding(
            False,
            f"{number} pages wait to be sealed anew, for the reviewers have changed. Ask a reviewer to open the review "
            "page and their key; the rest goes by itself.",
        )
    return Finding(True, "All pages are sealed to the reviewers of today.")


def _pepper() -> Finding:
    path = pepper.key_path()
    if not path.exists():
        with reading() as db:
            if db.scalar(sa.select(sa.func.count()).select_from(Tag)):
                return Finding(
                    False,
                    f"{path} is missing: no document that was used before is recognised any more. Put it back.",
                )
        return Finding(True, "No number of a document was ever typed, so there is no key for their tags yet.")
    if path.stat().st_mode & 0o077:
        return Finding(False, f"Others on this machine can read the key of documents' tags. Run: chmod 600 {path}")
    try:
        pepper.read()
    except pepper.PepperRefused as refusal:
        return Finding(False, str(refusal))
    return Finding(True, "Tags of documents are made with a key that only this account can read.")


def _decoder() -> Finding:
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(picture, "PNG")
    try:
        intake.clean_pages([picture.getvalue()])
    except intake.FileRefused as refusal:
        return Finding(False, f"The program that cleans papers does not work here ({refusal.code}). Reinstall Pillow.")
    return Finding(True, "Papers are cleaned in a process of their own, and that works.")


def _queue() -> Finding:
    with reading() as db:
        counts = queries.counts(db)
    if counts.oldest_waiting_on is None:
        return Finding(True, "Nobody waits for a reviewer.")
    days = (now().date() - counts.oldest_waiting_on).days
    if days > policy().usual_days:
        return Finding(False, f"{counts.waiting} wait for a reviewer, the first for {days} days. Ask the reviewers.")
    return Finding(True, f"{counts.waiting} wait for a reviewer, the first for {days} days.")
