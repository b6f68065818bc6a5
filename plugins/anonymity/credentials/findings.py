"""What `doctor` says about keys of weeks."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Finding
from core.database import now, reading
from plugins.anonymity.credentials import blind_rsa, blinding, epochs, keys, policy, queries
from plugins.anonymity.credentials.models import EpochKey


def findings() -> list[Finding]:
    """Return whether we can sign, whether keys are there for the coming weeks, and whether old ones are gone."""
    at = now()
    with reading() as db:
        late = queries.overdue(db, epochs.epoch_of(at))
        coming = epochs.coming(at, policy.WEEKS_AHEAD)
        lacking = set(coming) - queries.weeks_with_keys(db, coming)
        closed = _closed(db, coming)
    found = [_signing()]
    if closed:
        text = f"Keys of weeks: {closed} do not open with this instance's secret; put the right secret.key back."
        found.append(Finding(ok=False, text=text))
    if late:
        text = f"Keys of weeks that began: {late} should be deleted by now. Is the worker running?"
        found.append(Finding(ok=False, text=text))
    if lacking:
        text = f"Keys of coming weeks: none for {', '.join(sorted(lacking))}. Is the worker running?"
        found.append(Finding(ok=False, text=text))
    if not late and not lacking and not closed:
        text = f"Keys of weeks: made up to {max(coming)}; none is held of a week that began."
        found.append(Finding(ok=True, text=text))
    return found


def _closed(db: Session, coming: list[str]) -> int:
    """Return how many keys of coming weeks cannot be opened."""
    closed = 0
    for key in db.scalars(sa.select(EpochKey).where(EpochKey.epoch.in_(coming))):
        try:
            keys.private_of(key)
        except keys.KeyGone:
            closed += 1
    return closed


def _signing() -> Finding:
    backend = blind_rsa.backend()
    if backend is None:
        text = "Blind signatures: nothing here can make them. Install boroughwatch[gmp] and start again."
        return Finding(ok=False, text=text)
    key = blind_rsa.new_key()
    prepared = blinding.prepare(b"a try")
    blinded, inverse = blinding.blind(key.public_key(), prepared)
    try:
        blinding.finalize(key.public_key(), prepared, blind_rsa.blind_sign(key, blinded), inverse)
    except (blind_rsa.SigningFailed, blinding.NotSigned):
        return Finding(ok=False, text=f"Blind signatures: those made by {backend} are wrong. Do not go on with it.")
    return Finding(ok=True, text=f"Blind signatures are made by {backend}, and verify.")
