"""The command line and the app's module load lightly: what is heavy is imported where it is used."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

HEAVY = ["sqlalchemy", "alembic", "flask_security", "cryptography", "pyrage", "PIL", "lxml", "obstore", "huey"]
HELP = "import sys; sys.argv = ['boroughwatch', '--help']\nfrom core.cli import main\nmain(standalone_mode=False)"


def _heavy_after(code: str) -> list[str]:
    say = f"\nimport json, sys\nprint(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-P", "-c", code + say], capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout.splitlines()[-1]))


def _least_cpu_seconds(code: str) -> float:
    """Return the processor time of the quickest of five runs; the clock on the wall tells of other work as well."""
    spent = []
    for _round in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def test_help_loads_nothing_heavy() -> None:
    assert _heavy_after(HELP) == []


def test_importing_the_app_loads_nothing_heavy() -> None:
    assert _heavy_after("import core.app") == []


def test_help_takes_less_than_three_times_as_long_as_importing_flask() -> None:
    assert _least_cpu_seconds(HELP) < 3 * _least_cpu_seconds("import flask")
