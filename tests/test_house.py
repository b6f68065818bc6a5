"""The walls of the house: who may import whom, where names live, how long things are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import config as configuration
from core.contributions import Slot

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ("anonymity", "federation", "police_links", "verification_docs", "ward_boards")
FOLDERS = {name: ROOT / ("federation" if name == "federation" else f"plugins/{name}") for name in PLUGINS}
PACKAGES = [ROOT / "core", ROOT / "plugins", ROOT / "federation"]
ACCESS_DECORATORS = {"public", "machine", "signed_in", "requires", "api_requires", "api_public"}
PROMISED = tuple(
    "V1 V2 V3 V9 V14 W1 W2 W3 W4 W10 P1 P2 A1 A2 A3 A5 A7 A9 F1 F2 F8 F9 F12 F13 F14 I2 I3 O5".split()  # noqa: SIM905  # reads as the list it is
)
"""Rows of the feature list that this version shows."""
MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 40
MOST_ARGUMENTS = 5


def _files(*suffixes: str, under: list[Path] | None = None) -> list[Path]:
    found = [
        path
        for folder in (under or PACKAGES)
        for path in sorted(folder.rglob("*"))
        if path.suffix in suffixes and "__pycache__" not in path.parts
    ]
    assert found, f"no {suffixes} files in {under}"
    return found


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _is_migration(path: Path) -> bool:
    return "migrations" in path.parts


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _decorator_name(node: ast.expr) -> str:
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_import_contracts_hold() -> None:
    command = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("breach", "where"),
    [
        ("import plugins.ward_boards.hooks", "core/breach.py"),
        ("def f() -> None:\n    import federation.hooks", "core/web/breach.py"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import federation", "plugins/ward_boards/breach.py"),
        ("import core.cli", "plugins/anonymity/breach.py"),
        ("from core import plugin_manager", "federation/breach.py"),
        ("import core.web.slots", "core/events.py"),
        ("import plugins.ward_boards.views", "plugins/ward_boards/models.py"),
        ("", "core/a_module_on_no_floor.py"),
    ],
)
def test_a_breach_of_the_walls_is_caught(breach: str, where: str, tmp_path: Path) -> None:
    for package in PACKAGES:
        for path in _files(".py", under=[package]):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (tmp_path / where).write_text(f"{breach}\n")
    runner = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as lint; lint()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", runner, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_core_names_no_plugin() -> None:
    names = re.compile(rf"\b({'|'.join(PLUGINS)})\b")
    found = []
    for path in _files(".py", ".html", ".js", ".css", ".mako", ".txt", under=[ROOT / "core"]):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if names.search(line):
                found.append(f"{_name(path)}:{number}: {line.strip()}")
    assert not found, "\n".join(found)


def test_nobody_walks_around_the_import_contracts() -> None:
    found = []
    for path in _files(".py"):
        text = path.read_text(encoding="utf-8")
        if "import_module(" in text or "__import__(" in text:
            found.append(f"{_name(path)}: imports by name")
        if ".hook." in text and path != ROOT / "core/plugin_manager.py":
            found.append(f"{_name(path)}: asks the relay itself")
        if re.search(r"^\s*(import pluggy|from pluggy)", text, re.MULTILINE) and path.name not in (
            "plugin_manager.py",
            "hookspecs.py",
        ):
            found.append(f"{_name(path)}: sees pluggy")
    # These two load a schema's package by the name the plugin itself handed over.
    allowed = {"core/migrate.py: imports by name", "core/testing.py: imports by name"}
    assert set(found) <= allowed


@pytest.mark.parametrize("owner", ["core", *PLUGINS])
def test_url_for_stays_at_home(owner: str) -> None:
    folder = ROOT / "core" if owner == "core" else FOLDERS[owner]
    home = {owner, f"{owner}_api", f"{owner}_machine", "core", "account", "admin", "security", "static"}
    strangers = []
    for path in _files(".py", ".html", ".txt", ".xml", under=[folder]):
        for endpoint in re.findall(r"url_for\(\s*['\"]([\w.]+)['\"]", path.read_text(encoding="utf-8")):
            if endpoint.split(".")[0] not in home and not endpoint.startswith("."):
                strangers.append(f"{_name(path)}: {endpoint}")
    assert not strangers


def test_no_view_carries_two_access_decorators() -> None:
    doubled = []
    for path in _files(".py"):
        for node in _functions(path):
            names = [_decorator_name(decorator) for decorator in node.decorator_list]
            if sum(name in ACCESS_DECORATORS for name in names) > 1:
                doubled.append(f"{_name(path)}: {node.name}")
    assert not doubled


def test_functions_are_short_and_take_few_arguments() -> None:
    found = []
    for path in _files(".py"):
        if _is_migration(path):
            continue
        for node in _functions(path):
            lines = _own_lines(node)
            positional = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
            if lines > MOST_FUNCTION_LINES:
                found.append(f"{_name(path)}:{node.lineno}: {node.name} has {lines} lines")
            if len(positional) > MOST_ARGUMENTS and not _is_fixed_by_a_library(node):
                found.append(f"{_name(path)}:{node.lineno}: {node.name} takes {len(positional)} positional arguments")
    assert not found, "\n".join(found)


def _own_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines without those of the functions it holds, which are counted by themselves."""
    inner = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n is not node]
    taken = {line for n in inner for line in range(n.lineno, (n.end_lineno or n.lineno) + 1)}
    return len(set(range(node.lineno, (node.end_lineno or node.lineno) + 1)) - taken)


def _is_fixed_by_a_library(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    # Commands get one argument per option from click; the others are methods that a library calls.
    decorators = {_decorator_name(decorator) for decorator in node.decorator_list}
    return bool(decorators & {"option", "argument", "command", "in_instance"}) or node.name == "send_mail"


def test_modules_are_short() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _files(".py")}
    assert not {n: size for n, size in lengths.items() if size > MOST_MODULE_LINES and "/migrations/" not in n}


def test_modules_have_names_of_their_own() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "tools"}
    assert not [_name(path) for path in _files(".py") if path.stem in banned]


def test_everything_public_is_documented() -> None:
    bare = []
    for path in _files(".py"):
        if _is_migration(path):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree):
            bare.append(_name(path))
        bare += [f"{_name(path)}: {label}" for label in _undocumented(tree)]
    assert not bare, "\n".join(bare)


def _undocumented(tree: ast.Module) -> Iterator[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in tree.body:
        if not isinstance(node, kinds) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, kinds) and not method.name.startswith("_") and not ast.get_docstring(method):
                    yield f"{node.name}.{method.name}"


def test_each_slot_is_rendered_by_exactly_one_template() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in _files(".html"):
        for name in re.findall(r"\bslot\(\s*['\"](\w+)['\"]", path.read_text(encoding="utf-8")):
            places[name].append(_name(path))
    assert {name: len(where) for name, where in places.items()} == {slot.value: 1 for slot in Slot}, dict(places)


def test_templates_hold_no_inline_code_or_style() -> None:
    found = []
    for path in _files(".html"):
        text = path.read_text(encoding="utf-8")
        for pattern in (r"\sstyle=", r"<script(?![^>]*\bsrc=)[^>]*>", r"<style\b", r"\son[a-z]+=", r"javascript:"):
            found += [f"{_name(path)}: {match}" for match in re.findall(pattern, text)]
        found += [f"{_name(path)}: {url}" for url in re.findall(r"(?:src|srcset)=[\"']https?://[^\"']+", text)]
    assert not found


def test_template_and_table_names_are_their_owners() -> None:
    for name, folder in FOLDERS.items():
        templates = folder / "templates"
        if templates.is_dir():
            assert [path.name for path in templates.iterdir()] == [name]
        for path in folder.rglob("*.py"):
            for table in re.findall(r"__tablename__ = ['\"](\w+)['\"]", path.read_text(encoding="utf-8")):
                assert table.startswith(f"{name}_"), f"{_name(path)}: {table}"


def test_no_field_for_a_real_name_exists() -> None:
    pattern = re.compile(r"\b(real_name|full_name|first_name|last_name|surname|forename|date_of_birth)\b")
    found = [_name(path) for path in _files(".py", ".html") if pattern.search(path.read_text(encoding="utf-8"))]
    assert not found


def test_no_member_time_is_finer_than_a_day() -> None:
    pattern = re.compile(r"\b(last_seen|last_login|current_login|login_ip|user_agent_string)\b")
    found = [
        f"{_name(path)}: {match}"
        for path in _files(".py")
        if not _is_migration(path)
        for match in pattern.findall(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_the_repository_names_no_machine_and_no_registry() -> None:
    # Assembled here so that this file does not name them either.
    banned = ["".join(parts) for parts in (("/tm", "p/bw"), ("/wo", "rk/"), ("pypi", ".org"), ("python", "hosted"))]
    banned.append("registry." + "npmjs")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if not path.is_file() or path.suffix in (".png", ".webp", ".avif", ".heic", ".pdf"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{name}: {word}" for word in banned if word in text]
    assert not found


def test_the_top_level_is_as_agreed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    folders = Counter(line.split("/")[0] for line in listed.stdout.splitlines() if "/" in line)
    assert set(folders) <= {"core", "plugins", "federation", "tests", "docs", "benchmarks", ".ci"}


def test_core_settings_have_words() -> None:
    assert all(line.metadata.get("help") for line in configuration.CORE_LINES.values())


@pytest.mark.parametrize("row", PROMISED)
def test_each_promise_has_a_test_named_after_it(row: str) -> None:
    named = re.compile(rf"^def test_(?:\w+_)?{row}_", re.MULTILINE)
    assert any(named.search(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").rglob("test_*.py"))
