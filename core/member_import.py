"""Brings a list of members in: what would change, then one member after the other, each in a transaction.

Nobody is verified by it. Whoever is there already keeps alias and password and gets only missing roles, so a
second run of the same list changes nothing and mails nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import accounts, aliases, audit, mail, members
from core.database import reading, transaction
from core.instance import instance
from core.member_lists import Entry, Trouble
from core.models import Member, RoleGrant

Grant = tuple[str, str | None]


@dataclass
class Person:
    """One address of the list, with all that its lines ask for; `member_id` None is somebody new."""

    line: int
    email: str
    alias: str
    member_id: str | None
    missing: list[Grant] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What an import would do, and the lines it would leave out."""

    people: tuple[Person, ...]
    troubles: tuple[Trouble, ...]

    @property
    def new(self) -> int:
        """How many would join."""
        return sum(person.member_id is None for person in self.people)

    @property
    def roles(self) -> int:
        """How many roles would be given."""
        return sum(len(person.missing) for person in self.people)


def plan(entries: Iterable[Entry]) -> Plan:
    """Compare a list with who is there; writes nothing. Lines with the same address count as one person."""
    people: dict[str, Person] = {}
    troubles = []
    promised: dict[str, str] = {}
    with reading() as db:
        for entry in entries:
            known = people.get(entry.email)
            problem = None
            if known is None:
                known, problem = _person(db, entry)
                problem = problem or _alias_promised(known, promised)
            if problem is not None:
                troubles.append(Trouble(entry.line, problem))
                continue
            people[entry.email] = known
            if entry.grant and entry.grant not in known.missing and not _holds(db, known.member_id, entry.grant):
                known.missing.append(entry.grant)
    return Plan(tuple(people.values()), tuple(troubles))


def _person(db: Session, entry: Entry) -> tuple[Person, str | None]:
    row = db.execute(sa.select(Member.id, Member.active).where(Member.email == entry.email)).one_or_none()
    if row is not None:
        closed = None if row.active else "This account was closed by an admin. Delete the line."
        return Person(entry.line, entry.email, "", row.id), closed
    person = Person(entry.line, entry.email, entry.alias, None)
    if not entry.alias:
        return person, None
    try:
        person.alias = accounts.fitting_alias(db, entry.alias)
    except accounts.AliasTaken:
        return person, "Another member has this alias. Choose a different one, or leave it empty."
    except accounts.AliasUnfit:
        return person, "The alias needs 3 to 40 letters, digits or spaces. Change it, or leave it empty."
    return person, None


def _alias_promised(person: Person, promised: dict[str, str]) -> str | None:
    if not person.alias:
        return None
    if promised.setdefault(person.alias.lower(), person.email) == person.email:
        return None
    return "Another line of the list has the same alias. Choose a different one, or leave it empty."


def _holds(db: Session, member_id: str | None, grant: Grant) -> bool:
    if member_id is None:
        return False
    role, ward_code = grant
    same = (RoleGrant.role == role, RoleGrant.ward_code.is_not_distinct_from(ward_code))
    return db.scalar(sa.select(RoleGrant.id).where(RoleGrant.member_id == member_id, *same)) is not None


def carry_out(wanted: Plan, progress: Callable[[int], None] | None = None) -> list[Trouble]:
    """Do what a plan says, invitations included; return the lines that could not be taken after all.

    Each person is a transaction of their own: the site stays usable meanwhile, and an import that was
    stopped is finished by running it again.
    """
    troubles = []
    for done, person in enumerate(wanted.people, start=1):
        if person.member_id is None or person.missing:
            try:
                with transaction() as db:
                    _bring_in(db, person)
            except (accounts.AliasTaken, members.NotPossible):
                troubles.append(Trouble(person.line, "Something changed meanwhile. Run the import again."))
        if progress is not None:
            progress(done)
    if wanted.new or wanted.roles:
        with transaction() as db:
            audit.record(db, None, "members.import", "list", f"{wanted.new} new, {wanted.roles} roles")
    return troubles


def _bring_in(db: Session, person: Person) -> None:
    # Looked up again: somebody may have joined since the plan was made.
    member_id = db.scalar(sa.select(Member.id).where(Member.email == person.email))
    if member_id is None:
        alias = accounts.fitting_alias(db, person.alias) if person.alias else _free_alias(db)
        member_id = accounts.add(db, alias, person.email)
        mail.queue(db, person.email, _("Choose a password"), _invitation(db, member_id))
    for role, ward_code in person.missing:
        members.grant(db, member_id, role, ward_code, None)


def _free_alias(db: Session) -> str:
    return aliases.suggest(lambda alias: db.scalar(sa.select(Member.id).where(Member.alias == alias)) is not None)


def _invitation(db: Session, member_id: str) -> str:
    config = instance().config
    lead = _("Your group has added you to %(site)s. Open this link to choose a password:", site=config.site_name)
    later = _("The link works for %(hours)s hours. After that, ask for a new one here:", hours=accounts.LINK_HOURS)
    again = f"{config.public_url}{accounts.PASSWORD_PATH}"
    tail = _("If you do not want to take part, do nothing.")
    return f"{lead}\n\n{accounts.password_link(db, member_id)}\n\n{later}\n{again}\n\n{tail}\n"
