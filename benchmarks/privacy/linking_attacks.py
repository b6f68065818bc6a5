"""The attacks. Each answers, for some hidden names, with the members it takes for the writer.

An attack gives one answer for each way of going about it (a pair of columns, a file, a direction). Many ways mean
that one of them does well by luck, and the bound in `linking_scores` allows for exactly that.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from linking_loot import Finder, Hidden, Loot, Row, marks_of, text_of

from core.crypto import Keyring

Answers = dict[int, set[str]]
"""Number of a hidden name -> the members it may be."""
Ways = Iterator[tuple[str, Answers]]
PAGE_BYTES = 4096
NEAR = 0.02
"""An order points at a place; the members around it, so many of all on each side, count as the answer."""


def shared_values(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Key material: one row, one line of a log, or two rows with a value in common, name both."""
    owners = _owners(loot, hidden)
    both = Finder(owners)
    ends: dict[bytes, set[Any]] = defaultdict(set)
    together: Answers = defaultdict(set)
    for _table, row, found in loot.rows_naming(owners):
        _join(together, found)
        for value in row.values():
            if isinstance(value, str | bytes) and len(value) >= 16:
                ends[text_of(value)] |= found
    for name, content in loot.files.items():
        if not content.startswith(b"SQLite format 3\0"):
            for line in content.split(b"\n") if b"\0" not in content[:2000] else ():
                _join(together, both.owners(line.decode(errors="replace")))
        _join(together, both.owners(name.replace("/", " ")))
    yield "a row or a line", together
    over: Answers = defaultdict(set)
    for found in ends.values():
        _join(over, found)
    yield "a value in common", over


def recomputed_hashes(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Hash what is known of members, with every key that lies there, and look for it beside posts; and the reverse."""
    secrets = _secrets(loot)
    beside_posts = _stored_beside(loot, marks_of(hidden))
    beside_members = _stored_beside(loot, loot.member_marks())
    answers: Answers = defaultdict(set)
    places = sorted({part for one in hidden for part in one.shown[:2]})
    for mark, member in loot.member_marks().items():
        for digest in _digests(mark, places, secrets):
            for i in beside_posts.get(digest, ()):
                answers[i].add(member)
    yield "of members, found beside posts", answers
    reverse: Answers = defaultdict(set)
    for i, mark in ((i, mark) for i, one in enumerate(hidden) for mark in one.marks):
        for digest in _digests(mark, [], secrets):
            for member in beside_members.get(digest, ()):
                reverse[i].add(member)
    yield "of names, found beside members", reverse


def blind_signatures(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Undo the blinding: which of the values that members sent fits the signature that was shown?

    A server that kept both sides can ask for each pair whether some blinding leads from one to the other. If only
    one member's value fitted, they would be found. Source: RFC 9474, section 4.
    """
    answers: Answers = {}
    for i, one in enumerate(hidden):
        if len(one.shown) == 6 and loot.asked:
            key, message = int(one.shown[5], 16), int(one.marks[-1], 16)
            signature = int(one.shown[4], 16)
            back = pow(signature, -1, key)
            answers[i] = {
                member
                for member, (asked, answered) in loot.asked.items()
                if int(asked, 16) == message * pow(int(answered, 16) * back % key, 65537, key) % key
            }
    yield "every pair that fits", answers


def rows_in_order(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Lay an order of names beside an order of members: any column of any table, row numbers and file order too."""
    yield from _orders(loot, hidden, lambda _table: True)


def issuance_order(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """The same with the tables of issued voices alone: fewer ways, so less room for luck."""
    yield from _orders(loot, hidden, lambda table: "issu" in table)


def bytes_in_order(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Lay the order in which names stand in a file, page after page, beside that of members in the same or another.

    Write-ahead logs and journals are among the files; in them the order is that of writing.
    """
    names = _first_and_last(loot, hidden, int)
    people = _first_and_last(loot, hidden, str)
    for where, ordered in names.items():
        for other, members in people.items():
            yield from _laid_beside(f"{where} / {other}", ordered, members, len(loot.members))


def nearest_in_file(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Take the member who stands nearest to a name in the same file: free pages, old pages, log frames, lines."""
    for name, found in loot.places(hidden).items():
        kinds = {isinstance(owner, int) for _place, owner in found}
        if kinds == {True, False}:
            yield from _neighbours(name, found)


def same_page(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Take the members whose marks lie on the same page of a file, used or free, as a mark of the name."""
    for name, found in loot.places(hidden).items():
        answers: Answers = defaultdict(set)
        pages: dict[int, set[Any]] = defaultdict(set)
        for place, owner in found:
            pages[place // PAGE_BYTES].add(owner)
        for owners in pages.values():
            members = {owner for owner in owners if isinstance(owner, str)}
            for i in owners - members:
                answers[i] |= members
        if any(answers.values()):
            yield name, {i: members for i, members in answers.items() if members}


def file_times(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Take the member whose file was written nearest in time to a file that holds the name."""
    finder = Finder(_owners(loot, hidden))
    stamps: list[tuple[int, Any]] = []
    for name, places in loot.places(hidden).items():
        owners = finder.owners(name.replace("/", " ")) | {owner for _place, owner in places}
        if name in loot.mtimes and len(owners) == 1:
            stamps.append((loot.mtimes[name], owners.pop()))
    # What members own as sealed files is known from the table of files, whatever the file itself shows.
    owned = {str(row["id"]): str(row["member_id"]) for row in loot.table("core_blob") if row.get("member_id")}
    for name, at in loot.mtimes.items():
        stem = name.rsplit("/", 1)[-1].split(".")[0]
        if stem in owned:
            stamps.append((at, owned[stem]))
    stamps.sort(key=lambda stamp: stamp[0])
    if {isinstance(owner, int) for _at, owner in stamps} == {True, False}:
        yield from _neighbours("files", stamps)


def same_day(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Take the members who wrote something else, under their alias, whenever the name's posts came out."""
    posts = loot.table("ward_boards_post")
    for size, what in ((10, "day"), (13, "hour")):
        when = {str(post["id"]): str(post["published_at"])[:size] for post in posts}
        active: dict[str, set[str]] = defaultdict(set)
        for rows in loot.tables.values():
            for row in rows:
                owner = str(row.get("member_id") or "")
                for value in row.values() if owner else ():
                    if isinstance(value, str) and value[:4].isdigit() and value[4:5] == "-":
                        active[owner].add(value[:size])
        answers: Answers = {}
        for i, one in enumerate(hidden):
            seen = {when[post] for post in one.posts if post in when}
            scores = {member: len(days & seen) for member, days in active.items()}
            most = max(scores.values(), default=0)
            if seen and most:
                answers[i] = {member for member, score in scores.items() if score == most}
        yield f"same {what}", answers


def last_written(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Take the members whose rows were written last, by the write-ahead log, for names whose posts still wait."""
    waiting = {str(row["id"]) for row in loot.table("anonymity_waiting")}
    names = [i for i, one in enumerate(hidden) if waiting & set(one.posts)]
    finder = Finder(loot.member_marks())
    for name, log in loot.files.items():
        if name.endswith("-wal") and names:
            written = _written_in(log, loot.files[name.removesuffix("-wal")], finder)
            if written:
                yield name, {i: written for i in names}


def counts(loot: Loot, hidden: Sequence[Hidden]) -> Ways:
    """Take the members of whom a table has as many rows as the name has posts."""
    for table, rows in loot.tables.items():
        if not rows or "member_id" not in rows[0]:
            continue
        have = Counter(str(row["member_id"]) for row in rows if row["member_id"])
        by_count: dict[int, set[str]] = defaultdict(set)
        for member, count in have.items():
            by_count[count].add(member)
        answers = {i: by_count[len(one.posts)] for i, one in enumerate(hidden) if by_count.get(len(one.posts))}
        if answers:
            yield table, answers


ATTACKS: dict[str, Callable[[Loot, Sequence[Hidden]], Ways]] = {
    "key material": shared_values,
    "recomputed hashes": recomputed_hashes,
    "undoing the blinding": blind_signatures,
    "row order": rows_in_order,
    "order of issuance": issuance_order,
    "page and log order": bytes_in_order,
    "nearest in a file": nearest_in_file,
    "same page, free ones too": same_page,
    "times of files": file_times,
    "activity on the same day": same_day,
    "who was written last": last_written,
    "counts": counts,
}


def _owners(loot: Loot, hidden: Sequence[Hidden]) -> dict[str, Any]:
    return {**loot.member_marks(), **marks_of(hidden)}


def _join(answers: Answers, found: set[Any]) -> None:
    members = {owner for owner in found if isinstance(owner, str)}
    if 1 <= len(members) <= 3:
        for i in found - members:
            answers[i] |= members


def _secrets(loot: Loot) -> list[bytes]:
    found = [b""]
    for name, content in loot.files.items():
        if name.endswith(".key"):
            text = content.strip()
            found += [content, text]
            if len(text) % 2 == 0 and all(chr(sign) in "0123456789abcdef" for sign in text):
                found.append(bytes.fromhex(text.decode()))
    rings = [Keyring(secret) for secret in found if len(secret) >= 32]
    purposes = ("anonymity", "anonymity.ref", "anonymity.issuance", "anonymity.vault", "member", "audit")
    return found + [ring.derive(purpose) for ring in rings for purpose in purposes]


def _digests(mark: str, places: Sequence[str], secrets: Sequence[bytes]) -> Iterator[str]:
    messages = [mark.encode()]
    for part in places:
        messages += [f"{mark}{part}".encode(), f"{part}{mark}".encode(), f"{mark}|{part}".encode()]
        messages += [f"{part}\0{mark}".encode(), f"{mark}\0{part}".encode()]
    for message in messages:
        for kind in (hashlib.sha256, hashlib.md5, hashlib.sha1, hashlib.blake2b):  # md5 and sha1: as tried, not as used
            yield kind(message).hexdigest()[:32]
        for secret in secrets:
            yield hmac.digest(secret, message, "sha256").hex()[:32]


def _stored_beside(loot: Loot, owners: dict[str, Any]) -> dict[str, set[Any]]:
    """Return the first 32 hex digits of each value that stands in a row with a mark -> what the marks lead to."""
    stored: dict[str, set[Any]] = defaultdict(set)
    for _table, row, found in loot.rows_naming(owners):
        for value in row.values():
            raw = value.hex() if isinstance(value, bytes) else str(value)
            stored[raw[:32]] |= found
    return stored


def _orders(loot: Loot, hidden: Sequence[Hidden], of_interest: Callable[[str], bool]) -> Ways:
    by_name = _each_order(loot, marks_of(hidden), lambda _table: True)
    by_member = _each_order(loot, loot.member_marks(), of_interest)
    for where, ordered in by_name.items():
        for other, members in by_member.items():
            yield from _laid_beside(f"{where} / {other}", ordered, members, len(loot.members))


def _each_order(loot: Loot, marks: dict[str, Any], of_interest: Callable[[str], bool]) -> dict[str, list[Any]]:
    named: dict[str, list[tuple[Any, Row]]] = defaultdict(list)
    for place, (table, row, owners) in enumerate(loot.rows_naming(marks)):
        if len(owners) == 1 and of_interest(table):
            named[table].append((owners.pop(), {**row, "place!": place}))
    found: dict[str, list[Any]] = {}
    for table, rows in named.items():
        for column in rows[0][1]:
            if len({str(row[column]) for _owner, row in rows}) <= len(rows) // 3:
                continue  # what a third of the rows share is no order
            owners_in_order = [owner for owner, _row in sorted(rows, key=lambda one: str(one[1][column]).rjust(40))]
            found[f"{table} by {column}"] = first = list(dict.fromkeys(owners_in_order))
            last = list(dict.fromkeys(reversed(owners_in_order)))[::-1]
            if last != first:
                found[f"{table} by last {column}"] = last
    return found


def _first_and_last(loot: Loot, hidden: Sequence[Hidden], kind: type) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, places in loot.places(hidden).items():
        owners = [owner for _place, owner in places if isinstance(owner, kind)]
        if owners:
            found[f"{name} first"] = list(dict.fromkeys(owners))
            found[f"{name} last"] = list(dict.fromkeys(reversed(owners)))
    return found


def _laid_beside(what: str, ordered: Sequence[int], members: Sequence[str], all_members: int) -> Ways:
    if len(ordered) < 5 or len(members) < all_members // 5:
        return
    reach = max(1, round(len(members) * NEAR))
    for direction, line in (("", list(members)), (", backwards", list(reversed(members)))):
        answers: Answers = {}
        for rank, i in enumerate(ordered):
            middle = round((rank + 0.5) / len(ordered) * len(line) - 0.5)
            answers[i] = set(line[max(0, middle - reach) : middle + reach + 1])
        yield f"{what}{direction}", answers


def _written_in(log: bytes, base: bytes, finder: Finder) -> set[str]:
    """Return whose rows changed, frame by frame: each page is compared with how it was before.

    Source: sqlite.org/fileformat2.html, section 4.1 (32 bytes of header, then frames of 24 bytes and a page).
    """
    pages = {number + 1: base[number * PAGE_BYTES :][:PAGE_BYTES] for number in range(len(base) // PAGE_BYTES)}
    written: set[str] = set()
    for at in range(32, len(log) - PAGE_BYTES - 23, PAGE_BYTES + 24):
        number, page = int.from_bytes(log[at : at + 4], "big"), log[at + 24 : at + 24 + PAGE_BYTES]
        before = pages.get(number, b"").ljust(PAGE_BYTES, b"\0")
        blocks = [b for b in range(0, PAGE_BYTES, 32) if page[b : b + 32] != before[b : b + 32]]
        near = {b + step for b in blocks for step in (-96, -64, -32, 0, 32)}
        written |= {owner for place, owner in finder.places(page) if place // 32 * 32 in near}
        pages[number] = page
    return written


def _neighbours(what: str, found: Sequence[tuple[int, Any]]) -> Ways:
    before: Answers = {}
    after: Answers = {}
    for one, other in pairwise(found):
        if isinstance(one[1], str) and isinstance(other[1], int):
            before.setdefault(other[1], {one[1]})
        if isinstance(one[1], int) and isinstance(other[1], str):
            after.setdefault(one[1], {other[1]})
    yield f"{what}, before", before
    yield f"{what}, after", after
