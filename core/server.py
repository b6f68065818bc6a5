"""The processes of an instance: pages by granian, the worker, and one supervisor over both."""

from __future__ import annotations

import os
import signal
import socket
import subprocess  # nosec B404  # runs our own commands only
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from core.commands import CANNOT_START

# Six even on one processor: up to four may wait for something slow, such as a paper being cleaned.
WEB_THREADS = min(8, max(6, 2 * (os.cpu_count() or 1)))
PAGES = "core.app:create_app"
"""What makes the pages' application, of the folder that BOROUGHWATCH_DATA names."""
STOP_SECONDS = 20
RESTART_PAUSE_SECONDS = 2.0


def port_problem(host: str, port: int) -> str | None:
    """Return why pages cannot be served there, or None."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError) as problem:
        why = os.strerror(problem.errno) if isinstance(problem, OSError) and problem.errno else str(problem)
        return f"Cannot listen on {host}, port {port}: {why}. Stop what uses it, or choose another with --port N."
    return None


def forbid_core_dumps() -> None:
    """Keep what is in memory from the disk when a process of this server crashes; its children inherit it.

    One byte and not none: a crash handler that the kernel feeds through a pipe is started for 0 and not for 1.
    Source: Linux, core(5) and fs/coredump.c.
    """
    if sys.platform == "win32":
        return
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    limit = 0 if hard == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


def web(data_dir: Path, host: str, port: int, workers: int = 1, *, made_by: str = PAGES) -> None:
    """Serve pages, or what `made_by` names, until SIGTERM or SIGINT; requests in hand are finished."""
    os.environ["BOROUGHWATCH_DATA"] = str(data_dir)
    forbid_core_dumps()
    if sys.platform == "win32":
        from pkgutil import resolve_name

        from waitress import serve as waitress_serve

        waitress_serve(resolve_name(made_by)(), host=host, port=port, threads=WEB_THREADS)
        return
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        made_by,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=WEB_THREADS,
        websockets=False,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()


class Supervisor:
    """Runs commands as children, starts again what dies, and stops all when asked."""

    def __init__(self, commands: list[list[str]]) -> None:
        """Take the arguments of `boroughwatch` for each child."""
        self._commands = commands
        self._children: list[subprocess.Popen[bytes]] = []
        self._stopping = False

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, then stop the children and return the exit code.

        A child that says it cannot start (wrong configuration, old tables) is not tried again.
        """
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, self._on_signal)
        self._children = [_start(command) for command in self._commands]
        while not self._stopping:
            time.sleep(0.2)
            for place, child in enumerate(self._children):
                if child.poll() == CANNOT_START:
                    self._stop()
                    return CANNOT_START
                if child.poll() is not None and not self._stopping:
                    time.sleep(RESTART_PAUSE_SECONDS)
                    self._children[place] = _start(self._commands[place])
        self._stop()
        return 0

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _stop(self) -> None:
        for child in self._children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
            _end_session(child)


def command(*arguments: str) -> list[str]:
    """Return the command line that runs `boroughwatch` with these arguments in this environment."""
    return [sys.executable, "-P", "-m", "core.cli", *arguments]


def _start(arguments: list[str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the supervisor only, which then stops the children in order.
    return subprocess.Popen(command(*arguments), start_new_session=True)  # noqa: S603  # nosec B603  # our own command


def _end_session(child: subprocess.Popen[bytes]) -> None:
    # Asked to stop while it starts, granian goes and leaves its new worker behind, which keeps the port.
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
