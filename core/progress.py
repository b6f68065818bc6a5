"""A progress bar for commands, on standard error and only when that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(name: str, total: int) -> Iterator[Callable[[int], None] | None]:
    """Give a function that takes how much is done; None (and silence) without a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as shown:
        task = shown.add_task(name, total=total)
        yield lambda done: shown.update(task, completed=done)
