"""The admin's page on keys: how many voices each week and board has. Never whose."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from core import documents, wards
from core.database import now, sql
from core.web.access import requires
from plugins.anonymity.credentials import epochs, manifest, policy, queries


@dataclass(frozen=True)
class Row:
    """One key as the page shows it; `issued` is rounded down, and `state` is coming, open, closed or over."""

    scope: str
    eligible: int
    issued: int
    state: str
    fingerprint: str


@requires(policy.SEE_COUNTS)
def epochs_page() -> str:
    """Show counts, states and fingerprints by week, and where neighbours show copies of the chain."""
    current = epochs.epoch_of(now())
    weeks: dict[str, list[Row]] = {}
    for key in queries.key_states(sql.session):
        weeks.setdefault(key.epoch, []).append(_row(key, current))
    for rows in weeks.values():
        rows.sort(key=lambda row: row.scope)
    return render_template(
        "anonymity/epochs.html",
        weeks={epoch: weeks[epoch] for epoch in sorted(weeks)},
        current=current,
        begins={epoch: epochs.begins_at(epoch).date() for epoch in weeks},
        overdue=queries.overdue(sql.session, current),
        least=policy.crowd_least(),
        ward_least=policy.ward_least_members(),
        mirrors=documents.mirrors_of(sql.session, policy.DOCUMENT),
        document=policy.DOCUMENT,
    )


def _row(key: queries.KeyState, current: str) -> Row:
    if key.epoch > current:
        state = "coming"
    elif key.epoch < current:
        state = "over"
    else:
        state = "open" if key.issued >= policy.crowd_least() else "closed"
    name = wards.name_of(key.scope)
    return Row(name, policy.rounded(key.eligible), policy.rounded(key.issued), state, manifest.fingerprint(key.spki))
