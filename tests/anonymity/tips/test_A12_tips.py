from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from core import audit, permissions, retention
from core.contributions import Viewer
from core.database import now, reading, sql, transaction
from core.models import AuditEntry
from core.testing import mails, make_app, make_member, work
from plugins.anonymity import hooks
from plugins.anonymity.tips import desk, receipts, services
from plugins.anonymity.tips.models import SENDER, Tip, TipWords
from plugins.anonymity.tips.services import BoxFull, NoSuchTip, TipClosed

BOW_WEST, SHADWELL = "E05009320", "E05009332"
MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> Any:
    with app.test_request_context():
        yield


def viewer_of(member_id: str) -> Viewer:
    with reading() as db:
        return permissions.viewer_of(db, member_id)


def give(text: str = "They sell in the stairwell.", ward: str | None = BOW_WEST) -> str:
    with transaction() as db:
        return services.give(db, ward, text)


def tip_id_of(receipt: str) -> str:
    with reading() as db:
        return services.by_receipt(db, receipt).id


def said(receipt: str) -> list[tuple[str, str]]:
    with reading() as db:
        return [(each.said_by, each.text) for each in services.conversation(db, services.by_receipt(db, receipt).id)]


def at_desk(member_id: str, verb: str, tip_id: str, *values: str) -> Any:
    with transaction() as db:
        return getattr(desk, verb)(db, viewer_of(member_id), tip_id, *values)


def test_A12_a_receipt_is_sixteen_digits_like_those_of_a_phone_card() -> None:
    found = {receipts.new() for _ in range(200)}
    assert len(found) == 200
    assert all(re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", each) for each in found)


@given(typed=st.text(max_size=300))
def test_A12_whatever_is_typed_has_a_normal_form(typed: str) -> None:
    assert re.fullmatch(r"[0-9]*", receipts.normal(typed))
    assert receipts.normal(receipts.normal(typed)) == receipts.normal(typed)


@given(digits=st.from_regex(r"[0-9]{16}", fullmatch=True), gap=st.sampled_from(["", " ", "-", " - ", "\u00a0", "."]))
def test_A12_how_the_digits_are_grouped_makes_no_difference(digits: str, gap: str) -> None:
    assert receipts.normal(gap.join(digits)) == digits
    assert receipts.normal("".join(chr(0x0660 + int(sign)) for sign in digits)) == digits  # Arabic digits


def test_A12_two_ways_without_an_account(app: Flask) -> None:
    coordinator = make_member(app, roles=[("coordinator", BOW_WEST)])
    receipt = give()
    at_desk(coordinator, "reply", tip_id_of(receipt), "On which floor?")
    with transaction() as db:
        services.add(db, receipt.replace(" ", "-"), "The third.")
    expected = [("sender", "They sell in the stairwell."), ("desk", "On which floor?"), ("sender", "The third.")]
    assert said(receipt) == expected


@pytest.mark.parametrize("typed", ["", "1234", "0000 0000 0000 0000", "x" * 5000, "1234 5678 9012 3456 7"])
def test_A12_a_wrong_receipt_finds_nothing(typed: str) -> None:
    give()
    with reading() as db, pytest.raises(NoSuchTip):
        services.by_receipt(db, typed)


def test_A12_nothing_of_the_sender_is_kept_and_the_words_are_sealed(app: Flask, tmp_path: Path) -> None:
    receipt = give("A very telling sentence.")
    columns = {
        table: {column["name"] for column in sa.inspect(sql.engine).get_columns(table)}
        for table in ("anonymity_tip", "anonymity_tip_words")
    }
    assert columns["anonymity_tip"] == {
        "id", "receipt_hash", "ward_code", "state", "last_on", "waits", "is_new", "handed_on",
    }  # fmt: skip
    assert columns["anonymity_tip_words"] == {"tip_id", "place", "said_by", "sealed", "said_on"}
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for canary in (b"telling sentence", receipt.encode(), receipt.replace(" ", "").encode()):
        assert canary not in held
    assert len(tip_id_of(receipt)) == 32


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ([("coordinator", BOW_WEST)], True),
        ([("officer", BOW_WEST)], True),
        (["coordinator"], True),
        ([("coordinator", SHADWELL)], False),
        ([("officer", SHADWELL)], False),
    ],
)
def test_A12_the_desk_of_a_ward_sees_its_own_tips_and_those_of_the_borough(
    app: Flask, roles: list[Any], may: bool
) -> None:
    member = make_member(app, roles=roles)
    of_ward, of_borough = tip_id_of(give()), tip_id_of(give(ward=None))
    with reading() as db:
        seen = {tip.id for tip in desk.tips(db, viewer_of(member))}
    assert seen == ({of_ward, of_borough} if may else {of_borough})
    for verb, values in (("one", ()), ("reply", ("Thanks.",)), ("pass_on", ()), ("close", ())):
        at_desk(member, verb, of_borough, *values)
        if may:
            at_desk(member, verb, of_ward, *values)
        else:
            with pytest.raises(NoSuchTip):
                at_desk(member, verb, of_ward, *values)


@pytest.mark.parametrize("role", ["verified", "member", "reviewer", "custodian", "admin"])
def test_A12_nobody_else_reads_tips(app: Flask, role: str) -> None:
    roles = [] if role in ("verified", "member") else [role]
    member = make_member(app, roles=roles, ward=BOW_WEST if role == "verified" else None)
    tip_id = tip_id_of(give(ward=None))
    with reading() as db, pytest.raises(permissions.Denied):
        desk.tips(db, viewer_of(member))
    for verb, values in (("one", ()), ("reply", ("x",)), ("pass_on", ()), ("close", ())):
        with pytest.raises(permissions.Denied):
            at_desk(member, verb, tip_id, *values)


def test_A12_closing_ends_it_and_is_in_the_chain(app: Flask) -> None:
    officer = make_member(app, roles=[("officer", BOW_WEST)])
    receipt = give()
    tip_id = tip_id_of(receipt)
    at_desk(officer, "pass_on", tip_id)
    at_desk(officer, "pass_on", tip_id)
    at_desk(officer, "close", tip_id)
    with pytest.raises(TipClosed):
        at_desk(officer, "reply", tip_id, "More.")
    with transaction() as db, pytest.raises(TipClosed):
        services.add(db, receipt, "More.")
    assert said(receipt)[-1] == ("desk", desk.PASSED_ON)
    with reading() as db:
        verbs = list(db.scalars(sa.select(AuditEntry.verb).where(AuditEntry.verb.like("tip.%"))))
        assert sorted(verbs) == ["tip.close", "tip.pass_on"]
        assert audit.verify(db) is None


def test_A12_the_sender_can_delete_it_all(app: Flask) -> None:
    receipt = give()
    with transaction() as db:
        services.take_back(db, receipt)
    with reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(TipWords)) == 0
        with pytest.raises(NoSuchTip):
            services.by_receipt(db, receipt)


def test_A12_a_tip_is_gone_from_every_file_after_its_days(app: Flask, tmp_path: Path) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        receipt = give()
        with reading() as db:
            sealed = db.scalars(sa.select(TipWords.sealed)).one().encode()
        clock.shift(timedelta(days=29))
        with transaction() as db:  # each word keeps it for another thirty days
            services.add(db, receipt, "Still there.")
        clock.shift(timedelta(days=29))
        work(app)
        assert len(said(receipt)) == 2
        clock.shift(timedelta(days=1))
        with pytest.raises(NoSuchTip):  # before any job ran
            said(receipt)
        counted = {part.name: part.deleted for _name, part in retention.run(now(), dry_run=True)}
        assert counted["tips in which nobody said a word for long"] == 1
        work(app)
        assert not any(sealed in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_A12_the_desk_is_told_once_a_day_neutrally_and_only_who_may_answer(app: Flask) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        make_member(app, "Hazel", roles=[("coordinator", BOW_WEST)])
        make_member(app, "Elm", roles=[("coordinator", SHADWELL)])
        make_member(app, "Maple", roles=["admin"])
        work(app)
        give()
        work(app)
        assert mails(app) == []  # a mail at once would say when somebody wrote
        clock.shift(timedelta(days=1, minutes=1))
        work(app)
        work(app)
        told = mails(app)
        assert [mail["To"].partition("1")[0] for mail in told] == ["hazel"]
        assert told[0]["Subject"] == "Something waits for you"
        for word in ("tip", "crime", "police"):
            assert word not in told[0].get_content().replace("/tips/desk", "").lower()


def test_A12_the_list_has_no_order_within_a_day(app: Flask) -> None:
    coordinator = make_member(app, roles=["coordinator"])
    with time_machine.travel(MORNING, tick=False):
        given = [tip_id_of(give()) for _ in range(12)]
    with time_machine.travel(MORNING, tick=False), reading() as db:
        listed = [tip.id for tip in desk.tips(db, viewer_of(coordinator))]
        stored = [row.id for row in db.execute(sa.text("SELECT id FROM anonymity_tip"))]
    assert listed == sorted(given)
    assert stored == sorted(given)


def test_A12_a_flood_meets_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = give()
    monkeypatch.setattr(services, "MOST_WORDS", 2)
    monkeypatch.setattr(services, "MOST_TIPS", 2)
    with transaction() as db:
        services.add(db, receipt, "Two.")
    with transaction() as db, pytest.raises(BoxFull):
        services.add(db, receipt, "Three.")
    give()
    with pytest.raises(BoxFull):
        give()


def test_A12_under_another_secret_a_receipt_finds_nothing_and_pages_still_open(app: Flask, tmp_path: Path) -> None:
    receipt = give()
    tip_id = tip_id_of(receipt)
    (tmp_path / "secret.key").write_text("another secret " * 8)
    later = make_app(tmp_path, plugins={"anonymity": hooks})
    with later.test_request_context(), reading() as db:
        with pytest.raises(NoSuchTip):
            services.by_receipt(db, receipt)
        assert services.conversation(db, tip_id) == []
        assert services.first_words(db, [tip_id]) == {tip_id: ""}


@pytest.mark.parametrize("value", [0, 6, 91, "soon"])
def test_A12_kept_days_out_of_range_stop_the_start(tmp_path: Path, value: object) -> None:
    from core.config import ConfigError

    with pytest.raises(ConfigError, match="tips_kept_days"):
        make_app(tmp_path / "other", plugins={"anonymity": hooks}, anonymity={"tips_kept_days": value})


def test_A12_words_can_only_be_of_the_sender_or_the_desk() -> None:
    tip_id = tip_id_of(give())
    with transaction() as db, pytest.raises(sa.exc.IntegrityError):
        db.execute(sa.update(TipWords).where(TipWords.tip_id == tip_id).values(said_by="admin"))
    assert SENDER == "sender"
    assert Tip.__table__.name == "anonymity_tip"
