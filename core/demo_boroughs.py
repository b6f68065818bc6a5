"""The demonstration's two boroughs: their folders, the people named by role, and what plugins put in.

The people are made: each is a role at an address that exists nowhere (RFC 2606). Passwords and second
factors are made anew for every run, and kept as hashes and encrypted.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from core import (
    accounts,
    aliases,
    demo_crowd,
    members,
    migrate,
    permissions,
    plugin_manager,
    postcodes,
    second_factor,
    setup,
    totp,
    wards,
)
from core.app import create_app
from core.config import FILE_NAME
from core.database import now, transaction
from core.instance import instance
from core.models import Member

HOST = "127.0.0.1"
CROWD = "neighbour"
"""What made members are called who only fill the boards: this and a number."""
VERIFIED_DAYS = 365
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
FILLED = "demo-content-made"
SETTINGS = "demo = true\nallow_private_addresses = true\nrequire_https = false\n"
ROLES: Mapping[str, tuple[str, ...]] = {
    "admin": ("admin",),
    "admin2": ("admin",),
    "reviewer": ("reviewer",),
    "reviewer2": ("reviewer",),
    "officer": ("officer",),
    "coordinator": ("coordinator",),
    "verified": (),
    "verified2": (),
    "member": (),
    "custodian": ("custodian",),
    "newcomer": (),
    "custodian2": ("custodian",),
}
NOT_VERIFIED = ("member", "newcomer")
PLACES = (("tower-hamlets", "E09000030"), ("hackney", "E09000012"))


class DemoError(Exception):
    """The demonstration cannot run like this; the message says what to do."""


@dataclass(frozen=True)
class Borough:
    """One of the two: the name of its folder, its GSS code, where its data lies and where it is served."""

    slug: str
    code: str
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Its address on this machine."""
        return f"http://{HOST}:{self.port}"

    def email(self, name: str) -> str:
        """Return the made address of one of its people."""
        return f"{name}@{self.slug}.example"


@dataclass(frozen=True)
class SignIn:
    """What the terminal shows of a person: what they may do, how to sign in, and their alias and ward.

    `secret` is for an authenticator app; empty for those whose role needs no second factor.
    """

    name: str
    email: str
    password: str
    alias: str
    home_ward: str
    secret: str = ""


def boroughs(folder: Path, port: int) -> tuple[Borough, ...]:
    """Return the two neighbours in `folder`, on `port` and the next."""
    return tuple(Borough(slug, code, folder / slug, port + place) for place, (slug, code) in enumerate(PLACES))


def open_borough(borough: Borough) -> Flask:
    """Make the borough's instance if it is not there, bring its tables up to date, and return its app.

    Raises:
        DemoError: its folder was made for another port, which its neighbour knows it by.
    """
    if not (borough.folder / FILE_NAME).exists():
        setup.write_instance(borough.folder, borough=borough.code, url=borough.url, more=SETTINGS)
    app = create_app(borough.folder)
    with app.app_context():
        known_as = instance().config.public_url
        if known_as != borough.url:
            raise DemoError(
                f"The data in {borough.folder} belongs to {known_as}, and the neighbour knows it by that. "
                f"Use the port it was made with, or another folder with --data."
            )
        migrate.upgrade()
        with transaction() as db:
            wards.load_borough(db, borough.code)
        wards.forget_boards()
        postcodes.import_demo_postcodes()
    return app


def people(borough: Borough) -> list[SignIn]:
    """Make the people who are not there yet, give all a new password, and return their sign-ins."""
    homes = [ward for ward in wards.boards() if ward.kind == "ward"]
    found = []
    for place, (name, roles) in enumerate(ROLES.items()):
        home = "" if name in NOT_VERIFIED else homes[place % len(homes)].code
        with transaction() as db:
            member_id = _member(db, borough.email(name), roles, home)
            password = _new_password()
            accounts.set_password(db, member_id, password)
            secret = _second_factor(db, member_id)
            alias = db.get_one(Member, member_id).alias
        found.append(SignIn(name, borough.email(name), password, alias, wards.name_of(home) if home else "", secret))
    return found


def _second_factor(db: Session, member_id: str) -> str:
    """Give who needs one a new second factor, and return its secret in base32; empty for the others."""
    if not permissions.must_have_second_factor(permissions.viewer_of(db, member_id)):
        return ""
    secret = totp.new_secret()
    second_factor.set_up(db, member_id, totp.sealed(secret))
    return secret


def _new_password() -> str:
    """Return 59 random bits in signs that nobody mistakes for one another."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(3))


def _member(db: Session, email: str, roles: tuple[str, ...], home: str) -> str:
    known = db.scalar(sa.select(Member.id).where(Member.email == email))
    if known is not None:
        return known

    def is_taken(alias: str) -> bool:
        return db.scalar(sa.select(Member.id).where(Member.alias == alias)) is not None

    member_id = accounts.add(db, aliases.suggest(is_taken), email)
    for role in roles:
        members.grant(db, member_id, role, None, None)
    if home:
        members.verify(db, member_id, home, "demonstration", now().date() + timedelta(days=VERIFIED_DAYS))
    return member_id


def fill(borough: Borough) -> list[str]:
    """Let plugins add made content, once per folder; return what they made, in sentences."""
    mark = borough.folder / FILLED
    if mark.exists():
        return []
    with transaction() as db:
        ids = {name: db.scalar(sa.select(Member.id).where(Member.email == borough.email(name))) for name in ROLES}
        known = {name: member_id for name, member_id in ids.items() if member_id}
        crowd = demo_crowd.make(db, f"{borough.slug}.example")
        said = [
            f"{len(crowd)} members were made.",
            *content(db, known | {f"{CROWD}{number}": member_id for number, member_id in enumerate(crowd, 1)}),
        ]
    mark.touch()
    return said


def content(db: Session, people_by_name: Mapping[str, str]) -> list[str]:
    """Ask plugins for made content in this transaction; return what they made, in sentences."""
    said: list[str] = []
    for _name, answer in plugin_manager.current().ask("demo_content", db=db, people=people_by_name):
        said.extend(answer)
    return said


def meet(neighbour_url: str) -> str | None:
    """Ask the neighbour to become one; return the words to compare, or None when nobody knows any (yet)."""
    for _name, words in plugin_manager.current().ask("demo_meet", neighbour_url=neighbour_url):
        if words:
            return str(words)
    return None


def confirm(neighbour_url: str, words: str) -> None:
    """Confirm the neighbour whose admin reads the same words."""
    for _name, _answer in plugin_manager.current().ask("demo_confirm", neighbour_url=neighbour_url, words=words):
        pass
