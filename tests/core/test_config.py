"""Configuration: what is accepted, and the sentence for what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import config
from core.contributions import Setting

SETTINGS = {
    "a_plugin": {"kept_days": Setting("kept_days", int, 30, "how long", lambda n: "too many" if n > 99 else None)}
}


def build(raw: dict[str, object]) -> config.Config:
    return config.build(Path("/nowhere"), {"borough": "E09000030", **raw}, SETTINGS)


def test_defaults_are_whole() -> None:
    made = build({})
    assert made.database_url == "sqlite:////nowhere/boroughwatch.db"
    assert made.plugin["a_plugin"]["kept_days"] == 30
    assert made.borough_name == "Tower Hamlets"


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "boroughwatch.toml").write_text(
        'borough = "E09000030"\nsite_name = "File"\n[a_plugin]\nkept_days = 3\n'
    )
    environment = {"BOROUGHWATCH_SITE_NAME": "Env", "BOROUGHWATCH_A_PLUGIN__KEPT_DAYS": "7", "BOROUGHWATCH_DATA": "x"}
    made = config.build(tmp_path, config.read(tmp_path, environment), SETTINGS)
    assert (made.site_name, made.plugin["a_plugin"]["kept_days"]) == ("Env", 7)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"databse_url": "x"}, "Did you mean 'database_url'?"),
        ({"require_https": "perhaps"}, "expected true or false"),
        ({"public_url": "ftp://x"}, "http:// or https://"),
        ({"plugins": [1]}, "list of names"),
        ({"smtp_url": "mail.place.example"}, "expected an address with smtp:// or smtps://"),
        ({"police_data_url": "nourl"}, "expected an address with http:// or https://"),
        ({"a_plugin": {"kept_dayz": 3}}, "Did you mean 'a_plugin.kept_days'?"),
        ({"a_plugin": {"kept_days": "many"}}, "expected a whole number"),
        ({"a_plugin": {"kept_days": 100}}, "too many"),
        ({"b_plugin": {"x": 1}}, "'b_plugin' is not a setting"),
    ],
)
def test_wrong_lines_stop_the_start_with_name_and_expectation(raw: dict[str, object], expected: str) -> None:
    with pytest.raises(config.ConfigError, match="boroughwatch.toml|plugins") as problem:
        build(raw)
    assert expected in str(problem.value)


def test_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match="boroughwatch init"):
        config.read(tmp_path, {})


def test_broken_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "boroughwatch.toml").write_text("borough = ")
    with pytest.raises(config.ConfigError, match="not valid TOML"):
        config.read(tmp_path, {})
