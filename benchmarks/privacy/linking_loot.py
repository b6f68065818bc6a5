"""What the thief holds: a copy of the whole data folder, byte by byte, and what an admin can look at."""

from __future__ import annotations

import base64
import binascii
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SQLITE = b"SQLite format 3\0"
ROWID = "rowid!"


@dataclass(frozen=True)
class Hidden:
    """Somebody behind a name: what stands beside their posts, and who it is. Attacks never read `member`."""

    kind: str
    marks: tuple[str, ...]
    """The handle, its ref, its key, its signature, the ids of its posts: all that is unlike anybody else's."""
    posts: tuple[str, ...]
    member: str
    shown: tuple[str, ...] = ()
    """For a voice: epoch, scope, pk, prefix and signature, as a server that keeps what it is shown would have them."""


@dataclass
class Loot:
    """Files as they lay there, and the rows of every SQLite database among them."""

    files: dict[str, bytes]
    mtimes: dict[str, int]
    tables: dict[str, list[Row]] = field(default_factory=dict)
    """By "file:table"; with the hidden row number where a table has one, in the order the file gives them."""
    asked: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By member: what they sent to be signed, and the blind signature, as a server that keeps both would have them."""
    found: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """By file: where marks of members and of every hidden name stand. Made by `look_through`, for it takes long."""
    named: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    """By table: the marks in each of its rows."""

    @property
    def members(self) -> list[Row]:
        """The accounts that may have a voice: those who are verified."""
        verified = {str(row["member_id"]) for row in self.table("core_membership")}
        return [row for row in self.table("core_member") if row["id"] in verified]

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table by its own name; empty when there is none."""
        return next((rows for where, rows in self.tables.items() if where.endswith(f":{name}")), [])

    def member_marks(self) -> dict[str, str]:
        """What only one account has -> its id."""
        unique = ("id", "email", "alias", "fs_uniquifier", "password")
        return {str(row[key]): str(row["id"]) for row in self.members for key in unique if row.get(key)}

    def look_through(self, hidden: Sequence[Hidden]) -> None:
        """Find all marks in the files that were not looked through yet."""
        marks = [*self.member_marks(), *(mark for one in hidden for mark in one.marks)]
        finder = Finder({mark: mark for mark in marks})
        for name, content in self.files.items():
            if name not in self.found:
                self.found[name] = finder.places(content)
        for name, rows in self.tables.items():
            if name not in self.named:
                self.named[name] = [frozenset().union(*map(finder.owners, row.values())) for row in rows]

    def rows_naming(self, owners: dict[str, Any]) -> Iterator[tuple[str, Row, set[Any]]]:
        """Yield each row that has one of these marks in it, with its table and what the marks lead to."""
        for name, rows in self.tables.items():
            for row, marks in zip(rows, self.named[name], strict=True):
                if found := {owners[mark] for mark in marks if mark in owners}:
                    yield name, row, found

    def places(self, hidden: Sequence[Hidden]) -> dict[str, list[tuple[int, Any]]]:
        """Return, for each file, where marks stand in it: numbers of these hidden names, and ids of members."""
        owners = {**self.member_marks(), **marks_of(hidden)}
        return {
            name: [(at, owners[mark]) for at, mark in places if mark in owners] for name, places in self.found.items()
        }


def marks_of(hidden: Sequence[Hidden]) -> dict[str, Any]:
    """Return what only one hidden name has -> its number."""
    return {mark: i for i, one in enumerate(hidden) for mark in one.marks}


def take(folder: Path, more: dict[str, bytes] | None = None) -> Loot:
    """Copy a data folder while the instance runs; `more` are files that lie elsewhere: logs, pages an admin sees."""
    files, mtimes = {}, {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(folder))
            files[name], mtimes[name] = path.read_bytes(), path.stat().st_mtime_ns
    loot = Loot({**files, **(more or {})}, mtimes)
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work) / "copy"
        shutil.copytree(folder, copy)
        for name, content in files.items():
            if content.startswith(SQLITE):
                for table, rows in _rows(copy / name):
                    loot.tables[f"{name}:{table}"] = rows
    return loot


def _rows(file: Path) -> Iterator[tuple[str, list[Row]]]:
    database = sqlite3.connect(file)
    database.row_factory = sqlite3.Row
    database.text_factory = lambda raw: raw.decode(errors="replace")
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        try:
            found = database.execute(f'SELECT rowid AS "{ROWID}", * FROM "{table}"').fetchall()  # noqa: S608
        except sqlite3.OperationalError:
            try:
                found = database.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608
            except sqlite3.OperationalError:  # a virtual table whose module is not here
                continue
        yield str(table), [dict(row) for row in found]
    database.close()


def spellings(mark: str) -> set[bytes]:
    """Return the ways in which a mark may lie in a file: as text, and as the bytes that its text stands for."""
    ways = {mark.encode()}
    if re.fullmatch(r"[0-9a-f]{32,}", mark) and len(mark) % 2 == 0:
        ways.add(bytes.fromhex(mark))
        ways.add(base64.urlsafe_b64encode(bytes.fromhex(mark)).rstrip(b"="))
    elif re.fullmatch(r"[\w-]{22,}", mark):
        try:
            raw = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
        except (ValueError, binascii.Error):
            return ways
        ways |= {raw, raw.hex().encode()}
    return {way for way in ways if len(way) >= 8}


class Finder:
    """Finds many marks in bytes, and tells what each leads to."""

    def __init__(self, owners: dict[str, Any]) -> None:
        """Take what each mark leads to."""
        self._owner = {way: owner for mark, owner in owners.items() for way in spellings(mark)}
        self._hex: dict[bytes, list[bytes]] = {}
        self._other = []
        for way in self._owner:
            if HEX.fullmatch(way):
                self._hex.setdefault(way[:32], []).append(way)
            else:
                self._other.append(way)

    def places(self, content: bytes) -> list[tuple[int, Any]]:
        """Return where each mark stands and what it leads to, in the order of the bytes."""
        found = list(self._hex_places(content))
        for way in self._other:
            at = content.find(way)
            while at >= 0:
                found.append((at, self._owner[way]))
                at = content.find(way, at + 1)
        return sorted(found, key=lambda one: one[0])

    def _hex_places(self, content: bytes) -> Iterator[tuple[int, Any]]:
        for run in HEX.finditer(content):
            text, start = run.group(), run.start()
            for at in range(len(text) - 31):
                for way in self._hex.get(text[at : at + 32], ()):
                    if text.startswith(way, at):
                        yield start + at, self._owner[way]

    def owners(self, value: Any) -> set[Any]:
        """Return what a value of a database or a line of a text names: all of it, a word of it, or a quoted part."""
        content = value if isinstance(value, bytes) else str(value).encode()
        found = {owner for _place, owner in self._hex_places(content)}
        parts = [content]
        if len(content) > 8 and not isinstance(value, bytes):
            parts += WORD.findall(content) + QUOTED.findall(content)
        return found | {self._owner[part] for part in parts if part in self._owner}


HEX = re.compile(rb"[0-9a-f]{32,}")
WORD = re.compile(rb"[^\s\"',;:{}\[\]<>|]{8,}")
QUOTED = re.compile(rb"\"([^\"]{8,200})\"")


def text_of(value: Any) -> bytes:
    """Return a database value as bytes."""
    return value if isinstance(value, bytes) else str(value).encode()
