"""Who is told, once each, and that the mail gives nobody away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from core import mail, members, notifications
from core.database import now, transaction
from core.models import Member
from core.testing import mails, make_app, make_member, work

BOW_WEST, WHITECHAPEL, ISLAND, BOROUGH = "E05009320", "E05009334", "E05009324", "E09000030"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, [])


def tell(app: Flask, *ward_codes: str) -> list[str]:
    subject = "A message for your area"
    with app.app_context(), transaction() as db:
        notifications.tell_wards(db, ward_codes, subject, "Something is new.", "/somewhere/1")
    work(app)
    # The worker writes of other things too, as to somebody whose verification is over.
    return sorted(str(message["To"]).split("@")[0] for message in mails(app) if message["Subject"] == subject)


def follow(app: Flask, member_id: str, *ward_codes: str) -> list[str]:
    with app.app_context(), transaction() as db:
        notifications.follow(db, member_id, ward_codes)
        return notifications.followed(db, member_id)


def test_those_who_live_there_or_follow_are_told_once(app: Flask) -> None:
    make_member(app, "Home", ward=BOW_WEST)
    follow(app, make_member(app, "Follower", ward=ISLAND), BOW_WEST, WHITECHAPEL)
    follow(app, make_member(app, "Both", ward=WHITECHAPEL), BOW_WEST)
    make_member(app, "Elsewhere", ward=ISLAND)
    assert tell(app, BOW_WEST, WHITECHAPEL) == ["both3", "follower2", "home1"]


def test_nobody_is_told_who_is_not_verified_or_whose_account_is_closed(app: Flask) -> None:
    follow(app, make_member(app, "Fresh"), BOW_WEST)
    lapsed, closed = make_member(app, "Lapsed", ward=BOW_WEST), make_member(app, "Closed", ward=BOW_WEST)
    with app.app_context(), transaction() as db:
        members.verify(db, lapsed, BOW_WEST, "test", now().date() - timedelta(days=1))
        members.suspend(db, closed, None, "test")
    assert tell(app, BOW_WEST) == []


def test_the_boroughs_code_reaches_every_verified_member(app: Flask) -> None:
    make_member(app, "One", ward=BOW_WEST)
    make_member(app, "Two", ward=ISLAND)
    make_member(app, "Fresh")
    assert tell(app, BOROUGH) == ["one1", "two2"]


def test_no_wards_reach_nobody(app: Flask) -> None:
    make_member(app, "One", ward=BOW_WEST)
    assert tell(app) == []


def test_the_mail_has_a_link_and_a_neutral_subject(app: Flask) -> None:
    make_member(app, "One", ward=BOW_WEST)
    tell(app, BOW_WEST)
    (message,) = mails(app)
    assert message["Subject"] == "A message for your area"
    assert "http://localhost/somewhere/1\n" in message.get_content()


def test_a_telling_subject_is_refused_and_nothing_is_queued(app: Flask) -> None:
    make_member(app, "One", ward=BOW_WEST)
    with app.app_context(), pytest.raises(mail.TellingSubject), transaction() as db:
        notifications.tell_wards(db, [BOW_WEST], "Crime in your street", "Text.", "/x")
    work(app)
    assert mails(app) == []


def test_one_member_is_told_unless_the_account_is_gone(app: Flask) -> None:
    member_id = make_member(app, "One")
    with app.app_context(), transaction() as db:
        assert notifications.tell_member(db, member_id, "News", "Text.", "/x")
        assert not notifications.tell_member(db, "0" * 32, "News", "Text.", "/x")
        db.execute(sa.update(Member).values(active=False))
        assert not notifications.tell_member(db, member_id, "News", "Text.", "/x")


def test_a_role_is_told_once_however_many_wards_it_has(app: Flask) -> None:
    make_member(app, "Officer", roles=[("officer", BOW_WEST), ("officer", ISLAND)])
    make_member(app, "Verified", ward=BOW_WEST)
    with app.app_context(), transaction() as db:
        told = {
            role: notifications.tell_role(db, role, "News", "Text.", "/x")
            for role in ("officer", "verified", "member", "reviewer")
        }
    assert told == {"officer": 1, "verified": 1, "member": 2, "reviewer": 0}


def test_following_replaces_what_was_followed_and_takes_only_our_wards(app: Flask) -> None:
    member_id = make_member(app, "One")
    assert follow(app, member_id, ISLAND, BOW_WEST) == [BOW_WEST, ISLAND]
    assert follow(app, member_id, WHITECHAPEL, BOROUGH, "E05000001", "nowhere") == [WHITECHAPEL]
    assert follow(app, member_id) == []
