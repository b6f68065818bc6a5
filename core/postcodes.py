"""The postcode directory: reads ONS and Ordnance Survey files of any year, keeps what this borough needs.

Kept are this borough's postcodes and those of its neighbours, so that "that is in Hackney" can be told
from "we do not know it". A file holds places only, and so does the table.
Sources: ONSPD and NSPL user guides (ONS), Code-Point Open (OS); column names as met in the files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.resources import as_file, files
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core import wards
from core.database import transaction
from core.instance import instance

MADE = "made for the demo"
BATCH_ROWS = 2_000
TELL_EVERY_ROWS = 5_000
Progress = Callable[[int, int], None]
"""Called with bytes read and bytes in all."""

COLUMNS = {
    "postcode": re.compile(r"pcds|pcd2|pcd8|pcd7|pcd"),
    "ward": re.compile(r"wd\d\d?cd|osward|ward"),
    "borough": re.compile(r"lad\d\d?cd|oslaua|laua"),
    "ended": re.compile(r"doterm"),
    "user": re.compile(r"usertype|usrtypind"),
}
CODE_POINT_OPEN = {"postcode": 0, "borough": 8, "ward": 9}
CODE_POINT_OPEN_WIDTH = 10
LARGE_USER = "1"


class NotADirectory(ValueError):
    """The file is not a postcode directory we can read; the message says what is missing."""


@dataclass
class PostcodeCounts:
    """What an import did: rows kept per kind, rows of elsewhere, and rows that make no sense."""

    residential: int = 0
    terminated: int = 0
    large_user: int = 0
    outside: int = 0
    elsewhere: int = 0
    malformed: int = 0
    unknown_ward: int = 0
    """Rows of this borough with a ward code that is not among our boards: a file of another year."""
    unchecked: bool = False
    """The file does not say which postcodes have ended or belong to large users."""


def import_postcodes(path: Path, progress: Progress | None = None) -> PostcodeCounts:
    """Read a directory file into the table, in one transaction; what the file does not name stays.

    Postcodes made for the demo go when a real file comes in.

    Raises:
        NotADirectory: no such file, or the columns for postcode, borough and ward are not in it.
    """
    counts = PostcodeCounts()
    kept: dict[str, dict[str, Any]] = {}
    ours = {row.code for row in wards.boards()}
    try:
        for row in _rows(path, progress, counts):
            _take(row, kept, counts, ours)
    except FileNotFoundError:
        raise NotADirectory(f"there is no file {path}") from None
    except (UnicodeDecodeError, csv.Error):
        raise NotADirectory(f"{path.name} is not a CSV file in UTF-8; unpack the download and name the .csv") from None
    if not kept:
        name = wards.borough_name(instance().config.borough)
        raise NotADirectory(f"{path.name} has no postcode of {name} or its neighbours; is it the file of another area?")
    _replace(kept, path.name)
    return counts


def import_demo_postcodes() -> int:
    """Read the made postcodes that come with us, unless a real directory is there; return how many were kept."""
    from core.models import Postcode

    with transaction() as db:
        real = db.scalar(sa.select(sa.func.count()).select_from(Postcode).where(Postcode.source != MADE))
        if real:
            return 0
        rows: dict[str, dict[str, Any]] = {}
        with _demo_file() as path:
            for row in _rows(path, None, PostcodeCounts()):
                _take(row, rows, PostcodeCounts(), {ward.code for ward in wards.boards()})
        for row in rows.values():
            db.merge(Postcode(**row, source=MADE))
    return len(rows)


def _demo_file() -> AbstractContextManager[Path]:
    return as_file(files("core") / "data" / "demo_postcodes.csv")


def _rows(path: Path, progress: Progress | None, counts: PostcodeCounts) -> Iterator[Mapping[str, str]]:
    size = path.stat().st_size
    with path.open("rb") as raw:
        reader = csv.reader(TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
        first = next((row for row in reader if row and not row[0].startswith("#")), None)
        if first is None:
            raise NotADirectory(f"{path.name} is empty")
        columns = _columns(first, path.name)
        counts.unchecked = "ended" not in columns and columns != CODE_POINT_OPEN
        if columns == CODE_POINT_OPEN:
            yield {name: first[at] for name, at in columns.items()}
        widest = max(columns.values())
        for number, row in enumerate(reader):
            if len(row) <= widest:
                counts.malformed += bool(row)
                continue
            yield {name: row[at] for name, at in columns.items()}
            if progress and number % TELL_EVERY_ROWS == 0:
                progress(min(raw.tell(), size), size)
    if progress:
        progress(size, size)


def _columns(first: list[str], name: str) -> dict[str, int]:
    if len(first) == CODE_POINT_OPEN_WIDTH and wards.normalise_postcode(first[0]):
        return dict(CODE_POINT_OPEN)
    heads = [head.strip().lower() for head in first]
    found: dict[str, int] = {}
    for meaning, pattern in COLUMNS.items():
        at = next((at for at, head in enumerate(heads) if pattern.fullmatch(head)), None)
        if at is not None:
            found[meaning] = at
    missing = [meaning for meaning in ("postcode", "borough", "ward") if meaning not in found]
    if missing:
        raise NotADirectory(
            f"{name} has no column for {' and '.join(missing)}; expected an ONS Postcode Directory, a National "
            "Statistics Postcode Lookup (columns like pcds, lad25cd, wd25cd) or a Code-Point Open file"
        )
    return found


def _take(row: Mapping[str, str], kept: dict[str, dict[str, Any]], counts: PostcodeCounts, our_wards: set[str]) -> None:
    """Judge one row: keep it with its ward, keep it with the reason why it proves nothing, or drop it."""
    home = instance().config.borough
    borough = row["borough"].strip()
    if borough != home and borough not in wards.neighbours(home):
        counts.elsewhere += 1
        return
    postcode = wards.normalise_postcode(row["postcode"])
    if postcode is None:
        counts.malformed += 1
        return
    ward: str | None = row["ward"].strip()
    refusal: str | None = None
    if borough != home:
        refusal, counts.outside = "outside", counts.outside + 1
    elif row.get("ended", "").strip():
        refusal, counts.terminated = "terminated", counts.terminated + 1
    elif row.get("user", "").strip() == LARGE_USER:
        refusal, counts.large_user = "large_user", counts.large_user + 1
    elif ward not in our_wards:
        counts.unknown_ward += 1
        return
    else:
        counts.residential += 1
    kept[postcode] = {"postcode": postcode, "ward_code": None if refusal else ward, "refusal": refusal}


def _replace(kept: Mapping[str, Mapping[str, Any]], source: str) -> None:
    from core.models import Postcode

    rows = [{**row, "source": source[:40]} for row in kept.values()]
    with transaction() as db:
        db.execute(sa.delete(Postcode).where(Postcode.source == MADE))
        for start in range(0, len(rows), BATCH_ROWS):
            batch = rows[start : start + BATCH_ROWS]
            for part in range(0, len(batch), 500):  # SQLite takes a limited number of values in one IN
                codes = [row["postcode"] for row in batch[part : part + 500]]
                db.execute(sa.delete(Postcode).where(Postcode.postcode.in_(codes)))
            db.execute(sa.insert(Postcode), batch)
