from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from core import permissions, posting
from core.contributions import Authorship, Draft, Viewer
from core.database import reading, sql, transaction
from core.instance import instance
from core.testing import make_app, make_member, work
from plugins.anonymity import hooks, pseudonyms, queries
from plugins.anonymity.models import ThreadKey

BOW_WEST = "E05009320"
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def viewer_of(member_id: str) -> Viewer:
    with reading() as db:
        return permissions.viewer_of(db, member_id)


def sign(member_id: str, thread_id: str, chosen: str) -> Authorship:
    with transaction() as db:
        viewer = permissions.viewer_of(db, member_id)
        return posting.authorship(db, viewer, thread_id, BOW_WEST, {"as": chosen})


def test_A2_a_verified_member_may_choose_between_alias_thread_name_and_resident(app: Flask) -> None:
    verified = make_member(app, ward=BOW_WEST)
    newcomer = make_member(app)
    with app.test_request_context():
        offered = posting.options(viewer_of(verified), BOW_WEST)
        assert [option.name for option in offered] == ["alias", "thread_alias", "week_name", "resident", "group"]
        assert offered[3].label == "A resident of Bow West"
        of_newcomer = [option.name for option in posting.options(viewer_of(newcomer), BOW_WEST)]
        assert of_newcomer == ["alias", "thread_alias", "week_name"]
        assert [option.name for option in posting.options(Viewer(), BOW_WEST)] == ["alias"]


def test_A2_the_choice_says_who_could_still_find_out(app: Flask) -> None:
    member = make_member(app, ward=BOW_WEST)
    with app.test_request_context():
        _alias, thread_alias, week_name, resident, group = posting.options(viewer_of(member), BOW_WEST)
    assert "28 days" in thread_alias.help
    assert "could work out that it is you" in thread_alias.help
    assert "could work out who you are until Sunday night" in week_name.help
    assert "cannot take it back" in resident.help
    assert "Few verified members" in resident.help
    assert "A coordinator reads it first" in group.help


def test_A2_a_large_ward_is_not_called_small(app: Flask) -> None:
    members = [make_member(app, ward=BOW_WEST) for _ in range(30)]
    with app.test_request_context():
        assert "Few verified members" not in posting.options(viewer_of(members[0]), BOW_WEST)[3].help


def test_A2_resident_is_the_ward_of_the_writer_and_nothing_else(app: Flask) -> None:
    member = make_member(app, ward=BOW_WEST)
    with app.test_request_context():
        assert sign(member, "t1", "resident") == Authorship(kind="resident", label="A resident of Bow West")


def test_A2_group_hides_the_writer_even_from_their_own_name_in_the_thread(app: Flask) -> None:
    member = make_member(app, ward=BOW_WEST)
    with app.test_request_context():
        group, name = sign(member, "t1", "group"), sign(member, "t1", "thread_alias")
        assert (group.label, group.member_id) == ("The neighbourhood group", None)
        assert group.ref != name.ref
        assert posting.own_refs(viewer_of(member), "t1") == {group.ref, name.ref}


def test_A2_only_what_the_group_signs_is_held_for_a_coordinator(app: Flask) -> None:
    member = make_member(app, ward=BOW_WEST)
    draft = Draft(thread_id="t1", ward_codes=(BOW_WEST,), title=None, text="x", category="general", tier="verified")
    with app.test_request_context(), transaction() as db:
        viewer = permissions.viewer_of(db, member)
        for chosen, held in (("group", True), ("thread_alias", False), ("resident", False), ("alias", False)):
            posting.authorship(db, viewer, "t1", BOW_WEST, {"as": chosen})
            found = posting.objections(db, draft)
            assert [(o.code, o.refuse) for o in found] == ([("anonymity.group", False)] if held else [])


def test_A2_resident_is_refused_to_a_member_without_a_verified_ward(app: Flask) -> None:
    member = make_member(app)
    with app.test_request_context(), pytest.raises(posting.UnknownAuthorship):
        sign(member, "t1", "resident")


@pytest.mark.parametrize("chosen", ["the group", "RESIDENT", "alias'--", "thread_alias "])
def test_a_choice_nobody_offers_is_refused_and_never_becomes_the_alias(app: Flask, chosen: str) -> None:
    member = make_member(app, ward=BOW_WEST)
    with app.test_request_context(), pytest.raises(posting.UnknownAuthorship):
        sign(member, "t1", chosen)


def test_a_visitor_gets_no_name_and_no_refs(app: Flask) -> None:
    with app.test_request_context():
        with transaction() as db, pytest.raises(posting.UnknownAuthorship):
            posting.authorship(db, Viewer(), "t1", BOW_WEST, {"as": "thread_alias"})
        assert posting.own_refs(Viewer(), "t1") == frozenset()


def test_A3_name_is_equal_inside_a_thread_and_differs_between_threads_and_members(app: Flask) -> None:
    first, second = make_member(app, ward=BOW_WEST), make_member(app, ward=BOW_WEST)
    with app.test_request_context():
        one = sign(first, "t1", "thread_alias")
        assert sign(first, "t1", "thread_alias") == one
        assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+ \d{4}", one.label)
        assert one.member_id is None
        assert one.kind == "thread_alias"
        others = [sign(first, f"t{n}", "thread_alias") for n in range(2, 40)] + [sign(second, "t1", "thread_alias")]
        assert len({one.ref, *(other.ref for other in others)}) == 40
        assert len({one.label, *(other.label for other in others)}) == 40


def test_own_refs_find_the_writer_and_nobody_else(app: Flask) -> None:
    writer, other = make_member(app), make_member(app)
    with app.test_request_context():
        ref = sign(writer, "t1", "thread_alias").ref
        assert ref in posting.own_refs(viewer_of(writer), "t1")
        assert ref not in posting.own_refs(viewer_of(other), "t1")
        assert posting.own_refs(viewer_of(writer), "t2") == frozenset()


def test_asking_for_own_refs_makes_no_key(app: Flask) -> None:
    member = make_member(app)
    with app.test_request_context():
        posting.own_refs(viewer_of(member), "t1")
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(ThreadKey)) == 0


def test_A3_after_the_key_died_neither_member_nor_operator_can_go_back(app: Flask) -> None:
    with time_machine.travel(MORNING, tick=False):
        member = make_member(app)
        with app.test_request_context():
            before = sign(member, "t1", "thread_alias")
    with time_machine.travel(MORNING + timedelta(days=27), tick=False):
        work(app)
        with app.test_request_context():
            assert before.ref in posting.own_refs(viewer_of(member), "t1")
    with time_machine.travel(MORNING + timedelta(days=28, hours=2), tick=False):
        work(app)
        with app.test_request_context():
            assert posting.own_refs(viewer_of(member), "t1") == frozenset()
            after = sign(member, "t1", "thread_alias")
    assert after.ref != before.ref
    assert after.label != before.label


def test_A3_a_dead_key_is_in_no_file_of_the_database(app: Flask, tmp_path: Path) -> None:
    with time_machine.travel(MORNING, tick=False):
        member = make_member(app)
        with app.test_request_context():
            sign(member, "t1", "thread_alias")
            with reading() as db:
                sealed = db.scalars(sa.select(ThreadKey.sealed_key)).one().encode()
    assert any(sealed in path.read_bytes() for path in tmp_path.glob("boroughwatch.db*"))
    with time_machine.travel(MORNING + timedelta(days=29), tick=False):
        work(app)
    assert not any(sealed in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_keys_live_as_long_as_the_setting_says(tmp_path: Path) -> None:
    app = make_app(tmp_path, plugins={"anonymity": hooks}, anonymity={"thread_keys_kept_days": 7})
    with time_machine.travel(MORNING, tick=False):
        member = make_member(app)
        with app.test_request_context():
            sign(member, "t1", "thread_alias")
            assert "7 days" in posting.options(viewer_of(member), BOW_WEST)[1].help
            with transaction() as db:
                assert pseudonyms.forget_keys(db, (MORNING + timedelta(days=6)).date()) == 0
                assert pseudonyms.forget_keys(db, (MORNING + timedelta(days=7)).date()) == 1


@pytest.mark.parametrize("value", [0, 6, 91, "soon"])
def test_a_key_life_out_of_range_stops_the_start(tmp_path: Path, value: object) -> None:
    from core.config import ConfigError

    with pytest.raises(ConfigError, match="thread_keys_kept_days"):
        make_app(tmp_path, plugins={"anonymity": hooks}, anonymity={"thread_keys_kept_days": value})


def test_two_first_writers_at_once_share_one_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_member(app), make_member(app)
    with app.test_request_context():
        theirs = sign(first, "t1", "thread_alias")
        # The second writer looked before the first had committed.
        answers = iter([None])
        looked = pseudonyms._key
        monkeypatch.setattr(pseudonyms, "_key", lambda db, thread_id: next(answers, looked(db, thread_id)))
        mine = sign(second, "t1", "thread_alias")
        assert theirs.ref in posting.own_refs(viewer_of(first), "t1")
        assert mine.ref in posting.own_refs(viewer_of(second), "t1")


def test_without_the_secret_file_a_sealed_key_does_not_open(app: Flask) -> None:
    from cryptography.exceptions import InvalidTag

    from core.crypto import Keyring

    member = make_member(app)
    with app.test_request_context():
        sign(member, "t1", "thread_alias")
        with reading() as db:
            sealed = db.scalars(sa.select(ThreadKey.sealed_key)).one()
        assert len(bytes.fromhex(instance().keys.open_text(pseudonyms.PURPOSE, sealed))) == 32
        with pytest.raises(InvalidTag):
            Keyring(b"x" * 64).open_text(pseudonyms.PURPOSE, sealed)


def test_after_the_secret_was_replaced_names_begin_anew_and_pages_still_open(app: Flask, tmp_path: Path) -> None:
    member = make_member(app)
    with app.test_request_context():
        before = sign(member, "t1", "thread_alias")
    (tmp_path / "secret.key").write_text("another secret " * 8)
    later = make_app(tmp_path, plugins={"anonymity": hooks})
    with later.test_request_context():
        assert posting.own_refs(viewer_of(member), "t1") == frozenset()
        after = sign(member, "t1", "thread_alias")
        assert after.ref != before.ref
        assert sign(member, "t1", "thread_alias") == after


@pytest.mark.parametrize(("table", "of"), [("anonymity_thread_key", "thread_id"), ("anonymity_week_name_key", "week")])
def test_no_table_of_names_can_hold_a_member(app: Flask, table: str, of: str) -> None:
    with app.app_context():
        inspector = sa.inspect(sql.engine)
        assert inspector.get_foreign_keys(table) == []
        columns = {column["name"] for column in inspector.get_columns(table)}
        assert columns == {of, "sealed_key", "delete_from_on"}


def test_doctor_says_when_keys_are_overdue(app: Flask) -> None:
    with time_machine.travel(MORNING, tick=False):
        member = make_member(app)
        with app.test_request_context():
            assert hooks.self_checks()[0].ok
            sign(member, "t1", "thread_alias")
            assert "1 held" in hooks.self_checks()[0].text
    with time_machine.travel(MORNING + timedelta(days=31), tick=False), app.app_context():
        assert "worker" in hooks.self_checks()[0].text
        assert not hooks.self_checks()[0].ok


def test_crowd_counts_current_memberships_only(app: Flask) -> None:
    with time_machine.travel(MORNING, tick=False):
        make_member(app, ward=BOW_WEST)
        make_member(app)
    with app.app_context(), reading() as db:
        assert queries.verified_in(db, BOW_WEST, MORNING.date()) == 1
        assert queries.verified_in(db, BOW_WEST, (MORNING + timedelta(days=400)).date()) == 0
