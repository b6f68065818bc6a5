"""Issuing, updating and cancelling our own alerts: who may, from which revision, and what others are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from flask import Flask

from core.database import now, reading, transaction
from core.events import AlertIssued, AlertWithdrawn
from core.permissions import Denied
from core.testing import capture_events, make_member
from plugins.ward_boards.alerts import queries, services
from plugins.ward_boards.alerts.drafting import UnfitDraft
from plugins.ward_boards.alerts.services import AlertOver, NoSuchAlert, StaleAlert, Target

pytestmark = pytest.mark.usefixtures("inside")
BOW_WEST, WHITECHAPEL, BOROUGH = "E05009320", "E05009334", "E09000030"


@pytest.fixture
def issue(app: Flask, as_viewer: Any, officer: str, draft: Any) -> Any:
    """Return a function that issues an alert and returns its id."""

    def make(by: str = officer, **changes: Any) -> str:
        with transaction() as db:
            return services.issue(db, as_viewer(by), draft=draft(**changes), now=now())

    return make


def look(as_viewer: Any, alert_id: str, by: str) -> Any:
    with reading() as db:
        return queries.one_alert(db, as_viewer(by), alert_id, now=now())


def test_W10_issue_update_and_cancel_keep_one_history(
    app: Flask, issue: Any, as_viewer: Any, officer: str, draft: Any
) -> None:
    with capture_events() as events:
        alert_id = issue()
        with transaction() as db:
            services.update(
                db, as_viewer(officer), target=Target(alert_id, 1), draft=draft(headline="Now near the park"), now=now()
            )
        with transaction() as db:
            services.cancel(db, as_viewer(officer), target=Target(alert_id, 2), reason="Arrests were made.", now=now())
    assert [(type(e), e.alert.revision, e.alert.state) for e in events] == [  # type: ignore[attr-defined]
        (AlertIssued, 1, "active"),
        (AlertIssued, 2, "active"),
        (AlertWithdrawn, 3, "cancelled"),
    ]
    assert events[2].alert.note == "Arrests were made."  # type: ignore[attr-defined]
    assert events[2].alert.headline == "Now near the park"  # type: ignore[attr-defined]
    with reading() as db:
        history = queries.history(db, alert_id)
    assert [(h.revision, h.kind, h.issuer_role, h.issuer_ward) for h in history] == [
        (1, "issued", "officer", BOW_WEST),
        (2, "updated", "officer", BOW_WEST),
        (3, "cancelled", "officer", BOW_WEST),
    ]
    assert look(as_viewer, alert_id, officer).status == "cancelled"


def test_F11_an_alert_expires_by_the_clock_alone(app: Flask, issue: Any, as_viewer: Any, officer: str) -> None:
    alert_id = issue(expires=now() + timedelta(hours=6))
    with reading() as db:
        assert len(queries.open_alerts(db, as_viewer(officer), now=now())) == 1
    with time_machine.travel(now() + timedelta(hours=6, seconds=2), tick=False), reading() as db:
        assert queries.open_alerts(db, as_viewer(officer), now=now()) == []
        assert look(as_viewer, alert_id, officer).status == "expired"
        assert [row.id for row in queries.past_alerts(db, as_viewer(officer), now=now())] == [alert_id]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires": None}, "expires"),
        ({"expires": timedelta(days=31)}, "expires"),
        ({"expires": timedelta(minutes=-1)}, "expires"),
        ({"onset": timedelta(days=2)}, "expires"),
        ({"onset": timedelta(days=31)}, "onset"),
        ({"onset": timedelta(days=-4000)}, "onset"),
        ({"headline": " \n "}, "headline"),
        ({"headline": "x" * 161}, "headline"),
        ({"headline": "two\nlines"}, "headline"),
        ({"description": "\x00\x07"}, "description"),
        ({"description": "x" * 5001}, "description"),
        ({"instruction": "x" * 5001}, "instruction"),
        ({"areas": ()}, "areas"),
        ({"areas": ("E05000001",)}, "areas"),
        ({"areas": ("nowhere",)}, "areas"),
        ({"severity": "severe"}, "severity"),
        ({"category": "Crime"}, "category"),
        ({"event": "nothing"}, "event"),
        ({"urgency": ""}, "urgency"),
        ({"certainty": "Very"}, "certainty"),
        ({"audience": ""}, "audience"),
        ({"audience": "everyone here"}, "audience"),
        ({"audience": ",".join(f"urn:uuid:{n:04}" for n in range(41))}, "audience"),
    ],
)
def test_an_unfit_draft_is_refused_with_a_sentence(app: Flask, issue: Any, changes: dict[str, Any], field: str) -> None:
    moved = {name: now() + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    with capture_events() as events, pytest.raises(UnfitDraft) as refused:
        issue(**moved)
    assert refused.value.faults[field].endswith(".")
    assert events == []


def test_officer_of_a_ward_cannot_issue_for_another_or_for_the_borough(app: Flask, issue: Any) -> None:
    for areas in ((WHITECHAPEL,), (BOW_WEST, WHITECHAPEL), (BOROUGH,)):
        with pytest.raises(Denied):
            issue(areas=areas)


def test_officer_for_everywhere_may_issue_for_the_borough(app: Flask, issue: Any) -> None:
    everywhere = make_member(app, "Chief", roles=["officer"])
    assert issue(by=everywhere, areas=(BOROUGH,))


def test_verified_member_cannot_issue(app: Flask, issue: Any) -> None:
    with pytest.raises(Denied):
        issue(by=make_member(app, "Neighbour", ward=BOW_WEST))


def test_coordinator_issues_under_their_role(app: Flask, issue: Any, as_viewer: Any) -> None:
    coordinator = make_member(app, "Coordinator", roles=[("coordinator", BOW_WEST)])
    row = look(as_viewer, issue(by=coordinator), coordinator)
    assert (row.issuer_role, row.issuer_ward) == ("coordinator", BOW_WEST)


def test_officer_of_another_ward_cannot_withdraw_an_alert(app: Flask, issue: Any, as_viewer: Any, draft: Any) -> None:
    alert_id = issue()
    other = as_viewer(make_member(app, "Other", roles=[("officer", WHITECHAPEL)]))
    with capture_events() as events:
        with pytest.raises(Denied), transaction() as db:
            services.cancel(db, other, target=Target(alert_id, 1), reason="Not mine.", now=now())
        with pytest.raises(Denied), transaction() as db:
            services.update(db, other, target=Target(alert_id, 1), draft=draft(areas=(WHITECHAPEL,)), now=now())
    assert events == []


def test_a_change_from_an_old_revision_is_refused(
    app: Flask, issue: Any, as_viewer: Any, officer: str, draft: Any
) -> None:
    alert_id = issue()
    with transaction() as db:
        services.update(db, as_viewer(officer), target=Target(alert_id, 1), draft=draft(), now=now())
    with pytest.raises(StaleAlert) as stale, transaction() as db:
        services.update(db, as_viewer(officer), target=Target(alert_id, 1), draft=draft(), now=now())
    assert stale.value.revision == 2
    with pytest.raises(StaleAlert), transaction() as db:
        services.cancel(db, as_viewer(officer), target=Target(alert_id, 1), reason="Old page.", now=now())


def test_what_is_over_cannot_be_changed(app: Flask, issue: Any, as_viewer: Any, officer: str, draft: Any) -> None:
    alert_id = issue(expires=now() + timedelta(hours=1))
    with time_machine.travel(now() + timedelta(hours=2)), pytest.raises(AlertOver) as over, transaction() as db:
        services.cancel(db, as_viewer(officer), target=Target(alert_id, 1), reason="Late.", now=now())
    assert over.value.status == "expired"
    with transaction() as db:
        services.cancel(db, as_viewer(officer), target=Target(alert_id, 1), reason="Done.", now=now())
    with pytest.raises(AlertOver) as over, transaction() as db:
        services.update(db, as_viewer(officer), target=Target(alert_id), draft=draft(), now=now())
    assert over.value.status == "cancelled"


def test_cancelling_needs_a_reason(app: Flask, issue: Any, as_viewer: Any, officer: str) -> None:
    alert_id = issue()
    for reason in ("", " \n", "x" * 501):
        with pytest.raises(UnfitDraft), transaction() as db:
            services.cancel(db, as_viewer(officer), target=Target(alert_id, 1), reason=reason, now=now())


def test_an_unknown_alert_is_said_to_be_unknown(app: Flask, as_viewer: Any, officer: str) -> None:
    with pytest.raises(NoSuchAlert), transaction() as db:
        services.cancel(db, as_viewer(officer), target=Target("0" * 32), reason="Why?", now=now())


def test_a_form_sent_twice_issues_once(app: Flask, as_viewer: Any, officer: str, draft: Any) -> None:
    with capture_events() as events:
        for _twice in range(2):
            with transaction() as db:
                services.issue(db, as_viewer(officer), draft=draft(), now=now(), alert_id="f" * 32)
    assert len(events) == 1


def test_most_severe_comes_first_and_then_the_newest(app: Flask, issue: Any, as_viewer: Any, officer: str) -> None:
    minor, extreme = issue(severity="Minor", urgency="Future"), issue(severity="Extreme")
    with time_machine.travel(now() + timedelta(minutes=1)):
        newer = issue(severity="Extreme")
    with reading() as db:
        found = queries.open_alerts(db, as_viewer(officer), now=now())
    assert [row.id for row in found] == [newer, extreme, minor]


def test_a_ward_shows_its_own_and_borough_wide_alerts(app: Flask, issue: Any, as_viewer: Any, officer: str) -> None:
    chief = make_member(app, "Chief", roles=["officer"])
    here, wide = issue(), issue(by=chief, areas=(BOROUGH,))
    issue(by=chief, areas=(WHITECHAPEL,))
    with reading() as db:
        found = queries.open_alerts(db, as_viewer(officer), now=now(), ward_code=BOW_WEST)
    assert {row.id for row in found} == {here, wide}


def test_visitors_and_the_unverified_see_public_alerts_only(app: Flask, issue: Any, as_viewer: Any) -> None:
    public = issue(audience="public")
    for level in ("borough", "all_verified", "urn:uuid:1"):
        issue(audience=level, severity="Minor", urgency="Future")
    member = make_member(app, "Fresh")
    neighbour = make_member(app, "Neighbour", ward=WHITECHAPEL)
    with reading() as db:
        for who in (None, member):
            assert [row.id for row in queries.open_alerts(db, as_viewer(who), now=now())] == [public]
        assert len(queries.open_alerts(db, as_viewer(neighbour), now=now())) == 4


def test_of_two_changes_at_once_one_wins_and_the_other_is_told(
    app: Flask, issue: Any, as_viewer: Any, officer: str, draft: Any
) -> None:
    alert_id, who = issue(), as_viewer(officer)
    start = Barrier(8)

    def change(number: int) -> str:
        with app.app_context():
            start.wait()
            try:
                with transaction() as db:
                    new = draft(headline=f"Version of {number}")
                    services.update(db, who, target=Target(alert_id, 1), draft=new, now=now())
            except StaleAlert:
                return "stale"
            return "done"

    with ThreadPoolExecutor(8) as pool:
        ends = sorted(pool.map(change, range(8)))
    assert ends == ["done", *["stale"] * 7]
    with reading() as db:
        assert [message.revision for message in queries.history(db, alert_id)] == [1, 2]
