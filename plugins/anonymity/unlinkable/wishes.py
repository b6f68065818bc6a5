"""Bodies of requests to posts as their writers want them: strict, so that nothing is guessed and nothing is kept.

Lengths are those of the boards, counted on what was sent; the boards clean texts when they come out.
"""

from __future__ import annotations

import json
import re
from typing import Any

from plugins.anonymity.unlinkable.services import Wish

LONGEST_TITLE, SHORTEST_TITLE, LONGEST_TEXT = 120, 4, 10_000
MOST_WARDS = 10
ID = re.compile("[0-9a-f]{32}", re.ASCII)
_CATEGORY = re.compile("[a-z_]{1,20}", re.ASCII)
_WARD = re.compile("[A-Z][0-9]{8}", re.ASCII)


class NotAWish(Exception):
    """The body is not what this address takes; the sentence says what is wrong."""


def reply(body: bytes, thread_id: str) -> Wish:
    """Return an answer in a thread.

    Raises:
        NotAWish: see there.
    """
    found = _fields(body, {"id", "text"})
    return Wish(post_id=_id(found["id"]), text=_text(found["text"]), thread_id=thread_id)


def thread(body: bytes) -> Wish:
    """Return a new thread.

    Raises:
        NotAWish: see there.
    """
    found = _fields(body, {"id", "title", "text", "category", "wards"})
    return Wish(
        post_id=_id(found["id"]),
        text=_text(found["text"]),
        title=_title(found["title"]),
        category=_category(found["category"]),
        wards=_wards(found["wards"]),
    )


def _fields(body: bytes, names: set[str]) -> dict[str, Any]:
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise NotAWish("The body is not JSON that can be read, or says something twice.") from None
    if not isinstance(found, dict) or set(found) != names:
        raise NotAWish(f"The body must be a JSON object with exactly these fields: {', '.join(sorted(names))}.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _plain(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise NotAWish("Title, text and category must be texts without NUL signs and halves of characters.")
    return value


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise NotAWish("The id must be 32 hexadecimal digits in small letters, chosen at random.")
    return value


def _text(value: Any) -> str:
    text = _plain(value).strip()
    if not text:
        raise NotAWish("Write what you want to tell your neighbours.")
    if len(text) > LONGEST_TEXT:
        raise NotAWish(f"The text is too long. Take out {len(text) - LONGEST_TEXT} letters.")
    return text


def _title(value: Any) -> str:
    title = " ".join(_plain(value).split())
    if not SHORTEST_TITLE <= len(title) <= LONGEST_TITLE:
        raise NotAWish(f"Write a title of {SHORTEST_TITLE} to {LONGEST_TITLE} letters.")
    return title


def _category(value: Any) -> str:
    if not _CATEGORY.fullmatch(_plain(value)):
        raise NotAWish("The category must be one of those that the boards have, such as general.")
    return str(value)


def _wards(value: Any) -> tuple[str, ...]:
    is_list = isinstance(value, list) and all(isinstance(code, str) and _WARD.fullmatch(code) for code in value)
    if not is_list or not 1 <= len(value) <= MOST_WARDS:
        raise NotAWish(f"Wards must be a list of 1 to {MOST_WARDS} codes of boards, such as E05009320.")
    return tuple(value)
