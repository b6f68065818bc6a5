"""One frozen configuration from `boroughwatch.toml` and the environment, checked line by line.

Core's settings are top-level lines; each plugin has a table of its own name. The environment wins:
`BOROUGHWATCH_PUBLIC_URL`, or `BOROUGHWATCH_<PLUGIN>__<LINE>` for a plugin's line.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.contributions import Setting

FILE_NAME = "boroughwatch.toml"
PREFIX = "BOROUGHWATCH_"


PUSH_SERVICES = (
    "fcm.googleapis.com updates.push.services.mozilla.com web.push.apple.com *.push.apple.com *.notify.windows.com"
)
QUIET_HOURS = re.compile(r"([01]?\d|2[0-3])-([01]?\d|2[0-3])|")


class ConfigError(Exception):
    """The configuration cannot be used; the message names file and line, and says what was expected."""


@dataclass(frozen=True)
class Config:
    """All settings of an instance. URLs have no trailing slash."""

    data_dir: Path
    borough: str = field(metadata={"help": "GSS code of the borough, like E09000030"})
    public_url: str = field(default="http://127.0.0.1:8000", metadata={"help": "where people reach this instance"})
    site_name: str = field(default="Lamplight", metadata={"help": "neutral name shown in titles and mails"})
    database_url: str = field(default="", metadata={"help": "SQLAlchemy URL; empty: SQLite in the data folder"})
    redis_url: str = field(default="", metadata={"help": "Redis for the queue and rate limits; empty: none"})
    storage_url: str = field(
        default="", metadata={"help": "where sealed files lie: a folder or s3:// URL; empty: in the data folder"}
    )
    vault_url: str = field(
        default="",
        metadata={"help": "where papers lie that no backup may hold; empty: beside the files, in `vault`"},
    )
    smtp_url: str = field(
        default="", metadata={"help": "smtp://user:password@host:port; empty: mails are kept as files"}
    )
    mail_from: str = field(default="", metadata={"help": "sender of mails; empty: noreply@ the public host"})
    police_data_url: str = field(default="https://data.police.uk/api", metadata={"help": "open police data"})
    secret_key_file: str = field(
        default="", metadata={"help": "file with the secret; empty: secret.key in the data folder"}
    )
    plugins: tuple[str, ...] | None = field(
        default=None, metadata={"help": "which plugins to load; missing: all that came with us"}
    )
    allow_private_addresses: bool = field(
        default=False, metadata={"help": "let outgoing requests reach private addresses (tests, VPN)"}
    )
    require_https: bool = field(default=True, metadata={"help": "refuse plain http to neighbours"})
    quiet_hours: str = field(
        default="22-7", metadata={"help": "London hours without notices for who has not chosen their own; empty: none"}
    )
    push_services: str = field(
        default=PUSH_SERVICES, metadata={"help": "hosts that may be asked to knock at members' browsers"}
    )
    demo: bool = field(default=False, metadata={"help": "show that this is a demonstration with made people"})
    plugin: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, metadata={"plugin": True})

    @property
    def borough_name(self) -> str:
        """The borough's name, by its code."""
        from core.wards import borough_name

        return borough_name(self.borough)

    @property
    def public_host(self) -> str:
        """The host (and port) of the public URL."""
        return urlsplit(self.public_url).netloc

    @property
    def sender(self) -> str:
        """The address mails come from."""
        return self.mail_from or f"noreply@{urlsplit(self.public_url).hostname}"


CORE_LINES = {f.name: f for f in fields(Config) if f.name not in ("data_dir", "plugin")}

SERVICES = (
    # line, its schemes (True: needs the package), package, the extra that brings it
    ("database_url", {"sqlite": False, "postgresql": True, "postgresql+psycopg": True}, "psycopg", "postgres"),
    ("redis_url", {"redis": True, "rediss": True}, "redis", "redis"),
    ("storage_url", {"": False, "file": False, "s3": False}, "", ""),
    ("vault_url", {"": False, "file": False, "s3": False}, "", ""),
    ("smtp_url", {"smtp": False, "smtps": False}, "", ""),
    ("police_data_url", {"http": False, "https": False}, "", ""),
)


def read(data_dir: Path, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the raw lines of the file and the environment, core's and plugins', unchecked.

    Raises:
        ConfigError: the file is missing or is not TOML.
    """
    path = data_dir / FILE_NAME
    try:
        raw = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise ConfigError(
            f"there is no {path}; make an instance with 'boroughwatch init --data {data_dir} ...'"
        ) from None
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{path} is not valid TOML: {problem}") from None
    for name, value in (os.environ if environment is None else environment).items():
        if name.startswith(PREFIX) and name not in (f"{PREFIX}DATA", f"{PREFIX}TEST_DATABASE_URL"):
            table, _, line = name.removeprefix(PREFIX).lower().partition("__")
            if line:
                raw.setdefault(table, {})[line] = value
            else:
                raw[table] = value
    return raw


def wanted_plugins(raw: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the plugins the lines name, or None for all first-party ones.

    Raises:
        ConfigError: the line is not a list of names.
    """
    value = raw.get("plugins")
    if value is None:
        return None
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError('plugins: expected a list of names, like plugins = ["first", "second"]')
    return tuple(name.strip() for name in names if name.strip())


def build(data_dir: Path, raw: Mapping[str, Any], settings: Mapping[str, Mapping[str, Setting]]) -> Config:
    """Check every line and return the frozen configuration.

    `settings` holds, by plugin name, what the loaded plugins accept. A table of a plugin that is
    installed but not loaded is left alone, so that switching one off does not stop the start.

    Raises:
        ConfigError: an unknown name or a wrong value; says which and what was expected.
    """
    known: dict[str, Any] = {}
    tables = {name: value for name, value in raw.items() if isinstance(value, dict)}
    for name, value in raw.items():
        if name in tables:
            continue
        if name not in CORE_LINES:
            raise ConfigError(_unknown(data_dir, name, CORE_LINES))
        known[name] = _core_value(data_dir, name, value)
    known["plugins"] = wanted_plugins(raw)
    if "borough" not in known:
        raise ConfigError(f"{data_dir / FILE_NAME}: the line 'borough' is missing; expected a GSS code like E09000030")
    known["public_url"] = str(known.get("public_url", CORE_LINES["public_url"].default)).rstrip("/")
    known["plugin"] = _plugin_tables(data_dir, tables, settings)
    known.setdefault("secret_key_file", "")
    known["secret_key_file"] = known["secret_key_file"] or str(data_dir / "secret.key")
    known["database_url"] = known.get("database_url") or f"sqlite:///{data_dir / 'boroughwatch.db'}"
    known["vault_url"] = known.get("vault_url") or _vault_beside(data_dir, known.get("storage_url") or "")
    known["storage_url"] = known.get("storage_url") or str(data_dir / "files")
    _check_services(data_dir, known)
    return Config(data_dir=data_dir, **known)


def _vault_beside(data_dir: Path, storage_url: str) -> str:
    """Return the vault's default place: a folder of its own, or one in the bucket of the files."""
    if not storage_url.startswith("s3://"):
        return str(data_dir / "vault")
    address, mark, options = storage_url.partition("?")
    return f"{address.rstrip('/')}/vault{mark}{options}"


def _check_services(data_dir: Path, known: Mapping[str, Any]) -> None:
    """Refuse addresses of services that we cannot talk to, before anything is made with them."""
    for line, schemes, package, extra in SERVICES:
        value = known.get(line) or ""
        scheme = value.partition("://")[0] if "://" in value else ""
        if value and scheme not in schemes:
            expected = " or ".join(f"{wanted}://" for wanted in schemes if wanted)
            # The address may hold a password: only its first word is said.
            got = f"'{scheme}://'" if scheme else "none of these"
            raise ConfigError(f"{data_dir / FILE_NAME}: {line}: expected an address with {expected}, got {got}")
        if package and schemes.get(scheme) and not find_spec(package):
            raise ConfigError(
                f"{data_dir / FILE_NAME}: {line}: the package '{package}' is missing; install boroughwatch[{extra}]"
            )


def _plugin_tables(
    data_dir: Path, tables: Mapping[str, Any], settings: Mapping[str, Mapping[str, Setting]]
) -> dict[str, dict[str, Any]]:
    from core.plugin_manager import available

    installed = {plugin.name for plugin in available()}
    for name in tables:
        if name not in settings and name not in installed:
            raise ConfigError(_unknown(data_dir, name, [*settings, *CORE_LINES]))
    result = {}
    for name, lines in settings.items():
        given = tables.get(name, {})
        for line in given:
            if line not in lines:
                raise ConfigError(_unknown(data_dir, f"{name}.{line}", [f"{name}.{known}" for known in lines]))
        result[name] = {
            line: _setting_value(data_dir, f"{name}.{line}", setting, given.get(line, setting.default))
            for line, setting in lines.items()
        }
        for line, setting in lines.items():
            wrong = setting.check_beside(result[name][line], result[name]) if setting.check_beside else None
            if wrong:
                raise ConfigError(f"{data_dir / FILE_NAME}: {name}.{line}: {wrong}")
    return result


def _setting_value(data_dir: Path, name: str, setting: Setting, value: Any) -> Any:
    value = _converted(data_dir, name, setting.kind, value)
    wrong = setting.check(value) if setting.check else None
    if wrong:
        raise ConfigError(f"{data_dir / FILE_NAME}: {name}: {wrong}")
    return value


def _core_value(data_dir: Path, name: str, value: Any) -> Any:
    if name == "plugins":
        return value
    kind = bool if isinstance(CORE_LINES[name].default, bool) else str
    value = _converted(data_dir, name, kind, value)
    if name == "public_url" and urlsplit(value).scheme not in ("http", "https"):
        raise ConfigError(
            f"{data_dir / FILE_NAME}: public_url: expected an address with http:// or https://, got '{value}'"
        )
    if name == "quiet_hours" and not QUIET_HOURS.fullmatch(value):
        raise ConfigError(f"{data_dir / FILE_NAME}: quiet_hours: expected two hours like 22-7, or nothing: '{value}'")
    return value


def _converted(data_dir: Path, name: str, kind: type, value: Any) -> Any:
    if kind is bool and isinstance(value, str) and value.lower() in ("true", "false", "1", "0", "yes", "no"):
        return value.lower() in ("true", "1", "yes")
    if kind is list and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if kind in (int, float) and isinstance(value, str):
        try:
            return kind(value)
        except ValueError:
            pass
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes", list: "a list"}
        raise ConfigError(f"{data_dir / FILE_NAME}: {name}: expected {words[kind]}, got {value!r}")
    return value


def _unknown(data_dir: Path, name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    hint = f" Did you mean '{near[0]}'?" if near else f" Known are: {', '.join(sorted(known))}."
    return f"{data_dir / FILE_NAME}: '{name}' is not a setting.{hint}"
