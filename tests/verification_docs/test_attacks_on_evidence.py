"""Attacks on the ways to be verified: each of these worked once, or is one that must not."""

from __future__ import annotations

import base64
import logging
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import members, privacy, testing
from core.database import now, reading, transaction
from core.instance import instance
from core.models import Blob, Member, Membership
from core.web.security import limiter
from plugins.verification_docs import demo, refusals, reviewing
from plugins.verification_docs.duplicates.models import Conflict
from plugins.verification_docs.in_person.models import CounterCheck
from plugins.verification_docs.letter.models import LetterCode
from plugins.verification_docs.models import Case, Evidence, Page
from plugins.verification_docs.purging import daily
from plugins.verification_docs.reviewers import looking_again
from plugins.verification_docs.reviewers.models import ClosePerson, Passed

READ = {
    "shown": ["id", "address", "certificate"],
    "document": "passport",
    "document_number": "QX 731 995 02",
    "country": "GB",
    "names": "Zephyrine Quillfeather",
    "born_on": "27 3 1985",
    "postcode": "E3 5AA",
    "ward": "E05009320",
}
AGAIN = {"document_number": "qx73199502", "country": "GB", "seen": "y"}


def address(app: Flask, member_id: str) -> str:
    with app.app_context(), reading() as db:
        return str(db.scalar(sa.select(Member.email).where(Member.id == member_id)))


def token(app: Flask, member_id: str, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {testing.api_token(app, member_id, *scopes)}"}


def counter_code(person: Any) -> str:
    page = person.client.post("/verify/in-person").get_data(as_text=True)
    return str(re.search(r"data-code>([^<]+)<", page)[1])


def sign(reviewer: Any, which: str, code: str) -> Any:
    return reviewer.client.post(
        f"/review/in-person/{which}", data={"code": code, **(READ if which == "first" else AGAIN)}
    )


def ask_letter(person: Any) -> None:
    typed = {"name_line": "Z. Q.", "address": "47 Zephyr Mews", "postcode": "E3 5AA"}
    assert person.client.post("/verify/letter", data=typed).status_code == 303


def posted_code(app: Flask, reviewer: Any) -> str:
    with app.app_context(), reading() as db:
        which = db.scalars(sa.select(LetterCode.id).where(LetterCode.state == "asked")).one()
    page = reviewer.client.post(f"/review/letters/{which}").get_data(as_text=True)
    assert reviewer.client.post(f"/review/letters/{which}/posted").status_code == 303
    return str(re.search(r"data-code>([^<]+)<", page)[1])


# Who is close to whom


def test_V12_a_reviewer_cannot_undo_that_a_member_keeps_them_away(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    """Somebody who fears a reviewer must not be given to them because that reviewer knows their address."""
    resident.client.post("/verify/close", data={"email": address(app, reviewer.id)})
    case_id = waiting_case(resident.id)
    assert reviewer.open(case_id).status_code == 403
    for verb in ("take_back", "name", "take_back"):
        reviewer.client.post("/review/close", data={"email": address(app, resident.id), "verb": verb})
        assert reviewer.open(case_id).status_code == 403


def test_V12_what_a_reviewer_named_and_takes_back_is_gone_though_others_named_it_too(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    robin = join("Robin")
    robin.client.post("/verify/close", data={"email": address(app, reviewer.id)})
    for verb in ("name", "take_back"):
        reviewer.client.post("/review/close", data={"email": address(app, resident.id), "verb": verb})
    assert reviewer.open(waiting_case(resident.id)).status_code == 303


def test_V12_a_reviewer_does_not_see_that_a_member_named_them(app: Flask, resident: Any, reviewer: Any) -> None:
    before = reviewer.words("/review/close")
    resident.client.post("/verify/close", data={"email": address(app, reviewer.id)})
    assert reviewer.words("/review/close") == before
    reviewer.client.post("/review/close", data={"email": address(app, resident.id), "verb": "name"})
    assert "You have named one person" in reviewer.words("/review/close")
    taken = {"email": address(app, resident.id), "verb": "take_back"}
    reviewer.client.post("/review/close", data=taken, follow_redirects=True)
    assert reviewer.words("/review/close") == before


def test_V12_an_address_typed_another_way_is_the_same_person(
    app: Flask, join: Callable[..., Any], reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    wren = join("Wren")
    with app.app_context(), transaction() as db:
        db.execute(sa.update(Member).where(Member.id == wren.id).values(email="wren@bücher.example"))
    reviewer.client.post("/review/close", data={"email": "Wren@xn--bcher-kva.example", "verb": "name"})
    assert reviewer.open(waiting_case(wren.id)).status_code == 403


# A reviewer whom nobody trusts any more


def look_again(app: Flask, reviewer_id: str) -> None:
    with app.app_context(), transaction() as db:
        looking_again.look_again(db, reviewer_id, now().date(), None, now().date())


def test_V16_what_they_accepted_in_open_cases_is_looked_at_by_another(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    crane, case_id = join("Crane", roles=["reviewer"]), waiting_case(resident.id)
    reviewer.open(case_id)
    for paper_id in reviewer.papers(case_id)[:2]:
        assert reviewer.decide(case_id, paper_id).status_code == 303
    look_again(app, reviewer.id)
    with app.app_context(), reading() as db:
        rows = db.execute(sa.select(Evidence.state, Evidence.decided_by, Evidence.number_matched)).all()
        assert rows == [("waiting", None, False)] * 3
        assert db.scalar(sa.select(Case.claimed_by)) is None
    assert crane.open(case_id).status_code == 303
    assert len(crane.papers(case_id)) == 3
    for paper_id in crane.papers(case_id):
        assert crane.decide(case_id, paper_id).status_code == 303
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(Membership.level).where(Membership.member_id == resident.id)) == "verified"
        assert db.scalars(sa.select(Passed.reviewer_id)).all() == [crane.id]


def test_V16_their_signature_at_the_counter_counts_no_more(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any]
) -> None:
    crane, code = join("Crane", roles=["reviewer"]), counter_code(resident)
    assert sign(reviewer, "first", code).status_code == 303
    look_again(app, reviewer.id)
    sign(crane, "second", code)
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(Membership.member_id).where(Membership.member_id == resident.id)) is None


@pytest.mark.parametrize("is_entered", [False, True])
def test_V16_a_letter_they_posted_proves_nothing(app: Flask, resident: Any, reviewer: Any, is_entered: bool) -> None:
    ask_letter(resident)
    code = posted_code(app, reviewer)
    if is_entered:
        assert resident.client.post("/verify/letter/code", data={"code": code}).status_code == 303
    look_again(app, reviewer.id)
    resident.client.post("/verify/letter/code", data={"code": code})
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(Evidence.state)).all() == []
        assert db.scalars(sa.select(Case.postcode_sealed)).all() == [None]


def test_V16_a_case_that_only_their_letter_held_up_goes_back_to_its_member(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any]
) -> None:
    crane = join("Crane", roles=["reviewer"])
    ask_letter(resident)
    code = posted_code(app, reviewer)
    resident.client.post("/verify/letter/code", data={"code": code})
    resident.send("id")
    resident.send("third")
    with app.app_context(), reading() as db:
        case_id = db.scalars(sa.select(Case.id)).one()
    crane.open(case_id)
    assert crane.decide(case_id, crane.papers(case_id)[0]).status_code == 303
    look_again(app, reviewer.id)
    crane.open(case_id)
    assert crane.decide(case_id, crane.papers(case_id)[0]).status_code == 303
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(Case.state)).all() == ["resend"]
    assert resident.send("address").status_code == 303


# One thing that fails must not keep the others here


def test_V9_a_check_that_cannot_be_finished_keeps_nothing_else_here(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], time_machine: Any
) -> None:
    """Both signed while another account was looked at; meanwhile the borough got new wards."""
    crane, robin = join("Crane", roles=["reviewer"]), join("Robin")
    code = counter_code(resident)
    sign(reviewer, "first", code)
    with app.app_context(), transaction() as db:
        db.add(Conflict(member_id=resident.id, other_member_id=robin.id, kind="person", found_on=now().date()))
    sign(crane, "second", code)
    ask_letter(join("Dunnock"))
    with app.app_context(), transaction() as db:
        assert db.scalar(sa.select(CounterCheck.second_by)) == crane.id
        db.execute(sa.delete(Conflict))
        db.execute(sa.update(CounterCheck).values(ward_code="E05000001"))
        db.execute(sa.update(LetterCode).values(asked_on=now().date() - timedelta(days=31)))
    with app.app_context():
        daily.run(now())
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(LetterCode.address_sealed)).all() == []
        assert db.scalar(sa.select(CounterCheck.id)) is None, "it can never be finished"
    testing.work(app)
    assert [m["Subject"] for m in testing.mails(app) if "wren" in str(m["To"])] == ["Please come again"]


@pytest.mark.parametrize("broken", ["verification_docs_passed", "verification_docs_counter_check"])
def test_V9_one_kind_of_rows_that_cannot_be_deleted_keeps_no_other_here(app: Flask, resident: Any, broken: str) -> None:
    ask_letter(resident)
    with app.app_context(), transaction() as db:
        db.execute(sa.update(LetterCode).values(asked_on=now().date() - timedelta(days=31)))
        db.execute(sa.text(f"ALTER TABLE {broken} RENAME TO elsewhere"))
    with app.app_context(), pytest.raises(daily.Unfinished):
        daily.run(now())
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(LetterCode.address_sealed)).all() == []


# What logs say


def test_V11_an_error_of_the_database_tells_the_log_no_address(
    app: Flask, resident: Any, reviewer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context(), transaction() as db:
        db.execute(sa.text("ALTER TABLE verification_docs_close_person RENAME COLUMN person_hash TO gone"))
    app.testing = False
    with caplog.at_level(logging.DEBUG):
        answer = reviewer.client.post("/review/close", data={"email": address(app, resident.id), "verb": "name"})
    app.testing = True
    assert answer.status_code >= 500
    assert "close_person" in caplog.text or "did not answer" in caplog.text
    with app.app_context(), pytest.raises(sa.exc.OperationalError) as problem, transaction() as db:
        db.execute(sa.text("SELECT nothing FROM core_member WHERE email = :email"), {"email": "wren@place.example"})
    assert "wren@place.example" not in str(problem.value)


# The API has the limits of the pages


@pytest.fixture
def limited() -> Iterator[None]:
    limiter.enabled = True
    yield
    limiter.enabled = False


@pytest.mark.parametrize(
    ("scope", "path", "times"),
    [
        ("verify", "/case/evidence", 40),
        ("review", f"/cases/{'a' * 32}/evidence/{'b' * 32}/number", 120),
        ("review", f"/cases/{'a' * 32}/evidence/{'b' * 32}/number/override", 120),
    ],
)
def test_V4_the_api_costs_the_server_no_more_than_the_pages(
    request: pytest.FixtureRequest, scope: str, path: str, times: int
) -> None:
    app, reviewer = request.getfixturevalue("app"), request.getfixturevalue("reviewer")
    headers = token(app, reviewer.id, scope)
    request.getfixturevalue("limited")
    limiter.reset()
    body = {"document_number": "123456", "names": "Ada"}
    client = app.test_client()
    codes = [
        client.post(f"/api/v1/verification{path}", json=body, headers=headers).status_code for _try in range(times + 1)
    ]
    assert 429 not in codes[:times]
    assert codes[times] == 429


# Papers and ids of another case


def test_V12_ids_of_another_case_open_nothing(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    mine, other = waiting_case(resident.id), waiting_case(join("Robin").id)
    reviewer.open(mine)
    with app.app_context(), reading() as db:
        papers = sa.select(Evidence.id).where(Evidence.case_id == other, Evidence.kind == "id")
        paper_id = db.scalars(papers).one()
        page_id = db.scalars(sa.select(Page.id).where(Page.evidence_id == paper_id)).one()
    headers = token(app, reviewer.id, "review")
    api = f"/api/v1/verification/cases/{mine}"
    client = app.test_client()
    number = {"document_number": "123456", "names": "Ada", "born_on": "1985-03-27"}
    assert reviewer.client.get(f"/review/{mine}/pages/{page_id}.age").status_code == 404
    assert client.get(f"{api}/pages/{page_id}", headers=headers).status_code == 404
    assert client.get(f"/api/v1/verification/cases/{other}/pages/{page_id}", headers=headers).status_code == 409
    for path, body in (("decision", {"decision": "accept"}), ("number", number), ("number/override", number)):
        answer = client.post(f"{api}/evidence/{paper_id}/{path}", json=body, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (409, "AlreadyDecided")
    reviewer.client.post(f"/review/{mine}/{paper_id}", data={f"{paper_id}-decision": "unreadable"})
    reviewer.client.post(f"/review/{mine}/{paper_id}/number", data={f"{paper_id}-number-document_number": "1234567"})
    with app.app_context(), reading() as db:
        row = db.execute(sa.select(Evidence.state, Evidence.typed_by).where(Evidence.id == paper_id)).one()
        assert row == ("waiting", None)


# Sealing anew


def test_V11_nothing_but_the_same_page_can_be_put_back(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    join("Crane", roles=["reviewer"])  # from now on the pages must be sealed to one more
    headers = token(app, reviewer.id, "review")
    client = app.test_client()
    stale = client.get("/api/v1/verification/reseal", headers=headers).json["items"][0]
    path = f"/api/v1/verification/reseal/{stale['id']}"
    sealed = client.post(f"{path}/take", headers=headers).get_data()
    for body in (
        b"",
        b"plain text",
        sealed,
        sealed[:-1],
        b"age-encryption.org/v1\n" + b"x" * 100_000,
        b"\0" * (1 << 20),
    ):
        answer = client.put(f"{path}?to={stale['to']}", data=body, headers=headers)
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert client.put(path, data=base64.b64decode("AA=="), headers=headers).status_code == 404
    outsider = token(app, resident.id, "review")
    assert client.post(f"{path}/take", headers=outsider).status_code == 403
    resident.client.post("/verify/withdraw")
    assert client.post(f"{path}/take", headers=headers).status_code == 404
    assert client.put(f"{path}?to={stale['to']}", data=sealed, headers=headers).status_code == 404
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(Page.id)) is None
        assert db.get_one(Case, case_id).state == "withdrawn"


def test_V12_close_rows_go_with_both(app: Flask, resident: Any, reviewer: Any) -> None:
    resident.client.post("/verify/close", data={"email": address(app, reviewer.id)})
    with app.app_context(), transaction() as db:
        db.execute(sa.delete(Member).where(Member.id == resident.id))
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(ClosePerson.id)).all() == []


# Odd texts behind the door: in a case that is open, for a code that counts, about a proposal that waits

ODD_TEXTS = ["", "\0", "\u202e", "٣" * 8, "²" * 8, "9" * 400, "😀" * 50, "x" * 200_000, "0001-01-01", "9999-12-31"]
ODD_VALUES = [*ODD_TEXTS, "\ud800", None, [], {}, ["x"], True, 1.5, 10**30, -1]


def test_odd_texts_in_an_open_case_get_a_sentence(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    case_id, code = waiting_case(resident.id), counter_code(join("Robin"))
    ask_letter(join("Dunnock"))
    reviewer.open(case_id)
    paper_id = reviewer.numbers(case_id)[0]
    with app.app_context(), reading() as db:
        letter_id = db.scalars(sa.select(LetterCode.id)).one()
    app.testing = False
    paths = [f"/review/{case_id}/{paper_id}{end}" for end in ("", "/number", "/number/override")]
    paths += ["/review/in-person/first", f"/review/letters/{letter_id}/posted", f"/review/{case_id}/open"]
    names = [f"{paper_id}-{name}" for name in ("decision", "number-document_number", "number-country", "number-names")]
    names += [f"{paper_id}-number-born_on", *READ, "reason", "seen"]
    for text in ODD_TEXTS:
        for path in paths:
            answer = reviewer.client.post(path, data={**dict.fromkeys(names, text), "code": code})
            assert answer.status_code < 500, (path, text[:20])
    with app.app_context(), reading() as db:
        assert set(db.scalars(sa.select(Evidence.state).where(Evidence.case_id == case_id))) == {"waiting"}
    app.testing = True


def test_odd_values_in_an_open_case_get_a_problem(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    case_id, code = waiting_case(resident.id), counter_code(join("Robin"))
    reviewer.open(case_id)
    paper_id = reviewer.numbers(case_id)[0]
    headers = token(app, reviewer.id, "review", "verify")
    client = app.test_client()
    app.testing = False
    paper = f"/cases/{case_id}/evidence/{paper_id}"
    whole: dict[str, dict[str, Any]] = {
        f"{paper}/decision": {"decision": "reject", "reason": "unreadable"},
        f"{paper}/number": {"document_number": "AB 12345", "country": "GB", "names": "Ada", "born_on": "1985-03-27"},
        f"{paper}/number/override": {"document_number": "AB 12345", "country": "GB", "names": "Ada", "born_on": None},
        "/in-person/sign": {"code": code, "signing_as": "first", **READ, "born_on": "1985-03-27"},
        "/letter": {"name_line": "Z", "address": "47 Zephyr Mews", "postcode": "E3 5AA"},
        "/letter/code": {"code": "1234 5678"},
    }
    for path, body in whole.items():
        for name in body:
            for value in ODD_VALUES:
                answer = client.post(f"/api/v1/verification{path}", json={**body, name: value}, headers=headers)
                where = (path, name, repr(value)[:30], answer.get_data(as_text=True)[:200])
                assert answer.status_code < 500 or answer.status_code == 503, where
                if answer.status_code >= 400:
                    assert answer.mimetype == "application/problem+json", where
                    assert repr(value) not in answer.get_data(as_text=True) or len(repr(value)) < 12, where
    app.testing = True


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "///x"]
)
def test_O2_no_address_of_another_site_comes_after_the_second_step(app: Flask, reviewer: Any, wanted: str) -> None:
    for path in ("/sign-in", "/account/second-factor", "/account/second-factor/code", "/account/confirm-password"):
        for client in (reviewer.client, app.test_client()):
            for answer in (
                client.get(path, query_string={"next": wanted}),
                client.post(path, query_string={"next": wanted}, data={"next": wanted, "password": "x"}),
            ):
                location = answer.headers.get("Location", "/")
                assert location.startswith(("/", "http://localhost/"))
                assert not re.match(r"/[/\\\t]", location)
                assert f'href="{wanted}"' not in answer.get_data(as_text=True)


# Two at one instant


def at_once(app: Flask, *verbs: Callable[[Any], Any]) -> list[Exception | None]:
    """Do each verb in a thread and a transaction of its own, all begun together; return what each ended with."""
    gate = threading.Barrier(len(verbs))

    def act(verb: Callable[[Any], Any]) -> Exception | None:
        gate.wait()
        try:
            with app.app_context(), transaction() as db:
                verb(db)
        except Exception as problem:  # noqa: BLE001  # the test looks at each
            return problem
        return None

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(act, verbs))


def test_V16_nobody_slips_through_between_a_decision_and_the_end_of_trust(
    app: Flask, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    for alias in ("Wren", "Robin", "Dunnock", "Linnet"):
        person = join(alias)
        case_id = waiting_case(person.id)
        reviewer.open(case_id)
        *others, last = reviewer.papers(case_id)
        for paper_id in others:
            reviewer.decide(case_id, paper_id)
        at_once(
            app,
            lambda db, last=last: reviewing.decide(db, reviewer.id, last, reviewing.Verdict(True), now()),
            lambda db: looking_again.look_again(db, reviewer.id, now().date(), None, now().date()),
        )
        with app.app_context(), transaction() as db:
            level = db.scalar(sa.select(Membership.level).where(Membership.member_id == person.id))
            asked = db.scalar(sa.select(Passed.look_again_until_on).where(Passed.member_id == person.id))
            assert (level, asked is not None) in ((None, False), ("reader", True))
            members.grant(db, reviewer.id, "reviewer", None, None)
            demo.equip(db, reviewer.id)
        testing.sign_in(reviewer.client, reviewer.id)


def test_V9_a_claim_and_the_closing_of_the_account_at_one_instant_leave_nothing(
    app: Flask, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    for alias in ("Wren", "Robin", "Dunnock"):
        person = join(alias)
        case_id = waiting_case(person.id)
        claimed, erased = at_once(
            app,
            lambda db, case_id=case_id: reviewing.open_case(db, reviewer.id, case_id, "next", now()),
            lambda db, person=person: privacy.erase(db, person.id),
        )
        assert erased is None
        assert claimed is None or isinstance(claimed, refusals.CaseGone)
        with app.app_context(), reading() as db:
            assert [db.scalar(sa.select(sa.func.count()).select_from(t)) for t in (Case, Evidence, Page, Blob)] == [
                0
            ] * 4
        assert not [path for path in instance(app).config.data_dir.rglob("*.age") if path.is_file()]
