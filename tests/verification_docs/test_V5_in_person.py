"""V5: two reviewers look at the papers at a counter; nothing is sent, and nothing of them is kept."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import members, privacy, testing
from core.database import now, reading, transaction
from core.models import AuditEntry, Blob, Membership
from core.web.security import limiter
from plugins.verification_docs.duplicates.models import Conflict, Tag
from plugins.verification_docs.in_person import codes, refusals, services
from plugins.verification_docs.in_person.models import CounterCheck
from plugins.verification_docs.models import Case
from plugins.verification_docs.reviewers.models import ClosePerson, Passed

READ = {
    "shown": ["id", "address", "certificate"],
    "document": "passport",
    "document_number": "QX 731 995 02",
    "country": "GB",
    "names": "Zephyrine Quillfeather",
    "born_on": "27 3 1985",
    "postcode": "E3 5AA",
}
WARD = "E05009320"
AGAIN = {"document_number": "qx73199502", "country": "GB", "seen": "y"}


@pytest.fixture
def second(join: Callable[..., Any]) -> Any:
    return join("Egret", roles=["reviewer"])


def code_of(person: Any) -> str:
    page = person.client.post("/verify/in-person")
    assert page.status_code == 200
    return re.search(r"data-code>([^<]+)<", page.get_data(as_text=True))[1]


def look(reviewer: Any, code: str) -> Any:
    return reviewer.client.post("/review/in-person", data={"code": code})


def first(reviewer: Any, code: str, **fields: Any) -> Any:
    return reviewer.client.post("/review/in-person/first", data={"code": code, "ward": WARD, **READ, **fields})


def then(reviewer: Any, code: str, **fields: Any) -> Any:
    return reviewer.client.post("/review/in-person/second", data={"code": code, **AGAIN, **fields})


def words(answer: Any) -> str:
    main = re.search(r"<main.*</main>", answer.get_data(as_text=True), re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def ward_of(app: Flask, member_id: str) -> str | None:
    with app.app_context(), reading() as db:
        return db.scalar(sa.select(Membership.ward_code).where(Membership.member_id == member_id))


def checks(app: Flask) -> int:
    with app.app_context(), reading() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(CounterCheck))


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def mentions(folder: Path, text: str) -> int:
    """How often a text stands in the files of an instance, the log of its database among them."""
    return sum(path.read_bytes().lower().count(text.lower().encode()) for path in files_of(folder))


def close_to(app: Flask, reviewer_id: str, member_id: str) -> None:
    with app.app_context(), transaction() as db:
        db.add(ClosePerson(reviewer_id=reviewer_id, person_hash="0" * 32, member_id=member_id))


def test_V5_two_reviewers_verify_a_member_and_nothing_else_is_left(
    app: Flask, resident: Any, reviewer: Any, second: Any, tmp_path: Path
) -> None:
    of_the_directory = mentions(tmp_path, READ["postcode"])
    code = code_of(resident)
    shown = words(look(reviewer, code))
    assert "You are the first of two" in shown
    found = first(reviewer, code, ward="")
    assert found.status_code == 200
    assert "The home is in the ward" in words(found)
    assert checks(app) == 1
    assert ward_of(app, resident.id) is None
    assert first(reviewer, code).status_code == 303
    page = words(look(second, code))
    assert "You are the second of two" in page
    assert "73199502" not in page.replace(" ", "")
    assert then(second, code).status_code == 303
    testing.work(app)
    assert ward_of(app, resident.id) == WARD
    assert checks(app) == 0
    with app.app_context(), reading() as db:
        row = db.get(Membership, resident.id)
        assert (row.method, row.level) == ("in person", "verified")
        assert set(db.scalars(sa.select(Passed.reviewer_id))) == {reviewer.id, second.id}
        verbs = set(db.scalars(sa.select(AuditEntry.verb)))
        assert {f"verification_docs.{verb}" for verb in ("sign_first", "sign_second", "verify")} <= verbs
        assert db.scalars(sa.select(Blob.id)).all() == []
        assert set(db.scalars(sa.select(Tag.kind))) == {"document", "person"}
        assert db.scalars(sa.select(Case.id)).all() == []
    assert [mail["Subject"] for mail in testing.mails(app) if "wren" in str(mail["To"])] == ["All done"]
    assert not [path for path in files_of(tmp_path) if "vault" in path.parts or "blobs" in path.parts]
    canaries = [
        "73199502",
        "731 995",
        "zephyrine",
        "quillfeather",
        "1985-03-27",
        "27 3 1985",
        code,
        code.replace("-", ""),
    ]
    assert not [each for each in canaries if mentions(tmp_path, each)]
    assert mentions(tmp_path, READ["postcode"]) == of_the_directory, "only the list of all postcodes has it"
    assert mentions(tmp_path, "Wren"), "the search does look into the database"


def test_V5_is_the_first_way_that_is_offered(resident: Any) -> None:
    page = resident.text("/verify")
    assert page.index("Meet two volunteers: nothing is sent") < page.index("Or send photos")
    assert page.count("btn-primary") == 1
    assert re.search(r'btn-primary" href="/verify/in-person"', page)
    brought = resident.words("/verify/in-person")
    assert "Passport" in brought
    assert "Not older than 3 months." in brought
    assert "The page with your photo" not in brought, "what to photograph is of no use to who brings it"


def test_V5_the_code_is_shown_once_and_stored_nowhere(app: Flask, resident: Any, tmp_path: Path) -> None:
    code = code_of(resident)
    assert re.fullmatch(f"[{codes.ALPHABET}]{{4}}-[{codes.ALPHABET}]{{4}}", code)
    assert code not in resident.text("/verify/in-person")
    assert "You have a code" in resident.words("/verify/in-person")
    assert not mentions(tmp_path, code)
    assert not mentions(tmp_path, code.replace("-", ""))


def test_V5_a_new_code_ends_the_old_one_and_keeps_what_was_signed(
    app: Flask, resident: Any, reviewer: Any, second: Any
) -> None:
    old = code_of(resident)
    assert first(reviewer, old).status_code == 303
    code = code_of(resident)
    assert "This code does not count" in words(look(second, old))
    assert then(second, code).status_code == 303
    assert ward_of(app, resident.id) == WARD


@pytest.mark.parametrize("typed", ["", "AAAA-AAAA", "7HKM", "OOOO-0000", "x" * 500, "7HKM-4WX\x00"])
def test_V5_a_wrong_code_gets_one_sentence(resident: Any, reviewer: Any, typed: str) -> None:
    code_of(resident)
    answer = look(reviewer, typed)
    assert answer.status_code == 422
    assert ("This code does not count" if typed else "Type the code") in words(answer)


def test_V5_a_code_may_be_typed_in_small_letters_with_spaces(resident: Any, reviewer: Any) -> None:
    code = code_of(resident)
    assert "first of two" in words(look(reviewer, f" {code.lower().replace('-', ' ')} "))


def test_V5_a_cancelled_code_does_not_count(app: Flask, resident: Any, reviewer: Any) -> None:
    code = code_of(resident)
    assert resident.client.post("/verify/in-person/cancel").status_code == 303
    assert look(reviewer, code).status_code == 422
    assert checks(app) == 0


@pytest.fixture
def limited() -> Iterator[None]:
    """Limits as a real server has them: the app must be made while they are switched on."""
    limiter.enabled = True
    yield
    limiter.reset()
    limiter.enabled = False


@pytest.mark.usefixtures("limited")
def test_V5_codes_are_not_guessed(request: pytest.FixtureRequest) -> None:
    app, resident, reviewer = (request.getfixturevalue(name) for name in ("app", "resident", "reviewer"))
    limiter.enabled = True
    code = code_of(resident)
    for _each in range(15):
        assert look(reviewer, code).status_code == 200, "right codes are not counted"
    assert [look(reviewer, "7777-AAAA").status_code for _each in range(11)] == [422] * 10 + [429]
    assert look(reviewer, code).status_code == 429
    token = testing.api_token(app, reviewer.id, "review")
    assert sign_by_api(app, token, "7777-AAAA", "second").status_code == 429, "pages and API share the count"


def test_V5_the_member_cannot_sign_their_own_check(app: Flask, reviewer: Any, second: Any) -> None:
    code = code_of(reviewer)
    assert "This is your own code" in words(look(reviewer, code))
    assert first(reviewer, code).status_code == 409
    assert first(second, code).status_code == 303
    assert then(reviewer, code).status_code == 409
    assert ward_of(app, reviewer.id) is None


def test_V5_nobody_signs_twice(app: Flask, resident: Any, reviewer: Any) -> None:
    code = code_of(resident)
    assert first(reviewer, code).status_code == 303
    assert "Somebody else must sign" in words(look(reviewer, code))
    assert then(reviewer, code).status_code == 409
    assert first(reviewer, code).status_code == 409
    assert ward_of(app, resident.id) is None


def test_V5_who_knows_the_member_cannot_sign(app: Flask, resident: Any, reviewer: Any, second: Any) -> None:
    close_to(app, reviewer.id, resident.id)
    code = code_of(resident)
    assert "You told us that you know this person well" in words(look(reviewer, code))
    assert first(reviewer, code).status_code == 409
    assert first(second, code).status_code == 303
    assert then(reviewer, code).status_code == 409
    assert ward_of(app, resident.id) is None


@pytest.mark.parametrize("column", ["first_by", "second_by"])
def test_V5_the_database_refuses_the_member_the_same_person_and_who_is_close(
    app: Flask, resident: Any, reviewer: Any, second: Any, column: str
) -> None:
    code_of(resident)
    close_to(app, second.id, resident.id)
    other = {"first_by": "second_by", "second_by": "first_by"}[column]
    for wrong, beside in ((resident.id, None), (reviewer.id, reviewer.id), (second.id, None)):
        with app.app_context(), pytest.raises(sa.exc.DBAPIError), transaction() as db:
            db.execute(sa.update(CounterCheck).values({column: wrong, other: beside}))
    with app.app_context(), transaction() as db:
        db.execute(sa.update(CounterCheck).values({column: reviewer.id}))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"shown": ["id", "address"]}, "That is not enough here"),
        ({"shown": []}, "Tick what you saw"),
        ({"postcode": ""}, "Type the postcode"),
        ({"postcode": "N1 9GU"}, "We do not know this postcode"),
        ({"postcode": "elsewhere"}, "This does not look like a postcode"),
        ({"document_number": ""}, "Type the number of the document"),
        ({"names": " - "}, "Type the names"),
        ({"born_on": ""}, "Type day, month and year"),
        ({"born_on": "31 2 1985"}, "Type day, month and year"),
        ({"document": "library_card"}, "Choose which document"),
        ({"country": "XX"}, "Choose the country"),
    ],
)
def test_V5_what_is_missing_is_said_and_what_was_typed_is_kept(
    app: Flask, resident: Any, reviewer: Any, fields: dict[str, Any], sentence: str
) -> None:
    code = code_of(resident)
    answer = first(reviewer, code, **fields)
    assert answer.status_code == 422
    assert sentence in words(answer)
    kept = "Zephyrine" if "names" not in fields else "QX 731 995 02"
    assert kept in answer.get_data(as_text=True)
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(CounterCheck.first_by)) is None


def test_V5_a_bus_pass_has_no_day_of_birth(app: Flask, resident: Any, reviewer: Any, second: Any) -> None:
    code = code_of(resident)
    assert first(reviewer, code, document="bus_pass", born_on="").status_code == 303
    assert then(second, code).status_code == 303
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(Tag.kind)).all() == ["document"]


def test_V5_a_ward_that_was_not_shown_is_not_signed(app: Flask, resident: Any, reviewer: Any) -> None:
    code = code_of(resident)
    answer = first(reviewer, code, ward="E05009334")
    assert answer.status_code == 200
    assert "Ask the member whether that is right" in words(answer)
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(CounterCheck.first_by)) is None


def test_V5_three_numbers_that_differ_end_the_check(app: Flask, resident: Any, reviewer: Any, second: Any) -> None:
    code = code_of(resident)
    first(reviewer, code)
    for left in ("2 tries left", "1 try left"):
        answer = then(second, code, document_number="QX 731 995 03")
        assert answer.status_code == 422
        assert left in words(answer)
        code = code_of(resident)  # a new code brings no new tries
    assert then(second, code, document_number="QX 731 995 03").status_code == 303
    assert checks(app) == 0
    assert ward_of(app, resident.id) is None
    testing.work(app)
    mails = [mail for mail in testing.mails(app) if "wren" in str(mail["To"])]
    assert [mail["Subject"] for mail in mails] == ["Please come again"]
    assert not re.search(r"number|document|crime|police|check", mails[0].get_content(), re.IGNORECASE)
    assert "first of two" in words(look(second, code_of(resident)))


def test_V5_a_form_that_is_not_full_costs_no_try(app: Flask, resident: Any, reviewer: Any, second: Any) -> None:
    code = code_of(resident)
    first(reviewer, code)
    assert "Tick this" in words(then(second, code, seen=""))
    assert "Type the number" in words(then(second, code, document_number=""))
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(CounterCheck.tries)) == 0


def test_V5_an_open_case_ends_and_its_papers_go(
    app: Flask, resident: Any, reviewer: Any, second: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    code = code_of(resident)
    first(reviewer, code)
    then(second, code)
    testing.work(app)
    with app.app_context(), reading() as db:
        case = db.get(Case, case_id)
        assert (case.state, case.postcode_sealed, case.pages_deleted) == ("verified", None, 3)
        assert db.scalars(sa.select(Blob.id)).all() == []
    assert not list((app.extensions["boroughwatch"].config.data_dir / "vault").glob("*.age"))
    assert "Pages deleted 3" in resident.words("/verify")


def test_V5_a_document_of_another_account_stops_it_until_a_third_decides(
    app: Flask, join: Callable[..., Any], resident: Any, reviewer: Any, second: Any
) -> None:
    other, third = join("Robin"), join("Stilt", roles=["reviewer"])
    code = code_of(other)
    first(reviewer, code)
    then(second, code)
    code = code_of(resident)
    first(reviewer, code)
    answer = then(second, code)
    assert "Something else must be decided first" in second.words(answer.headers["Location"])
    assert ward_of(app, resident.id) is None
    assert "We need a little more time" in resident.words("/verify")
    assert resident.client.post("/verify/in-person").headers["Location"] == "/verify"
    with app.app_context(), reading() as db:
        conflicts = db.scalars(sa.select(Conflict.id)).all()
    for which in conflicts:
        for early in (reviewer, second):
            assert early.client.post(f"/review/conflicts/{which}", data={"outcome": "separate"}).status_code == 403
    third.client.post(f"/review/conflicts/{conflicts[0]}", data={"outcome": "separate"})
    testing.work(app, now() + timedelta(days=1))
    assert ward_of(app, resident.id) == WARD
    assert ward_of(app, other.id) == WARD
    assert checks(app) == 0


def test_V5_a_second_account_of_one_person_is_not_verified(
    app: Flask, join: Callable[..., Any], resident: Any, reviewer: Any, second: Any
) -> None:
    other, third = join("Robin"), join("Stilt", roles=["reviewer"])
    for person in (other, resident):
        code = code_of(person)
        first(reviewer, code)
        then(second, code)
    with app.app_context(), reading() as db:
        which = db.scalars(sa.select(Conflict.id)).first()
    assert third.client.post(f"/review/conflicts/{which}", data={"outcome": "keep_old"}).status_code == 303
    testing.work(app, now() + timedelta(days=1))
    assert ward_of(app, resident.id) is None
    assert ward_of(app, other.id) == WARD
    assert checks(app) == 0


def test_V5_a_check_ends_with_its_last_day(app: Flask, resident: Any, reviewer: Any) -> None:
    code = code_of(resident)
    first(reviewer, code)
    last = now() + timedelta(days=services.VALID_DAYS)
    for later, left in ((last, 1), (last + timedelta(days=1), 0)):
        with app.app_context(), transaction() as db:
            services.expire(db, later)
        assert checks(app) == left


def test_V5_after_its_last_day_a_code_is_refused_though_no_job_came(app: Flask, resident: Any, reviewer: Any) -> None:
    code = code_of(resident)
    later = (now() + timedelta(days=services.VALID_DAYS + 1)).date()
    with app.app_context(), transaction() as db:
        assert services.find(db, reviewer.id, code, later - timedelta(days=1))
        with pytest.raises(refusals.CodeUnknown):
            services.find(db, reviewer.id, code, later)


def test_V5_the_first_signature_goes_with_its_reviewer(app: Flask, resident: Any, reviewer: Any, second: Any) -> None:
    code = code_of(resident)
    first(reviewer, code)
    with app.app_context(), transaction() as db:
        db.execute(sa.text("DELETE FROM core_member WHERE id = :id"), {"id": reviewer.id})
    assert "first of two" in words(look(second, code))


def test_V5_two_reviewers_sign_first_at_once_and_one_counts(
    app: Flask, resident: Any, reviewer: Any, second: Any
) -> None:
    code = code_of(resident)
    found = at_once(lambda: first(reviewer, code).status_code, lambda: first(second, code).status_code)
    assert sorted(found) == [303, 409]
    with app.app_context(), reading() as db:
        check = db.scalars(sa.select(CounterCheck)).one()
        assert (check.first_by in (reviewer.id, second.id), check.second_by) == (True, None)


def test_V5_two_reviewers_sign_second_at_once_and_one_counts(
    app: Flask, join: Callable[..., Any], resident: Any, reviewer: Any, second: Any
) -> None:
    third = join("Stilt", roles=["reviewer"])
    code = code_of(resident)
    first(reviewer, code)
    found = at_once(lambda: then(second, code).status_code, lambda: then(third, code).status_code)
    assert sorted(found) == [303, 409]
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Passed)) == 2


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    gate, found = threading.Barrier(len(acts)), []

    def act(each: Callable[[], Any]) -> None:
        gate.wait()
        found.append(each())

    threads = [threading.Thread(target=act, args=(each,)) for each in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


@pytest.mark.parametrize("path", ["/review/in-person", "/review/in-person/first", "/review/in-person/second"])
def test_V5_only_reviewers_come_to_the_counter(resident: Any, reviewer: Any, path: str) -> None:
    code = code_of(resident)
    assert resident.client.post(path, data={"code": code}).status_code == 403
    assert reviewer.client.post(path, data={"code": code}).status_code != 403


def test_V5_reviewers_of_the_own_ward_cannot_sign_where_that_is_not_wanted(tmp_path: Path) -> None:
    folder = tmp_path / "apart"
    folder.mkdir()
    (folder / "boroughwatch.toml").write_text(
        'borough = "E09000030"\npublic_url = "http://localhost"\n[verification_docs]\nnot_own_ward = true\n'
    )
    app = testing.make_app(folder, ["verification_docs"])
    member_id, far = testing.make_member(app, "Wren"), testing.make_member(app, "Knot", roles=["reviewer"])
    near = testing.make_member(app, "Smew", roles=["reviewer"], ward=WARD)
    seen = services.Seen(frozenset({"id", "address", "certificate"}), WARD, "a" * 64, None)
    with app.app_context(), transaction() as db:
        code = services.make(db, member_id, now())
        with pytest.raises(refusals.OwnWard):
            services.sign_first(db, near, code, seen, now())
        services.sign_first(db, far, code, seen, now())
        with pytest.raises(refusals.OwnWard):
            services.sign_second(db, near, code, "a" * 64, now())


def test_V5_a_closed_account_cannot_be_verified(app: Flask, resident: Any, reviewer: Any) -> None:
    code = code_of(resident)
    with app.app_context(), transaction() as db:
        members.suspend(db, resident.id, None, "test")
    assert look(reviewer, code).status_code == 422


def sign_by_api(app: Flask, token: str, code: str, signing_as: str, **fields: Any) -> Any:
    read = {**{key: value for key, value in READ.items() if key != "born_on"}, "born_on": "1985-03-27"}
    body = {"code": code, "signing_as": signing_as, **read, **fields}
    head = {"Authorization": f"Bearer {token}"}
    return app.test_client().post("/api/v1/verification/in-person/sign", json=body, headers=head)


def test_V5_by_api(app: Flask, resident: Any, reviewer: Any, second: Any) -> None:
    head = {"Authorization": f"Bearer {testing.api_token(app, resident.id, 'verify')}"}
    client = app.test_client()
    made = client.post("/api/v1/verification/in-person", headers=head)
    assert made.status_code == 201
    assert client.delete("/api/v1/verification/in-person", headers=head).status_code == 204
    code = client.post("/api/v1/verification/in-person", headers=head).json["code"]
    one, other = (testing.api_token(app, each.id, "review") for each in (reviewer, second))
    assert sign_by_api(app, one, made.json["code"], "first").json["code"] == "CodeUnknown"
    assert sign_by_api(app, one, code, "second").json["code"] == "SignedByAnother"
    assert sign_by_api(app, one, code, "first", shown=["id"]).json["code"] == "NotEnough"
    assert sign_by_api(app, one, code, "first", born_on=None).json["code"] == "born_on"
    assert sign_by_api(app, one, code, "first", postcode="N1 9GU").json["code"] == "unknown"
    signed = sign_by_api(app, one, code, "first")
    assert signed.json == {"outcome": "signed", "ward_code": WARD, "tries_left": None}
    assert sign_by_api(app, one, code, "second").status_code == 409
    wrong = sign_by_api(app, other, code, "second", document_number="QX 1 1 1 1")
    assert (wrong.json["outcome"], wrong.json["tries_left"]) == ("differs", 2)
    assert sign_by_api(app, other, code, "second").json["outcome"] == "verified"
    assert ward_of(app, resident.id) == WARD
    member = testing.api_token(app, resident.id, "verify")
    assert sign_by_api(app, member, code, "second").status_code == 403


def test_V5_export_and_erasure(app: Flask, resident: Any, reviewer: Any) -> None:
    code = code_of(resident)
    first(reviewer, code)
    with app.app_context(), reading() as db:
        told = str(privacy.export(db, resident.id))
    assert "check_in_person" in told
    assert WARD not in told
    assert reviewer.id not in told
    with app.app_context(), transaction() as db:
        privacy.erase(db, resident.id)
    assert checks(app) == 0
