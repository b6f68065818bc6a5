"""Headers of notices, neutral subjects, and one click to stop them (RFC 8058), caught by a real mail server."""

from __future__ import annotations

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from core import mail, notifications
from core.database import reading, transaction
from core.notifications import Choice, Note
from core.testing import make_app, make_member, sign_in, work

BOW_WEST = "E05009320"
NOTE = Note("A message for your area", "Something is new.", "/x/1", priority="important")
LETTER = Note("Your weekly letter", "All of it.\n\nAnd more.", "/letters/1", kind="letter")


class Inbox:
    """Takes every message, except for addresses that begin with `refused`."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("refused"):
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def caught() -> Iterator[tuple[Inbox, str]]:
    box = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]  # aiosmtpd cannot be asked which port it was given
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def app(tmp_path: Path, caught: tuple[Inbox, str]) -> Flask:
    return make_app(tmp_path, [], smtp_url=caught[1])


def tell(app: Flask, *notes: Note) -> None:
    with app.app_context(), transaction() as db:
        for note in notes:
            notifications.tell(db, [f"ward:{BOW_WEST}"], note)
    work(app)


def link_of(message: Any) -> str:
    found = re.fullmatch(r"<http://localhost(/unsubscribe/[^>]+)>", message["List-Unsubscribe"])
    assert found is not None
    return found.group(1)


def test_N3_each_notice_can_be_stopped_is_plain_and_neutral(app: Flask, caught: Any) -> None:
    make_member(app, "Robin", ward=BOW_WEST)
    tell(app, NOTE, LETTER)
    for message in caught[0].taken:
        assert not mail.TELLING.search(str(message["Subject"]))
        assert not mail.TELLING.search(str(message["From"]))
        assert message["From"].startswith("Lamplight ")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Precedence"] == "bulk"
        assert message.get_content_type() == "text/plain"
        assert f"http://localhost{link_of(message)}" in message.get_content()
        assert "Referer" not in str(message)
    assert len(caught[0].taken) == 2
    assert link_of(caught[0].taken[0]) != link_of(caught[0].taken[1]), "each kind has its own link"
    assert any(
        "All of it.\n\nAnd more." in "\n".join(message.get_content().splitlines()) for message in caught[0].taken
    )


def test_N3_a_mail_about_ones_own_account_cannot_be_stopped(app: Flask, caught: Any) -> None:
    member_id = make_member(app, "Robin", ward=BOW_WEST)
    with app.app_context(), transaction() as db:
        notifications.unsubscribe(db, member_id, "note")
        assert notifications.tell_member(db, member_id, "Your place is kept", "It is.", "/x")
        assert notifications.tell_role(db, "verified", "Something waits for you", "It does.", "/x") == 1
    work(app)
    assert len(caught[0].taken) == 2
    for message in caught[0].taken:
        assert message["List-Unsubscribe"] is None
        assert message["Auto-Submitted"] == "auto-generated"


def test_N5_what_a_letter_says_is_mailed_to_those_who_want_titles(app: Flask, caught: Any) -> None:
    robin = make_member(app, "Robin", ward=BOW_WEST)
    make_member(app, "Wren", ward=BOW_WEST)
    with app.app_context(), transaction() as db:
        notifications.choose(db, robin, Choice(with_titles=True, quiet_from=0, quiet_until=0))
    tell(app, Note("Your weekly letter", "There is a letter.", "/x", kind="letter", title="A lost cat"))
    told = {str(message["To"])[:4]: "A lost cat" in message.get_content() for message in caught[0].taken}
    assert told == {"robi": True, "wren": False}


def test_N3_one_refused_box_stops_no_other(app: Flask, caught: Any) -> None:
    for alias in ("Robin", "Refused", "Wren"):
        make_member(app, alias, ward=BOW_WEST)
    tell(app, NOTE)
    assert sorted(str(message["To"])[:5] for message in caught[0].taken) == ["robin", "wren3"]


def test_N3_a_mail_that_is_sent_again_has_the_same_number(app: Flask) -> None:
    with app.app_context():
        row = mail.Mail(id="a" * 32, recipient="a@test.example", subject="News", text="News.", headers="{}")
        assert {mail._message(row)["Message-ID"] for _try in range(3)} == {f"<{'a' * 32}@localhost>"}


@pytest.mark.parametrize(("kind", "note", "other"), [("note", NOTE, LETTER), ("letter", LETTER, NOTE)])
def test_N3_one_click_without_signing_in_stops_one_kind(
    app: Flask, caught: Any, kind: str, note: Note, other: Note
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    member_id = make_member(app, "Robin", ward=BOW_WEST)
    tell(app, note)
    link = link_of(caught[0].taken[-1])
    client = app.test_client()
    for _scan in range(3):
        page = client.get(link)
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "Stop these e-mails?" in page.get_data(as_text=True)
    with app.app_context(), reading() as db:
        assert notifications.choice(db, member_id) == Choice(quiet_from=0, quiet_until=0), "looking changes nothing"
    answer = client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "Done" in answer.get_data(as_text=True)
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "Set-Cookie" not in answer.headers
    before = len(caught[0].taken)
    tell(app, note)
    assert len(caught[0].taken) == before
    tell(app, other)
    assert len(caught[0].taken) == before + 1
    with app.app_context(), reading() as db:
        kept = notifications.choice(db, member_id)
    assert (kept.by_mail, kept.letters) == ((False, True) if kind == "note" else (True, False))


def test_N3_a_link_stops_nobody_elses_mails(app: Flask) -> None:
    robin, wren = (make_member(app, alias, ward=BOW_WEST) for alias in ("Robin", "Wren"))
    keys = app.extensions["boroughwatch"].keys
    client = app.test_client()
    sign_in(client, wren)
    for token in ("x", keys.token("unsubscribe", [robin, "all"]), keys.token("mail-reply", [robin, "note"])):
        assert client.post(f"/unsubscribe/{token}").status_code == 404
    assert client.post(f"/unsubscribe/{keys.token('unsubscribe', [robin, 'note'])}").status_code == 200
    with app.app_context(), reading() as db:
        assert not notifications.choice(db, robin).by_mail
        assert notifications.choice(db, wren).by_mail


def test_N3_the_link_of_a_member_who_is_gone_breaks_nothing(app: Flask) -> None:
    keys = app.extensions["boroughwatch"].keys
    assert app.test_client().post(f"/unsubscribe/{keys.token('unsubscribe', ['0' * 32, 'note'])}").status_code == 200


def test_N3_no_subject_of_ours_is_telling(root: Path) -> None:
    found = []
    for folder in ("core/notifications", "plugins/ward_boards/following"):
        for path in (root / folder).rglob("*.py"):
            found += re.findall(r"subject=_?\(?\"([^\"]+)\"|return str\(_\(\"(What [^\"]+)\"", path.read_text())
    subjects = [subject or other for subject, other in found]
    assert len(subjects) >= 3
    assert [subject for subject in subjects if mail.TELLING.search(subject)] == []
