"""JSON bodies of the API: what cannot be read, or cannot be stored, is refused in words and never breaks a view."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any

from flask import Request
from webargs.flaskparser import FlaskParser

NOT_READABLE = "not JSON that can be read: it is nested too deep, or a number has too many digits"
NOT_STORABLE = "a text holds half of a character or a NUL sign"


class BodyParser(FlaskParser):
    """Webargs' parser, which knows a spelling mistake but lets the other failures of `json` through."""

    def _raw_load_json(self, req: Request) -> Any:
        try:
            found = super()._raw_load_json(req)
        except (JSONDecodeError, UnicodeDecodeError):
            raise
        except (RecursionError, ValueError):
            raise JSONDecodeError(NOT_READABLE, "", 0) from None
        if not _is_storable(found):
            raise JSONDecodeError(NOT_STORABLE, "", 0)
        return found


def _is_storable(value: Any) -> bool:
    """Whether every text in it can be stored; without recursion, for what json took may still be deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if "\0" in each or any("\ud800" <= sign <= "\udfff" for sign in each):
                return False
        elif isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each
    return True
