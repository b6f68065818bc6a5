"""What the command line says when it cannot do what was asked: one line that helps, and nothing half made."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core import cli

INIT = ("--borough", "E09000030", "--url", "http://127.0.0.1:1")


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli.main, arguments, env={"BOROUGHWATCH_DATA": "", **environment})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("no-such-command",), "No such command 'no-such-command'. See 'boroughwatch --help'."),
        (("db", "copi"), "'boroughwatch db --help'"),
        (("db", "check"), "Missing option '--data'"),
        (("serve", "--data", "x", "--port", "many"), "'boroughwatch serve --help'"),
        (("wards", "import", "no-such-file", "--data", "x"), "'no-such-file' does not exist"),
    ],
)
def test_a_slip_is_one_line_on_standard_error(arguments: tuple[str, ...], expected: str) -> None:
    done = CliRunner().invoke(cli.main, arguments, prog_name="boroughwatch", env={"BOROUGHWATCH_DATA": ""})
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert expected in done.stderr


def test_nothing_named_shows_the_help() -> None:
    assert "Example" in run("db").output


def test_a_wrong_admin_address_leaves_no_half_made_instance(tmp_path: Path) -> None:
    refused = run("init", "--data", str(tmp_path / "new"), *INIT, "--admin", "nobody")
    assert refused.exit_code == 1
    assert "'nobody' is not an e-mail address" in refused.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('plugins = ["ward_bords"]', "plugins: there is no plugin called 'ward_bords'. Did you mean 'ward_boards'?"),
        ("plugins = 3", "plugins: expected a list of names"),
        ('secret_key_file = "/no/such/file"', "secret_key_file: there is no file /no/such/file"),
    ],
)
def test_a_wrong_line_is_said_with_its_file(tmp_path: Path, line: str, expected: str) -> None:
    file = tmp_path / "boroughwatch.toml"
    file.write_text(f'borough = "E09000030"\n{line}\n')
    done = run("db", "check", "--data", str(tmp_path))
    assert done.exit_code == 78
    assert done.stderr.startswith(f"boroughwatch: {file}: ")
    assert expected in done.stderr


def test_an_unknown_role_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    assert run("init", "--data", str(tmp_path / "i"), *INIT, "--admin", "a@place.uk").exit_code == 0
    done = run("members", "add", "b@place.uk", "--role", "king", "--data", str(tmp_path / "i"))
    assert "known are coordinator, officer, reviewer, custodian, admin" in done.stderr


@pytest.mark.parametrize("command", ["serve", "web"])
def test_a_port_in_use_is_said_on_one_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "boroughwatch.toml").write_text('borough = "E09000030"\n')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(command, "--data", str(tmp_path), "--port", port)
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"Cannot listen on 127.0.0.1, port {port}" in done.stderr
    assert "choose another with --port N" in done.stderr
