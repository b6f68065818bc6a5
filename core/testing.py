"""Public helpers for tests of plugins: a throw-away instance, members, sign-in, and doing the worker's work."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from core import accounts, event_log, jobs, members, permissions, plugin_manager, totp, wards
from core import second_factor as factors
from core.app import create_app
from core.config import FILE_NAME
from core.crypto import create_secret
from core.database import Base, now, sql, transaction
from core.events import Event
from core.hints import Hints
from core.instance import instance
from core.models import Member, Postcode
from core.plugin_manager import Plugins

BOROUGH = "E09000030"
PASSWORD = "correct horse battery"  # noqa: S105  # nosec B105  # of made members in tests only
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  # nosec B105  # of second factors in tests only
POSTCODES = {"E3 5AA": "E05009320", "E1 4AA": "E05009334", "E14 9AA": "E05009324"}


class _Compiled(BytecodeCache):
    """Keeps compiled templates for the apps of one process: to compile them anew is half the time of most tests."""

    def __init__(self) -> None:
        self._by_key: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._by_key:
            bucket.bytecode_from_string(self._by_key[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._by_key[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def make_app(folder: Path, plugins: Mapping[str, Any] | Iterable[str] | None = None, **settings: Any) -> Flask:
    """Return an app of a fresh instance in `folder`, on SQLite, with the wards of Tower Hamlets.

    `plugins` are names, or a mapping of names to modules or objects with hook implementations; None loads
    all first-party ones. CSRF is off unless `csrf=True`. Tables are made from the models.
    """
    csrf = settings.pop("csrf", False)
    borough = settings.pop("borough", BOROUGH)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / FILE_NAME).exists():
        (folder / FILE_NAME).write_text(f'borough = "{borough}"\npublic_url = "http://localhost"\n')
    create_secret(folder / "secret.key")
    loaded = Plugins(plugins) if isinstance(plugins, Mapping) else plugin_manager.load(plugins)
    # Tests must not come out differently at night.
    # No test asks a stranger's server: port 9 of this machine refuses at once.
    quiet = {"police_data_url": "http://127.0.0.1:9"}
    settings = {"require_https": False, "allow_private_addresses": True, **quiet, "quiet_hours": "", **settings}
    app = create_app(folder, plugins=loaded, **settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=csrf, RATELIMIT_ENABLED=False)
    # At their real cost passwords would take half a second for each member of a test.
    app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=8, argon2__parallelism=1)
    app.jinja_env.bytecode_cache = _COMPILED
    app.extensions["boroughwatch.hints"] = Hints(instance(app).config, in_memory=True)
    from core.web.security import limiter

    limiter.enabled = False
    with app.app_context():
        make_tables(app)
        with transaction() as db:
            wards.load_borough(db, borough)
            known = {postcode: code for postcode, code in POSTCODES.items() if wards.name_of(code) != code}
            for postcode, code in known.items():
                if db.get(Postcode, postcode) is None:
                    db.add(Postcode(postcode=postcode, ward_code=code, source="test"))
        wards.forget_boards()
    return app


def make_tables(app: Flask) -> None:
    """Create the tables of core and of the loaded plugins from their models."""
    from importlib import import_module  # models are loaded by the name a plugin's schema gives

    schemas = app.extensions["boroughwatch"].contributions.schemas.values()
    for schema in schemas:
        import_module(f"{schema.package}.models")
    # Other tests of this process may have loaded models, or half of them, of plugins that this app has not.
    ours = ("core_", *(f"{schema.table_prefix}_" for schema in schemas))
    tables = [table for name, table in Base.metadata.tables.items() if name.startswith(ours)]
    if sql.engine.dialect.name == "sqlite":
        _make_quickly(tables)
    else:
        Base.metadata.create_all(sql.engine, tables=tables)


_SCRIPTS: dict[frozenset[str], str] = {}


def _make_quickly(tables: list[sa.Table]) -> None:
    """Create these tables as SQLite noted them the first time, which takes a tenth of making them from the models."""
    names = frozenset(table.name for table in tables)
    connection = sql.engine.raw_connection()
    try:
        is_new = not connection.cursor().execute(_NOTED).fetchall()
        if is_new and names in _SCRIPTS:
            connection.cursor().executescript(_SCRIPTS[names])
            return
    finally:
        connection.close()
    Base.metadata.create_all(sql.engine, tables=tables)
    if is_new:
        connection = sql.engine.raw_connection()
        try:
            noted = [row[0] for row in connection.cursor().execute(_NOTED)]
        finally:
            connection.close()
        _SCRIPTS[names] = ";\n".join(["BEGIN", *noted, "COMMIT;"])


_NOTED = """SELECT sql FROM sqlite_master AS made WHERE sql IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM sqlite_master AS virtual WHERE virtual.sql LIKE 'CREATE VIRTUAL TABLE%'
    AND made.type = 'table' AND made.name <> virtual.name AND made.name GLOB virtual.name || '_*') ORDER BY rowid"""
"""Every table, index and trigger, but not the tables that a virtual one makes for itself."""


def make_member(
    app: Flask,
    alias: str | None = None,
    *,
    roles: Iterable[Any] = (),
    ward: str | None = None,
    second_factor: bool | None = None,
) -> str:
    """Create a member and return their id; verified for `ward` when given.

    `roles` are names, or pairs (role, ward code). The password is `PASSWORD`, the address
    `<alias><number>@test.example`. The second factor's secret is `SECRET`; without a word on it, those have one
    whose role needs it.
    """
    with app.app_context(), transaction() as db:
        number = db.query(Member).count() + 1
        name = alias or f"Member {number}"
        address = re.sub(r"[^a-z0-9]", "", name.lower()) + f"{number}@test.example"
        member_id = accounts.add(db, name, address, PASSWORD)
        for role in roles if roles != "password" else ():
            role_name, code = (role, None) if isinstance(role, str) else role
            members.grant(db, member_id, role_name, code, None)
        if ward:
            members.verify(db, member_id, ward, "test", now().date() + timedelta(days=365))
        needed = permissions.must_have_second_factor(permissions.viewer_of(db, member_id))
        if needed if second_factor is None else second_factor:
            factors.set_up(db, member_id, totp.sealed(SECRET))
    return member_id


def code(steps: int = 0) -> str:
    """Return the code that an app with `SECRET` shows now, or so many half minutes later. Each is good once."""
    return totp.code_at(SECRET, now().timestamp() + 30 * steps)


def sign_in(client: FlaskClient, member_id: str) -> None:
    """Make this client's cookie that of the member, as signing in would."""
    app = client.application
    with app.app_context(), transaction() as db:
        login = db.get_one(Member, member_id).fs_uniquifier
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie.update(_user_id=login, _fresh=True, fs_cc="set", fs_paa=now().timestamp(), identity_id=login)


def work(app: Flask, at: Any = None) -> None:
    """Do the worker's work until quiet: events, mails, and every job that is due."""
    with app.app_context():
        for _round in range(5):
            jobs.run_due(at)


def mails(app: Flask) -> list[EmailMessage]:
    """Return the mails sent so far (kept as files when no server is set), oldest first."""
    folder = app.extensions["boroughwatch"].config.data_dir / "mail"
    files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]


def form_token(client: FlaskClient, path: str) -> str:
    """Return the CSRF token of a page's form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).get_data(as_text=True))
    if found is None:
        raise LookupError(f"{path} has no form with a CSRF token")
    return found.group(1)


def api_token(app: Flask, member_id: str, *scopes: str) -> str:
    """Return a bearer token of a member with these scopes."""
    with app.app_context(), transaction() as db:
        return accounts.create_token(db, member_id, list(scopes), now().date() + timedelta(days=1))


@contextmanager
def capture_events() -> Iterator[list[Event]]:
    """Collect every event that is appended while the block runs, subscribers or not."""
    caught: list[Event] = []
    event_log.WITNESSES.append(caught.append)
    try:
        yield caught
    finally:
        event_log.WITNESSES.remove(caught.append)
