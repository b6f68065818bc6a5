"""Bounds of settings that count days. Light to import: the front door asks at start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def days(least: int, most: int) -> Callable[[Any], str | None]:
    """Return a check that says in a sentence what is wrong with a number of days, or None."""

    def check(value: Any) -> str | None:
        return None if least <= value <= most else f"expected {least} to {most} days, got {value}"

    return check
