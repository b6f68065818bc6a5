"""Mail: a real SMTP server takes it, refusals wait, subjects stay neutral."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from core import mail
from core.database import now, reading, transaction
from core.models import Mail
from core.testing import mails, make_app


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
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    box = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]  # aiosmtpd cannot be asked which port it was given
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"smtp://127.0.0.1:{port}"
    controller.stop()


def left(app: Any) -> int:
    with app.app_context(), reading() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(Mail)) or 0


def test_a_refusal_stops_no_other_mail(tmp_path: Path, inbox: tuple[Inbox, str]) -> None:
    box, url = inbox
    app = make_app(tmp_path, {}, smtp_url=url)
    with app.app_context():
        with transaction() as db:
            for address in ("a@test.example", "refused@test.example", "b@test.example"):
                mail.queue(db, address, "A message for you", "Hello", {"List-Unsubscribe": "<http://localhost/u>"})
        assert mail.send_due() == 60.0
    assert sorted(envelope.rcpt_tos[0] for envelope in box.taken) == ["a@test.example", "b@test.example"]
    assert b"List-Unsubscribe" in box.taken[0].content
    assert left(app) == 1
    with app.app_context():
        for day in range(20):
            mail.send_due(now() + timedelta(days=day + 1))
    assert left(app) == 0


def test_a_server_that_is_away_loses_nothing(tmp_path: Path, inbox: tuple[Inbox, str]) -> None:
    app = make_app(tmp_path, {}, smtp_url="smtp://127.0.0.1:9")
    with app.app_context():
        with transaction() as db:
            mail.queue(db, "a@test.example", "A message for you", "Hello")
        assert mail.send_due() == 60.0
    assert left(app) == 1
    later = make_app(tmp_path, {}, smtp_url=inbox[1])
    with later.app_context():
        assert mail.send_due() is None  # its pause is not over
        mail.send_due(now() + timedelta(hours=1))
    assert len(inbox[0].taken) == 1


def test_without_a_server_mails_are_kept_as_files(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    with app.app_context():
        with transaction() as db:
            mail.queue(db, "a@test.example", "A message for you", "Hëllo")
        mail.send_due()
    assert mails(app)[0].get_content().strip() == "Hëllo"
    assert mails(app)[0]["To"] == "a@test.example"


@pytest.mark.parametrize("subject", ["Crime alert", "Your evidence", "New incident", "Police news", "You are verified"])
def test_a_telling_subject_is_refused(tmp_path: Path, subject: str) -> None:
    app = make_app(tmp_path, {})
    with app.app_context(), pytest.raises(mail.TellingSubject), transaction() as db:
        mail.queue(db, "a@test.example", subject, "x")
