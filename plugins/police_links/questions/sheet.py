"""The sheet that officers take along: the most wanted questions with room for notes, on one side of A4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.police_links.questions.queries import QuestionRow

LINES = 24
"""So many lines of print stand on the sheet below its head."""
LETTERS_IN_LINE = 76
FEWEST_NOTES, MOST_NOTES = 1, 5


@dataclass(frozen=True)
class Sheet:
    """What is printed; `left_over` questions found no room, `note_lines` are left empty under each."""

    rows: Sequence[QuestionRow]
    left_over: int
    note_lines: int


def sheet(rows: Sequence[QuestionRow]) -> Sheet:
    """Fill the sheet with the most wanted first, and share out what is left of it for notes."""
    used, kept = 0, 0
    for row in rows:
        needed = _lines(row) + FEWEST_NOTES
        if used + needed > LINES:
            break
        used, kept = used + needed, kept + 1
    notes = min(MOST_NOTES, FEWEST_NOTES + (LINES - used) // kept) if kept else 0
    return Sheet(rows[:kept], len(rows) - kept, notes)


def _lines(row: QuestionRow) -> int:
    """Return the lines of the question, and one for how many want it answered."""
    return -(-len(row.words) // LETTERS_IN_LINE) + 1
