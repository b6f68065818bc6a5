"""Making an instance: folder, configuration, secret, tables, wards and the first admin."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import email_validator
import sqlalchemy as sa

from core import accounts, aliases, members, migrate, wards
from core.config import FILE_NAME
from core.crypto import create_secret
from core.database import transaction
from core.models import Member


class SetupError(Exception):
    """The instance cannot be made like this; the message says what to change."""


def write_instance(data_dir: Path, *, borough: str, url: str, more: str = "") -> None:
    """Write the folder, `boroughwatch.toml` and the secret; `more` are further lines of the file.

    Raises:
        SetupError: an instance is there already, an unknown borough, or an address without http(s).
    """
    if (data_dir / FILE_NAME).exists():
        raise SetupError(f"There is an instance in {data_dir} already. Choose another folder.")
    try:
        wards.borough_name(borough)
    except wards.UnknownBorough as problem:
        raise SetupError(str(problem)) from None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SetupError(f"'{url}' is not a web address; it should look like https://watch.example.")
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir.chmod(0o700)
    create_secret(data_dir / "secret.key")
    (data_dir / FILE_NAME).write_text(f'borough = "{borough}"\npublic_url = "{url.rstrip("/")}"\n{more}')


def admin_address(admin: str) -> str:
    """Return the first admin's address as we keep addresses.

    Raises:
        SetupError: it is not an address.
    """
    try:
        return accounts.normal_email(admin)
    except email_validator.EmailNotValidError as problem:
        raise SetupError(f"'{admin}' is not an e-mail address: {problem}") from None


def fill_instance(borough: str, admin: str) -> str:
    """Make the tables, the wards and the first admin; return the admin's one-time link. Needs an app context.

    Raises:
        SetupError: the admin's address is not one.
    """
    address = admin_address(admin)
    migrate.upgrade()
    with transaction() as db:
        wards.load_borough(db, borough)
    wards.forget_boards()
    with transaction() as db:
        known = db.scalar(sa.select(Member.id).where(Member.email == address))
        member_id = known or accounts.add(db, aliases.suggest(lambda alias: False), address)
        members.grant(db, member_id, "admin", None, None)
        return accounts.password_link(db, member_id)
