"""Snapshots as text, for the history of an alert; the shape of `core.events.AlertSnapshot`."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from core.events import AlertSnapshot
from plugins.ward_boards.alerts.drafting import GSS_CODE, AlertDraft, tidy
from plugins.ward_boards.alerts.models import Alert
from plugins.ward_boards.alerts.vocabulary import CATEGORIES, CERTAINTIES, LONGEST, SEVERITIES, UNKNOWN, URGENCIES

NO_HEADLINE = "–"
"""Stands where a neighbour sent no headline, or has taken it back."""

_TIMES = ("onset", "sent", "expires")


def write(alert: AlertSnapshot) -> str:
    """Return a snapshot as JSON."""
    return json.dumps(asdict(alert), default=datetime.isoformat, ensure_ascii=False)


def read(text: str) -> AlertSnapshot:
    """Return the snapshot that `write` wrote."""
    raw: dict[str, Any] = json.loads(text)
    for name in _TIMES:
        raw[name] = datetime.fromisoformat(raw[name])
    raw["areas"] = tuple(raw["areas"])
    return AlertSnapshot(**raw)


def of_draft(draft: AlertDraft, *, alert_id: str, revision: int, sent: datetime) -> AlertSnapshot:
    """Return the snapshot of a draft that has passed its checks; times are whole seconds, the end rounded up."""
    if draft.expires is None:
        raise ValueError("a draft without end was not checked")
    return AlertSnapshot(
        alert_id=alert_id,
        revision=revision,
        state="active",
        headline=draft.headline,
        description=draft.description,
        instruction=draft.instruction,
        category=draft.category,
        event=draft.event,
        severity=draft.severity,
        urgency=draft.urgency,
        certainty=draft.certainty,
        areas=tuple(sorted(set(draft.areas))),
        onset=draft.onset.replace(microsecond=0),
        sent=sent,
        expires=_whole_second_up(draft.expires),
        audience=draft.audience,
    )


def of_row(row: Alert, areas: tuple[str, ...]) -> AlertSnapshot:
    """Return the snapshot of an alert as it stands."""
    return AlertSnapshot(
        alert_id=row.alert_id,
        revision=row.revision,
        state=row.state,
        headline=row.headline,
        description=row.description,
        instruction=row.instruction,
        category=row.category,
        event=row.event,
        severity=row.severity,
        urgency=row.urgency,
        certainty=row.certainty,
        areas=areas,
        onset=row.onset,
        sent=row.sent,
        expires=row.expires,
        audience=row.audience,
        note=row.note,
    )


def tamed(alert: AlertSnapshot, *, received_at: datetime) -> AlertSnapshot:
    """Return a neighbour's snapshot as we are willing to keep it.

    Words outside CAP become `Unknown`, texts are cut to what we accept from our own officers, and no
    neighbour can make an alert last longer than ours may.
    """
    return replace(
        alert,
        state="cancelled" if alert.state == "cancelled" else "active",
        headline=tidy(alert.headline).replace("\n", " ")[:160] or NO_HEADLINE,
        description=tidy(alert.description)[:5000],
        instruction=tidy(alert.instruction)[:5000],
        category=alert.category if alert.category in CATEGORIES else "Other",
        event=tidy(alert.event).replace("\n", " ")[:80],
        severity=alert.severity if alert.severity in SEVERITIES else UNKNOWN,
        urgency=alert.urgency if alert.urgency in URGENCIES else UNKNOWN,
        certainty=alert.certainty if alert.certainty in CERTAINTIES else UNKNOWN,
        areas=tuple(sorted({code for code in alert.areas if GSS_CODE.fullmatch(code)}))[:200],
        expires=min(alert.expires, min(alert.sent, received_at) + LONGEST),
        note=tidy(alert.note)[:500],
    )


def _whole_second_up(at: datetime) -> datetime:
    return at.replace(microsecond=0) + timedelta(seconds=1 if at.microsecond else 0)
