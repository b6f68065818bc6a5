"""What `doctor` says about deletions."""

from __future__ import annotations

from core.contributions import Finding
from core.database import now, reading
from plugins.verification_docs.purging import chain, signing, watch


def findings() -> list[Finding]:
    """Look at the job that deletes papers, and at the key that signs what it did."""
    return [_job(), _key()]


def _job() -> Finding:
    with reading() as db:
        late = watch.is_late(db, now())
    if late:
        return Finding(
            False,
            "The job that deletes papers has not succeeded for 36 hours. Is 'boroughwatch serve' or 'worker' running? "
            "Look into its log; 'boroughwatch retention run' does the work now.",
        )
    return Finding(True, "The job that deletes papers runs as it should.")


def _key() -> Finding:
    public = signing.public_key()
    if public is not None:
        return Finding(True, f"Deletions are signed. Note this key elsewhere: {public}")
    with reading() as db:
        begun = chain.head(db) is not None
    if begun:
        text = f"The key that signs deletions cannot be read: {signing.path()}. Bring it back from a copy."
        return Finding(False, text)
    return Finding(True, "No paper was deleted yet; the key that signs deletions is made with the first one.")
