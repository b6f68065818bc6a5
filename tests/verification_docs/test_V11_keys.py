"""Reviewers' own keys: proved before papers are sealed to them, and papers sealed anew when the reviewers change."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core import crypto, members, storage, testing
from core.database import now, reading, transaction
from core.models import AuditEntry, Blob
from plugins.verification_docs import checkup, services
from plugins.verification_docs.keys import age_files, proof, resealing
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.letter.models import LetterCode
from plugins.verification_docs.models import Case, Page
from plugins.verification_docs.reviewers import vetting
from plugins.verification_docs.reviewers.models import ClosePerson


def stale(app: Flask) -> int:
    with app.app_context(), reading() as db:
        return len(resealing.stale(db, now().date()))


def batch(app: Flask, reviewer: Any) -> list[resealing.StalePage]:
    with app.app_context(), reading() as db:
        return resealing.batch(db, reviewer.id, now().date())


def told(app: Flask, verb: str) -> list[str]:
    with app.app_context(), reading() as db:
        wanted = sa.select(AuditEntry.reason).where(AuditEntry.verb == verb).order_by(AuditEntry.sequence)
        return list(db.scalars(wanted))


def seal_anew(person: Any, page: resealing.StalePage, **changes: Any) -> Any:
    """What the reviewer's browser does, with tools of ours."""
    taken = person.client.post(f"/review/reseal/{page.page_id}/take")
    assert taken.status_code == 200
    content = crypto.unseal(taken.get_data(), person.identity)
    sealed = changes.get("content") or crypto.seal(content, list(changes.get("recipients", page.recipients)))
    return person.client.post(f"/review/reseal/{page.page_id}?to={changes.get('to', page.to)}", data=sealed)


# Keys


def prove(client: FlaskClient, identity: str, **changes: str) -> Any:
    """Bring a public key and the proof that it can be opened."""
    asked = client.post("/review/key/challenge", data={"recipient": crypto.age_recipient(identity)})
    assert asked.status_code == 200
    answer = asked.get_json()
    secret = crypto.unseal(base64.b64decode(answer["sealed"]), identity).decode()
    return client.post("/review/key", data={"token": answer["token"], "secret": secret, **changes})


def test_V11_a_public_key_is_taken_once_the_private_one_opened_what_was_sealed_to_it(app: Flask, reviewer: Any) -> None:
    identity = crypto.new_age_identity()
    for _twice in range(2):
        assert prove(reviewer.client, identity).get_json() == {"recipient": crypto.age_recipient(identity)}
    with app.app_context(), reading() as db:
        assert key_services.recipient_of(db, reviewer.id) == crypto.age_recipient(identity)
    # The first is that of the fixture; doing it twice is doing it once.
    assert len(told(app, "verification_docs.add_key")) == 4


def test_V11_a_key_that_was_not_opened_is_not_taken(app: Flask, reviewer: Any, time_machine: Any) -> None:
    before = crypto.age_recipient(reviewer.identity)
    wrong = prove(reviewer.client, crypto.new_age_identity(), secret="guessed")
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "not_opened")
    forged = prove(reviewer.client, crypto.new_age_identity(), token="made.up.token")
    assert forged.get_json()["code"] == "too_late"
    for text in ("", "age1notakey", "ssh-ed25519 AAAA", "age1pq1" + "q" * 60, before + "\n"):
        refused = reviewer.client.post("/review/key/challenge", data={"recipient": text})
        assert (refused.status_code, refused.get_json()["code"]) == (422, "not_a_key"), text
        assert "Make a new one" in refused.get_json()["sentence"]
    with app.app_context(), transaction() as db:
        made = proof.challenge(reviewer.id, crypto.age_recipient(crypto.new_age_identity()))
        time_machine.move_to(now() + timedelta(minutes=11))
        with pytest.raises(key_services.KeyRefused, match="too_late"):
            proof.accept(db, reviewer.id, made.token, "whatever", now().date())
        assert key_services.recipient_of(db, reviewer.id) == before


def test_V11_a_proof_is_for_the_one_who_asked_and_a_key_for_one_reviewer(
    app: Flask, reviewer: Any, join: Callable[..., Any]
) -> None:
    other = join("Stork", roles=["reviewer"])
    identity = crypto.new_age_identity()
    asked = reviewer.client.post("/review/key/challenge", data={"recipient": crypto.age_recipient(identity)}).get_json()
    secret = crypto.unseal(base64.b64decode(asked["sealed"]), identity).decode()
    stolen = other.client.post("/review/key", data={"token": asked["token"], "secret": secret})
    assert stolen.get_json()["code"] == "too_late"
    taken = prove(other.client, reviewer.identity)
    assert (taken.status_code, taken.get_json()["code"]) == (422, "taken")


def test_V11_the_token_does_not_tell_the_secret(app: Flask, reviewer: Any) -> None:
    identity = crypto.new_age_identity()
    with app.app_context():
        made = proof.challenge(reviewer.id, crypto.age_recipient(identity))
        secret = crypto.unseal(made.sealed, identity).decode()
        assert secret not in made.token
        assert secret not in str(base64.urlsafe_b64decode(made.token.split(".")[0] + "=="))


def test_V11_a_reviewer_removes_their_key(app: Flask, reviewer: Any) -> None:
    assert "Remove your key?" in reviewer.words("/review/key/remove")
    assert reviewer.client.post("/review/key/remove").location == "/review/key"
    assert "You have no key yet" in reviewer.words("/review/key")
    assert reviewer.client.post("/review/key/remove").location == "/review/key"
    assert len(told(app, "verification_docs.remove_key")) == 1


def test_V11_the_key_page_says_how_many_have_one_and_what_to_do_without_scripts(app: Flask, reviewer: Any) -> None:
    page = reviewer.text("/review/key")
    assert "<dt>Reviewers with a key</dt><dd>3</dd>" in page
    assert "opened with the program age" in page
    assert 'name="passphrase"' not in page  # without a name a browser never sends it, whatever goes wrong


@pytest.mark.parametrize("path", ["/review/key", "/review/key/remove"])
def test_V11_key_pages_are_for_reviewers(resident: Any, path: str) -> None:
    assert resident.client.get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/review/key", "/review/key/challenge", "/review/key/remove", "/review/reseal", "/review/reseal/x/take"]
)
def test_V11_what_a_key_asks_for_is_for_reviewers(resident: Any, path: str) -> None:
    assert resident.client.post(path).status_code == 403


# Sealing anew


def test_V11_when_a_reviewer_goes_their_colleague_seals_what_waits_anew(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    gone = join("Stork", roles=["reviewer"])
    case_id = waiting_case(resident.id)
    assert stale(app) == 0
    with app.app_context(), transaction() as db:
        members.withdraw(db, gone.id, "reviewer", None, None)
    assert stale(app) == 3
    pages = batch(app, reviewer)
    assert {len(page.recipients) for page in pages} == {3}
    for page in pages:
        assert seal_anew(reviewer, page).status_code == 200
    assert stale(app) == 0
    with app.app_context(), reading() as db:
        blobs = [storage.get(db, blob_id) for blob_id in db.scalars(sa.select(Page.blob_id))]
        assert db.scalar(sa.select(sa.func.count()).select_from(Blob)) == 3
        # A reviewer's key opens what passes through their browser: the member is told of it.
        assert db.get_one(Case, case_id).openings == 3
    for blob in blobs:
        with pytest.raises(pyrage.DecryptError):
            crypto.unseal(blob, gone.identity)
        assert crypto.unseal(blob, reviewer.identity).startswith(b"\xff\xd8")
    lines = told(app, "verification_docs.reseal")
    assert [line.split(":")[0] for line in lines] == ["taken", "sealed anew"] * 3
    vault = app.extensions["boroughwatch"].config.data_dir / "vault" / "verification_docs"
    assert len(list(vault.iterdir())) == 3


def test_V11_a_new_reviewer_can_open_what_waits_after_a_colleague_sealed_it_anew(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    new = join("Stork", roles=["reviewer"])
    new.open(case_id)
    with pytest.raises(pyrage.DecryptError):
        new.unsealed(new.pictures(case_id)[0])
    for page in batch(app, reviewer):
        seal_anew(reviewer, page)
    assert all(new.unsealed(address).startswith(b"\xff\xd8") for address in new.pictures(case_id))


def test_V11_one_who_is_no_reviewer_any_more_gets_nothing_at_once(
    app: Flask, resident: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    gone = join("Stork", roles=["reviewer"])
    case_id = waiting_case(resident.id)
    gone.open(case_id)
    address = gone.pictures(case_id)[0]
    assert gone.unsealed(address)
    with app.app_context(), transaction() as db:
        page_id = db.scalars(sa.select(Page.id)).first()
        members.withdraw(db, gone.id, "reviewer", None, None)
    assert gone.client.get(address).status_code in (303, 403)
    assert gone.client.post(f"/review/reseal/{page_id}/take").status_code in (303, 403)
    assert gone.client.post("/review/reseal").status_code in (303, 403)


def test_V11_one_whose_vetting_is_over_gets_nothing_and_papers_are_sealed_without_them(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    over = join("Stork", roles=["reviewer"])
    case_id = waiting_case(resident.id)
    over.open(case_id)
    address = over.pictures(case_id)[0]
    today = now().date()
    with app.app_context(), transaction() as db:
        days = (today - timedelta(days=9), today - timedelta(days=1))
        vetting.vet(db, over.id, "interview", days=days, vetted_by=None)
    assert over.client.get(address).status_code == 403
    assert over.client.post("/review/reseal").status_code == 403
    assert crypto.age_recipient(over.identity) not in batch(app, reviewer)[0].recipients


def test_V12_own_pages_and_those_of_close_persons_are_not_handed_out_to_be_sealed_anew(
    app: Flask, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    waiting_case(reviewer.id)
    sister = join("Robin")
    waiting_case(sister.id)
    with app.app_context(), transaction() as db:
        db.add(ClosePerson(reviewer_id=reviewer.id, person_hash="x", member_id=sister.id))
    join("Stork", roles=["reviewer"])
    assert stale(app) == 6
    assert reviewer.client.post("/review/reseal").get_json()["pages"] == []
    with app.app_context(), reading() as db:
        page_id = db.scalars(sa.select(Page.id)).first()
    assert reviewer.client.post(f"/review/reseal/{page_id}/take").status_code == 404
    assert told(app, "verification_docs.reseal") == []


def test_V11_what_cannot_be_the_same_page_is_not_taken(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    waiting_case(resident.id)
    join("Stork", roles=["reviewer"])
    page = batch(app, reviewer)[0]
    everybody = list(page.recipients)
    assert seal_anew(reviewer, page, recipients=everybody[1:]).status_code == 422
    assert seal_anew(reviewer, page, content=crypto.seal(b"another picture", everybody)).status_code == 422
    assert seal_anew(reviewer, page, content=b"no age file at all").status_code == 422
    locked = pyrage.passphrase.encrypt(b"x", "a passphrase that others may know")
    assert seal_anew(reviewer, page, content=locked).status_code == 422
    assert seal_anew(reviewer, page, to="0" * 64).status_code == 404
    assert stale(app) == 3
    assert seal_anew(reviewer, page).status_code == 200
    with app.app_context():
        assert storage.sweep() == 0


def test_V11_a_page_that_was_purged_meanwhile_stays_away(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    join("Stork", roles=["reviewer"])
    page = batch(app, reviewer)[0]
    content = crypto.unseal(reviewer.client.post(f"/review/reseal/{page.page_id}/take").get_data(), reviewer.identity)
    with app.app_context(), transaction() as db:
        services.withdraw(db, resident.id, now())
    sealed = crypto.seal(content, list(page.recipients))
    assert reviewer.client.post(f"/review/reseal/{page.page_id}?to={page.to}", data=sealed).status_code == 404
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Blob)) == 0
        assert db.get_one(Case, case_id).state == "withdrawn"
    vault = app.extensions["boroughwatch"].config.data_dir / "vault" / "verification_docs"
    assert list(vault.iterdir()) == []


def test_V11_of_two_who_seal_the_same_page_anew_one_is_late(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    waiting_case(resident.id)
    other = join("Stork", roles=["reviewer"])
    join("Crane", roles=["reviewer"])
    for page in batch(app, reviewer):
        seal_anew(reviewer, page)
    join("Gull", roles=["reviewer"])
    page = batch(app, other)[0]
    sealed = crypto.unseal(other.client.post(f"/review/reseal/{page.page_id}/take").get_data(), other.identity)
    assert seal_anew(reviewer, page).status_code == 200
    late = crypto.seal(sealed, list(page.recipients))
    assert other.client.post(f"/review/reseal/{page.page_id}?to={page.to}", data=late).status_code == 404


def test_V11_batches_hold_ten_and_go_on_where_they_ended(
    app: Flask, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    for alias in ("Robin", "Finch", "Martin", "Swift"):
        waiting_case(join(alias).id)
    join("Stork", roles=["reviewer"])
    first = reviewer.client.post("/review/reseal").get_json()
    second = reviewer.client.post("/review/reseal", data={"after": first["next"]}).get_json()
    assert [len(first["pages"]), len(second["pages"]), second["next"]] == [10, 2, None]
    assert not {page["id"] for page in first["pages"]} & {page["id"] for page in second["pages"]}


def test_V11_the_address_of_a_letter_is_sealed_anew_too(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any]
) -> None:
    with app.app_context(), transaction() as db:
        keys = key_services.recipients(db, resident.id, now().date())
        sealed = key_services.seal(b"1 Made Street", keys)
        case = Case(member_id=resident.id, opened_on=now().date())
        db.add(case)
        db.flush()
        text = base64.b64encode(sealed.content).decode()
        db.add(
            LetterCode(
                case_id=case.id,
                member_id=resident.id,
                asked_on=now().date(),
                address_sealed=text,
                sealed_to=sealed.sealed_to,
            )
        )
    new = join("Stork", roles=["reviewer"])
    (page,) = batch(app, reviewer)
    assert seal_anew(reviewer, page).status_code == 200
    assert stale(app) == 0
    with app.app_context(), reading() as db:
        address = base64.b64decode(db.scalars(sa.select(LetterCode.address_sealed)).one() or "")
    assert crypto.unseal(address, new.identity) == b"1 Made Street"


def test_V11_the_admin_and_doctor_hear_that_pages_wait_to_be_sealed_anew(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    waiting_case(resident.id)
    admin = join("Owl", roles=["admin"])
    assert "Pages to seal anew" not in admin.words("/admin")
    join("Stork", roles=["reviewer"])
    assert "Pages to seal anew 3" in admin.words("/admin")
    with app.app_context():
        assert any("3 pages wait to be sealed anew" in finding.text for finding in checkup.findings())


def test_V11_keys_and_sealing_anew_over_the_api(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    waiting_case(resident.id)
    token = {"Authorization": f"Bearer {testing.api_token(app, reviewer.id, 'review')}"}
    client = app.test_client()
    base = "/api/v1/verification"
    assert client.get(f"{base}/key", headers=token).get_json() == {
        "recipient": crypto.age_recipient(reviewer.identity),
        "reviewers_with_key": 3,
        "needed": 2,
    }
    join("Stork", roles=["reviewer"])
    items = client.get(f"{base}/reseal", headers=token).get_json()["items"]
    assert len(items) == 3
    for item in items:
        taken = client.post(f"{base}/reseal/{item['id']}/take", headers=token).get_data()
        sealed = crypto.seal(crypto.unseal(taken, reviewer.identity), item["recipients"])
        address = f"{base}/reseal/{item['id']}?to={item['to']}"
        assert client.put(address, data=b"nonsense", headers=token).get_json()["code"] == "not_the_same"
        assert client.put(address, data=sealed, headers=token).status_code == 204
        assert client.put(address, data=sealed, headers=token).status_code == 404
    assert stale(app) == 0
    identity = crypto.new_age_identity()
    asked = client.post(
        f"{base}/key/challenge", json={"recipient": crypto.age_recipient(identity)}, headers=token
    ).get_json()
    bad = {"token": asked["token"], "secret": "guessed"}
    assert client.put(f"{base}/key", json=bad, headers=token).get_json()["code"] == "not_opened"
    good = {**bad, "secret": crypto.unseal(base64.b64decode(asked["sealed"]), identity).decode()}
    assert client.put(f"{base}/key", json=good, headers=token).get_json()["recipient"] == crypto.age_recipient(identity)
    assert client.delete(f"{base}/key", headers=token).status_code == 204
    assert client.get(f"{base}/key", headers=token).get_json()["recipient"] is None
    refused = client.post(f"{base}/key/challenge", json={"recipient": "no key"}, headers=token)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "not_a_key")


def test_V11_heads_of_age_files_are_read_and_everything_else_is_refused() -> None:
    keys = [crypto.age_recipient(crypto.new_age_identity()) for _ in range(3)]
    sealed = crypto.seal(b"x" * 1000, keys)
    assert age_files.head_of(sealed) == age_files.Head(3, 16 + 1000 + 16)
    for content in (b"", b"age-encryption.org/v1\n", b"PK\x03\x04" * 100, sealed[:100], b"x" + sealed):
        with pytest.raises(age_files.NotAge):
            age_files.head_of(content)


# The bundle


def test_V11_the_age_library_is_the_file_that_was_built_and_browsers_check_it(app: Flask, reviewer: Any) -> None:
    import hashlib

    page = reviewer.text("/review")
    tag = re.search(r'<script defer src="(/static/verification_docs/age[.]js[^"]*)" integrity="(sha256-[^"]+)">', page)
    assert tag is not None
    with reviewer.client.get(tag[1]) as answer:
        sent = answer.get_data()
    assert "sha256-" + base64.b64encode(hashlib.sha256(sent).digest()).decode() == tag[2]
    folder = Path(checkup.__file__).parent / "static" / "verification_docs"
    assert (folder / "age.integrity.txt").read_text().strip() == tag[2]
    assert sent == (folder / "age.js").read_bytes()
    for word in (b"eval(", b"new Function", b"WebAssembly", b"sourceMappingURL"):
        assert word not in sent
    assert {path.name for path in (folder / "licenses").iterdir()} >= {"age-encryption.txt", "noble-curves.txt"}


def test_V11_the_sources_of_the_bundle_name_exact_versions_and_no_registry() -> None:
    folder = Path(checkup.__file__).parent / "static_src"
    lock = (folder / "package-lock.json").read_text()
    assert '"node_modules/age-encryption": {\n      "version": "0.3.1"' in lock
    assert "http" not in lock
    assert "resolved" not in lock
