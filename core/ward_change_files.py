"""Files that say how wards changed: CSV, XLSX or JSON, in ONS's column names of any year or in plain ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core import spreadsheets

WARD_CODE = re.compile(r"E05\d{6}")
_NAMES = {
    "old_code": ("oldcode", "oldwardcode", "fromcode", "codeold", "oldcd"),
    "old_name": ("oldname", "oldwardname", "fromname", "nameold", "oldnm"),
    "new_code": ("newcode", "newwardcode", "tocode", "codenew", "newcd"),
    "new_name": ("newname", "newwardname", "toname", "namenew", "newnm"),
    "on": ("date", "on", "ondate", "startdate", "operativedate", "effectivedate"),
    "share": ("share", "shareofold"),
    "borough": ("borough", "boroughcode"),
}
_HEADS = {name: field for field, names in _NAMES.items() for name in names}
_ONS_HEAD = re.compile(r"wd(\d\d)(cd|nm)|lad(\d\d)cd")


class NotChanges(ValueError):
    """The file does not say how wards changed; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class ChangeRow:
    """One successor of one ward. `place` says where in the file it stands; empty codes and None are not given."""

    place: str
    old_code: str
    old_name: str
    new_code: str
    new_name: str
    on: date | None
    share: float | None
    borough: str = ""


def read(path: Path, default_on: date | None = None) -> list[ChangeRow]:
    """Return the rows of a file in its order; those without a date get the default.

    Raises:
        NotChanges: no such columns, or a code, date or share that cannot be read.
    """
    found = list(_of_json(path) if path.suffix.lower() == ".json" else _of_table(path))
    if not found:
        raise NotChanges(f"{path.name} has no rows with an old and a new ward")
    return [row if row.on else replace(row, on=default_on) for row in found]


def _of_table(path: Path) -> Iterator[ChangeRow]:
    try:
        first, *rows = spreadsheets.read(path)
    except spreadsheets.NotASpreadsheet as problem:
        raise NotChanges(f"{path.name}: {problem}") from None
    fields = _fields(first.cells)
    if missing := {"old_code", "new_code"} - set(fields.values()):
        wanted = ", ".join(sorted(missing))
        raise NotChanges(
            f"{path.name} has no column {wanted}; expected old_code, old_name, new_code, new_name, date, "
            "and perhaps share and borough"
        )
    for row in rows:
        cells = {fields[at]: cell for at, cell in enumerate(row.cells) if at in fields}
        yield _row(f"line {row.number}", cells)


def _fields(heads: tuple[str, ...]) -> dict[int, str]:
    """Return which column holds what. Of ONS's WD23CD and WD24CD the earlier year is the old one."""
    plain = [re.sub(r"[^a-z0-9]", "", head.lower()) for head in heads]
    found = {at: _HEADS[head] for at, head in enumerate(plain) if head in _HEADS}
    ons = {at: match for at, head in enumerate(plain) if (match := _ONS_HEAD.fullmatch(head))}
    years = sorted({int(match.group(1)) for match in ons.values() if match.group(1)})
    for at, match in ons.items():
        if match.group(3):
            found.setdefault(at, "borough")
        elif len(years) > 1:
            age = "old" if int(match.group(1)) == years[0] else "new"
            found[at] = f"{age}_{'code' if match.group(2) == 'cd' else 'name'}"
    return found


def _of_json(path: Path) -> Iterator[ChangeRow]:
    try:
        whole = json.loads(path.read_text(encoding="utf-8-sig"))
        listed = whole["rows"] if isinstance(whole, dict) else whole
        flat = [each for number, entry in enumerate(listed, 1) for each in _entries(number, entry)]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotChanges(
            f"{path.name} is not a JSON list of objects with old_code, old_name, new_code, new_name and date"
        ) from None
    for place, entry in flat:
        yield _row(place, entry)


def _entries(number: int, entry: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Give one entry for each successor: they stand side by side, or in a list `to` under the old ward."""
    nested = entry.get("to")
    for each in [entry] if nested is None else [{**entry, **one} for one in nested]:
        known = {_HEADS.get(re.sub(r"[^a-z0-9]", "", str(key).lower())): value for key, value in each.items()}
        cells = {str(field): "" if value is None else str(value) for field, value in known.items() if field}
        if "old_code" not in cells:
            raise KeyError("old_code")
        yield f"entry {number}", cells


def _row(place: str, cells: Mapping[str, str]) -> ChangeRow:
    text = {name: cells.get(name, "").strip() for name in _NAMES}
    old, new = text["old_code"].upper(), text["new_code"].upper()
    for code in (old, new):
        if (code or code is old) and not WARD_CODE.fullmatch(code):
            raise NotChanges(f"{place}: '{code}' is not the GSS code of a ward in England, like E05009320")
    return ChangeRow(
        place,
        old,
        text["old_name"],
        new,
        text["new_name"][:80],
        _day(place, text["on"]),
        _share(place, text["share"]),
        text["borough"].upper(),
    )


def _day(place: str, text: str) -> date | None:
    if not text:
        return None
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007  # a day of the calendar, nowhere's time
        except ValueError:
            continue
    raise NotChanges(f"{place}: the date '{text}' cannot be read; write it like 2014-05-22")


def _share(place: str, text: str) -> float | None:
    if not text:
        return None
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise NotChanges(f"{place}: the share '{text}' is not a part between 0 and 1")
    return share
