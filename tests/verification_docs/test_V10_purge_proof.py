"""V10: each deletion is a signed link of a chain, and whatever is done to the chain is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
import sqlalchemy as sa
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Flask

from core import chains, doctor, privacy, testing
from core.cli import main
from core.database import now, reading, transaction
from core.instance import instance
from core.models import AuditEntry
from plugins.verification_docs import services
from plugins.verification_docs.models import Case
from plugins.verification_docs.purging import chain, signing
from plugins.verification_docs.purging.models import PurgeEntry


def records(app: Flask) -> list[dict[str, Any]]:
    with app.app_context(), reading() as db:
        return [json.loads(text) for text in db.scalars(sa.select(PurgeEntry.record).order_by(PurgeEntry.sequence))]


def problem(app: Flask) -> str | None:
    with app.app_context(), reading() as db:
        return chain.problem(db)


def write(app: Flask, statement: Any) -> None:
    with app.app_context(), transaction() as db:
        db.execute(statement)


@pytest.fixture
def filled(app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]) -> list[str]:
    """Three members took three cases back; their ids, oldest first."""
    case_ids = []
    for alias in ("Wren", "Robin", "Siskin"):
        person = join(alias)
        case_ids.append(waiting_case(person.id))
        with app.app_context(), transaction() as db:
            services.withdraw(db, person.id, now())
    return case_ids


@pytest.fixture
def command(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr("core.commands.open_app", lambda _folder: app)
    monkeypatch.setattr("sys.argv", ["boroughwatch"])
    vars(main).pop("_found", None)
    return lambda *arguments: CliRunner().invoke(main, [*arguments, "--data", str(tmp_path / "instance")])


def test_V10_each_way_of_going_is_told_with_its_reason_and_names_nobody(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    resident.send("id")
    resident.client.post("/verify/id/take-back")
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    for paper_id in reviewer.papers(case_id):
        reviewer.decide(case_id, paper_id, "unreadable")
    resident.send("id")
    reviewer.open(case_id)
    resident.client.post("/verify/withdraw")
    robin = join("Robin")
    robin_case = waiting_case(robin.id)
    with app.app_context(), transaction() as db:
        privacy.erase(db, robin.id)
    verified = waiting_case(join("Siskin").id)
    reviewer.accept_all(verified)
    said = records(app)
    assert [(each["kind"], each["reason"], each["pages"]) for each in said] == [
        ("pages", "taken_back", 1),
        ("pages", "replaced", 1),
        ("case_end", "withdrawn", 3),
        ("pages", "erased", 3),
        ("case_end", "verified", 3),
    ]
    assert said[2]["case"] == case_id[:12]
    assert said[4]["case"] == verified[:12]
    for each in said:
        assert set(each) <= {"sequence", "on", "kind", "case", "pages", "reason", "previous"}
        assert each["on"] == now().date().isoformat()
    whole = json.dumps(said)
    assert not any(secret in whole for secret in (resident.id, robin.id, reviewer.id, robin_case, case_id, "E3 5AA"))
    assert problem(app) is None


def test_V10_a_stranger_can_check_the_chain_with_the_public_key_alone(app: Flask, filled: list[str]) -> None:
    with app.app_context(), reading() as db:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(signing.public_key())))
        entries = db.scalars(sa.select(PurgeEntry).order_by(PurgeEntry.sequence)).all()
    previous = "0" * 64
    for entry in entries:
        public.verify(bytes.fromhex(entry.signature), entry.record.encode())
        assert json.loads(entry.record)["previous"] == previous
        previous = hashlib.sha256(entry.record.encode()).hexdigest()
    assert len(entries) == 3


def test_V10_the_key_is_a_file_of_its_own_that_only_the_owner_reads(app: Flask, filled: list[str]) -> None:
    with app.app_context():
        path = signing.path()
        assert path.parent == instance().config.data_dir
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text().strip() not in (instance().config.data_dir / "secret.key").read_text()


def rewritten(entry: PurgeEntry, **changes: Any) -> dict[str, str]:
    """What somebody without the key can make of an entry: another record with its right hash."""
    record = rfc8785.dumps({**json.loads(entry.record), **changes})
    return {"record": record.decode(), "hash": hashlib.sha256(record).hexdigest()}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_V10_a_changed_entry_is_found(app: Flask, filled: list[str], number: int) -> None:
    with app.app_context(), transaction() as db:
        entry = db.get_one(PurgeEntry, number)
        entry.record = entry.record.replace('"pages":3', '"pages":2')
    assert f"Entry {number} of the deletions was changed" in str(problem(app))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_V10_a_changed_entry_with_a_new_hash_is_not_signed(app: Flask, filled: list[str], number: int) -> None:
    with app.app_context(), transaction() as db:
        entry = db.get_one(PurgeEntry, number)
        for name, value in rewritten(entry, pages=2).items():
            setattr(entry, name, value)
    assert f"Entry {number} of the deletions is not signed" in str(problem(app))


def test_V10_a_whole_chain_made_anew_by_somebody_without_the_key_is_not_signed(app: Flask, filled: list[str]) -> None:
    forger = Ed25519PrivateKey.generate()
    previous = "0" * 64
    with app.app_context(), transaction() as db:
        for entry in db.scalars(sa.select(PurgeEntry).order_by(PurgeEntry.sequence)):
            for name, value in rewritten(entry, pages=9, previous=previous).items():
                setattr(entry, name, value)
            entry.signature = forger.sign(entry.record.encode()).hex()
            previous = entry.hash
    assert "Entry 1 of the deletions is not signed" in str(problem(app))


@pytest.mark.parametrize("number", [1, 2])
def test_V10_an_entry_taken_out_of_the_middle_is_found(app: Flask, filled: list[str], number: int) -> None:
    write(app, sa.delete(PurgeEntry).where(PurgeEntry.sequence == number))
    assert problem(app) == f"Entry {number} of the deletions is missing."


def test_V10_a_gap_that_was_closed_is_found(app: Flask, filled: list[str]) -> None:
    write(app, sa.delete(PurgeEntry).where(PurgeEntry.sequence == 2))
    write(app, sa.update(PurgeEntry).where(PurgeEntry.sequence == 3).values(sequence=2))
    assert "Entry 2 of the deletions was changed" in str(problem(app))


def test_V10_a_case_code_that_was_moved_to_another_entry_is_found(app: Flask, filled: list[str]) -> None:
    write(app, sa.update(PurgeEntry).where(PurgeEntry.sequence == 2).values(case_code=filled[2][:12]))
    assert "Entry 2 of the deletions was changed" in str(problem(app))


def test_V10_what_was_cut_off_is_found_with_a_head_noted_before(
    app: Flask, filled: list[str], command: Callable[..., Result]
) -> None:
    with app.app_context(), reading() as db:
        head = chain.head(db)
    assert head is not None
    assert (head.sequence, head.on) == (3, now().date())
    whole = command("audit", "verify", "--head", head.hash)
    assert whole.exit_code == 0, whole.output
    assert f"list of deletions: entry 3, head {head.hash}" in whole.output
    write(app, sa.delete(PurgeEntry).where(PurgeEntry.sequence == 3))
    assert command("audit", "verify").exit_code == 0, "inside it leaves no trace: that is why heads are noted"
    cut = command("audit", "verify", "--head", head.hash)
    assert cut.exit_code == 1
    assert f"No entry has the hash {head.hash}" in cut.stderr


def test_V10_an_older_head_still_counts_after_more_entries(
    app: Flask, filled: list[str], join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    with app.app_context(), reading() as db:
        noted = chain.head(db)
        audit_head = db.scalar(sa.select(AuditEntry.hash).order_by(AuditEntry.sequence.desc()).limit(1))
    assert noted is not None
    person = join("Dunnock")
    waiting_case(person.id)
    with app.app_context():
        with transaction() as db:
            services.withdraw(db, person.id, now())
        with reading() as db:
            found = {each.name: each.known for each in chains.look_at(db, [noted.hash, str(audit_head), "0" * 64])}
    assert found == {"audit log": {audit_head}, "list of deletions": {noted.hash}}


def test_V10_audit_verify_and_doctor_tell_of_a_broken_chain(
    app: Flask, filled: list[str], command: Callable[..., Result]
) -> None:
    assert command("audit", "verify").exit_code == 0
    write(app, sa.delete(PurgeEntry).where(PurgeEntry.sequence == 2))
    broken = command("audit", "verify")
    assert broken.exit_code == 1
    assert "Entry 2 of the deletions is missing." in broken.stderr
    assert len(broken.stderr.splitlines()) == 1
    with app.app_context():
        assert [finding.text for finding in doctor.findings() if "of the deletions is missing" in finding.text]


def test_V10_a_lost_key_is_told_and_stops_no_deletion(
    app: Flask, filled: list[str], join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    with app.app_context():
        kept = signing.path().read_text()
        signing.path().write_text("torn")
        told = [finding.text for finding in doctor.findings() if not finding.ok and "purge.key" in finding.text]
    assert any("cannot be read" in text for text in told)
    person = join("Dunnock")
    waiting_case(person.id)
    with app.app_context(), transaction() as db:
        services.withdraw(db, person.id, now())
    assert not list(instance(app).config.data_dir.rglob("*.age")), "papers go all the same"
    with app.app_context():
        signing.path().write_text(kept)
    assert "Entry 4 of the deletions is not signed" in str(problem(app))


def test_V10_two_who_delete_at_once_leave_one_chain(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    import threading

    people = [join(f"Bird {number}") for number in range(4)]
    for person in people:
        waiting_case(person.id)
    gate = threading.Barrier(len(people))

    def withdraw(member_id: str) -> None:
        with app.app_context():
            gate.wait()
            with transaction() as db:
                services.withdraw(db, member_id, now())

    threads = [threading.Thread(target=withdraw, args=(person.id,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each["sequence"] for each in records(app)] == [1, 2, 3, 4]
    assert problem(app) is None


def test_V10_nothing_is_told_of_what_was_rolled_back(
    app: Flask, resident: Any, waiting_case: Callable[..., str]
) -> None:
    waiting_case(resident.id)
    with app.app_context(), transaction() as db:
        services.withdraw(db, resident.id, now())
        db.rollback()
    assert records(app) == []


def test_V10_the_member_gets_a_receipt_that_is_found_in_the_chain(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    assert "what was deleted" not in resident.words("/verify"), "nothing went yet"
    for paper_id in reviewer.papers(case_id):
        reviewer.decide(case_id, paper_id)
    with app.app_context(), reading() as db:
        proof = chain.proof_of(db, case_id)
    assert proof is not None
    words = resident.words("/verify")
    assert "Pages deleted 3" in words
    assert "Opened by a reviewer once" in words
    assert f"Line {proof.sequence} of what was deleted {proof.hash[:12]}" in words
    token = {"Authorization": f"Bearer {testing.api_token(app, resident.id, 'verify')}"}
    told = resident.client.get("/api/v1/verification/case", headers=token).json
    assert told["deletion"] == {"sequence": proof.sequence, "hash": proof.hash}


def test_V10_nobody_sees_of_today_when_somebody_was_decided_about(
    app: Flask, filled: list[str], join: Callable[..., Any], waiting_case: Callable[..., str], time_machine: Any
) -> None:
    assert "Nothing to show yet" in app.test_client().get("/verify/deletions").get_data(as_text=True)
    time_machine.move_to(now() + timedelta(days=1))
    first = app.test_client().get("/verify/deletions").get_data(as_text=True)
    person = join("Dunnock")
    waiting_case(person.id)
    with app.app_context(), transaction() as db:
        services.withdraw(db, person.id, now())
    assert app.test_client().get("/verify/deletions").get_data(as_text=True) == first
    time_machine.move_to(now() + timedelta(days=1))
    assert app.test_client().get("/verify/deletions").get_data(as_text=True) != first


def test_V10_everybody_can_note_the_head_and_sees_counts_only(app: Flask, filled: list[str], time_machine: Any) -> None:
    month = f"{now():%Y-%m}"
    time_machine.move_to(now() + timedelta(days=1))
    page = app.test_client().get("/verify/deletions")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    with app.app_context(), reading() as db:
        head, public = chain.head(db), signing.public_key()
    assert head is not None
    assert head.hash in text
    assert str(public) in text
    assert f"{month}</th><td>9</td><td>3</td><td>0</td>" in text
    assert not any(case_id[:12] in text for case_id in filled)


def test_V10_before_the_first_deletion_the_page_says_so(app: Flask) -> None:
    page = app.test_client().get("/verify/deletions").get_data(as_text=True)
    assert "Nothing to show yet" in page
    with app.app_context():
        assert not signing.path().exists(), "reading makes no key"


def test_V10_the_command_prints_the_public_key(
    app: Flask, resident: Any, waiting_case: Callable[..., str], command: Callable[..., Result]
) -> None:
    missing = command("verification_docs", "purge-key")
    assert missing.exit_code == 1
    assert "made with the first deletion" in missing.stderr
    waiting_case(resident.id)
    with app.app_context():
        with transaction() as db:
            services.withdraw(db, resident.id, now())
        assert command("verification_docs", "purge-key").output.strip() == signing.public_key()


def test_V10_a_dry_run_says_what_would_go_and_changes_nothing(
    app: Flask, resident: Any, waiting_case: Callable[..., str], command: Callable[..., Result], time_machine: Any
) -> None:
    waiting_case(resident.id)
    testing.work(app)
    time_machine.move_to(now() + timedelta(days=31))
    before = len(testing.mails(app))
    for _again in range(2):
        dry = command("retention", "run", "--dry-run", "--json")
        assert dry.exit_code == 0, dry.output
        counts = {row["what"]: row["deleted"] for row in json.loads(dry.output)}
        assert (counts["cases that were open too long"], counts["pages of papers"]) == (1, 3)
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(Case.state)).one() == "waiting"
    assert len(list(instance(app).config.data_dir.rglob("*.age"))) == 3
    assert [each for each in records(app) if each["kind"] != "run"] == []
    assert "Nothing was changed." in command("retention", "run", "--dry-run").output
    real = command("retention", "run", "--json")
    assert {row["what"]: row["deleted"] for row in json.loads(real.output)} == counts
    assert not list(instance(app).config.data_dir.rglob("*.age"))
    testing.work(app)
    assert "We deleted what you sent" in [mail["Subject"] for mail in testing.mails(app)[before:]]
    nothing = command("retention", "run", "--json")
    assert {row["deleted"] for row in json.loads(nothing.output)} == {0}
