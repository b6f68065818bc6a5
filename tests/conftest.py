"""What all tests share: no network but loopback, the browser where there is one, and an honest closing line."""

from __future__ import annotations

import os
import shutil
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.verification_docs import models as _all_tables  # noqa: F401  # with the next line alone half are known
from plugins.verification_docs.duplicates import tags

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")

for _name in [name for name in os.environ if name.startswith("BOROUGHWATCH_")]:
    del os.environ[_name]  # an operator's own settings must not colour the tests


class NetworkRefused(AssertionError):
    """A test tried to reach another machine."""


def _guarded(connect: Any) -> Any:
    def guard(sock: socket.socket, address: Any) -> Any:
        is_inet = sock.family in (socket.AF_INET, socket.AF_INET6)
        if is_inet and not str(address[0]).startswith(LOOPBACK):
            raise NetworkRefused(f"tests reach loopback only, not {address[0]}")
        return connect(sock, address)

    return guard


@pytest.fixture(scope="session", autouse=True)
def real_cost_of_tags() -> Iterator[tags.Cost]:
    """Make tags of documents cheap: at their real cost, which is yielded, each takes a second of the tests' time."""
    patch = pytest.MonkeyPatch()
    real = tags.COST
    patch.setattr(tags, "COST", tags.Cost(memory_kib=8, passes=1))
    yield real
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Any:
    """Refuse connections to anything but this machine, in this process."""
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
    patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the top of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of published test data beside the repository; skip where there is none."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the published test data (../shared/data) is not here")
    return folder


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Drive the system's Chromium; no browser is downloaded."""
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests, name them as not run where there is no browser, and run them last.

    Playwright keeps an event loop in the thread of the tests; other tests in the same process then fail.
    """
    for item in items:
        if (ROOT / "tests" / "browser") in item.path.parents:
            item.add_marker(pytest.mark.browser)
        if CHROMIUM is None and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no browser: install chromium to run it"))
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what could not run, just above the closing line."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT RUN: {count} test(s): {reason}", yellow=True)
