from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from core import audit, members, permissions, privacy
from core.contributions import Viewer
from core.database import now, reading, transaction
from core.models import AuditEntry
from core.testing import mails, make_member, work
from plugins.anonymity import pseudonyms
from plugins.anonymity.openings import closing, counting, services
from plugins.anonymity.openings.models import Opening, OpeningNote
from plugins.anonymity.openings.sealed import Order, Result
from plugins.anonymity.openings.services import Gone, Refused

BOW_WEST, BOW_EAST, SHADWELL = "E05009320", "E05009319", "E05009332"
ORDER = Order("court", "The post names a witness.", "Snaresbrook 12/2026")
MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
Write = Callable[..., str]


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> Any:
    with app.test_request_context():
        yield


def viewer_of(member_id: str) -> Viewer:
    with reading() as db:
        return permissions.viewer_of(db, member_id)


def ask(people: Any, post_id: str, order: Order = ORDER) -> str:
    with transaction() as db:
        return services.ask(db, viewer_of(people.asker), post_id, order)


def decide(member_id: str, opening_id: str, verb: str = "grant") -> None:
    with transaction() as db:
        getattr(services, verb)(db, viewer_of(member_id), opening_id)


def look(member_id: str, opening_id: str) -> Result:
    with transaction() as db:
        return services.look(db, viewer_of(member_id), opening_id)


def verbs() -> list[str]:
    with reading() as db:
        return [
            each for each in db.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.sequence)) if "opening" in each
        ]


@pytest.mark.parametrize("kind", ["alias", "thread_alias", "group", "week_name"])
def test_A4_two_custodians_of_different_wards_open_a_name_and_both_may_look(
    people: Any, write: Write, kind: str
) -> None:
    opening_id = ask(people, write(people.writer, kind))
    decide(people.decider, opening_id)
    for custodian in (people.asker, people.decider):
        found = look(custodian, opening_id)
        assert (found.alias, found.ward_code) == ("Oak", BOW_EAST)
        assert found.email.startswith("oak")
    assert verbs() == ["opening.ask", "opening.grant", "opening.look", "opening.look"]
    with reading() as db:
        assert audit.verify(db) is None


@pytest.mark.parametrize("kind", ["resident", "unlinkable"])
def test_A4_nothing_is_opened_where_nothing_leads_to_anybody(people: Any, write: Write, kind: str) -> None:
    post_id = write(people.writer, kind)
    with transaction() as db:
        _signature, disclosure = services.look_at(db, viewer_of(people.asker), post_id)
    assert disclosure.can == ""
    assert "Nothing can be opened" in disclosure.cannot
    with pytest.raises(Refused, match="Nothing can be opened"):
        ask(people, post_id)
    assert verbs() == []


@pytest.mark.parametrize(("kind", "days"), [("thread_alias", 28), ("group", 28), ("week_name", 7)])
def test_A4_nothing_is_opened_once_the_key_has_died(
    app: Flask, people: Any, write: Write, kind: str, days: int
) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        post_id = write(people.writer, kind)
        clock.shift(timedelta(days=days, hours=1))  # even where the worker stands still
        with pytest.raises(Refused, match="any more"):
            ask(people, post_id)


def test_A4_the_key_may_die_between_asking_and_granting(app: Flask, people: Any, write: Write) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        opening_id = ask(people, write(people.writer, "week_name"))
        clock.shift(timedelta(days=6))
        decide(people.decider, opening_id)
        assert not look(people.asker, opening_id).is_found
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(OpeningNote)) == 0


def test_A4_a_post_in_a_merged_thread_is_found_by_the_key_of_its_own(people: Any, write: Write, boards: Any) -> None:
    from dataclasses import replace

    post_id = write(people.writer, "thread_alias", "a" * 32)
    write(people.same_ward, "thread_alias", "b" * 32)
    boards.signatures[post_id] = replace(boards.signatures[post_id], thread_id="b" * 32)
    opening_id = ask(people, post_id)
    decide(people.decider, opening_id)
    assert look(people.asker, opening_id).alias == "Oak"


def test_A4_one_custodian_alone_never_opens_anything(people: Any, write: Write) -> None:
    opening_id = ask(people, write(people.writer))
    with pytest.raises(Refused, match="yourself"):
        decide(people.asker, opening_id)
    with pytest.raises(Gone):
        look(people.asker, opening_id)
    with transaction() as db, pytest.raises(sa.exc.IntegrityError):
        db.execute(sa.update(Opening).values(decided_by=people.asker))


def test_A4_a_custodian_of_the_same_ward_is_refused(people: Any, write: Write) -> None:
    opening_id = ask(people, write(people.writer))
    with pytest.raises(Refused, match="different wards"):
        decide(people.same_ward, opening_id)
    with transaction() as db:  # a custodian who moves there meanwhile is refused as well
        members.verify(db, people.decider, BOW_WEST, "test", now().date() + timedelta(days=9))
    with pytest.raises(Refused, match="different wards"):
        decide(people.decider, opening_id)


def test_A4_without_a_home_ward_one_can_neither_ask_nor_decide(app: Flask, people: Any, write: Write) -> None:
    homeless = make_member(app, "Elm", roles=["custodian"])
    post_id = write(people.writer)
    with transaction() as db, pytest.raises(Refused, match="verified for a ward"):
        services.ask(db, viewer_of(homeless), post_id, ORDER)
    with pytest.raises(Refused, match="different wards"):
        decide(homeless, ask(people, post_id))


def test_A4_it_cannot_be_asked_where_nobody_could_decide(app: Flask, people: Any, write: Write) -> None:
    with transaction() as db:
        members.withdraw(db, people.decider, "custodian", None, None)
    with pytest.raises(Refused, match="Nobody could decide"):
        ask(people, write(people.writer))


@pytest.mark.parametrize("kind", ["alias", "thread_alias", "week_name"])
def test_A4_who_wrote_it_can_neither_ask_nor_decide_and_is_not_warned(people: Any, write: Write, kind: str) -> None:
    with pytest.raises(Refused, match="another custodian"):
        ask(people, write(people.asker, kind, "a" * 32))
    opening_id = ask(people, write(people.decider, kind, "b" * 32))
    with pytest.raises(Gone):  # as if it were not there
        decide(people.decider, opening_id)
    with reading() as db:
        from plugins.anonymity.openings import queries

        assert queries.of_viewer(db, viewer_of(people.decider)) == []
        assert len(queries.of_viewer(db, viewer_of(people.asker))) == 1


def test_A4_asking_about_a_custodians_post_mails_the_others_as_ever_and_not_the_writer(
    app: Flask, people: Any, write: Write
) -> None:
    other = make_member(app, "Fir", roles=["custodian"], ward=BOW_EAST)
    ask(people, write(people.decider))
    work(app)
    to = {mail["To"] for mail in mails(app)}
    assert any(address.startswith("fir") for address in to)
    assert not any(address.startswith(("birch", "oak", "cedar")) for address in to)
    assert other


def test_A4_nobody_but_a_custodian_may_do_any_of_it(app: Flask, people: Any, write: Write) -> None:
    post_id = write(people.writer)
    opening_id = ask(people, post_id)
    for role in ("admin", "reviewer", "officer", "coordinator", "verified"):
        roles = [] if role == "verified" else [role if role in ("admin", "reviewer") else (role, SHADWELL)]
        viewer = viewer_of(make_member(app, roles=roles, ward=SHADWELL))
        with transaction() as db:
            for verb, values in (("ask", (post_id, ORDER)), ("look_at", (post_id,))):
                with pytest.raises(permissions.Denied):
                    getattr(services, verb)(db, viewer, *values)
            for verb in ("grant", "refuse", "look"):
                with pytest.raises(permissions.Denied):
                    getattr(services, verb)(db, viewer, opening_id)


def test_A4_a_custodian_without_a_second_factor_may_not(app: Flask, people: Any, write: Write) -> None:
    weak = make_member(app, "Yew", roles=["custodian"], ward=SHADWELL, second_factor=False)
    opening_id = ask(people, write(people.writer))
    with pytest.raises(permissions.Denied):
        decide(weak, opening_id)


def test_A4_who_lost_the_role_may_not_look_and_their_request_falls(people: Any, write: Write) -> None:
    first = ask(people, write(people.writer))
    decide(people.decider, first)
    second = ask(people, write(people.writer, "group"))
    with transaction() as db:
        members.withdraw(db, people.asker, "custodian", None, None)
    with pytest.raises(permissions.Denied):
        look(people.asker, first)
    with pytest.raises(Refused, match="no custodian"):
        decide(people.decider, second)


def test_A4_the_result_is_for_the_two_only(app: Flask, people: Any, write: Write) -> None:
    third = make_member(app, "Fir", roles=["custodian"], ward=BOW_EAST)
    opening_id = ask(people, write(people.writer))
    decide(people.decider, opening_id)
    for other in (third, people.same_ward):
        with pytest.raises(Gone):
            look(other, opening_id)


def test_A4_two_custodians_at_once_decide_once(app: Flask, people: Any, write: Write) -> None:
    third = make_member(app, "Fir", roles=["custodian"], ward=BOW_EAST)
    opening_id = ask(people, write(people.writer))

    def decide_as(who: tuple[str, str]) -> bool:
        with app.app_context():
            try:
                decide(who[0], opening_id, who[1])
            except Gone:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide_as, [(people.decider, "grant"), (third, "refuse")])) == [False, True]
    assert len([verb for verb in verbs() if verb in ("opening.grant", "opening.refuse")]) == 1


def test_A4_a_refused_name_stays_closed(people: Any, write: Write) -> None:
    post_id = write(people.writer)
    opening_id = ask(people, post_id)
    decide(people.decider, opening_id, "refuse")
    with pytest.raises(Gone):
        look(people.decider, opening_id)
    with pytest.raises(Gone):
        decide(people.decider, opening_id)
    assert ask(people, post_id) != opening_id  # with a better reason it may be asked again


def test_A4_one_request_at_a_time_for_a_post(people: Any, write: Write) -> None:
    post_id = write(people.writer)
    ask(people, post_id)
    with pytest.raises(Refused, match="asked about this post already"):
        ask(people, post_id)


def test_A4_after_seven_days_a_request_lapses_and_a_result_is_gone_from_every_file(
    app: Flask, people: Any, write: Write, tmp_path: Path
) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        granted, waiting = ask(people, write(people.writer)), ask(people, write(people.writer, "group"))
        decide(people.decider, granted)
        with reading() as db:
            sealed = db.get_one(Opening, granted).sealed_result
        clock.shift(timedelta(days=7))
        assert look(people.asker, granted).is_found
        clock.shift(timedelta(days=1))
        with pytest.raises(Gone):  # before any job ran
            look(people.asker, granted)
        with pytest.raises(Gone):
            decide(people.decider, waiting)
        work(app)
        assert verbs()[-1] == "opening.lapse"
        with reading() as db:
            assert [row.state for row in db.scalars(sa.select(Opening))] == ["lapsed"]
        assert sealed
        assert not any(sealed.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        clock.shift(timedelta(days=8))
        work(app)
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(Opening)) == 0


def test_A4_the_member_is_told_after_thirty_days_neutrally_and_not_before(
    app: Flask, people: Any, write: Write
) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        opening_id = ask(people, write(people.writer))
        decide(people.decider, opening_id)
        clock.shift(timedelta(days=29))
        work(app)
        assert not [mail for mail in mails(app) if mail["To"].startswith("oak")]
        with reading() as db:
            assert closing.told_to(db, people.writer) == []
        clock.shift(timedelta(days=1))
        work(app)
        work(app)
        told = [mail for mail in mails(app) if mail["To"].startswith("oak")]
        assert [mail["Subject"] for mail in told] == ["A note about your account"]
        for word in ("post", "custodian", "court", "police", "name"):
            assert word not in told[0].get_content().lower().replace("/anonymity/openings/told", "")
        with reading() as db:
            assert [note.reason for note in closing.told_to(db, people.writer)] == ["court"]
            assert closing.told_to(db, people.asker) == []
        clock.shift(timedelta(days=91))
        work(app)
        with reading() as db:
            assert closing.told_to(db, people.writer) == []


def test_A4_the_tables_and_the_chain_join_no_member_to_a_post(people: Any, write: Write) -> None:
    post_id = write(people.writer)
    decide(people.decider, ask(people, post_id))
    with reading() as db:
        for table in (Opening, OpeningNote, AuditEntry):
            for row in db.execute(sa.select(table.__table__)):
                assert people.writer not in row
                assert not any("oak" in str(value).lower() for value in row)
                if table is not Opening:
                    assert not any(post_id in str(value) for value in row)


def test_A4_export_holds_what_a_member_was_told_and_leaving_deletes_it(app: Flask, people: Any, write: Write) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        decide(people.decider, ask(people, write(people.writer)))
        with reading() as db:
            assert "name_opened" not in str(privacy.export(db, people.writer))
        clock.shift(timedelta(days=30))
        work(app)
        with reading() as db:
            assert "name_opened" in str(privacy.export(db, people.writer))
        with transaction() as db:
            privacy.erase(db, people.writer)
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(OpeningNote)) == 0


def test_A4_only_the_numbers_of_years_that_are_over_are_told(people: Any, write: Write) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        decide(people.decider, ask(people, write(people.writer)))
        decide(people.decider, ask(people, write(people.writer, "group")), "refuse")
        with reading() as db:
            assert counting.of_past_years(db, now().date()) == {}
        clock.move_to(datetime(2027, 1, 1, tzinfo=UTC))
        with reading() as db:
            found = counting.of_past_years(db, now().date())
        assert found == {2026: {("court", "asked"): 2, ("court", "granted"): 1, ("court", "refused"): 1}}


def test_A4_a_key_that_is_overdue_is_not_used(people: Any, write: Write) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        post_id = write(people.writer)
        clock.shift(timedelta(days=pseudonyms.kept_days()))
        with transaction() as db, pytest.raises(Refused, match="any more"):
            services.ask(db, viewer_of(people.asker), post_id, ORDER)


@pytest.mark.parametrize("value", [-1, 91, "soon"])
def test_A4_told_days_out_of_range_stop_the_start(tmp_path: Path, value: object) -> None:
    from core.config import ConfigError
    from core.testing import make_app
    from plugins.anonymity import hooks

    with pytest.raises(ConfigError, match="opening_told_days"):
        make_app(tmp_path / "other", plugins={"anonymity": hooks}, anonymity={"opening_told_days": value})


def put_off(member_id: str, opening_id: str) -> None:
    with transaction() as db:
        services.put_off(db, viewer_of(member_id), opening_id, "The police ask for it.")


def test_A4_the_telling_can_be_put_off_once_with_a_reason_in_the_chain(app: Flask, people: Any, write: Write) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        opening_id = ask(people, write(people.writer))
        with pytest.raises(Gone):  # nothing is open yet
            put_off(people.asker, opening_id)
        decide(people.decider, opening_id)
        with pytest.raises(Gone):
            put_off(people.same_ward, opening_id)
        put_off(people.asker, opening_id)
        with pytest.raises(Refused, match="cannot be put off"):
            put_off(people.decider, opening_id)
        with reading() as db:
            reasons = db.scalars(sa.select(AuditEntry.reason).where(AuditEntry.verb == "opening.put_off")).all()
        assert reasons == ["The police ask for it."]
        clock.shift(timedelta(days=59))
        work(app)
        with reading() as db:
            assert closing.told_to(db, people.writer) == []
        clock.shift(timedelta(days=1))
        work(app)
        with reading() as db:
            assert len(closing.told_to(db, people.writer)) == 1


def test_A4_nobody_but_a_custodian_puts_it_off(app: Flask, people: Any, write: Write) -> None:
    opening_id = ask(people, write(people.writer))
    decide(people.decider, opening_id)
    with pytest.raises(permissions.Denied):
        put_off(make_member(app, roles=["admin"], ward=SHADWELL), opening_id)
