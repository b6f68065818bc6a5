"""What a list of members says, line by line: addresses, roles and wards, checked before anything is written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import email_validator

from core import accounts, wards
from core.contributions import LEVELS, WARD_ROLES
from core.spreadsheets import NotASpreadsheet, Row

HEADINGS: Mapping[str, frozenset[str]] = {
    "email": frozenset({"email", "emailaddress", "mail", "mailaddress", "emails"}),
    "role": frozenset({"role", "roles", "function", "position"}),
    "ward": frozenset({"ward", "wards", "wardname", "wardcode", "gss", "gsscode", "area"}),
    "alias": frozenset({"alias", "nickname", "nick", "displayname", "screenname"}),
}
HEADING_WITHIN_ROWS = 10
PLAIN = frozenset({"", "member", "resident", "none", "-"})
ONE_BY_ONE = frozenset({"admin", "custodian", "reviewer"})


@dataclass(frozen=True)
class Trouble:
    """A line that cannot be taken, and a sentence that says what to do about it. It repeats no address."""

    line: int
    text: str


@dataclass(frozen=True)
class Entry:
    """One good line: an address as we keep it, and what the line asks for.

    `grant` is (role, GSS code or None for the whole borough), or None for a plain member.
    """

    line: int
    email: str
    alias: str
    grant: tuple[str, str | None] | None


@dataclass(frozen=True)
class Reading:
    """All that a file says. `unread` are the headings of columns that were left alone, as written."""

    entries: tuple[Entry, ...]
    troubles: tuple[Trouble, ...]
    unread: tuple[str, ...]


class _Unfit(ValueError):
    """A cell that cannot be taken; the message is the sentence for the person."""


def understand(rows: Sequence[Row]) -> Reading:
    """Return what the rows below the heading ask for.

    Raises:
        NotASpreadsheet: no column with e-mail addresses, or a column that is there twice.
    """
    top, columns = _heading(rows)
    entries, troubles = [], []
    for row in rows[top + 1 :]:
        cells = {name: row.cells[at] if at < len(row.cells) else "" for name, at in columns.items()}
        if not any(cells.values()):
            continue
        try:
            entries.append(_entry(row.number, cells))
        except _Unfit as problem:
            troubles.append(Trouble(row.number, str(problem)))
    read = set(columns.values())
    unread = tuple(cell for at, cell in enumerate(rows[top].cells) if cell and at not in read)
    return Reading(tuple(entries), tuple(troubles), unread)


def _heading(rows: Sequence[Row]) -> tuple[int, dict[str, int]]:
    for top, row in enumerate(rows[:HEADING_WITHIN_ROWS]):
        columns: dict[str, int] = {}
        for at, cell in enumerate(row.cells):
            name = next((name for name, known in HEADINGS.items() if _bare(cell) in known), None)
            if name in columns:
                raise NotASpreadsheet(f"There are two columns for '{name}'. Keep one of them.")
            if name is not None:
                columns[name] = at
        if "email" in columns:
            return top, columns
    raise NotASpreadsheet("No column is called 'email'. Put the names of the columns in the first line.")


def _bare(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def _entry(line: int, cells: Mapping[str, str]) -> Entry:
    for name, cell in cells.items():
        if cell.startswith("="):
            raise _Unfit(f"The column '{name}' holds a formula. Put its result there instead.")
    if not cells["email"]:
        raise _Unfit("There is no e-mail address. Add it, or delete the line.")
    try:
        address = accounts.normal_email(cells["email"])
    except email_validator.EmailNotValidError:
        raise _Unfit("The e-mail address is not one. It should look like name@place.uk.") from None
    return Entry(line, address, cells.get("alias", ""), _grant(cells.get("role", ""), cells.get("ward", "")))


def _grant(role_cell: str, ward_cell: str) -> tuple[str, str | None] | None:
    role = role_cell.casefold()
    ward_code = _ward(ward_cell) if ward_cell else None
    if role in PLAIN:
        return None
    if role in LEVELS:
        raise _Unfit("Nobody is verified by a list. Leave the role empty; the member shows where they live.")
    if role in ONE_BY_ONE:
        raise _Unfit(f"A list does not give the role '{role}'. Use 'boroughwatch members add EMAIL --role {role}'.")
    if role not in WARD_ROLES:
        known = ", ".join(sorted({"member", *WARD_ROLES}))
        raise _Unfit(f"'{role_cell}' is not a role. Use one of: {known}.")
    if ward_code is None:
        raise _Unfit(f"Which ward? Type its name or code, or '{_borough().name}' for the whole borough.")
    return role, None if ward_code == _borough().code else ward_code


def _ward(cell: str) -> str:
    """Return the GSS code (the borough's own for the whole borough) of a name or code, however it is written."""
    known = {_plain(name): row.code for row in wards.boards() for name in (row.name, row.code)}
    wanted = _plain(cell)
    code = known.get(wanted) or known.get(wanted.removesuffix("ward")) or known.get(wanted.removeprefix("wardof"))
    if code is not None:
        return code
    names = {_plain(row.name): row.name for row in wards.boards()}
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = f"Did you mean '{names[near[0]]}'?" if near else "Type its name or its code, like E05009320."
    raise _Unfit(f"'{cell}' is not a ward of this borough. {hint}")


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold().replace("&", "and"))


def _borough() -> wards.WardRow:
    return wards.boards()[0]
