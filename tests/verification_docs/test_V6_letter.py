"""V6: a code that comes by letter proves an address; nobody but the reviewers can read where it goes."""

from __future__ import annotations

import base64
import io
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from core import crypto, privacy, testing
from core.database import now, reading, transaction
from core.models import AuditEntry, Membership
from plugins.verification_docs import services as case_services
from plugins.verification_docs.keys import age_files
from plugins.verification_docs.letter import forms, lapsing, refusals, services
from plugins.verification_docs.letter.models import LetterCode
from plugins.verification_docs.models import Case, Evidence
from plugins.verification_docs.refusals import NotNow
from plugins.verification_docs.reviewers.models import ClosePerson

TYPED = {"name_line": "Z. Quillfeather", "address": "Flat 9\n47 Zephyr Mews\nLondon", "postcode": "e3 5aa"}
ADDRESS = services.Address("Z. Quillfeather", ("Flat 9", "47 Zephyr Mews", "London"), "E3 5AA")


def ask(person: Any, **fields: str) -> Any:
    return person.client.post("/verify/letter", data={**TYPED, **fields})


def letter_id(app: Flask) -> str:
    with app.app_context(), reading() as db:
        return db.scalars(sa.select(LetterCode.id).where(LetterCode.state != "over")).one()


def print_it(reviewer: Any, which: str) -> str:
    """Print a letter and return the page."""
    answer = reviewer.client.post(f"/review/letters/{which}")
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def code_on(page: str) -> str:
    return re.search(r"data-code>([^<]+)<", page)[1]


def posted_code(app: Flask, reviewer: Any) -> str:
    which = letter_id(app)
    code = code_on(print_it(reviewer, which))
    assert reviewer.client.post(f"/review/letters/{which}/posted").status_code == 303
    return code


def enter(person: Any, code: str) -> Any:
    return person.client.post("/verify/letter/code", data={"code": code})


def state_of(app: Flask, member_id: str) -> str | None:
    with app.app_context(), reading() as db:
        return db.scalar(sa.select(Case.state).where(Case.member_id == member_id).order_by(Case.ended_on.is_not(None)))


def mentions(folder: Path, text: str) -> int:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.read_bytes().lower().count(text.lower().encode()) for path in files)


def test_V6_a_letter_proves_the_address_and_the_rest_goes_on_as_with_papers(
    app: Flask, resident: Any, reviewer: Any, tmp_path: Path
) -> None:
    known = mentions(tmp_path, "E3 5AA")
    resident.send("id")
    resident.send("third")
    assert ask(resident).status_code == 303
    assert state_of(app, resident.id) == "collecting"
    assert mentions(tmp_path, "zephyr") == mentions(tmp_path, "quillfeather") == 0
    assert mentions(tmp_path, "E3 5AA") == known
    assert "Letter" in reviewer.words("/review/letters")
    page = print_it(reviewer, letter_id(app))
    sealed = re.search(r'data-sealed-text="([^"]+)"', page)[1]
    text = crypto.unseal(base64.b64decode(sealed), reviewer.identity).decode()
    assert text.strip().splitlines() == ["Z. Quillfeather", "Flat 9", "47 Zephyr Mews", "London", "E3 5AA"]
    assert reviewer.client.post(f"/review/letters/{letter_id(app)}/posted").status_code == 303
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(LetterCode.address_sealed)).all() == [None]
    assert "A letter is on its way" in resident.words("/verify/letter")
    assert enter(resident, code_on(page).replace(" ", "-")).status_code == 303
    assert state_of(app, resident.id) == "waiting"
    with app.app_context(), reading() as db:
        paper = db.scalars(sa.select(Evidence).where(Evidence.kind == "address")).one()
        assert (paper.document, paper.state, paper.decided_by) == ("letter_code", "accepted", reviewer.id)
        case_id = db.scalars(sa.select(Case.id)).one()
    reviewer.accept_all(case_id)
    testing.work(app)
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(Membership.ward_code).where(Membership.member_id == resident.id)) == "E05009320"
    mails = [mail for mail in testing.mails(app) if "wren" in str(mail["To"])]
    assert [mail["Subject"] for mail in mails] == ["Look out for the post", "All done"]
    assert not re.search(r"letter|code|address|crime|police", mails[0].get_content(), re.IGNORECASE)


def with_letter(app: Flask, resident: Any, reviewer: Any) -> str:
    """Let a member have everything but the address, and a letter in the post; return its code."""
    resident.send("id")
    resident.send("third")
    assert ask(resident).status_code == 303
    return posted_code(app, reviewer)


def wrong(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**8:08d}"


def close_to(app: Flask, reviewer_id: str, member_id: str) -> None:
    with app.app_context(), transaction() as db:
        db.add(ClosePerson(reviewer_id=reviewer_id, person_hash="0" * 32, member_id=member_id))


def test_V6_the_address_step_offers_a_letter(resident: Any) -> None:
    assert "Send me a letter with a code" in resident.words("/verify/address")
    page = resident.text("/verify/address")
    assert "address.letter_code" not in page, "nothing of it can be sent"
    resident.send("id")
    assert "Send me a letter with a code" in resident.words("/verify")


def test_V6_nothing_can_be_uploaded_as_a_letter(app: Flask, resident: Any) -> None:
    assert resident.send("address", document="address.letter_code").status_code == 422
    head = {"Authorization": f"Bearer {testing.api_token(app, resident.id, 'verify')}"}
    form = {"kind": "address", "document": "letter_code", "postcode": "E3 5AA", "file": (io.BytesIO(b"x"), "x.jpg")}
    answer = app.test_client().post("/api/v1/verification/case/evidence", data=form, headers=head)
    assert answer.json["code"] == "unknown_document"
    paper = case_services.Paper("address", "letter_code", (), "E3 5AA")
    with app.app_context(), transaction() as db, pytest.raises(NotNow):
        case_services.hand_in(db, resident.id, paper, now())


def test_V6_a_borough_that_lists_its_documents_without_it_sends_no_letters(tmp_path: Path) -> None:
    folder = tmp_path / "strict"
    folder.mkdir()
    lines = '["id.passport", "address.council_tax", "certificate.first_aid", "volunteering.volunteer_card"]'
    (folder / "boroughwatch.toml").write_text(
        f'borough = "E09000030"\npublic_url = "http://localhost"\n[verification_docs]\ndocuments = {lines}\n'
    )
    app = testing.make_app(folder, ["verification_docs"])
    client = app.test_client()
    testing.sign_in(client, testing.make_member(app, "Wren"))
    assert "letter with a code" not in client.get("/verify/address").get_data(as_text=True)
    assert client.get("/verify/letter").headers["Location"] == "/verify"
    client.post("/verify/letter", data=TYPED)
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(LetterCode.id)).all() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"address": " \n "}, "Type the house and the street"),
        ({"address": "a\n" * 6}, "five short lines"),
        ({"address": "a" * 61}, "five short lines"),
        ({"address": "47 Zephyr Mews\nN1 9GU"}, "Type the postcode in its own box only"),
        ({"name_line": "b" * 61}, "too long for one line"),
        ({"postcode": ""}, "Type the postcode"),
        ({"postcode": "N1 9GU"}, "We do not know this postcode"),
        ({"postcode": "here"}, "This does not look like a postcode"),
    ],
)
def test_V6_what_does_not_fit_on_an_envelope_is_said(
    app: Flask, resident: Any, fields: dict[str, str], sentence: str
) -> None:
    answer = ask(resident, **fields)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert sentence in text
    assert ("Quillfeather" if "name_line" not in fields else "47 Zephyr Mews") in text
    assert not mentions(app.extensions["boroughwatch"].config.data_dir, "quillfeather")
    assert state_of(app, resident.id) is None


def test_V6_without_a_name_it_goes_to_the_resident(app: Flask, resident: Any, reviewer: Any) -> None:
    ask(resident, name_line="")
    sealed = re.search(r'data-sealed-text="([^"]+)"', print_it(reviewer, letter_id(app)))[1]
    assert crypto.unseal(base64.b64decode(sealed), reviewer.identity).decode().startswith("The resident\nFlat 9\n")


@given(
    name=st.text(max_size=80),
    address=st.text(max_size=300),
)
def test_V6_every_address_that_is_taken_fits_the_seal_and_the_envelope(name: str, address: str) -> None:
    found = forms.address_of(name, address, "E3 5AA")
    assert found.name_line.strip()
    if not forms.problems(found):
        lines = (found.name_line, *found.lines)
        assert 2 <= len(lines) <= 6
        assert all(0 < len(line) <= forms.LONGEST_LINE and line.isprintable() for line in lines)


def test_V6_sealed_addresses_are_of_one_length(app: Flask, join: Callable[..., Any]) -> None:
    ask(join("Wren"))
    ask(join("Robin"), name_line="Q" * 60, address="\n".join(["𐌀" * 60] * 5))
    ask(join("Stork"), name_line="", address="1 A")
    with app.app_context(), reading() as db:
        sealed = db.scalars(sa.select(LetterCode.address_sealed)).all()
    assert len(sealed) == 3
    assert len({age_files.head_of(base64.b64decode(each)).payload_bytes for each in sealed}) == 1


def test_V6_the_letter_says_nothing_of_what_it_is_about(resident: Any, reviewer: Any, app: Flask) -> None:
    ask(resident)
    page = print_it(reviewer, letter_id(app))
    letter = re.search(r'<section class="vd-letter[^"]*".*?</section>', page, re.DOTALL)[0]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", letter))
    assert not re.search(r"crime|police|watch|safe|verif|borough|member|council|lamplight", text, re.IGNORECASE)
    assert "http://localhost" in text
    assert re.search(r"\b\d{4} \d{4}\b", text)


def test_V6_reading_the_list_makes_no_code(app: Flask, resident: Any, reviewer: Any) -> None:
    ask(resident)
    which = letter_id(app)
    assert "data-sealed-text" not in reviewer.text(f"/review/letters/{which}")
    assert reviewer.client.get(f"/review/letters/{which}.age").status_code == 403
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(LetterCode.code_hash)).all() == [None]


def test_V6_printing_is_logged_and_counted_for_the_member(app: Flask, resident: Any, reviewer: Any) -> None:
    ask(resident)
    print_it(reviewer, letter_id(app))
    assert "Opened once so far" in resident.words("/verify")
    with app.app_context(), reading() as db:
        assert "verification_docs.print_letter" in db.scalars(sa.select(AuditEntry.verb)).all()


def test_V6_with_script_off_the_sealed_address_comes_as_a_file(app: Flask, resident: Any, reviewer: Any) -> None:
    ask(resident)
    which = letter_id(app)
    assert f'href="/review/letters/{which}.age"' in print_it(reviewer, which)
    content = reviewer.client.get(f"/review/letters/{which}.age").get_data()
    assert "47 Zephyr Mews" in crypto.unseal(content, reviewer.identity).decode()


def test_V6_the_last_print_counts(app: Flask, join: Callable[..., Any], resident: Any, reviewer: Any) -> None:
    other = join("Egret", roles=["reviewer"])
    ask(resident)
    which = letter_id(app)
    old = code_on(print_it(reviewer, which))
    new = code_on(print_it(other, which))
    refused = reviewer.client.post(f"/review/letters/{which}/posted")
    assert refused.headers["Location"] == f"/review/letters/{which}"
    assert reviewer.client.get(f"/review/letters/{which}.age").status_code == 403
    assert other.client.post(f"/review/letters/{which}/posted").status_code == 303
    assert enter(resident, old).status_code == 422
    assert enter(resident, new).status_code == 303


def test_V6_who_is_the_member_or_close_cannot_print(app: Flask, resident: Any, reviewer: Any) -> None:
    ask(reviewer)
    assert "No letter waits" in reviewer.words("/review/letters")
    assert reviewer.client.post(f"/review/letters/{letter_id(app)}").status_code == 403
    reviewer.client.post("/verify/letter/cancel")
    close_to(app, reviewer.id, resident.id)
    ask(resident)
    assert "No letter waits" in reviewer.words("/review/letters")
    assert reviewer.client.get(f"/review/letters/{letter_id(app)}").status_code == 404
    assert reviewer.client.post(f"/review/letters/{letter_id(app)}").status_code == 403
    with app.app_context(), reading() as db:
        row = db.execute(sa.select(LetterCode.address_sealed).where(LetterCode.state == "asked")).one()
    with pytest.raises(pyrage.DecryptError):
        crypto.unseal(base64.b64decode(row.address_sealed), reviewer.identity)


def test_V6_the_database_refuses_them_too(app: Flask, resident: Any, reviewer: Any) -> None:
    ask(resident)
    close_to(app, reviewer.id, resident.id)
    for wrong_one in (resident.id, reviewer.id):
        with app.app_context(), pytest.raises(sa.exc.DBAPIError), transaction() as db:
            db.execute(sa.update(LetterCode).values(posted_by=wrong_one))
    for values in ({"state": "posted"}, {"state": "over", "code_hash": "0" * 32, "address_sealed": None}):
        with app.app_context(), pytest.raises(sa.exc.IntegrityError), transaction() as db:
            db.execute(sa.update(LetterCode).values(**values))


@pytest.mark.parametrize("path", ["/review/letters", "/review/letters/{}", "/review/letters/{}.age"])
def test_V6_only_reviewers_see_letters(app: Flask, resident: Any, reviewer: Any, path: str) -> None:
    ask(resident)
    address = path.format(letter_id(app))
    assert resident.client.get(address).status_code == 403
    if address.endswith(".age"):
        print_it(reviewer, letter_id(app))
    assert reviewer.client.get(address).status_code == 200


def test_V6_five_wrong_codes_end_it(app: Flask, resident: Any, reviewer: Any) -> None:
    code = with_letter(app, resident, reviewer)
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        answer = enter(resident, wrong(code))
        assert answer.status_code == 422
        assert f"You have {left} left" in answer.get_data(as_text=True)
    assert enter(resident, wrong(code)).status_code == 303
    assert "You can ask for another letter" in resident.words("/verify")
    assert enter(resident, code).status_code == 303
    assert state_of(app, resident.id) == "collecting"
    with app.app_context(), reading() as db:
        row = db.scalars(sa.select(LetterCode)).one()
        assert (row.state, row.code_hash, row.until_on, row.posted_by, row.address_sealed) == (
            "over",
            None,
            None,
            None,
            None,
        )
        assert db.scalar(sa.select(Case.postcode_sealed)) is None


@pytest.mark.parametrize("typed", ["", "1234 567", "1234 56789", "abcd efgh", "١٢٣٤٥٦٧٨"])
def test_V6_what_can_be_no_code_costs_no_try(app: Flask, resident: Any, reviewer: Any, typed: str) -> None:
    with_letter(app, resident, reviewer)
    answer = enter(resident, typed)
    assert answer.status_code == 422
    assert "No try was lost" in answer.get_data(as_text=True)
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(LetterCode.tries)) == 0


def test_V6_a_code_counts_for_its_own_letter_only(
    app: Flask, join: Callable[..., Any], resident: Any, reviewer: Any
) -> None:
    other = join("Robin")
    code = with_letter(app, resident, reviewer)
    ask(other)
    with app.app_context(), reading() as db:
        which = db.scalars(sa.select(LetterCode.id).where(LetterCode.state == "asked")).one()
    print_it(reviewer, which)
    reviewer.client.post(f"/review/letters/{which}/posted")
    assert enter(other, code).status_code == 422
    assert enter(resident, code).status_code == 303


def test_V6_a_code_ends_after_fourteen_days(app: Flask, resident: Any, reviewer: Any) -> None:
    code = with_letter(app, resident, reviewer)
    last = now() + timedelta(days=services.VALID_DAYS)
    with app.app_context(), transaction() as db:
        with pytest.raises(refusals.NoLetter):
            services.enter(db, resident.id, code, last + timedelta(days=1))
        assert services.enter(db, resident.id, wrong(code), last).tries_left == 4
        assert lapsing.expire(db, last.date()) == 0
        assert lapsing.expire(db, last.date() + timedelta(days=1)) == 1
    testing.work(app)
    assert [mail["Subject"] for mail in testing.mails(app) if "wren" in str(mail["To"])][
        -1
    ] == "Please have another look"
    assert "Send me a letter with a code" in resident.words("/verify")


def test_V6_a_letter_that_nobody_posts_goes_after_thirty_days(app: Flask, resident: Any) -> None:
    ask(resident)
    today = now().date()
    with app.app_context(), transaction() as db:
        assert lapsing.expire(db, today + timedelta(days=29)) == 0
        assert lapsing.expire(db, today + timedelta(days=30)) == 1
        assert db.scalars(sa.select(LetterCode.id)).all() == []


def test_V6_the_daily_job_ends_letters_and_their_cases(app: Flask, resident: Any, reviewer: Any) -> None:
    with_letter(app, resident, reviewer)
    for days, state, letter in ((15, "collecting", "over"), (31, "lapsed", None)):
        with app.app_context(), transaction() as db:
            case_services.let_lapse(db, now() + timedelta(days=days))
        with app.app_context(), reading() as db:
            assert db.scalar(sa.select(LetterCode.state)) == letter
        assert state_of(app, resident.id) == state


def test_V6_two_letters_in_thirty_days_are_the_most(app: Flask, resident: Any) -> None:
    for _each in range(2):
        assert ask(resident).status_code == 303
        assert resident.client.post("/verify/letter/cancel").status_code == 303
    resident.client.post("/verify/withdraw")  # taking everything back does not help
    answer = ask(resident)
    assert answer.status_code == 422
    assert "We have sent two letters" in answer.get_data(as_text=True)
    later = now() + timedelta(days=lapsing.REMEMBERED_DAYS)
    with app.app_context(), transaction() as db:
        lapsing.expire(db, later.date())
        services.ask(db, resident.id, ADDRESS, later)


def test_V6_one_letter_at_a_time(app: Flask, resident: Any) -> None:
    ask(resident)
    ask(resident, name_line="Another")
    with app.app_context(), reading() as db:
        assert len(db.scalars(sa.select(LetterCode.id)).all()) == 1


def test_V6_a_bill_that_is_sent_after_all_takes_the_place_of_the_letter(
    app: Flask, resident: Any, reviewer: Any
) -> None:
    code = with_letter(app, resident, reviewer)
    assert resident.send("address").status_code == 303
    assert state_of(app, resident.id) == "waiting"
    enter(resident, code)
    with app.app_context(), reading() as db:
        paper = db.scalars(sa.select(Evidence).where(Evidence.kind == "address")).one()
        assert (paper.document, paper.state) == ("utility_bill", "waiting")
        assert db.scalar(sa.select(Case.postcode_sealed))


def test_V6_a_letter_in_place_of_a_bill_that_was_sent_back(app: Flask, resident: Any, reviewer: Any) -> None:
    resident.send_all()
    with app.app_context(), reading() as db:
        case_id = db.scalars(sa.select(Case.id)).one()
        bill = db.scalars(sa.select(Evidence.id).where(Evidence.kind == "address")).one()
    reviewer.open(case_id)
    for paper_id in reviewer.numbers(case_id):
        reviewer.type_number(case_id, paper_id)
    reviewer.decide(case_id, bill, "too_old")
    for paper_id in reviewer.papers(case_id):
        reviewer.decide(case_id, paper_id)
    assert state_of(app, resident.id) == "resend"
    assert ask(resident).status_code == 303
    code = posted_code(app, reviewer)
    assert "on its way" in resident.words("/verify")
    assert enter(resident, code).status_code == 303
    assert state_of(app, resident.id) == "verified", "it was the last that was missing"
    testing.work(app)
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(Membership.ward_code)) == "E05009320"
        assert db.scalar(sa.select(Case.pages_deleted)) == 3


def test_V6_a_code_typed_twice_at_once_counts_once(app: Flask, resident: Any, reviewer: Any) -> None:
    code = with_letter(app, resident, reviewer)
    gate, found = threading.Barrier(2), []

    def act() -> None:
        gate.wait()
        found.append(enter(resident, code).status_code)

    threads = [threading.Thread(target=act) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [303, 303]
    with app.app_context(), reading() as db:
        assert len(db.scalars(sa.select(Evidence.id).where(Evidence.kind == "address")).all()) == 1


def test_V6_ending_the_case_ends_the_letter(app: Flask, resident: Any, reviewer: Any) -> None:
    ask(resident)
    which = letter_id(app)
    resident.client.post("/verify/withdraw")
    assert reviewer.client.post(f"/review/letters/{which}").status_code == 404
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(LetterCode.address_sealed)).all() == [None]


def test_V6_with_one_reviewer_no_address_is_taken(tmp_path: Path) -> None:
    app = testing.make_app(tmp_path / "lonely", ["verification_docs"])
    client = app.test_client()
    testing.sign_in(client, testing.make_member(app, "Wren"))
    answer = client.post("/verify/letter", data=TYPED)
    assert answer.status_code == 422
    assert "Nobody could open your papers" in answer.get_data(as_text=True)


def test_V6_by_api(app: Flask, resident: Any, reviewer: Any) -> None:
    head = {"Authorization": f"Bearer {testing.api_token(app, resident.id, 'verify')}"}
    client = app.test_client()

    def send(path: str, **body: str) -> Any:
        return client.post(f"/api/v1/verification/letter{path}", json=body, headers=head)

    assert send("", address="", postcode="E3 5AA").json["code"] == "address"
    assert send("", address="47 Zephyr Mews", postcode="N1 9GU").json["code"] == "unknown"
    assert send("/code", code="1234 5678").json["code"] == "NoLetter"
    assert send("", address="47 Zephyr Mews", postcode="E3 5AA").json["until_on"] is None
    assert send("", address="47 Zephyr Mews", postcode="E3 5AA").json["code"] == "NotOffered"
    code = posted_code(app, reviewer)
    assert send("/code", code="123").json["code"] == "code"
    assert send("/code", code=wrong(code)).json == {"outcome": "wrong", "tries_left": 4}
    assert send("/code", code=code).json == {"outcome": "right", "tries_left": None}
    case = client.get("/api/v1/verification/case", headers=head).json
    assert [(paper["document"], paper["state"], paper["pages"]) for paper in case["evidence"]] == [
        ("letter_code", "accepted", 0)
    ]
    assert client.delete("/api/v1/verification/letter", headers=head).status_code == 204
    none = {"Authorization": f"Bearer {testing.api_token(app, resident.id, 'read')}"}
    assert client.post("/api/v1/verification/letter", json=TYPED, headers=none).status_code == 403


def test_V6_export_tells_days_and_erasure_leaves_nothing(app: Flask, resident: Any, reviewer: Any) -> None:
    with_letter(app, resident, reviewer)
    with app.app_context(), reading() as db:
        told = str(privacy.export(db, resident.id))
    assert "'letter': 'posted'" in told
    assert reviewer.id not in told
    with app.app_context(), transaction() as db:
        privacy.erase(db, resident.id)
        assert db.scalars(sa.select(LetterCode.id)).all() == []
