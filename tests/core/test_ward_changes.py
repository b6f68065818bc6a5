"""Wards renamed, split, merged and ended: files read, refused or carried out, and what becomes of members."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from core import audit, event_log, members, ward_change_files, ward_changes, ward_plans, wards
from core.database import now, reading, transaction
from core.events import WardsChanged
from core.instance import instance
from core.models import Membership, Postcode, PostcodeOverride, RoleGrant, Ward, WardFollow
from core.testing import capture_events, mails, make_app, make_member, sign_in, work
from core.ward_change_files import ChangeRow, NotChanges
from core.ward_plans import NotPossible

BOW_EAST, BOW_WEST, STEPNEY, ISLAND = "E05009319", "E05009320", "E05009334", "E05009324"
NEW_A, NEW_B = "E05099001", "E05099002"
ON = date(2026, 5, 7)
HEADS = "old_code,old_name,new_code,new_name,date,share\n"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """Return a fresh instance of core alone: its wards are changed by each test."""
    return make_app(tmp_path / "wards", [])


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    """Run the test in the app's context."""
    with app.app_context():
        yield


def _row(old: str, new: str, name: str = "", share: float | None = None, on: date | None = ON) -> ChangeRow:
    return ChangeRow("line 2", old, "", new, name, on, share)


def _change(*rows: ChangeRow) -> tuple[Any, Any]:
    with transaction() as db:
        plan = ward_plans.plan(db, rows, borough="E09000030", today=now().date())
        done = ward_changes.apply(db, plan)
    wards.forget_boards()
    return plan, done


def _one(statement: Any) -> Any:
    with reading() as db:
        return db.scalar(statement)


def test_W1_a_csv_file_is_read_in_plain_columns(tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    file.write_text(f"{HEADS}{BOW_EAST},Bow East,{NEW_A},Bow New,07/05/2026,62%\n{BOW_WEST},Bow West,,,2026-05-07,\n")
    assert ward_change_files.read(file) == [
        ChangeRow("line 2", BOW_EAST, "Bow East", NEW_A, "Bow New", ON, 0.62),
        ChangeRow("line 3", BOW_WEST, "Bow West", "", "", ON, None),
    ]


def test_W1_columns_of_ons_are_known_whatever_the_year(tmp_path: Path) -> None:
    file = tmp_path / "lookup.csv"
    file.write_text(
        "WD23CD,WD23NM,WD24CD,WD24NM,LAD24CD,LAD24NM\n"
        f"{BOW_EAST},Bow East,{NEW_A},Bow New,E09000030,Tower Hamlets\n"
        "E05009367,Brownswood,E05099009,New,E09000012,Hackney\n"
    )
    rows = ward_change_files.read(file, ON)
    assert rows[0] == ChangeRow("line 2", BOW_EAST, "Bow East", NEW_A, "Bow New", ON, None, "E09000030")
    assert rows[1].borough == "E09000012"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "x,y\n1,2\n", "has no column new_code, old_code"),
        ("a.csv", f"{HEADS}E0500931,x,{NEW_A},y,2026-05-07,\n", "'E0500931' is not the GSS code of a ward"),
        ("a.csv", f"{HEADS},x,{NEW_A},y,2026-05-07,\n", "'' is not the GSS code of a ward"),
        ("a.csv", f"{HEADS}{BOW_EAST},x,{NEW_A},y,May,\n", "the date 'May' cannot be read"),
        ("a.csv", f"{HEADS}{BOW_EAST},x,{NEW_A},y,2026-05-07,2\n", "the share '2' is not a part"),
        ("a.csv", HEADS, "has no rows"),
        ("a.json", "{", "is not a JSON list"),
        ("a.json", '[{"new_code": "E05099001"}]', "is not a JSON list"),
        ("a.json", "[]", "has no rows"),
    ],
)
def test_W1_what_cannot_be_read_is_said_on_one_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(NotChanges, match=None) as refused:
        ward_change_files.read(file)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=12),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["old_code", "new_code", "to", "rows", "date", "share"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    )
)
def test_W1_whatever_json_holds_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    file = tmp_path_factory.mktemp("odd") / "odd.json"
    file.write_text(json.dumps(value))
    with suppress(NotChanges):
        ward_change_files.read(file)


@pytest.mark.usefixtures("inside")
def test_W1_a_new_name_is_dated_and_the_old_one_stays_known() -> None:
    plan, _done = _change(_row(BOW_EAST, BOW_EAST, "Bow East and Fish Island"))
    assert [step.kind for step in plan.steps] == ["rename"]
    assert wards.name_of(BOW_EAST) == "Bow East and Fish Island"
    assert wards.name_of(BOW_EAST, ON - timedelta(days=1)) == "Bow East"
    assert wards.name_of(BOW_EAST, ON) == "Bow East and Fish Island"
    assert wards.is_ward(BOW_EAST)
    assert wards.successors(BOW_EAST) == ()


@pytest.mark.usefixtures("inside")
def test_W1_a_new_code_ends_the_old_one_and_leads_to_the_new() -> None:
    plan, done = _change(_row(BOW_EAST, NEW_A, "Bow New"))
    assert ([step.kind for step in plan.steps], done.new_wards) == (["rename"], 1)
    assert wards.is_ward(NEW_A)
    assert not wards.is_ward(BOW_EAST)
    assert wards.ended_on(BOW_EAST) == ON
    assert wards.successors(BOW_EAST) == (NEW_A,)
    assert wards.name_of(BOW_EAST) == "Bow East", "the last name it had"


@pytest.mark.usefixtures("inside")
def test_W1_changes_of_several_days_are_followed_to_the_wards_of_today() -> None:
    _change(
        _row(BOW_EAST, NEW_A, "Bow New"),
        _row(NEW_A, NEW_B, "Bow Newest", on=ON + timedelta(days=30)),
        _row(NEW_A, BOW_WEST, on=ON + timedelta(days=30)),
    )
    assert set(wards.successors(BOW_EAST)) == {NEW_B, BOW_WEST}
    with reading() as db:
        assert set(wards.of_today(db, [BOW_EAST, STEPNEY])) == {NEW_B, BOW_WEST, STEPNEY}


@pytest.mark.usefixtures("inside")
def test_W1_a_merge_moves_homes_roles_follows_and_postcodes(app: Flask) -> None:
    robin = make_member(app, "Robin", ward=BOW_EAST)
    officer = make_member(app, "Officer", roles=[("officer", BOW_EAST), ("officer", BOW_WEST)])
    with transaction() as db:
        db.add(WardFollow(member_id=officer, ward_code=BOW_EAST))
        db.add(PostcodeOverride(postcode="E3 9ZZ", ward_code=BOW_EAST, set_on=ON))
        db.add(Postcode(postcode="E3 9ZX", ward_code=BOW_EAST, source="test"))
    with capture_events() as events:
        plan, _done = _change(_row(BOW_EAST, NEW_A, "Bow"), _row(BOW_WEST, NEW_A, "Bow"))
    assert {step.kind for step in plan.steps} == {"merge"}
    assert _one(sa.select(Membership.ward_code).where(Membership.member_id == robin)) == NEW_A
    assert _one(sa.select(Membership.split_from).where(Membership.member_id == robin)) is None
    with reading() as db:
        grants = sa.select(RoleGrant.ward_code).where(RoleGrant.member_id == officer)
        assert list(db.scalars(grants)) == [NEW_A], "once, though both wards went into it"
        assert list(db.scalars(sa.select(WardFollow.ward_code))) == [NEW_A]
        assert wards.ward_of_postcode(db, "E3 9ZX").ward_code == NEW_A
        assert wards.ward_of_postcode(db, "E3 9ZZ").ward_code == NEW_A
        assert audit.verify(db) is None
    told = [event for event in events if isinstance(event, WardsChanged)]
    assert {(event.old_code, event.new_codes, event.kind) for event in told} == {
        (BOW_EAST, (NEW_A,), "merge"),
        (BOW_WEST, (NEW_A,), "merge"),
    }


@pytest.mark.usefixtures("inside")
def test_W4_after_a_split_officers_answer_for_all_parts_and_members_for_the_largest_until_they_say(app: Flask) -> None:
    robin = make_member(app, "Robin", ward=BOW_EAST)
    officer = make_member(app, "Officer", roles=[("officer", BOW_EAST)])
    with transaction() as db:
        db.add(PostcodeOverride(postcode="E3 9ZZ", ward_code=BOW_EAST, set_on=ON))
    _plan, done = _change(_row(BOW_EAST, NEW_A, "A", 0.3), _row(BOW_EAST, NEW_B, "B", 0.7))
    assert (done.unsure_homes, done.overrides) == (1, ("E3 9ZZ",))
    row = sa.select(Membership.ward_code, Membership.split_from).where(Membership.member_id == robin)
    with reading() as db:
        assert tuple(db.execute(row).one()) == (NEW_B, BOW_EAST)
        held = set(db.scalars(sa.select(RoleGrant.ward_code).where(RoleGrant.member_id == officer)))
        assert held == {NEW_A, NEW_B}
        assert ward_changes.choices(db, robin) == (NEW_B, NEW_A)
        assert ward_changes.choices(db, officer) == ()


def test_W4_the_member_is_told_neutrally_and_says_once_in_which_part_they_live(app: Flask) -> None:
    robin = make_member(app, "Robin", ward=BOW_EAST)
    with app.app_context():
        _change(_row(BOW_EAST, NEW_A, "A", 0.3), _row(BOW_EAST, NEW_B, "B", 0.7))
    work(app, now() + timedelta(days=1))
    told = [mail for mail in mails(app) if mail["Subject"] and "area has changed" in mail["Subject"]]
    assert len(told) == 1
    assert "/account/ward" in told[0].get_content()
    browser = app.test_client()
    sign_in(browser, robin)
    assert "Your ward was split" in browser.get("/account").text
    assert "Where do you live?" in browser.get("/account/ward").text
    refused = browser.post("/account/ward", data={"ward": STEPNEY})
    assert refused.status_code == 422
    assert "show a volunteer your new address" in refused.text
    assert browser.post("/account/ward", data={"ward": NEW_A}).status_code == 303
    with app.app_context():
        assert _one(sa.select(Membership.ward_code).where(Membership.member_id == robin)) == NEW_A
    assert browser.post("/account/ward", data={"ward": NEW_B}).headers["Location"] == "/account"
    with app.app_context():
        assert _one(sa.select(Membership.ward_code).where(Membership.member_id == robin)) == NEW_A, "once"
    assert "Your ward was split" not in browser.get("/account").text


@pytest.mark.usefixtures("inside")
def test_W4_a_case_begun_in_a_ward_that_ended_verifies_for_what_follows_it(app: Flask) -> None:
    robin, wren = make_member(app, "Robin"), make_member(app, "Wren")
    _change(_row(BOW_EAST, NEW_A, "A"), _row(BOW_WEST, BOW_WEST, "", 0.6), _row(BOW_WEST, STEPNEY, "", 0.4))
    with transaction() as db:
        members.verify(db, robin, BOW_EAST, "test", now().date() + timedelta(days=9))
        members.verify(db, wren, BOW_WEST, "test", now().date() + timedelta(days=9))
    assert _one(sa.select(Membership.ward_code).where(Membership.member_id == robin)) == NEW_A
    assert _one(sa.select(Membership.ward_code).where(Membership.member_id == wren)) == BOW_WEST


@pytest.mark.usefixtures("inside")
def test_W1_a_ward_without_successor_leaves_its_threads_to_the_borough() -> None:
    plan, _done = _change(_row(BOW_EAST, ""))
    assert [(step.kind, step.new_codes) for step in plan.steps] == [("end", ("E09000030",))]
    assert wards.successors(BOW_EAST) == ("E09000030",)


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([_row("E05009367", NEW_A, "A")], "is not a ward of this borough"),
        ([_row(BOW_EAST, "E05009367", "Brownswood")], "is a ward of Hackney"),
        ([_row(BOW_EAST, NEW_A)], "has no name"),
        ([_row(BOW_EAST, NEW_A, "A", on=None)], "there is no date"),
        ([_row(BOW_EAST, NEW_A, "A", on=date(2200, 1, 1))], "is still to come"),
        ([_row(BOW_EAST, BOW_WEST), _row(BOW_WEST, BOW_EAST)], "ends on 2026-05-07 itself"),
        ([_row(BOW_EAST, BOW_WEST), _row(BOW_WEST, NEW_A, "A")], "ends on 2026-05-07 itself"),
        ([_row(BOW_EAST, NEW_A, "A"), _row(BOW_WEST, NEW_A, "B")], "is 'A' above and 'B' here"),
        ([_row(BOW_EAST, NEW_A, "A"), _row(BOW_EAST, "")], "both goes on and ends"),
        (
            [_row(BOW_EAST, NEW_A, "A"), _row(BOW_EAST, NEW_B, "B", on=ON + timedelta(days=1))],
            "ended on 2026-05-07 and cannot change again",
        ),
        (
            [_row(BOW_EAST, NEW_A, "A"), _row(BOW_WEST, BOW_EAST, on=ON + timedelta(days=1))],
            "a code is never used again",
        ),
    ],
)
def test_W1_what_does_not_fit_is_refused_and_nothing_is_done(rows: list[ChangeRow], said: str) -> None:
    before = wards.boards()
    with pytest.raises(NotPossible) as refused:
        _change(*rows)
    assert said in str(refused.value)
    wards.forget_boards()
    assert wards.boards() == before


@pytest.mark.usefixtures("inside")
def test_W1_a_second_run_changes_nothing_and_too_small_parts_are_named() -> None:
    rows = (_row(BOW_EAST, NEW_A, "A", 0.98), _row(BOW_EAST, BOW_WEST, "", 0.02))
    plan, _done = _change(*rows)
    assert [step.new_codes for step in plan.steps] == [(NEW_A,)]
    assert [row.new_code for row in plan.too_small] == [BOW_WEST]
    again, done = _change(*rows)
    assert (again.steps, again.done_before, done.steps) == ([], 2, 0)


@pytest.mark.usefixtures("inside")
def test_W1_real_boundaries_of_2014_are_carried_out_ward_by_ward(shared_data: Path) -> None:
    file = shared_data / "boundaries" / "tower_hamlets_ward_change_2013_to_2014.json"
    rows = ward_change_files.read(file, date(2014, 5, 22))
    before = {row.old_code: row.old_name for row in rows}
    with transaction() as db:
        db.execute(sa.delete(Ward).where(Ward.kind == "ward"))
        db.add_all(Ward(code=code, borough_code="E09000030", name=name) for code, name in before.items())
    wards.forget_boards()
    assert len(wards.boards()) == 18
    _plan, done = _change(*rows)
    assert (done.new_wards, len(wards.boards())) == (20, 21)
    for code, name in before.items():
        assert wards.successors(code)
        assert wards.name_of(code) == name
    assert wards.successors("E05000573")[0] == "E05009331", "the largest part comes first"


def test_W1_the_command_shows_a_dry_run_then_does_it(app: Flask, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from core.cli import main

    file = tmp_path / "changes.csv"
    file.write_text(f"{HEADS}{BOW_EAST},Bow East,{NEW_A},Bow New,,\n")
    with app.app_context():
        folder = str(instance().config.data_dir)
    run = CliRunner()

    def call(*more: str) -> Any:
        return run.invoke(main, ["wards", "change", str(file), "--data", folder, *more])

    missing = call()
    assert missing.exit_code == 1
    assert (
        missing.stderr.strip()
        == "boroughwatch: line 2: there is no date; add a column 'date', or give the day with --on"
    )
    dry = call("--on", "2026-05-07", "--dry-run", "--json")
    assert json.loads(dry.stdout) == [
        {"on": "2026-05-07", "ward": f"{BOW_EAST} Bow East", "kind": "rename", "to": f"{NEW_A} Bow New"}
    ]
    assert "nothing was written" in dry.stderr
    with app.app_context():
        wards.forget_boards()
        assert wards.is_ward(BOW_EAST)
    done = call("--on", "2026-05-07")
    assert done.exit_code == 0, done.stderr
    assert "Wards changed: 1, of which new: 1" in done.stderr
    with app.app_context():
        wards.forget_boards()
        assert wards.successors(BOW_EAST) == (NEW_A,)
        event_log.dispatch()
