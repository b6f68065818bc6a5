"""JSON from another server, read strictly: size, depth, no name twice, no number or text that others read otherwise.

Source: RFC 7493 (I-JSON); FEDERATION limits: 1 MiB, depth 32.
"""

from __future__ import annotations

import json
from typing import Any

LARGEST_BYTES = 1024 * 1024
DEEPEST = 32
LARGEST_INTEGER = 2**53 - 1


class NotStrict(ValueError):
    """The text is not JSON we accept; `code` names the reason."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep a code for machines and a sentence for people."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def parse_object(content: bytes, largest_bytes: int = LARGEST_BYTES) -> dict[str, Any]:
    """Return the object in these bytes.

    Raises:
        NotStrict: too large, not UTF-8, not JSON, too deep, a name twice, a number out of range, half a
            surrogate pair, or not an object.
    """
    if len(content) > largest_bytes:
        raise NotStrict("too_large", f"The message has {len(content)} bytes; at most {largest_bytes} are accepted.")
    try:
        text = content.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise NotStrict("not_json", "The message is not UTF-8.") from None
    _check_depth(text)
    try:
        found = json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse_constant, parse_int=_integer)
    except NotStrict:
        raise
    except (ValueError, RecursionError):
        raise NotStrict("not_json", "The message is not JSON.") from None
    if not isinstance(found, dict):
        raise NotStrict("not_an_object", "The message must be one JSON object.")
    _check_texts(found)
    return found


def _check_depth(text: str) -> None:
    """Count brackets outside strings, before the parser recurses."""
    depth, in_text, escaped = 0, False, False
    for character in text:
        if in_text:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_text = False
        elif character == '"':
            in_text = True
        elif character in "[{":
            depth += 1
            if depth > DEEPEST:
                raise NotStrict("too_deep", f"The message is nested more than {DEEPEST} deep.")
        elif character in "]}":
            depth -= 1


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("name_twice", "The message holds the same name twice in one object.")
    return found


def _refuse_constant(name: str) -> Any:
    raise NotStrict("not_json", f"{name} is not JSON.")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > LARGEST_INTEGER:
        raise NotStrict("number_range", "A number is larger than every reader can hold.")
    return int(digits)


def _check_texts(value: Any) -> None:
    """Refuse lone surrogates: valid in JSON text, but no database and no signature can hold them."""
    if isinstance(value, str):
        try:
            value.encode("utf-8", "strict")
        except UnicodeEncodeError:
            raise NotStrict("not_text", "A text holds half of a character.") from None
        if "\x00" in value:
            raise NotStrict("not_text", "A text holds a zero character.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_texts(name)
            _check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(inner)
