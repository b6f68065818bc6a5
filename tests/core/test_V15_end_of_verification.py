"""V15: two reminders, each once; then the level drops, and account, alias, posts and roles stay."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from core import members, membership_ends
from core.database import reading, transaction
from core.events import Event, MembershipLapsed
from core.models import Mail, Member, Membership
from core.permissions import viewer_of
from core.testing import capture_events, make_app, make_member, sign_in, work

BOW, MILE_END = "E05009320", "E05009327"
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
END = date(2027, 3, 2)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, {})


def _verified(app: Flask, until_on: date = END, **more: object) -> str:
    with time_machine.travel(BEGIN, tick=False):
        member_id = make_member(app, **more)  # type: ignore[arg-type]
        with app.app_context(), transaction() as db:
            members.verify(db, member_id, BOW, "test", until_on)
    return member_id


def _look(app: Flask, on: date) -> list[Event]:
    moment = datetime(on.year, on.month, on.day, 10, tzinfo=UTC)
    with time_machine.travel(moment, tick=False), app.app_context(), capture_events() as seen:
        membership_ends.look(moment)
    return list(seen)


def _mails(app: Flask) -> list[tuple[str, str]]:
    with app.app_context(), reading() as db:
        return [(row.subject, row.text) for row in db.execute(sa.select(Mail.subject, Mail.text))]


def test_V15_reminders_go_at_30_and_at_7_days_once_each(app: Flask) -> None:
    _verified(app)
    counts = []
    for before in (31, 30, 30, 29, 8, 7, 7, 1, 0):
        assert _look(app, END - timedelta(days=before)) == []
        counts.append(len(_mails(app)))
    assert counts == [0, 1, 1, 1, 1, 2, 2, 2, 2]
    texts = [text for _subject, text in _mails(app)]
    assert "in 30 days" in texts[0]
    assert "in 7 days" in texts[1]
    for subject, text in _mails(app):
        assert subject == "Please renew soon"
        assert not any(word in text.lower() for word in ("verif", "crime", "police", "watch", "ward"))


def test_V15_a_late_job_sends_one_reminder_with_the_days_that_are_left(app: Flask) -> None:
    _verified(app)
    _look(app, END - timedelta(days=5))
    _look(app, END - timedelta(days=4))
    assert ["in 5 days" in text for _subject, text in _mails(app)] == [True]


def _killed(member_id: str, day: date) -> None:
    with transaction() as db:
        assert membership_ends.remind(db, member_id, 30, day)
        raise KeyboardInterrupt


def test_V15_a_job_killed_before_its_commit_sends_its_mail_at_the_next_run(app: Flask) -> None:
    member_id = _verified(app)
    day = END - timedelta(days=30)
    with time_machine.travel(datetime(2027, 1, 31, 9, tzinfo=UTC)), app.app_context():
        with pytest.raises(KeyboardInterrupt):
            _killed(member_id, day)
        assert _mails(app) == []
    _look(app, day)
    assert len(_mails(app)) == 1


def test_V15_a_short_verification_is_not_reminded_on_its_first_day(app: Flask) -> None:
    _verified(app, BEGIN.date() + timedelta(days=20))
    _look(app, BEGIN.date())
    assert _mails(app) == []
    _look(app, BEGIN.date() + timedelta(days=13))
    assert len(_mails(app)) == 1


def test_V15_the_level_drops_once_and_account_alias_and_roles_stay(app: Flask) -> None:
    member_id = _verified(app, alias="Grey Robin", roles=[("coordinator", MILE_END)])
    client = app.test_client()
    sign_in(client, member_id)
    _look(app, END)
    with time_machine.travel(datetime(2027, 3, 2, 23, tzinfo=UTC)), app.app_context(), reading() as db:
        assert viewer_of(db, member_id).is_verified
    lapsed = [*_look(app, END + timedelta(days=1)), *_look(app, END + timedelta(days=1)), *_look(app, END)]
    assert [(type(event), event.member_id) for event in lapsed] == [(MembershipLapsed, member_id)]  # type: ignore[attr-defined]
    with time_machine.travel(datetime(2027, 3, 3, 11, tzinfo=UTC)), app.app_context(), reading() as db:
        viewer = viewer_of(db, member_id)
        assert viewer.is_signed_in
        assert not viewer.is_verified
        assert viewer.home_ward is None
        assert viewer.alias == "Grey Robin"
        assert {(grant.role, grant.ward_code) for grant in viewer.grants} >= {("coordinator", MILE_END)}
        assert db.get(Membership, member_id) is None
    assert client.get("/account").status_code == 200  # still signed in
    assert [subject for subject, _text in _mails(app)].count("Time to renew") == 1


def test_V15_renewing_before_the_end_begins_a_new_time_with_its_own_reminders(app: Flask) -> None:
    member_id = _verified(app)
    _look(app, END - timedelta(days=30))
    with time_machine.travel(datetime(2027, 2, 10, 9, tzinfo=UTC)), app.app_context(), transaction() as db:
        members.verify(db, member_id, BOW, "test", date(2028, 2, 10))
    assert _look(app, END + timedelta(days=1)) == []
    assert len(_mails(app)) == 1
    _look(app, date(2028, 1, 20))
    assert len(_mails(app)) == 2


def test_V15_renewing_while_the_job_runs_wins(app: Flask) -> None:
    member_id = _verified(app)
    with time_machine.travel(datetime(2027, 3, 3, 9, tzinfo=UTC)), app.app_context(), transaction() as db:
        members.verify(db, member_id, BOW, "test", date(2028, 3, 3))
        assert not membership_ends.expire(db, member_id, END + timedelta(days=1))


def test_V15_a_closed_account_is_mailed_nothing(app: Flask) -> None:
    member_id = _verified(app)
    with app.app_context(), transaction() as db:
        db.execute(sa.update(Member).where(Member.id == member_id).values(active=False))
    _look(app, END - timedelta(days=7))
    assert len(_look(app, END + timedelta(days=1))) == 1
    assert _mails(app) == []


def test_V15_the_worker_does_it_by_itself(app: Flask) -> None:
    member_id = _verified(app)
    with time_machine.travel(datetime(2027, 3, 3, 9, tzinfo=UTC), tick=False):
        work(app)
        with app.app_context(), reading() as db:
            assert db.get(Membership, member_id) is None
