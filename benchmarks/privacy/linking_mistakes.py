"""Mistakes planted into what was stolen, one at a time: each must be found, or the attacks would show nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence

from linking_loot import ROWID, Hidden, Loot

Mistake = Callable[[Loot, Sequence[Hidden]], None]


def planted(loot: Loot, hidden: Sequence[Hidden], mistake: Mistake) -> Loot:
    """Return a copy of the loot with a mistake in it."""
    worse = Loot(dict(loot.files), dict(loot.mtimes), dict(loot.tables), dict(loot.asked))
    mistake(worse, hidden)
    worse.found = {name: loot.found[name] for name in loot.files if worse.files[name] is loot.files[name]}
    worse.named = {name: loot.named[name] for name in loot.tables if worse.tables[name] is loot.tables[name]}
    worse.look_through(hidden)
    return worse


def time_of_issue(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """Voices are issued when they are used; the row keeps the time, and so does the post that waits."""
    issued, waiting = [], []
    for number, (post, one) in enumerate(_as_written(hidden)):
        issued.append({"member_id": one.member, "issued_at": f"2026-11-25 10:{number // 60:02}:{number % 60:02}"})
        waiting.append({"post_id": post, "received_at": f"2026-11-25 10:{number // 60:02}:{number % 60:02}.5"})
    loot.tables["boroughwatch.db:anonymity_issuance_with_time"] = issued
    loot.tables["unlinkable.db:waiting_with_time"] = waiting


def shared_row_numbers(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """Tables with hidden row numbers: who was here, and what came in, each in the order it happened."""
    written = _as_written(hidden)
    here = [{ROWID: number + 7, "member_id": one.member} for number, (_post, one) in enumerate(written)]
    came = [{ROWID: number + 3, "post_id": post} for number, (post, _one) in enumerate(written)]
    loot.tables["boroughwatch.db:seen"] = sorted(here, key=lambda row: str(row["member_id"]))
    loot.tables["unlinkable.db:came_in"] = sorted(came, key=lambda row: str(row["post_id"]))


def key_beside_member(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """The browser's copy of the card is sealed badly: the public key lies beside the member."""
    kept = []
    for one in hidden:
        if one.shown:
            pk = base64.urlsafe_b64encode(bytes.fromhex(one.shown[2])).rstrip(b"=").decode()
            kept.append({"member_id": one.member, "blob": f'{{"pk":"{pk}"}}'})
    loot.tables["boroughwatch.db:anonymity_vault_in_clear"] = kept


def line_in_the_log(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """A log of requests has a line for the page, with the member, and one for the post."""
    lines = [f"GET /write member {one.member}\nPOST /a/api/threads {post}\n" for post, one in _as_written(hidden)]
    loot.files["access.log"] = "".join(lines).encode()


def hash_of_the_key(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """The row of issuance keeps a hash of the key that was signed, not of what was blinded."""
    loot.tables["boroughwatch.db:anonymity_issuance_by_key"] = [
        {"member_id": one.member, "digest": hashlib.sha256(one.shown[2].encode()).hexdigest()}
        for one in hidden
        if one.shown
    ]


def one_log_for_both(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """Both sides write into one file with a write-ahead log: who read the page, then what was sent."""
    frames = []
    for post, one in _as_written(hidden):
        frames.append(b"\0" * 900 + one.member.encode() + b"\0" * 3000 + post.encode() + b"\0" * 120)
    loot.files["both.db-wal"] = b"\0" * 4096 + b"".join(frames)


def free_pages(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """Deleted rows that held both stay on the free pages of the database."""
    pages = [
        (one.member.encode() + b"\0" * 2000 + post.encode()).ljust(4096, b"\0") for post, one in _as_written(hidden)
    ]
    loot.files["boroughwatch.db"] = loot.files["boroughwatch.db"] + b"".join(pages)


def times_of_two_files(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """Each post that waits is a file, and so is each member's session."""
    for number, (post, one) in enumerate(_as_written(hidden)):
        loot.files[f"sessions/{one.member}"], loot.mtimes[f"sessions/{one.member}"] = b"", number * 10**9
        loot.files[f"waiting/{post}"], loot.mtimes[f"waiting/{post}"] = b"", number * 10**9 + 10**8


def last_seen(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """The account keeps the minute in which it was last used, and a post the minute in which it came."""
    last = {one.member: number for number, (_post, one) in enumerate(_as_written(hidden))}
    loot.tables["boroughwatch.db:core_last_seen"] = [
        {"member_id": member, "seen_at": f"{number:06}"} for member, number in sorted(last.items())
    ]
    loot.tables["unlinkable.db:post_with_minute"] = [
        {"id": post, "at": f"{number:06}"} for number, (post, _one) in enumerate(_as_written(hidden))
    ]


def notes_of_each_day(loot: Loot, hidden: Sequence[Hidden]) -> None:
    """A table notes for each member the days, or hours, on which they opened the form."""
    when = {str(post["id"]): str(post["published_at"]) for post in loot.table("ward_boards_post")}
    loot.tables["boroughwatch.db:opened_the_form"] = [
        {"member_id": one.member, "at": when[post]} for one in hidden for post in one.posts if post in when
    ]


MISTAKES: dict[str, tuple[Mistake, str]] = {
    "voices issued when used, with times on both sides": (time_of_issue, "order of issuance"),
    "row numbers in the order of arrival on both sides": (shared_row_numbers, "row order"),
    "the key of the pseudonym kept beside the member": (key_beside_member, "key material"),
    "a log of requests that names members": (line_in_the_log, "nearest in a file"),
    "a hash of the key kept with the issuance": (hash_of_the_key, "recomputed hashes"),
    "one database with a write-ahead log for both sides": (one_log_for_both, "nearest in a file"),
    "deleted rows that stay on free pages": (free_pages, "same page, free ones too"),
    "a file for each session and each waiting post": (times_of_two_files, "times of files"),
    "a last-seen time on accounts": (last_seen, "row order"),
    "the hours in which a member opened the form": (notes_of_each_day, "activity on the same day"),
}
"""What went wrong -> how to plant it, and the attack that must find it."""


def _as_written(hidden: Sequence[Hidden]) -> list[tuple[str, Hidden]]:
    """Return posts with their writers in an order that stands for that of writing."""
    posts = [(post, one) for one in hidden for post in one.posts]
    return sorted(posts, key=lambda pair: hashlib.sha256(pair[0].encode()).digest())
