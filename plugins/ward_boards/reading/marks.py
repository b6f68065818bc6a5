"""How far a member has read, as one small value that is stored sealed: no table says who read what.

Fixed in size, so that the length of what is stored tells nothing about how much somebody reads. Days are those on
which a thread was last alive, not those on which it was read: even opened, marks say nothing about a member's hours.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple

from plugins.ward_boards.moments import LONDON

MOST_THREADS = 300
KEPT_DAYS = 60
NEW_FOR_DAYS = 7
"""Before a member has marked anything, what is older than this counts as read."""
PLAIN_BYTES = 8192
_VERSION = 1
_HEAD = struct.Struct(">BHH")
_ENTRY = struct.Struct(">16sIH")
_FIRST_DAY = date(2020, 1, 1)
_LAST_DAY = _FIRST_DAY + timedelta(days=0xFFFF)
HIGHEST_NUMBER = 0xFFFFFFFF


class BadMarks(ValueError):
    """The bytes are no marks of ours; they are then as good as none."""


class Mark(NamedTuple):
    """The highest number of a thread that was seen, and the day the thread was last alive by then."""

    number: int
    day: date


class Fresh(NamedTuple):
    """What is new in a thread: so many posts, 0 when nobody knows how many. `is_whole`: all of it."""

    posts: int
    is_whole: bool = False


class _Packed(Mapping[str, Mark]):
    """Marks as they were stored: a page asks for thirty of three hundred, so only those are unpacked."""

    def __init__(self, raw: dict[bytes, tuple[int, int]]) -> None:
        self._raw = raw

    def __getitem__(self, thread_id: str) -> Mark:
        number, day = self._raw[bytes.fromhex(thread_id)]
        return Mark(number, _day(day))

    def __iter__(self) -> Iterator[str]:
        return (key.hex() for key in self._raw)

    def __len__(self) -> int:
        return len(self._raw)


@dataclass(frozen=True)
class ReadMarks:
    """What a member has read: threads with a mark up to its number, all others until the day before `since`."""

    since: date
    threads: Mapping[str, Mark] = field(default_factory=dict)

    @cached_property
    def start(self) -> datetime:
        """The moment before which everything unmarked counts as read."""
        return datetime.combine(self.since, time.min, tzinfo=LONDON)

    def number(self, thread_id: str) -> int | None:
        """Return the last number seen of a thread, or None when it was never marked."""
        mark = self.threads.get(thread_id)
        return None if mark is None else mark.number

    def fresh(self, thread_id: str, *, opened_at: datetime, last_post_at: datetime, last_shown: int) -> Fresh | None:
        """Return what is new in a thread, or None when nothing is."""
        mark = self.threads.get(thread_id)
        if mark is not None:
            return Fresh(last_shown - mark.number) if last_shown > mark.number else None
        if last_post_at < self.start:
            return None
        if opened_at >= self.start:
            return Fresh(last_shown, is_whole=True)
        return Fresh(0)

    def with_seen(self, seen: Iterable[tuple[str, Mark]], *, today: date) -> ReadMarks:
        """Return the marks with more of them: of two for one thread the farther counts, whichever came first."""
        threads = dict(self.threads)
        for thread_id, mark in seen:
            known = threads.get(thread_id, mark)
            threads[thread_id] = Mark(max(known.number, mark.number), max(known.day, mark.day))
        return ReadMarks(self.since, threads).tidied(today)

    def tidied(self, today: date) -> ReadMarks:
        """Return the newest marks only. What falls out counts as read, as everything as old does."""
        oldest = today - timedelta(days=KEPT_DAYS)
        newest = sorted(self.threads.items(), key=lambda pair: (pair[1].day, pair[0]), reverse=True)
        kept = {thread_id: mark for thread_id, mark in newest[:MOST_THREADS] if mark.day >= oldest}
        since = max(self.since, oldest)
        for _thread_id, mark in newest[MOST_THREADS:]:
            since = max(since, min(mark.day + timedelta(days=1), today))
        return ReadMarks(since, kept)


def none_yet(today: date) -> ReadMarks:
    """Return the marks of a member who has marked nothing: the last week is new."""
    return ReadMarks(today - timedelta(days=NEW_FOR_DAYS))


def encode(marks: ReadMarks) -> bytes:
    """Return the marks as bytes, always as many."""
    parts = [_HEAD.pack(_VERSION, _days(marks.since), len(marks.threads))]
    parts += [
        _ENTRY.pack(bytes.fromhex(thread_id), min(mark.number, HIGHEST_NUMBER), _days(mark.day))
        for thread_id, mark in marks.threads.items()
    ]
    return b"".join(parts).ljust(PLAIN_BYTES, b"\0")


def decode(plain: bytes) -> ReadMarks:
    """Return what `encode` was given.

    Raises:
        BadMarks: another version wrote it, or it is cut off.
    """
    try:
        version, since, count = _HEAD.unpack_from(plain)
        if version != _VERSION or len(plain) != PLAIN_BYTES:
            raise BadMarks("unknown version or length")
        entries = plain[_HEAD.size : _HEAD.size + count * _ENTRY.size]
        threads = _Packed({key: (number, day) for key, number, day in _ENTRY.iter_unpack(entries)})
    except struct.error as problem:
        raise BadMarks(str(problem)) from None
    if len(threads) != count:
        raise BadMarks("cut off")
    return ReadMarks(_day(since), threads)


def _days(day: date) -> int:
    return (min(max(day, _FIRST_DAY), _LAST_DAY) - _FIRST_DAY).days


def _day(days: int) -> date:
    return _FIRST_DAY + timedelta(days=days)
