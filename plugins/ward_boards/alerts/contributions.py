"""What the alerts hand to core through the plugin's front door; light to import."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from core.contributions import Job, NavItem, Panel, Permission, Slot, Subscription, Viewer
from plugins.ward_boards.alerts.rights import ISSUE, READ

_PANEL_SLOTS = frozenset({Slot.HOME, Slot.DASHBOARD, Slot.WARD})


def permissions() -> list[Permission]:
    """Return who may issue and who may read alerts."""
    return [
        Permission(ISSUE, "Issue, change and cancel alerts", frozenset({"coordinator", "officer"})),
        Permission(
            READ,
            "Read alerts that are not public",
            frozenset({"reader", "verified", "coordinator", "officer", "admin"}),
        ),
    ]


def subscriptions() -> list[Subscription]:
    """Return the handlers that mail members and keep neighbours' alerts."""
    from core.events import AlertIssued, AlertWithdrawn, PeerBlocked, RemoteAlertReceived
    from plugins.ward_boards.alerts import notices, remote

    return [
        Subscription(AlertIssued, notices.tell_of_issue, "alerts_tell_members"),
        Subscription(AlertWithdrawn, notices.tell_of_withdrawal, "alerts_tell_members_of_end"),
        Subscription(RemoteAlertReceived, remote.receive, "alerts_receive"),
        Subscription(PeerBlocked, remote.block, "alerts_block"),
    ]


def jobs() -> list[Job]:
    """Return the daily tidying, and the hourly end of what waited in vain.

    Nothing here expires an alert: the clock of whoever reads it does.
    """
    from plugins.ward_boards.alerts import remote

    return [Job("alerts_forget", remote.forget, 24 * 3600), Job("alerts_lapse", _lapse, 3600)]


def _lapse(now: datetime) -> None:
    from core.database import transaction
    from plugins.ward_boards.alerts import second_person

    with transaction() as db:
        second_person.lapse(db, now)


def nav_items(viewer: Viewer) -> list[NavItem]:
    """Return the menu entry; everyone may read public alerts."""
    return [NavItem(order=30, label=_("Alerts"), endpoint="ward_boards.alerts", icon="exclamation-triangle")]


def panels(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
    """Return open alerts for the home page, the dashboard and each ward's board; nothing when there are none."""
    if slot not in _PANEL_SLOTS:
        return []
    from core.database import now, sql
    from plugins.ward_boards.alerts import queries, vocabulary

    ward_code = subject if slot is Slot.WARD else None
    rows = queries.open_alerts(sql.session, viewer, now=now(), ward_code=ward_code, limit=5)
    if not rows:
        return []
    context = {"alerts": rows, "words": vocabulary, "marks": queries.marks_of(sql.session, rows)}
    return [Panel("ward_boards/alerts/_panel.html", context, order=10)]
