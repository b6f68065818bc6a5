"""The admin's page on keys: how many voices each week and board has. Never whose."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

from core import documents, wards
from core.database import now, sql
from core.instance import instance
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
    """Show counts, states and fingerprints of one week, and where neighbours show copies of the chain."""
    current = epochs.epoch_of(now())
    states = queries.key_states(sql.session)
    weeks = {epoch: epochs.begins_at(epoch).date() for epoch in sorted({key.epoch for key in states})}
    nearest = current if current in weeks else next((epoch for epoch in weeks if epoch > current), None)
    asked = request.args.get("week", "")
    week = asked if asked in weeks else nearest
    return render_template(
        "anonymity/epochs.html",
        weeks=weeks,
        week=week,
        rows=_in_order([key for key in states if key.epoch == week], current),
        current=current,
        overdue=queries.overdue(sql.session, current),
        least=policy.crowd_least(),
        ward_least=policy.ward_least_members(),
        mirrors=documents.mirrors_of(sql.session, policy.DOCUMENT),
        document=policy.DOCUMENT,
    )


def _in_order(states: list[queries.KeyState], current: str) -> list[Row]:
    """Return the rows as boards stand everywhere: the borough first, then its wards by name."""
    borough = instance().config.borough
    states.sort(key=lambda key: (key.scope != borough, wards.name_of(key.scope)))
    return [_row(key, current) for key in states]


def _row(key: queries.KeyState, current: str) -> Row:
    if key.epoch > current:
        state = "coming"
    elif key.epoch < current:
        state = "over"
    else:
        state = "open" if key.issued >= policy.crowd_least() else "closed"
    name = wards.name_of(key.scope)
    return Row(name, policy.rounded(key.eligible), policy.rounded(key.issued), state, manifest.fingerprint(key.spki))
