"""What `doctor` says about this plugin."""

from __future__ import annotations

import io

from core.contributions import Finding
from core.database import now, reading
from plugins.verification_docs import intake, queries, vault
from plugins.verification_docs.policy import policy


def findings() -> list[Finding]:
    """Look at the key, the decoder and the queue."""
    return [_key(), _decoder(), _queue()]


def _key() -> Finding:
    path = vault.key_path()
    if not path.exists():
        return Finding(True, "No paper was ever sent, so there is no key for papers yet.")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding(False, f"Others on this machine can read the key for papers. Run: chmod 600 {path}")
    return Finding(True, "Papers are sealed to a key that only this account can read.")


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
