"""What is not in docs/ does not exist: every hook, slot, event, setting, permission and command is there."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from core import hookspecs, plugin_manager
from core.app import gather
from core.cli import main
from core.config import CORE_LINES
from core.contributions import ROLES, Slot
from core.events import EVENT_TYPES, AlertSnapshot, Event
from core.plugin_manager import _spec_names

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ("anonymity", "federation", "police_links", "verification_docs", "ward_boards")


def _page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def _signature(hook: str) -> str:
    return f"{hook}{inspect.signature(getattr(hookspecs, hook))}".replace("'", "")


@pytest.mark.parametrize("hook", _spec_names())
def test_each_hook_is_documented_with_its_exact_signature(hook: str) -> None:
    assert f"### `{_signature(hook)}`" in _page("hooks.md")


@pytest.mark.parametrize("hook", _spec_names())
def test_each_hook_has_a_test(hook: str) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert re.search(rf"^def test_hook_{hook}\b", tests, re.MULTILINE)


@pytest.mark.parametrize("hook", _spec_names())
def test_each_hook_has_one_caller_in_core(hook: str) -> None:
    asking = re.compile(rf"\.ask(?:_each)?\(\s*\"{hook}\"")
    callers = [path for path in (ROOT / "core").rglob("*.py") if asking.search(path.read_text(encoding="utf-8"))]
    # Commands are asked for by the command line, and may be asked for by nobody else.
    assert len(callers) == 1, [str(path.relative_to(ROOT)) for path in callers]


def test_no_hook_is_documented_that_does_not_exist() -> None:
    assert set(re.findall(r"^### `(\w+)\(", _page("hooks.md"), re.MULTILINE)) == set(_spec_names())


def test_each_slot_is_documented() -> None:
    assert {slot.value for slot in Slot} == set(re.findall(r"^\| `(\w+)` \|", _page("hooks.md"), re.MULTILINE))


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_each_event_is_documented_with_its_fields(name: str) -> None:
    section = _page("events.md").split(f"### {name}\n")[1].split("\n### ")[0]
    common = {field.name for field in fields(Event)}
    for field in fields(EVENT_TYPES[name]):
        if field.name not in common:
            assert f"`{field.name}`" in section


def test_the_shape_of_an_alert_is_documented() -> None:
    assert [f.name for f in fields(AlertSnapshot) if f"`{f.name}`" not in _page("events.md")] == []


def test_each_setting_is_documented_with_its_default() -> None:
    page = _page("settings.md")
    assert [name for name in CORE_LINES if f"| `{name}` |" not in page] == []
    settings = gather(plugin_manager.load(PLUGINS)).settings
    for plugin, lines in settings.items():
        for name, setting in lines.items():
            row = next((line for line in page.splitlines() if line.startswith(f"| `{plugin}.{name}` |")), "")
            assert f"`{setting.default!r}`" in row or f"`{setting.default}`" in row, f"{plugin}.{name}: {row}"


def test_each_permission_is_documented_with_its_roles() -> None:
    page = _page("permissions.md")
    for name, permission in gather(plugin_manager.load(PLUGINS)).permissions.items():
        row = next((line for line in page.splitlines() if line.startswith(f"| `{name}` |")), "")
        assert permission.label in row, f"{name}: {row}"
        said = set(re.findall(r"\w+", row.split("|")[3]))
        assert said & set(ROLES) == set(permission.default_roles), f"{name}: {row}"


def test_no_permission_or_setting_is_documented_that_does_not_exist() -> None:
    contributed = gather(plugin_manager.load(PLUGINS))
    known = set(contributed.permissions)
    assert set(re.findall(r"^\| `(\w+\.\w+)` \|", _page("permissions.md"), re.MULTILINE)) <= known
    lines = {f"{plugin}.{name}" for plugin, found in contributed.settings.items() for name in found}
    assert set(re.findall(r"^\| `(\w+(?:\.\w+)?)` \|", _page("settings.md"), re.MULTILINE)) <= lines | set(CORE_LINES)


def _commands(group: click.Group, path: str) -> dict[str, click.Command]:
    context = click.Context(group, info_name="boroughwatch")
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found.update(_commands(command, f"{path} {name}"))
        else:
            found[f"{path} {name}"] = command
    return found


def test_each_command_is_documented_with_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["boroughwatch"])
    vars(main).pop("_found", None)
    page = _page("commands.md")
    missing = []
    for path, command in _commands(main, "boroughwatch").items():
        heading = f"### `{path}`"
        if heading not in page:
            missing.append(path)
            continue
        section = page.split(f"{heading}\n")[1].split("\n### ")[0]
        for option in command.params:
            if isinstance(option, click.Option) and option.name != "help":
                missing += [f"{path} {option.opts[0]}"] * (f"`{option.opts[0]}" not in section)
    assert not missing


def test_each_command_explains_itself_with_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["boroughwatch"])
    vars(main).pop("_found", None)
    bare = [path for path, command in _commands(main, "boroughwatch").items() if "Example" not in (command.help or "")]
    assert not bare


@pytest.mark.parametrize(
    "name",
    ["hooks.md", "events.md", "settings.md", "permissions.md", "commands.md", "operations.md", "writing-a-plugin.md"],
)
def test_the_pages_exist_and_their_links_lead_somewhere(name: str) -> None:
    page = _page(name)
    assert page.startswith("# ")
    for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page):
        assert (ROOT / "docs" / target).exists(), target


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "SECURITY.md"])
def test_links_of_the_front_pages_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", (ROOT / name).read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target
