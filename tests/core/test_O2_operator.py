"""The operator's way: the first admin of an instance, and the reset of a second factor when there is one admin only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from core import audit, cli, second_factor, totp
from core.app import create_app
from core.database import now, reading, transaction
from core.models import AuditEntry, Member, Token
from core.testing import SECRET, api_token, mails, work

ADMIN = "somebody@place.example"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments, env={"BOROUGHWATCH_DATA": ""})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "new"
    done = run("init", "--data", str(made), "--borough", "E09000030", "--url", "http://localhost", "--admin", ADMIN)
    assert done.exit_code == 0, done.output
    (made / "link").write_text(re.findall(r"http://localhost(/\S+)", done.output)[0])
    return made


def test_O2_the_first_admin_sets_it_up_at_the_first_visit(folder: Path) -> None:
    app = create_app(folder)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    client = app.test_client()
    words = "three odd words"
    client.post((folder / "link").read_text(), data={"password": words, "password_confirm": words})
    assert client.get("/admin").headers["Location"] == f"{totp.PATH}?next=/admin"
    page = client.post(totp.PATH, data={"do": "replace", "password": words})
    state = re.findall(r'name="state" value="([^"]+)"', page.text)[0]
    secret = re.findall(r"<code[^>]*>([A-Z2-7 ]+)</code>", page.text)[0].replace(" ", "")
    fields = {"state": state, "code": totp.code_at(secret, now().timestamp())}
    assert client.post(totp.PATH, data=fields).status_code == 200
    assert client.get("/admin").status_code == 200


def test_O2_the_operator_resets_it_alone_and_the_log_says_so(folder: Path) -> None:
    app = create_app(folder)
    with app.app_context(), transaction() as db:
        member_id = str(db.scalar(sa.select(Member.id)))
        second_factor.set_up(db, member_id, totp.sealed(SECRET))
        before = db.get_one(Member, member_id).fs_uniquifier
    api_token(app, member_id, "admin")
    done = run("members", "reset-second-factor", ADMIN.upper(), "--data", str(folder))
    assert done.exit_code == 0, done.output
    with app.app_context(), reading() as db:
        member = db.get_one(Member, member_id)
        assert (member.tf_totp_secret, member.tf_primary_method, member.mf_recovery_codes) == (None, None, None)
        assert member.fs_uniquifier != before
        assert not db.scalars(sa.select(Token)).all()
        last = db.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
        assert last
        assert (last.actor, last.verb, last.reason) == ("system", "second_factor.reset", "command line")
        assert last.subject == audit.actor_hash(member_id)
        assert audit.verify(db) is None
    work(app)
    assert [mail["Subject"] for mail in mails(app)] == ["Something about your account has changed"]


@pytest.mark.parametrize(
    ("email", "sentence"), [("nobody@place.example", "No member has"), (ADMIN, "no second factor")]
)
def test_O2_a_reset_that_cannot_be_is_one_line(folder: Path, email: str, sentence: str) -> None:
    done = run("members", "reset-second-factor", email, "--data", str(folder))
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
