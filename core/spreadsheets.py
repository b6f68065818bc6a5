"""Rows of a spreadsheet, CSV or XLSX, as plain text; nothing in the file is ever evaluated."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

MOST_BYTES = 5 << 20
MOST_UNPACKED_BYTES = 60 << 20
MOST_PARTS = 500
MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_CELL_LENGTH = 500
SEPARATORS = ";,\t|"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class NotASpreadsheet(ValueError):
    """The file cannot be read as a table; the message says what to do."""


@dataclass(frozen=True)
class Row:
    """One row with something in it: its number as a spreadsheet program shows it, and its cells as text."""

    number: int
    cells: tuple[str, ...]


def read(file: Path) -> list[Row]:
    """Return the rows of a CSV file or of the first sheet of an XLSX file that are not empty.

    What the file is, its first bytes say, not its name. A cell with a formula comes back as the text of
    the formula, beginning with `=`.

    Raises:
        NotASpreadsheet: too big, protected, damaged, or no table at all.
    """
    if file.stat().st_size > MOST_BYTES:
        raise NotASpreadsheet(f"The file is larger than {MOST_BYTES >> 20} MB. Save only the list itself.")
    content = file.read_bytes()
    if content.startswith(OLD_EXCEL):
        raise NotASpreadsheet("The file is protected by a password, or of an old kind. Save it as .xlsx or .csv.")
    rows = _sheet_rows(content) if content.startswith(b"PK") else _text_rows(content)
    found: list[Row] = []
    for number, cells in rows:
        tidy = tuple(" ".join(cell.replace("\xa0", " ").split()) for cell in cells[:MOST_COLUMNS])
        if not any(tidy):
            continue
        if any(len(cell) > MOST_CELL_LENGTH for cell in tidy):
            raise NotASpreadsheet(f"Line {number} has a cell with more than {MOST_CELL_LENGTH} signs. Shorten it.")
        found.append(Row(number, tidy))
        if len(found) > MOST_ROWS:
            raise NotASpreadsheet(f"The list has more than {MOST_ROWS} lines. Cut it into several files.")
    if not found:
        raise NotASpreadsheet("The file is empty.")
    return found


def _text_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    first = text.split("\n", 1)[0]
    declared = first.strip().lower()
    if declared.startswith("sep=") and len(declared) == 5:
        separator = declared[4]
        skipped = 1
        text = text.split("\n", 1)[1] if "\n" in text else ""
    else:
        separator = _separator(text.splitlines()[:20])
        skipped = 0
    # With newline="" the reader itself sees line ends inside quotes.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begins = skipped + 1
    try:
        for cells in reader:
            yield begins, cells
            begins = skipped + reader.line_num + 1
    except csv.Error:
        raise NotASpreadsheet(f"Line {begins} cannot be read. Look for a quotation mark that is not closed.") from None


def _separator(lines: list[str]) -> str:
    """Return the sign that most of these lines have; a title or a note may hold another one by chance."""
    return max(
        SEPARATORS, key=lambda sign: (sum(sign in line for line in lines), sum(line.count(sign) for line in lines))
    )


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        # What spreadsheet programs on Windows write when they are not asked for UTF-8.
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise NotASpreadsheet("This is not a table. Save the list as .csv or .xlsx.")
    return text


def _sheet_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    damaged = "The file is damaged or not a spreadsheet. Open it, and save it anew as .xlsx or .csv."
    _check_package(content, damaged)
    from openpyxl import load_workbook

    # Any error of the parser means the same to the person: the file is no good.
    book = _or_damaged(lambda: load_workbook(io.BytesIO(content), read_only=True, keep_links=False), damaged)
    if not book.worksheets:
        raise NotASpreadsheet(damaged)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what the file says of its own size may be wrong
    rows = sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS * 2, values_only=True)
    number = 0
    while (cells := _or_damaged(lambda: next(rows, None), damaged)) is not None:
        number += 1
        yield number, [_as_text(cell) for cell in cells]


def _check_package(content: bytes, damaged: str) -> None:
    """Refuse a package that would unpack to very much, or whose XML declares things of its own."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
                raise NotASpreadsheet("The file unpacks to too much. Save only the list itself.")
            # Reading stops at the size that was declared, so the sum above is the most there can be.
            if any(b"<!DOCTYPE" in package.read(part) for part in parts if part.filename.endswith((".xml", ".rels"))):
                raise NotASpreadsheet(damaged)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as problem:
        raise problem if isinstance(problem, NotASpreadsheet) else NotASpreadsheet(damaged) from None


def _or_damaged(step: Callable[[], Any], damaged: str) -> Any:
    try:
        return step()
    except Exception:
        raise NotASpreadsheet(damaged) from None


def _as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
