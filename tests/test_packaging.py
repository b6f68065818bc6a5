"""What is in the wheel that people install: code, pages, data, migrations, and the names others rely on."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ("anonymity", "federation", "police_links", "verification_docs", "ward_boards")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build a source archive, and from that alone the wheel, as a release does."""
    work = tmp_path_factory.mktemp("build")
    source = work / "source"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(work / "dist"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return zipfile.ZipFile(next((work / "dist").glob("*.whl")))


def _expected(*suffixes: str) -> set[str]:
    found = set()
    for package in ("core", "plugins", "federation"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts:
                found.add(str(path.relative_to(ROOT)))
    return found


def test_the_wheel_has_every_module(wheel: zipfile.ZipFile) -> None:
    assert _expected(".py") - set(wheel.namelist()) == set()


def test_the_wheel_has_pages_styles_data_and_migrations(wheel: zipfile.ZipFile) -> None:
    wanted = _expected(".html", ".css", ".js", ".svg", ".json", ".csv", ".txt", ".xsd", ".xml", ".mako", ".webmanifest")
    # From these folders maintainers make static files; nothing reads them when the server runs.
    wanted = {name for name in wanted if not name.startswith("core/web/look/") and "/static_src/" not in name}
    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_is_typed_in_all_three_packages(wheel: zipfile.ZipFile) -> None:
    assert {"core/py.typed", "plugins/py.typed", "federation/py.typed"} <= set(wheel.namelist())


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.startswith("boroughwatch-")} == {"core", "plugins", "federation"}


def _metadata(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(next(n for n in wheel.namelist() if n.endswith(f".dist-info/{name}"))).decode()


def test_the_wheel_names_the_five_plugins_and_the_command(wheel: zipfile.ZipFile) -> None:
    points = configparser.ConfigParser(delimiters="=")
    points.read_string(_metadata(wheel, "entry_points.txt"))
    modules = {name: f"plugins.{name}.hooks" for name in PLUGINS} | {"federation": "federation.hooks"}
    assert dict(points["boroughwatch.plugins"]) == modules
    assert dict(points["console_scripts"]) == {"boroughwatch": "core.cli:main"}


def test_the_wheel_says_its_licence_python_and_needs(wheel: zipfile.ZipFile) -> None:
    metadata = _metadata(wheel, "METADATA")
    assert "AGPL-3.0-or-later" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert "Requires-Dist: flask" in metadata
    assert "Provides-Extra: postgres" in metadata
    assert any(name.endswith("LICENSE") for name in wheel.namelist())


def test_the_wheel_runs_on_its_own(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    site = tmp_path / "site"
    wheel.extractall(site)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import json, core, core.plugin_manager as m\n"
        "from pathlib import Path\n"
        "from core.app import create_app\n"
        "from core.crypto import create_secret\n"
        f"folder = Path({str(tmp_path / 'instance')!r}); folder.mkdir()\n"
        "(folder / 'boroughwatch.toml').write_text('borough = \"E09000030\"\\n')\n"
        "create_secret(folder / 'secret.key')\n"
        "app = create_app(folder)\n"
        "from core import migrate\n"
        "with app.app_context(): migrate.upgrade()\n"
        "answer = app.test_client().get('/')\n"
        "print(json.dumps([core.__file__, answer.status_code, sorted(app.extensions['boroughwatch'].plugins.names)]))\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    where, status, names = json.loads(done.stdout.splitlines()[-1])
    assert where.startswith(str(site))
    assert status == 200
    assert names == sorted(PLUGINS)


def test_nobody_else_ships_our_packages() -> None:
    owners = packages_distributions()
    for package in ("core", "plugins", "federation"):
        assert set(owners.get(package, ["boroughwatch"])) == {"boroughwatch"}


def test_dependencies_are_locked(root: Path) -> None:
    setup = (root / "setup.py").read_text()
    lock = (root / "requirements-lock.txt").read_text().lower()
    block = setup.split("REQUIRES = [")[1].split("\n]")[0]
    for line in block.splitlines():
        if line.strip().startswith('"'):
            name = line.strip().strip('",').split(">")[0].split("=")[0].split("<")[0].split("[")[0].lower()
            assert f"\n{name}==" in f"\n{lock}", f"{name} is not in requirements-lock.txt; run 'make lock'"


def test_pyproject_has_no_project_table(root: Path) -> None:
    assert "\n[project]" not in (root / "pyproject.toml").read_text()


def test_make_lists_its_targets(root: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    listed = subprocess.run(["make", "--no-print-directory"], cwd=root, capture_output=True, text=True, check=True)
    for target in ("help", "setup", "demo", "test", "lint", "types", "house", "docs", "run", "clean"):
        assert f"make {target} " in listed.stdout


def test_the_gate_is_complete_and_honest(root: Path) -> None:
    checks = (root / ".ci/checks").read_text()
    for tool in ("ruff", "bandit", "mypy", "lint-imports", "pytest"):
        assert tool in checks
    assert "exit 1" in checks
    for name in ("run", "checks", "browser", "install"):
        done = subprocess.run(["sh", "-n", root / ".ci" / name], capture_output=True, text=True, check=False)
        assert done.returncode == 0 or name == "run", done.stderr  # run is for bash
