"""The reviewer types what the document shows and never sees what the member typed; who fails gives it away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from core import testing
from core.database import now, reading, transaction
from core.models import AuditEntry
from plugins.verification_docs import queries, refusals, reviewing, services
from plugins.verification_docs.checkup import findings
from plugins.verification_docs.duplicates import countries, forms, numbers, pepper, tags
from plugins.verification_docs.models import Case, Evidence

SIGNS = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=4, max_size=20)
"""Without the two letters that count as figures."""
WORDS = st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=9), min_size=1, max_size=4)
ACCEPT = reviewing.Verdict(True)
WRONG = {"document_number": "999999999"}


@pytest.fixture
def colleague(join: Callable[..., Any]) -> Any:
    return join("Stork", roles=["reviewer"])


@pytest.fixture
def third(join: Callable[..., Any]) -> Any:
    return join("Egret", roles=["reviewer"])


def id_paper(app: Flask, case_id: str) -> str:
    with app.app_context(), reading() as db:
        return db.scalars(sa.select(Evidence.id).where(Evidence.case_id == case_id, Evidence.kind == "id")).one()


def fail(person: Any, case_id: str, times: int = 3) -> Any:
    """Open a case and type a wrong number so often."""
    person.open(case_id)
    paper = id_paper(person.client.application, case_id)
    for _each in range(times):
        answer = person.type_number(case_id, paper, **WRONG)
    return answer


def read_tags(app: Flask, number: str = "999999999") -> numbers.ReadTags:
    with app.app_context():
        return numbers.tags_of(numbers.Typed("GB", number, "Ada Wren", date(1985, 3, 27)))


# How numbers and names are compared


@given(SIGNS, st.data())
def test_V4_case_spaces_and_hyphens_do_not_matter(plain: str, data: st.DataObject) -> None:
    between = data.draw(st.lists(st.sampled_from(["", " ", "-", "/", ".", "\u00a0"]), min_size=20, max_size=20))
    written = "".join(sign + gap for sign, gap in zip(plain, between, strict=False))
    assert tags.normal_number(written.lower()) == tags.normal_number(plain) == plain


@given(SIGNS, SIGNS)
def test_V4_different_numbers_stay_different(one: str, other: str) -> None:
    assert (tags.normal_number(one) == tags.normal_number(other)) is (one == other)


@given(SIGNS)
def test_V4_letters_that_look_like_figures_count_as_them(plain: str) -> None:
    assert tags.normal_number(plain.replace("0", "O").replace("1", "i")) == plain


@given(WORDS, st.randoms())
def test_V4_the_order_of_names_does_not_matter(words: list[str], random: Any) -> None:
    mixed = list(words)
    random.shuffle(mixed)
    assert tags.normal_names("-".join(mixed).lower()) == tags.normal_names("  ".join(words))


@given(st.text(max_size=60))
def test_V4_whatever_is_typed_is_compared_or_refused_in_words(typed: str) -> None:
    assert re.fullmatch("[A-Z0-9]*", tags.normal_number(typed))
    assert forms.number_problem(typed) is None or str(forms.number_problem(typed)).endswith(".")
    assert tags.normal_names(tags.normal_names(typed)) == tags.normal_names(typed)
    assert forms.parse_day(typed) is None or forms.parse_day(typed).year >= 1890  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José Íñigo O’Brien", "OBRIEN INIGO JOSE"),
        ("Anna-Maria Søren", "soeren maria anna"),
        ("Straße", "STRASSE"),
        ("J. R. Łukasz", "Lukasz J R"),
    ],
)
def test_V4_names_are_compared_without_marks(one: str, other: str) -> None:
    assert tags.normal_names(one) == tags.normal_names(other)


@pytest.mark.parametrize("typed", ["27 3 1985", "27/03/1985", "27.3.1985", "1985-03-27", " 27-3-1985 "])
def test_V4_a_day_of_birth_is_read_as_people_write_it(typed: str) -> None:
    assert forms.parse_day(typed) == date(1985, 3, 27)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(number=SIGNS, other=SIGNS, country=st.sampled_from(["GB", "FR"]))
def test_V4_tags_are_equal_for_equal_documents_only(app: Flask, number: str, other: str, country: str) -> None:
    with app.app_context():
        tag = tags.document_tag(country, number)
        assert re.fullmatch("[0-9a-f]{64}", tag)
        assert tags.same(tag, tags.document_tag(country.lower(), f" {number.lower()}-"))
        assert tags.same(tag, tags.document_tag("GB", other)) is (number == other and country == "GB")


def test_V4_another_instance_makes_other_tags(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        here = tags.document_tag("GB", "123456789")
    with testing.make_app(tmp_path / "other", ["verification_docs"]).app_context():
        assert tags.document_tag("GB", "123456789") != here


def test_V4_what_cannot_be_compared_is_refused(app: Flask) -> None:
    with app.app_context():
        for country, number, field in (("GB", "-", "number"), ("GB", "9" * 41, "number"), ("Gbr", "123456", "country")):
            with pytest.raises(tags.Unreadable) as refusal:
                tags.document_tag(country, number)
            assert refusal.value.field == field
        with pytest.raises(tags.Unreadable):
            tags.person_tag("123", date(1985, 3, 27))


def test_V7_one_guess_costs_256_mib_and_much_time() -> None:
    code = (
        "import resource, time\n"
        "from plugins.verification_docs.duplicates import pepper, tags\n"
        "pepper.read = lambda: b'x' * 32\n"
        "begin = time.process_time(); tags.document_tag('GB', '123456789')\n"
        "print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    here = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=here)
    seconds, most_kib = (float(part) for part in done.stdout.split())
    assert most_kib > 256 * 1024
    assert seconds > 0.2


def test_V7_only_one_tag_is_made_at_a_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "WAIT_FOR_A_PLACE_SECONDS", 0.05)
    with app.app_context(), tags._a_place(), pytest.raises(tags.Busy):
        tags.document_tag("GB", "123456789")
    with app.app_context():
        assert tags.document_tag("GB", "123456789")


# The key of the tags


def test_V7_the_key_of_tags_is_a_file_of_its_own_that_only_we_read(app: Flask) -> None:
    with app.app_context():
        assert not pepper.key_path().exists()
        assert all(finding.ok for finding in findings() if "tag" in finding.text)
        tags.document_tag("GB", "123456789")
        path = pepper.key_path()
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.name == "pepper.key"
        assert [each.name for each in path.parent.glob("pepper.key*")] == ["pepper.key"], "no draft is left"
        path.chmod(0o644)
        assert [finding.ok for finding in findings() if "chmod 600" in finding.text] == [False]
        path.chmod(0o600)
        path.write_text("short")
        with pytest.raises(pepper.PepperRefused, match="shorter"):
            tags.document_tag("GB", "123456789")
        assert [finding.ok for finding in findings() if "shorter" in finding.text] == [False]


def test_V7_a_systemd_credential_goes_before_the_file(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "boroughwatch-pepper").write_text("c" * 40)
    with app.app_context():
        from_file = tags.document_tag("GB", "123456789")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        assert pepper.read() == b"c" * 40
        assert tags.document_tag("GB", "123456789") != from_file


def test_V7_many_who_need_the_key_first_end_up_with_one(app: Flask) -> None:
    gate, found = threading.Barrier(6), []

    def read() -> None:
        with app.app_context():
            gate.wait()
            found.append(pepper.read())

    threads = [threading.Thread(target=read) for _each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


# The member's side


def test_V4_the_member_types_the_number_and_hears_where_it_is(resident: Any) -> None:
    page = resident.words("/verify/id")
    assert "On a passport at the top right" in page
    assert "We keep no number: only a scramble that cannot be turned back" in page
    options = re.findall(r'value="([A-Z]{2})">([^<]+)</option>', resident.text("/verify/id"))
    assert options[0][0] == "GB"
    assert len(options) > 190
    names = [name for _code, name in options[1:]]
    assert names.index("Åland Islands") < names.index("Bangladesh") < names.index("Poland")
    assert "document_number" not in resident.text("/verify/address")


def test_V4_without_a_number_the_paper_is_not_taken(app: Flask, resident: Any) -> None:
    for typed, sentence in (("", "Type the number"), ("- -", "too short"), ("7" * 41, "too long")):
        answer = resident.send("id", document_number=typed)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
    answer = resident.send("id", document_number="123 456 789", document_country="ZZ")
    assert answer.status_code == 422
    assert "123 456 789" in answer.get_data(as_text=True), "what was typed is kept"
    with app.app_context(), pytest.raises(refusals.NumberMissing), transaction() as db:
        services.hand_in(db, resident.id, services.Paper("id", "passport", (b"x",)), now())


def test_V4_the_number_is_kept_nowhere(app: Flask, resident: Any, reviewer: Any, tmp_path: Path) -> None:
    resident.send("id", document_number="QX 7351 9948")
    for step in ("address", "third"):
        resident.send(step)
    with app.app_context(), reading() as db:
        case_id = db.scalars(sa.select(Case.id)).one()
    reviewer.open(case_id)
    read = {"document_number": "qx-7351-9949", "names": "Zebedee Quillfeather", "born_on": "3 9 1957"}
    answer = reviewer.type_number(case_id, reviewer.numbers(case_id)[0], **read)
    assert "Zebedee Quillfeather" in answer.get_data(as_text=True), "names stay in the form"
    read["document_number"] = "qx-7351-9948"
    assert reviewer.type_number(case_id, reviewer.numbers(case_id)[0], **read).status_code == 303
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).upper()
    for canary in (b"QX73519948", b"QX 7351 9948", b"QX-7351-9948", b"73519949", b"QUILLFEATHER", b"1957-09-03"):
        assert canary not in kept


def test_V4_countries_are_ours_first_then_by_the_alphabet() -> None:
    known = countries.choices(None)
    assert known[0] == ("GB", "United Kingdom")
    assert not {"EU", "UN", "ZZ", "001"} & {code for code, _name in known}
    assert countries.is_known("PL")
    assert not countries.is_known("pl")


# The reviewer's side


def test_V4_the_boxes_are_empty_and_it_says_why(resident: Any, reviewer: Any, waiting_case: Callable[..., str]) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    page = reviewer.text(f"/review/{case_id}")
    boxes = re.findall(r'<input[^>]*name="[0-9a-f]{32}-number-(\w+)"[^>]*>', page)
    assert sorted(boxes) == ["born_on", "document_number", "names"]
    for box in re.findall(r'<input[^>]*-number-\w+"[^>]*>', page):
        assert re.search(r'value=""', box) or "value=" not in box
    assert "Why are these boxes empty?" in page
    assert "If you saw their typing first, you would see what you expect." in page
    assert resident.id[:9] not in page


def test_V4_a_number_in_another_writing_matches(resident: Any, reviewer: Any, waiting_case: Callable[..., str]) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    (paper,) = reviewer.numbers(case_id)
    written = " - ".join(resident.id[:9].upper().replace("0", "o").replace("1", "I"))
    answer = reviewer.type_number(case_id, paper, document_number=written)
    assert answer.location == f"/review/{case_id}"
    assert reviewer.numbers(case_id) == []
    assert "The number matches." in reviewer.words(f"/review/{case_id}")


def test_V4_a_paper_is_not_accepted_before_its_number_matched(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    (paper,) = reviewer.numbers(case_id)
    assert f'name="{paper}-decision" value="accept"' not in reviewer.text(f"/review/{case_id}")
    answer = reviewer.client.post(f"/review/{case_id}/{paper}", data={f"{paper}-decision": "accept"})
    assert answer.status_code == 422
    assert "First type the number of the document." in answer.get_data(as_text=True)
    with app.app_context(), pytest.raises(refusals.NumberFirst), transaction() as db:
        reviewing.decide(db, reviewer.id, paper, ACCEPT, now())
    with app.app_context(), pytest.raises(IntegrityError, match="accepted_after_number"), transaction() as db:
        db.execute(sa.update(Evidence).where(Evidence.id == paper).values(state="accepted"))


def test_V4_the_other_papers_do_not_wait_for_the_number(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    _first, address, certificate = reviewer.papers(case_id)
    assert reviewer.decide(case_id, address).status_code == 303
    assert reviewer.decide(case_id, certificate).status_code == 303
    with app.app_context(), reading() as db:
        assert queries.states_by_kind(db, case_id)["address"] == "accepted"


@pytest.mark.parametrize("field", ["document_number", "names", "born_on", "country"])
def test_V4_an_empty_box_costs_no_try(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str], field: str
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    (paper,) = reviewer.numbers(case_id)
    assert reviewer.type_number(case_id, paper, **{**WRONG, field: " "}).status_code == 422
    with app.app_context(), reading() as db:
        assert db.get_one(Evidence, paper).number_tries == 0


def test_V4_a_pass_without_a_birthday_is_not_asked_for_one(app: Flask, resident: Any, reviewer: Any) -> None:
    resident.send("id", document="id.bus_pass")
    resident.send("address")
    resident.send("third")
    with app.app_context(), reading() as db:
        case_id = db.scalars(sa.select(Case.id)).one()
    reviewer.open(case_id)
    assert "-number-born_on" not in reviewer.text(f"/review/{case_id}")
    assert reviewer.type_number(case_id, reviewer.numbers(case_id)[0]).location == f"/review/{case_id}"


def test_V4_wrong_numbers_are_counted_down_and_what_was_typed_stays(
    resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    (paper,) = reviewer.numbers(case_id)
    answer = reviewer.type_number(case_id, paper, names="Ada Lovely Wren", **WRONG)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "That is not the number the member typed. Look again, at the country too: 2 tries left." in page
    assert "Ada Lovely Wren" in page
    assert "1 try left" in reviewer.type_number(case_id, paper, country="FR").get_data(as_text=True)
    assert "Ada Lovely Wren" not in reviewer.text(f"/review/{case_id}"), "it is not kept"


def test_V4_after_three_tries_another_reviewer_goes_on(
    app: Flask, resident: Any, reviewer: Any, colleague: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    assert fail(reviewer, case_id).location == "/review"
    assert "Another reviewer goes on" in reviewer.words("/review")
    assert case_id not in reviewer.text("/review")
    assert reviewer.client.get(f"/review/{case_id}").status_code == 403
    assert reviewer.open(case_id).status_code == 403
    paper = id_paper(app, case_id)
    assert reviewer.type_number(case_id, paper).status_code == 403
    assert reviewer.decide(case_id, paper, "unreadable").status_code == 403
    assert case_id in colleague.text("/review")
    colleague.open(case_id)
    assert "You have tries of your own" in colleague.words(f"/review/{case_id}")
    assert "2 tries left" in colleague.type_number(case_id, paper, **WRONG).get_data(as_text=True)
    colleague.accept_all(case_id)
    assert "You are verified" in resident.words("/verify")


def test_V4_the_service_and_the_database_keep_away_who_has_tried(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    fail(reviewer, case_id)
    paper = id_paper(app, case_id)
    with app.app_context(), transaction() as db:
        with pytest.raises(refusals.TriedBefore):
            reviewing.open_case(db, reviewer.id, case_id, "next", now())
        with pytest.raises(refusals.TriedBefore):
            reviewing.decide(db, reviewer.id, paper, ACCEPT, now())
    for table, column, rule in (
        (Case, "claimed_by", "tried_may_not_claim"),
        (Evidence, "decided_by", "tried_may_not_decide"),
    ):
        with app.app_context(), pytest.raises(IntegrityError, match=rule), transaction() as db:
            db.execute(sa.update(table).values({column: reviewer.id}))


def test_V4_putting_back_gives_nobody_new_tries(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    fail(reviewer, case_id, 2)
    reviewer.client.post(f"/review/{case_id}/put-back")
    assert fail(reviewer, case_id, 1).location == "/review"
    assert reviewer.open(case_id).status_code == 403


def test_V4_when_two_have_failed_the_paper_can_go_back_for_its_number(
    app: Flask, resident: Any, reviewer: Any, colleague: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    paper = id_paper(app, case_id)
    assert "wrong_number" not in reviewer.text(f"/review/{case_id}")
    assert reviewer.decide(case_id, paper, "wrong_number").status_code == 422
    with app.app_context(), pytest.raises(refusals.BadReason), transaction() as db:
        reviewing.decide(db, reviewer.id, paper, reviewing.Verdict(False, "wrong_number"), now())
    fail(reviewer, case_id)
    fail(colleague, case_id)
    page = colleague.words(f"/review/{case_id}")
    assert "You have no try left" in page
    colleague.type_number(case_id, paper)
    assert colleague.numbers(case_id) == [paper], "a fourth try, even a right one, is none"
    assert colleague.decide(case_id, paper, "wrong_number").status_code == 303
    for other in colleague.papers(case_id):
        colleague.decide(case_id, other)
    assert "The number you typed is not the one on the document." in resident.words("/verify")
    assert resident.send("id").status_code == 303
    reviewer.accept_all(case_id)
    assert "You are verified" in resident.words("/verify")


def test_V4_V13_a_third_who_reads_the_same_may_accept_it(
    app: Flask, resident: Any, reviewer: Any, colleague: Any, third: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    paper = id_paper(app, case_id)
    fail(reviewer, case_id)
    fail(colleague, case_id)
    assert f"{paper}/number/override" in colleague.text(f"/review/{case_id}")
    assert colleague.type_number(case_id, paper, document_number="5555 4444", ask="y").location == "/review"
    for person in (reviewer, colleague):
        assert person.open(case_id).status_code == 403
        assert case_id not in person.text("/review")
    third.open(case_id)
    assert "if you read the same as they did" in third.words(f"/review/{case_id}")
    assert third.type_number(case_id, paper).status_code == 422, "what the member typed counts no longer"
    assert third.client.post(f"/review/{case_id}/{paper}", data={f"{paper}-decision": "accept"}).status_code == 422
    assert third.type_number(case_id, paper, document_number="55554444").status_code == 303
    third.accept_all(case_id)
    assert "You are verified" in resident.words("/verify")


def test_V4_V13_a_third_who_reads_something_else_can_only_send_it_back(
    app: Flask, resident: Any, reviewer: Any, colleague: Any, third: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    paper = id_paper(app, case_id)
    fail(reviewer, case_id)
    fail(colleague, case_id)
    colleague.type_number(case_id, paper, document_number="5555 4444", ask="y")
    fail(third, case_id)
    page = third.text(f"/review/{case_id}")
    assert "number/override" not in page
    assert third.type_number(case_id, paper, document_number="1", ask="y").status_code == 422
    assert third.type_number(case_id, paper, ask="y").status_code == 303
    assert third.decide(case_id, paper, "accept").status_code == 422
    assert third.decide(case_id, paper, "wrong_number").status_code == 303


def test_V4_V13_nobody_asks_for_an_override_too_early_or_accepts_their_own(
    app: Flask, resident: Any, reviewer: Any, colleague: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    paper = id_paper(app, case_id)
    read = read_tags(app)
    reviewer.open(case_id)
    with app.app_context(), pytest.raises(refusals.NoTriesLeft), transaction() as db:
        numbers.ask_override(db, reviewer.id, paper, read, now())
    fail(reviewer, case_id)
    with app.app_context(), pytest.raises(refusals.TriedBefore), transaction() as db:
        numbers.ask_override(db, reviewer.id, paper, read, now())
    fail(colleague, case_id, 2)
    with app.app_context(), pytest.raises(refusals.NoTriesLeft), transaction() as db:
        numbers.ask_override(db, colleague.id, paper, read, now())
    colleague.type_number(case_id, paper, **WRONG)
    with app.app_context(), transaction() as db:
        numbers.ask_override(db, colleague.id, paper, read, now())
    for values, rule in (
        ({"tried_by": colleague.id}, "override_by_second"),
        ({"override_by": resident.id}, "override_by_another"),
        ({"decided_by": colleague.id}, "tried_may_not_decide"),
    ):
        with app.app_context(), pytest.raises(IntegrityError, match=rule), transaction() as db:
            db.execute(sa.update(Evidence).where(Evidence.id == paper).values(values))


def test_V4_tries_at_one_instant_are_each_counted(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    paper, read = id_paper(app, case_id), read_tags(app)
    gate, outcomes = threading.Barrier(5), list[str]()

    def try_it() -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction() as db:
                    outcomes.append(str(numbers.compare(db, reviewer.id, paper, read, now()).tries_left))
            except refusals.TriedBefore:
                outcomes.append("late")

    threads = [threading.Thread(target=try_it) for _each in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["0", "1", "2", "late", "late"]


def test_V4_the_log_tells_of_tries_and_of_no_number(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    fail(reviewer, case_id, 1)
    reviewer.type_number(case_id, id_paper(app, case_id))
    with app.app_context(), reading() as db:
        entries = [(entry.verb, entry.subject, entry.reason) for entry in db.scalars(sa.select(AuditEntry))]
    assert ("verification_docs.number_differs", f"case {case_id}", "try 1") in entries
    assert ("verification_docs.number_matched", f"case {case_id}", "") in entries
    assert "999999999" not in str(entries)


def test_V4_over_the_api(app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]) -> None:
    case_id = waiting_case(resident.id)
    paper = id_paper(app, case_id)
    token = {"Authorization": f"Bearer {testing.api_token(app, reviewer.id, 'review')}"}
    stranger = {"Authorization": f"Bearer {testing.api_token(app, resident.id, 'review', 'verify')}"}
    base = f"/api/v1/verification/cases/{case_id}"
    read = {"document_number": "888888", "country": "GB", "names": "Ada Wren", "born_on": "1985-03-27"}

    def post(path: str, payload: Any, headers: Any = token) -> Any:
        return app.test_client().post(f"{base}{path}", json=payload, headers=headers)

    number = f"/evidence/{paper}/number"
    assert post(number, read, stranger).status_code == 403
    assert post(number, read).json["code"] == "NotClaimed"
    assert post("/claim", {}).status_code == 200
    assert post(f"/evidence/{paper}/decision", {"decision": "accept"}).json["code"] == "NumberFirst"
    for field in ("document_number", "names"):
        assert post(number, {**read, field: ""}).json["code"] == field
    assert post(number, {**read, "country": "ZZ"}).json["code"] == "country"
    assert post(number, {**read, "born_on": None}).json["code"] == "born_on"
    assert post(f"/evidence/{'0' * 32}/number", read).status_code == 409
    assert post(number, read).json == {"matched": False, "tries_left": 2, "case_state": "waiting"}
    assert post(f"{number}/override", read).json["code"] == "NoTriesLeft"
    right = {**read, "document_number": resident.id[:9]}
    assert post(number, right).json == {"matched": True, "tries_left": 2, "case_state": "waiting"}
    assert post(number, right).json["code"] == "AlreadyDecided"
    assert post(f"/evidence/{paper}/decision", {"decision": "accept"}).json == {"case_state": "waiting"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="two processes as on a server")
def test_V7_two_processes_make_one_key(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        folder = pepper.key_path().parent
    code = (
        "import sys\nfrom pathlib import Path\nfrom plugins.verification_docs.duplicates import pepper\n"
        f"pepper.key_path = lambda: Path({str(folder)!r}) / pepper.KEY_FILE\nprint(pepper.read().decode())\n"
    )
    here = Path(__file__).parents[2]
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=here) for _each in "123"
    ]
    assert len({process.communicate()[0] for process in started}) == 1
