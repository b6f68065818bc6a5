"""Mail: queued in the transaction that wants it, sent by the worker, kept as files without a server.

Subjects must be neutral: a mail on a shared phone must not tell what this is about.
"""

from __future__ import annotations

import json
import logging
import re
import smtplib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import formataddr
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import disguises, hints
from core.database import after_commit, has_one_worker, new_id, now, reading, transaction
from core.disguises import Disguise
from core.instance import instance
from core.models import Mail, Member

log = logging.getLogger(__name__)
GIVE_UP_AFTER = 12
TAKEN_FOR = timedelta(minutes=10)
TELLING = re.compile(r"crime|police|alert|watch|incident|evidence|verif|burglar|drug", re.IGNORECASE)


class TellingSubject(ValueError):
    """The subject would tell a stranger what this site is about."""


def require_neutral(subject: str) -> None:
    """Refuse a subject that would tell a stranger what this is about.

    Raises:
        TellingSubject: it would; a bug of the caller.
    """
    if TELLING.search(subject):
        raise TellingSubject(subject)


def queue(
    db: Session,
    recipient: str,
    subject: str,
    text: str,
    headers: Mapping[str, str] | None = None,
    *,
    due_at: datetime | None = None,
) -> None:
    """Queue a plain message in this transaction, to go out at once or from `due_at` on.

    Raises:
        TellingSubject: the subject is not neutral; a bug of the caller.
    """
    require_neutral(subject)
    written = json.dumps(dict(headers or {}))
    db.add(Mail(recipient=recipient, subject=subject, text=text, headers=written, due_at=due_at or now()))
    after_commit(db, hints.wake)


def send_due(at: datetime | None = None) -> float | None:
    """Send what is due; return seconds until the next try, or None. A refusal of one stops no other."""
    moment = at or now()
    with reading() as db:
        due = db.execute(sa.select(Mail).where(Mail.due_at <= moment).limit(200)).scalars().all()
        worn = _disguises(db, due)
    if not due:
        return None
    failed = 0
    with _Carrier() as carrier:
        for mail in due:
            if not _is_ours(mail):
                continue
            try:
                carrier.send(_message(mail, worn.get(mail.recipient, disguises.NONE)))
            except (OSError, smtplib.SMTPException) as problem:
                failed += 1
                _postpone(mail.id, mail.attempts + 1, problem)
            else:
                with transaction() as db:
                    db.execute(sa.delete(Mail).where(Mail.id == mail.id))
    return 60.0 if failed else (1.0 if len(due) == 200 else None)


def _is_ours(mail: Mail) -> bool:
    """Take a mail before it is sent, where there are other workers; if we die with it, one sends it later."""
    if has_one_worker():
        return True
    mine = sa.update(Mail).where(Mail.id == mail.id, Mail.due_at == mail.due_at)
    with transaction() as db:
        return bool(db.execute(mine.values(due_at=now() + TAKEN_FOR)).rowcount)  # type: ignore[attr-defined]  # UPDATE


def _postpone(mail_id: str, attempts: int, problem: Exception) -> None:
    # The address is personal: log the kind of failure only.
    log.warning("a mail could not be sent (%s), attempt %d", type(problem).__name__, attempts)
    with transaction() as db:
        if attempts >= GIVE_UP_AFTER:
            db.execute(sa.delete(Mail).where(Mail.id == mail_id))
            return
        due = now() + timedelta(seconds=min(60 * 2**attempts, 6 * 3600))
        db.execute(sa.update(Mail).where(Mail.id == mail_id).values(attempts=attempts, due_at=due))


def _disguises(db: Session, due: Sequence[Mail]) -> dict[str, Disguise]:
    """Return what the site looks like to those of the recipients who chose so; as of now, whenever it was written."""
    chosen = sa.select(Member.email, Member.disguise).where(
        Member.email.in_({mail.recipient for mail in due}), Member.disguise != ""
    )
    return {row.email: disguises.of(row.disguise) for row in db.execute(chosen)} if due else {}


def _message(mail: Mail, disguise: Disguise = disguises.NONE) -> EmailMessage:
    config = instance().config
    sender = str(disguise.title) if disguise else config.site_name
    message = EmailMessage()
    message["From"] = formataddr((sender, config.sender))
    message["To"] = mail.recipient
    message["Subject"] = str(disguise.subject) if disguise else mail.subject
    # The same at each try: should we die after the server took it, the reader's side can tell that both are one.
    message["Message-ID"] = f"<{mail.id}@{urlsplit(config.public_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in json.loads(mail.headers).items():
        message[name] = value
    # Mails are signed with the site's name.
    signed = f"\n\n{config.site_name}\n"
    is_signed = mail.text.endswith(signed)
    message.set_content(f"{mail.text.removesuffix(signed)}\n\n{sender}\n" if is_signed else mail.text)
    return message


class _Carrier:
    """One connection for a batch: an SMTP server, or files in the data folder when none is set."""

    def __enter__(self) -> _Carrier:
        self._smtp: smtplib.SMTP | None = None
        return self

    def __exit__(self, *_: object) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                log.info("the mail server closed the connection first")

    def send(self, message: EmailMessage) -> None:
        """Hand one message over; raises OSError or SMTPException."""
        config = instance().config
        if not config.smtp_url:
            folder = config.data_dir / "mail"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{now():%Y%m%dT%H%M%S}-{new_id()[:8]}.eml").write_bytes(bytes(message))
            return
        if self._smtp is None:
            self._smtp = _connect(config.smtp_url)
        self._smtp.send_message(message)


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=20)
    else:
        smtp = smtplib.SMTP(host, parts.port or 25, timeout=20)
        if smtp.has_extn("starttls") or smtp.ehlo()[0] and smtp.has_extn("starttls"):
            smtp.starttls()
    if parts.username:
        smtp.login(unquote(parts.username), unquote(parts.password or ""))
    return smtp
