"""Accounts: joining, signing in and passwords, through Flask-Security; API tokens.

Joining asks for an alias and an e-mail address, nothing else. The mail that follows carries a link
on which a password is chosen; opening the link changes nothing, so a mail scanner cannot burn it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import date, timedelta
from typing import Any

import email_validator
import sqlalchemy as sa
from flask import Flask, Response, after_this_request, request
from flask_babel import gettext as _
from flask_security import FSQLALiteUserDatastore, MailUtil, RoleMixin, Security, hash_password
from flask_security.recoverable import generate_reset_password_token
from sqlalchemy.orm import Session

from core import audit, disguises, event_log, hints, mail, totp
from core.database import new_id, now, sql
from core.events import MemberJoined
from core.instance import instance
from core.models import Member, Token

ALIAS = re.compile(r"^[\w][\w .'-]{1,38}[\w]$")
LINK_HOURS = 48
PASSWORD_PATH = "/account/password"  # noqa: S105  # nosec B105  # a path
# The demonstration's people live at .example addresses (RFC 2606); nothing is ever delivered there.
for _reserved in ("example", "test"):
    if _reserved in email_validator.SPECIAL_USE_DOMAIN_NAMES:
        email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_reserved)


class AliasTaken(ValueError):
    """Another member has this alias; it must be unique so that nobody can pose as another."""


class AliasUnfit(ValueError):
    """The alias is too short, too long, or has signs that cannot be shown."""


class QueuedMail(MailUtil):
    """Sends Flask-Security's mails through our queue, as plain text."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **_kw: Any,
    ) -> None:
        """Queue one mail in the session that Flask-Security writes with; a second writer would wait for itself."""
        if template.endswith("reset_instructions"):
            # What Flask-Security does for an unknown address; the clock must not tell one from the other.
            hash_password(secrets.token_urlsafe(32))
        address = recipient if isinstance(recipient, str) else recipient[1]
        mail.queue(sql.session, address, str(subject), body or "")

        @after_this_request
        def send_soon(response: Response) -> Response:
            sql.session.commit()
            hints.wake()
            return response


def init_accounts(app: Flask) -> None:
    """Attach Flask-Security with our addresses, templates and words."""
    app.config.update(_settings(app))
    totp.init_totp(app)
    store = FSQLALiteUserDatastore(sql, Member, RoleMixin)
    security = Security(
        app, store, mail_util_cls=QueuedMail, totp_cls=totp.OnceTotp, mf_recovery_form=totp.RecoveryForm
    )
    # Rights come from core.permissions; Flask-Principal would load the whole member on every request.
    security.principal.identity_loaders.clear()
    # Flask-Login would otherwise hash address and user agent of the browser into the cookie.
    app.login_manager.session_protection = None  # type: ignore[attr-defined]  # set by Flask-Login
    # Flask-Login would load the whole member for every template, the page that says the database is down included.
    processors = app.template_context_processors[None]
    processors[:] = [each for each in processors if getattr(each, "__module__", "") != "flask_login.utils"]

    @app.before_request
    def write_immediately() -> None:
        # Flask-Security writes through the reading session: let it wait for its turn from the start.
        if request.blueprint == "security" and request.method == "POST":
            sql.session.connection(execution_options={"immediate": True})


def _settings(app: Flask) -> dict[str, Any]:
    return dict(
        SECURITY_PASSWORD_SALT=instance(app).keys.derive("password-salt").hex(),
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  # nosec B106  # a hash, is no password
        # A link holds a digest of a salted hash. Slow digests are for passwords; here it told who has an account.
        SECURITY_HASHING_SCHEMES=["hex_sha256"],
        SECURITY_DEPRECATED_HASHING_SCHEMES=[],
        SECURITY_PASSWORD_LENGTH_MIN=10,
        SECURITY_PASSWORD_SINGLE_HASH=False,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_AUTO_LOGIN_AFTER_RESET=True,
        SECURITY_RESET_PASSWORD_WITHIN=timedelta(hours=LINK_HOURS),
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_RESET_URL=PASSWORD_PATH,
        SECURITY_CHANGE_URL="/account/change-password",
        SECURITY_VERIFY_URL="/account/confirm-password",  # /verify is where members prove an address
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_POST_RESET_VIEW="/",
        SECURITY_POST_CHANGE_VIEW="/account",
        SECURITY_LOGIN_USER_TEMPLATE="core/sign_in.html",
        SECURITY_FORGOT_PASSWORD_TEMPLATE="core/forgot_password.html",  # noqa: S106  # names a template
        SECURITY_RESET_PASSWORD_TEMPLATE="core/reset_password.html",  # noqa: S106  # names a template
        SECURITY_CHANGE_PASSWORD_TEMPLATE="core/change_password.html",  # noqa: S106  # names a template
        SECURITY_VERIFY_TEMPLATE="core/confirm_password.html",
        SECURITY_EMAIL_SUBJECT_PASSWORD_RESET=_Lazy("Choose a password"),
        SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE=_Lazy("Your password was set"),
        SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE=_Lazy("Your password was changed"),
        SECURITY_EMAIL_HTML=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_EMAIL_SENDER=instance(app).config.sender,
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
    )


class _Lazy:
    """A subject that is translated when the mail is written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return str(_(self._text))


def fitting_alias(db: Session, alias: str) -> str:
    """Return the alias with its spaces tidied.

    Raises:
        AliasUnfit: its length or signs; AliasTaken: another member has it, in any letter case.
    """
    tidy = " ".join(alias.split())
    if not ALIAS.match(tidy) or "@" in tidy:
        raise AliasUnfit(tidy)
    if db.scalar(sa.select(Member.id).where(sa.func.lower(Member.alias) == tidy.lower())):
        raise AliasTaken(tidy)
    return tidy


def normal_email(email: str) -> str:
    """Return the address as we keep it.

    Raises:
        email_validator.EmailNotValidError: it is not an address; its text says why.
    """
    checked = email_validator.validate_email(email.strip(), check_deliverability=False)
    return checked.normalized.lower()


def add(db: Session, alias: str, email: str, password: str | None = None) -> str:
    """Create an account and return its id. Without a password nobody can sign in before choosing one."""
    member = Member(
        id=new_id(),
        alias=alias,
        email=email,
        password=hash_password(password or secrets.token_urlsafe(32)),
        fs_uniquifier=new_id(),
        joined_on=now().date(),
    )
    db.add(member)
    db.flush()
    event_log.append(db, MemberJoined(member_id=member.id))
    return member.id


def join(db: Session, alias: str, email: str) -> None:
    """Create an account and mail a link to choose a password; says the same when the address is known.

    The alias is looked at first and a password hashed in either case: otherwise a taken alias, or a clock,
    would tell a stranger who has an account.

    Raises:
        AliasUnfit, AliasTaken: as `fitting_alias`.
    """
    tidy = fitting_alias(db, alias)
    known = db.scalar(sa.select(Member).where(Member.email == email))
    site = instance().config.site_name
    if known is not None:
        hash_password(secrets.token_urlsafe(32))
        text = _(
            "Somebody, perhaps you, asked to join %(site)s with this address. You have an account already.", site=site
        )
        link = f"{instance().config.public_url}/sign-in"
        mail.queue(db, email, _("Your account"), f"{text}\n\n{link}\n")
        return
    member_id = add(db, tidy, email)
    mail.queue(db, email, _("Choose a password"), welcome_text(db, member_id))


def welcome_text(db: Session, member_id: str) -> str:
    """Return the mail that lets a new member choose a password."""
    lead = _("Welcome to %(site)s. Open this link to choose a password:", site=instance().config.site_name)
    tail = _("The link works for %(hours)s hours. If you did not ask for this, do nothing.", hours=LINK_HOURS)
    return f"{lead}\n\n{password_link(db, member_id)}\n\n{tail}\n"


def choose_disguise(db: Session, member_id: str, name: str) -> None:
    """Keep what the site and its mails look like to a member from now on; an empty name is as they are.

    Raises:
        NoSuchDisguise: there is none of this name.
    """
    if name not in disguises.ALL:
        raise disguises.NoSuchDisguise(name)
    db.execute(sa.update(Member).where(Member.id == member_id).values(disguise=name))


def password_link(db: Session, member_id: str) -> str:
    """Return a link, good for 48 hours and for one password, to choose a password."""
    member = db.get_one(Member, member_id)
    token = generate_reset_password_token(member)  # type: ignore[no-untyped-call]  # Flask-Security's own
    return f"{instance().config.public_url}{PASSWORD_PATH}/{token}"


def set_password(db: Session, member_id: str, password: str) -> None:
    """Set a password from the command line or the demonstration; open logins end."""
    member = db.get_one(Member, member_id)
    member.password = hash_password(password)
    member.fs_uniquifier = new_id()


def rename_alias(db: Session, member_id: str, alias: str) -> bool:
    """Change the alias, once per account; returns False when it was changed before.

    Raises:
        AliasUnfit, AliasTaken: as `fitting_alias`.
    """
    tidy = fitting_alias(db, alias)
    changed = db.execute(
        sa.update(Member).where(Member.id == member_id, Member.alias_changes == 0).values(alias=tidy, alias_changes=1)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # CursorResult of an UPDATE


def create_token(db: Session, member_id: str, scopes: list[str], until_on: date) -> str:
    """Create an API token and return it; only its hash is kept, so it is shown this once."""
    token = f"bw_{secrets.token_urlsafe(32)}"
    db.add(
        Token(token_hash=token_hash(token), member_id=member_id, scopes=" ".join(sorted(scopes)), expires_on=until_on)
    )
    audit.record(db, member_id, "token.create", audit.actor_hash(member_id), " ".join(sorted(scopes)))
    return token


def token_hash(token: str) -> str:
    """Return what is kept of a token. It has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()
