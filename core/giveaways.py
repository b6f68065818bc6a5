"""What gives a writer or somebody else away by its form: numbers, addresses, "my flat above the shop".

The forms are data (`static/guard.json`), read here and by `static/guard.js` in the browser, and both mark the same
(a test compares them). Patterns are ASCII, so that they mean the same in both; other digits are read as ours.
Every repetition in them has an upper bound and no long one stands in another, so that the work grows no faster than
the text (a test reads the patterns). Pure: no database, no request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).parent / "static" / "guard.json"
KINDS = (
    "plate",
    "reference",
    "card",
    "insurance",
    "own_place",
    "address",
    "away",
    "phone",
    "email",
    "postcode",
    "handle",
    "birth",
    "picture",
)
"""Every kind that has forms, the gravest first."""
LONGEST = 12_000
"""Characters that are looked at: more than a post may have."""
_NOT_AN_ADDRESS = re.compile(r"\b(?:bus|route|buses|the|number|no)\.? $", re.IGNORECASE | re.ASCII)
_STREET_WORD = re.compile(r"[A-Za-z][A-Za-z'’.-]{0,24}")
# Issuers by how their numbers begin: the number of a telephone set (IMEI) has the same check digit, and is no card.
_CARD = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}"
    r"|6(?:011|5[0-9]{2}|4[4-9][0-9])[0-9]{12}|(?:5[0678]|6[0-9])[0-9]{14,17}"
)


class Found(NamedTuple):
    """A kind of thing at a place of one text, before anybody has weighed it."""

    code: str
    start: int
    end: int


@dataclass(frozen=True)
class Form:
    """One pattern, the kind it belongs to, the part of it that is marked, and a further check by name."""

    kind: str
    pattern: re.Pattern[str]
    group: int = 0
    rule: str = ""


@dataclass(frozen=True)
class Forms:
    """All forms, and the lists of words that their checks ask."""

    forms: tuple[Form, ...]
    digits: dict[int, str]
    short: frozenset[str]
    street: frozenset[str]
    not_before_street: frozenset[str]


@lru_cache(maxsize=1)
def known() -> Forms:
    """Return the forms; read once."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return Forms(
        tuple(_form(one) for one in data["forms"]),
        str.maketrans(data["digits"]),
        frozenset(data["short"]),
        frozenset(data["street"]),
        frozenset(data["not_before_street"]),
    )


def _form(one: dict[str, Any]) -> Form:
    flags = re.ASCII | (re.IGNORECASE if one.get("ignore_case") else 0)
    return Form(one["kind"], re.compile(one["pattern"], flags), one.get("group", 0), one.get("rule", ""))


def scan(text: str) -> list[Found]:
    """Return everything in a text that has the form of something private, in order; one inside another is left out."""
    read = text[:LONGEST].translate(known().digits)
    return apart(found for form in known().forms for found in _matches(form, read))


def apart(found: Iterator[Found] | list[Found]) -> list[Found]:
    """Return findings in the order of the text, without those that begin inside another."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _matches(form: Form, text: str) -> Iterator[Found]:
    check = _RULES.get(form.rule)
    for match in form.pattern.finditer(text):
        end = check(match, text) if check else match.end(form.group)
        if end:
            # A form may mark one of several groups, or with none of them all that it matched.
            start = match.start(form.group)
            yield Found(form.kind, match.start() if start < 0 else start, match.end() if end < 0 else end)


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text)).lower()


def _plate(match: re.Match[str], _text: str) -> int:
    """Pass what is no date: "ON 24 NOV" has the form of a plate with blanks."""
    is_date = match.group().count(" ") == 2 and match.group()[-3:].lower() in known().short
    return 0 if is_date else match.end()


def _old_plate(match: re.Match[str], _text: str) -> int:
    letters = _letters(match.group())
    return 0 if letters[-3:] in known().short or letters[:3] in known().short else match.end()


def _named_plate(match: re.Match[str], _text: str) -> int:
    return 0 if _letters(match.group(1)) in known().short | {"am", "pm", "a"} else match.end(1)


def _phone(match: re.Match[str], _text: str) -> int:
    """Pass telephones of people. Numbers of services (03, 08, 09, 116) belong to nobody. Source: Ofcom's plan."""
    written = match.group().lstrip("(")
    digits = re.sub(r"[^0-9]", "", written)
    is_foreign = written[0] == "+" or digits.startswith("00")
    digits = digits.lstrip("0") if is_foreign else digits
    if is_foreign and not digits.startswith("44"):
        return match.end() if 8 <= len(digits) <= 15 else 0  # ITU-T E.164
    if not is_foreign and not digits.startswith("0"):
        return 0
    national = digits.removeprefix("44" if is_foreign else "0").lstrip("0")
    return match.end() if 9 <= len(national) <= 10 and national[0] not in "389" else 0


def _card_number(match: re.Match[str], _text: str) -> int:
    """Pass what begins like a card and has the right check digit. Source: ISO/IEC 7812-1, annex B (Luhn)."""
    digits = re.sub(r"[^0-9]", "", match.group())
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return match.end() if _CARD.fullmatch(digits) and sum(n - 9 * (n > 9) for n in doubled) % 10 == 0 else 0


def _street(match: re.Match[str], text: str) -> int:
    """Find the street after a number: up to three words and then "road"; capitals, or a single word before it."""
    if _NOT_AN_ADDRESS.search(text[max(0, match.start() - 12) : match.start()]):
        return 0
    at = match.end()
    words: list[str] = []
    while len(words) < 4 and (word := _STREET_WORD.match(text, at)):
        low = word.group().lower().rstrip(".")
        if words and low in known().street and (len(words) == 1 or all(one[0].isupper() for one in words)):
            return word.end()
        if low in known().not_before_street or text[word.end() : word.end() + 1] != " ":
            return 0
        words.append(word.group())
        at = word.end() + 1
    return 0


_RULES: dict[str, Callable[[re.Match[str], str], int]] = {
    "plate": _plate,
    "old_plate": _old_plate,
    "named_plate": _named_plate,
    "phone": _phone,
    "card": _card_number,
    "street": _street,
}
