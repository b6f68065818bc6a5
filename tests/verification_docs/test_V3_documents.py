"""Which documents count and how old they may be, two levels, and who issues: from the settings to the pages."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from core import testing
from core.cli import main
from core.config import ConfigError
from core.database import now, transaction
from plugins.verification_docs import accepted, papers, rule
from plugins.verification_docs.policy import FULL, READER, Policy, policy

DOCUMENTS = [
    "id.passport",
    "address.council_tax 6",
    "address.bank_statement 1",
    "certificate.first_aid",
    "volunteering.volunteer_card 24",
]
LESSER = "id AND address"


def instance(folder: Path, **lines: Any) -> Flask:
    return testing.make_app(folder / "instance", ["verification_docs"], verification_docs=lines)


def read(app: Flask) -> Policy:
    with app.app_context():
        return policy()


def page(app: Flask, path: str) -> str:
    client = app.test_client()
    testing.sign_in(client, testing.make_member(app))
    return re.sub(r"\s+", " ", client.get(path).get_data(as_text=True))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["id.pasport"], r"line 1 \('id.pasport'\), at character 4: 'pasport' is no document.*did you mean 'passport'"),
        (
            ["id.passport", "adress.tenancy"],
            r"line 2 \(.*at character 1: 'adress' is not a kind.*did you mean 'address'",
        ),
        (
            ["  id.zzzz"],
            r"at character 6: 'zzzz' is no document of the kind 'id'; known are: passport, driving_licence",
        ),
        (["id"], r"at character 3: '' is no document"),
        ([""], r"at character 1: '' is not a kind of paper; known are: id, address"),
        (["address.utility_bill three"], r"at character 22: expected an age in months from 1 to 240, got 'three'"),
        (["address.utility_bill 0"], "expected an age in months"),
        (["address.utility_bill -3"], "expected an age in months"),
        (["address.utility_bill 3 4"], "got '3 4'"),
        (["address.utility_bill 99999999999"], "expected an age in months"),
        (["id.passport", "id.passport 3"], "line 2 .*stands on the list twice"),
    ],
)
def test_V3_a_wrong_line_stops_the_start_with_its_place_and_an_example(
    tmp_path: Path, lines: list[str], says: str
) -> None:
    with pytest.raises(ConfigError, match=rf"boroughwatch.toml: verification_docs\.documents: .*{says}") as refused:
        instance(tmp_path, documents=lines)
    assert "An example: [" in str(refused.value)


def test_V3_a_line_that_is_no_text_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 2: expected text in quotes, got 3"):
        instance(tmp_path, documents=["id.passport", 3])


def test_V3_the_example_in_the_sentence_is_right() -> None:
    assert accepted.check(re.findall(r'"([^"]+)"', accepted.EXAMPLE)) is None


@pytest.mark.parametrize(
    ("lines", "more", "says"),
    [
        (DOCUMENTS[1:], {}, "the setting 'rule' asks for 'id', and no document.*for example \"id.passport\""),
        (DOCUMENTS[:-1], {}, "asks for 'volunteering'"),
        (
            ["address.tenancy", "id.passport"],
            {"rule": "address AND id AND certificate", "reading_rule": "address"},
            "asks for 'certificate'",
        ),
    ],
)
def test_V3_a_kind_of_the_rule_without_a_document_stops_the_start(
    tmp_path: Path, lines: list[str], more: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        instance(tmp_path, documents=lines, **more)


def test_V2_only_listed_documents_are_offered_each_with_its_age(tmp_path: Path) -> None:
    app = instance(tmp_path, documents=DOCUMENTS)
    shown = page(app, "/verify/address")
    assert re.findall(r'value="(address\.[a-z_]+)"', shown) == ["address.council_tax", "address.bank_statement"]
    assert "Not older than 6 months." in shown
    assert "You may cover the numbers. Not older than 1 month." in shown
    assert read(app).kinds["address"].document("council_tax").oldest_months == 6


def test_V2_an_empty_list_offers_every_document(tmp_path: Path) -> None:
    app = instance(tmp_path)
    assert read(app).kinds == papers.KINDS
    assert "Not older than 3 months." in page(app, "/verify/address")


def test_V2_what_is_not_on_the_list_is_refused_by_page_and_api(tmp_path: Path) -> None:
    app = instance(tmp_path, documents=DOCUMENTS)
    member = testing.make_member(app)
    client = app.test_client()
    testing.sign_in(client, member)
    answer = client.post("/verify/address", data={"document": "address.tenancy", "postcode": "E3 5AA"})
    assert answer.status_code == 422
    assert "Choose what you will send." in answer.text
    token = testing.api_token(app, member, "verify")
    refused = client.post(
        "/api/v1/verification/case/evidence",
        data={"kind": "address", "document": "tenancy"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (refused.status_code, refused.get_json()["code"]) == (422, "unknown_document")
    assert "council_tax, bank_statement" in refused.get_json()["detail"]


def test_V2_papers_of_a_document_taken_off_the_list_are_still_shown(tmp_path: Path) -> None:
    from plugins.verification_docs import queries
    from plugins.verification_docs.models import Case, Evidence

    app = instance(tmp_path, documents=DOCUMENTS)
    member_id = testing.make_member(app)
    with app.app_context(), transaction() as db:
        db.add(Case(id="c" * 32, member_id=member_id, opened_on=now().date(), state="collecting"))
        db.flush()
        paper = {"id": "e" * 32, "case_id": "c" * 32, "member_id": member_id, "received_on": now().date()}
        db.add(Evidence(kind="address", document="tenancy", state="waiting", **paper))
        db.flush()
        (paper,) = queries.papers_of(db, "c" * 32)
    assert paper.document.name == "tenancy"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ({"reading_rule": "id AND adress"}, r"reading_rule: at character 8: .*did you mean 'address'.* An example: id"),
        ({"reading_rule": "id"}, "reading_rule: the rule must always ask for 'address'"),
        ({"reading_rule": rule.DEFAULT}, "asks for the same as the setting 'rule'; leave it empty"),
        (
            {"reading_rule": "address AND certificate"},
            "'address AND id AND volunteering' is enough for the setting 'rule', and must be for this one too",
        ),
        ({"reading_valid_months": 0}, "expected a number from 1 to 60"),
        ({"certificate_issuers": [""]}, "certificate_issuers: expected names in quotes"),
        ({"volunteering_providers": [3]}, "volunteering_providers: expected names in quotes, got 3"),
    ],
)
def test_V3_a_wrong_lesser_rule_or_issuer_stops_the_start(tmp_path: Path, lines: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        instance(tmp_path, **lines)


@pytest.mark.parametrize(
    ("met", "without", "with_lesser"),
    [
        ({"id"}, None, None),
        ({"id", "certificate", "volunteering"}, None, None),
        ({"id", "address"}, None, READER),
        ({"id", "address", "volunteering"}, FULL, FULL),
    ],
)
def test_V3_the_best_level_met_counts(
    tmp_path: Path, met: set[str], without: str | None, with_lesser: str | None
) -> None:
    assert read(instance(tmp_path / "1")).level_met(frozenset(met)) == without
    assert read(instance(tmp_path / "2", reading_rule=LESSER)).level_met(frozenset(met)) == with_lesser


def test_V3_each_level_has_its_own_time(tmp_path: Path) -> None:
    found = read(instance(tmp_path, reading_rule=LESSER, reading_valid_months=3, valid_months=24))
    assert found.until(date(2026, 11, 30), READER) == date(2027, 2, 28)
    assert found.until(date(2026, 11, 30)) == found.until(date(2026, 11, 30), FULL) == date(2028, 11, 30)


def test_V3_issuers_are_shown_with_papers_of_their_kind(tmp_path: Path) -> None:
    app = instance(
        tmp_path,
        certificate_issuers=["Aid School"],
        volunteering_providers=["Food Bank"],
        known_issuers=["Town Hall", "Aid School"],
    )
    found = read(app)
    assert found.issuers_for("certificate") == ("Aid School", "Town Hall")
    assert found.issuers_for("volunteering") == ("Food Bank", "Town Hall", "Aid School")
    assert found.issuers_for("id") == found.issuers_for("address") == ()
    shown = page(app, "/verify/certificate-or-volunteering")
    assert shown.index("Safety certificate</h2>") < shown.index("<li>Town Hall</li>") < shown.index("Food Bank")
    assert "Food Bank" not in page(app, "/verify/address")


@pytest.mark.parametrize("command", [["doctor"], ["serve", "--port", "0"]])
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('rule = "id AND adress"', "verification_docs.rule: at character 8: 'adress' is not a kind of paper"),
        ('documents = ["id.pasport"]', "verification_docs.documents: line 1 ('id.pasport'), at character 4"),
        ('reading_rule = "address AND ("', "verification_docs.reading_rule: at character 14"),
    ],
)
def test_V3_commands_say_where_the_rule_is_wrong_and_do_not_start(
    tmp_path: Path, command: list[str], line: str, says: str
) -> None:
    (tmp_path / "boroughwatch.toml").write_text(f'borough = "E09000030"\n[verification_docs]\n{line}\n')
    done = CliRunner().invoke(main, [*command, "--data", str(tmp_path)])
    assert done.exit_code != 0
    said = re.sub(r"\s+", " ", done.output)
    assert f"{tmp_path / 'boroughwatch.toml'}: {says}" in said
    assert "Traceback" not in said
    assert done.exception is None or isinstance(done.exception, SystemExit)
