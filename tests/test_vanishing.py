"""Any of the five parts can be left out: it leaves no route, word, right or table, and the rest works.

Each subset is tried: bare core, each part alone, each part missing, all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from core import migrate, permissions, plugin_manager
from core.contributions import ROLES, WARD_ROLES, Grant, Slot, Viewer
from core.testing import make_app, make_member, sign_in

PLUGINS = ("anonymity", "federation", "police_links", "verification_docs", "ward_boards")
WARD = "E05009320"
SUBSETS = [(), *((name,) for name in PLUGINS), *(tuple(n for n in PLUGINS if n != name) for name in PLUGINS), PLUGINS]
EVERYONE = Viewer(
    "nobody", "Nobody", frozenset(Grant(role, WARD if role in WARD_ROLES else None) for role in ROLES), WARD
)
SAMPLES = {
    "string": "x",
    "path": "x",
    "int": 1,
    "uuid": "00000000-0000-4000-8000-000000000000",
    "float": 1.0,
}


def _label(subset: tuple[str, ...]) -> str:
    if len(subset) == len(PLUGINS) - 1:
        return f"without_{next(name for name in PLUGINS if name not in subset)}"
    return "_".join(subset) if len(subset) < 2 and subset else ("all" if subset else "bare_core")


@dataclass(frozen=True)
class House:
    """One app with some of the parts, and somebody of each kind in it."""

    app: Flask
    names: tuple[str, ...]
    people: dict[str, str | None]

    @property
    def missing(self) -> list[str]:
        return [name for name in PLUGINS if name not in self.names]


@pytest.fixture(scope="module", params=SUBSETS, ids=_label)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> House:
    app = make_app(tmp_path_factory.mktemp("house"), plugins=request.param)
    people: dict[str, str | None] = {
        "visitor": None,
        "member": make_member(app, "Ash"),
        "verified": make_member(app, "Birch", ward=WARD),
        "officer": make_member(app, "Cedar", roles=[("officer", WARD)], ward=WARD),
        "reviewer": make_member(app, "Elm", roles=["reviewer"], ward=WARD),
        "admin": make_member(app, "Fir", roles=["admin", "custodian"]),
    }
    return House(app, request.param, people)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("whole"), plugins=PLUGINS)


def _client(house: House, who: str) -> Any:
    client = house.app.test_client()
    member_id = house.people[who]
    if member_id is not None:
        sign_in(client, member_id)
    return client


def _owner(endpoint: str) -> str | None:
    blueprint = endpoint.split(".")[0]
    return next((name for name in PLUGINS if blueprint in (name, f"{name}_api", f"{name}_machine")), None)


def _plain_pages(app: Flask) -> list[str]:
    return sorted(
        {
            rule.rule
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not rule.arguments and rule.endpoint != "static"
        }
    )


def _sample_path(app: Flask, endpoint: str, arguments: set[str]) -> str:
    adapter = app.url_map.bind("localhost")
    rule = next(rule for rule in app.url_map.iter_rules(endpoint) if rule.arguments == arguments)
    values = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("unicode", "string")
        # A choice of words takes only one of them.
        values[name] = sorted(converter.items)[0] if kind == "any" else SAMPLES.get(kind, "x")
    return str(adapter.build(endpoint, values, force_external=False))


def test_O5_the_app_starts_and_answers(house: House) -> None:
    for who in house.people:
        client = _client(house, who)
        assert client.get("/").status_code == 200, who
        assert client.get("/healthz").status_code == 200
        assert client.get("/help").status_code == 200


def test_O5_nothing_of_a_missing_part_is_routed(house: House, whole: Flask) -> None:
    assert not [rule.endpoint for rule in house.app.url_map.iter_rules() if _owner(rule.endpoint) in house.missing]
    here = house.app.url_map.bind("localhost")
    client = _client(house, "admin")
    gone = 0
    for rule in whole.url_map.iter_rules():
        if _owner(rule.endpoint) not in house.missing:
            continue
        path = _sample_path(whole, rule.endpoint, rule.arguments)
        if not rule.endpoint.endswith(".static"):  # core's own folder of that name answers 404
            assert not _is_known(here, path, rule.methods or set()), path
        if "GET" in (rule.methods or ()):
            assert client.get(path).status_code == 404, path
        gone += 1
    assert gone or not house.missing


def _is_known(adapter: Any, path: str, methods: set[str]) -> bool:
    method = "GET" if "GET" in methods else sorted(methods - {"OPTIONS", "HEAD"})[0]
    try:
        adapter.match(path, method=method)
    except NotFound:
        return False
    except (MethodNotAllowed, RequestRedirect):
        return True
    return True


def test_O5_the_menu_leads_only_to_what_is_there(house: House) -> None:
    from core.web.slots import menu

    for who in house.people:
        with house.app.test_request_context("/"):
            from flask import g

            from core.database import sql

            g.viewer = permissions.viewer_of(sql.session, house.people[who])
            items = menu()
        endpoints = {rule.endpoint for rule in house.app.url_map.iter_rules()}
        for item in items:
            assert item.endpoint in endpoints, item
            assert _owner(item.endpoint) not in house.missing
        labels = [item.label for item in items]
        assert len(labels) == len(set(labels)), labels


def test_O5_panels_are_only_those_of_loaded_parts(house: House) -> None:
    from core.web.slots import panels

    with house.app.test_request_context("/"):
        from flask import g

        from core.database import sql

        g.viewer = permissions.viewer_of(sql.session, house.people["verified"])
        for place in Slot:
            subject = WARD if place in (Slot.WARD, Slot.COMPOSE) else None
            for panel in panels(place, subject):
                assert panel.template.split("/")[0] not in house.missing


def test_O5_rights_of_a_missing_part_are_unknown_and_denied(house: House, whole: Flask) -> None:
    every = whole.extensions["boroughwatch"].contributions.permissions
    with house.app.app_context():
        known = permissions.known()
        for name in every:
            owner = name.split(".")[0]
            if owner in house.missing:
                assert name not in known
                assert permissions.wards_where(EVERYONE, name) == frozenset()
                with pytest.raises(permissions.Denied):
                    permissions.require(EVERYONE, name)
            else:
                assert name in known


def test_O5_settings_jobs_and_subscriptions_of_a_missing_part_are_gone(house: House) -> None:
    contributed = house.app.extensions["boroughwatch"].contributions
    assert set(contributed.settings) == set(house.names)
    assert {name for name, _ in contributed.jobs} <= {"core", *house.names}
    assert {name for name, _ in contributed.subscriptions} <= set(house.names)


def test_O5_migrations_skip_a_missing_part(house: House) -> None:
    with house.app.app_context():
        assert set(migrate.owners()) <= {"core", *house.names}
        assert migrate.owners()[0] == "core"


def test_O5_commands_of_a_missing_part_are_unknown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from core import cli

    folder = house.app.extensions["boroughwatch"].config.data_dir
    listed = ", ".join(f'"{name}"' for name in house.names)
    (folder / "boroughwatch.toml").write_text(f'borough = "E09000030"\nplugins = [{listed}]\n')
    commands = {
        str(command.name): owner
        for owner, found in plugin_manager.load(PLUGINS).ask("register_commands")
        for command in found
    }
    monkeypatch.setenv("BOROUGHWATCH_DATA", str(folder))
    monkeypatch.setattr("sys.argv", ["boroughwatch"])
    vars(cli.main).pop("_found", None)
    try:
        for name, owner in commands.items():
            done = CliRunner().invoke(cli.main, [name, "--help"])
            assert done.exit_code == (0 if owner in house.names else 2), f"{name}: {done.output}"
    finally:
        vars(cli.main).pop("_found", None)


@pytest.mark.parametrize("who", ["visitor", "member", "verified", "officer", "reviewer", "admin"])
def test_O5_every_page_left_answers(house: House, who: str) -> None:
    client = _client(house, who)
    for path in _plain_pages(house.app):
        if path in ("/sign-out",):
            continue
        answer = client.get(path)
        assert answer.status_code < 500, f"{path}: {answer.status_code}"
        if path == "/readyz":
            continue
        text = answer.get_data(as_text=True)
        for name in house.missing:
            assert f"/{name}/static/" not in text


def test_O5_the_api_description_names_only_what_is_there(house: House) -> None:
    answer = _client(house, "visitor").get("/api/v1/openapi.json")
    assert answer.status_code == 200
    described = answer.get_json()
    assert described["openapi"].startswith("3.1")
    routed = {rule.endpoint.split(".")[0] for rule in house.app.url_map.iter_rules()}
    assert not {f"{name}_api" for name in house.missing} & routed


def test_every_view_says_who_may_ask(house: House) -> None:
    silent = []
    for rule in house.app.url_map.iter_rules():
        view = house.app.view_functions[rule.endpoint]
        ours = getattr(view, "__module__", "").split(".")[0] in ("core", "plugins", "federation")
        methods = (
            [getattr(view.view_class, name.lower()) for name in view.methods] if hasattr(view, "view_class") else [view]
        )
        if ours or hasattr(view, "view_class"):
            silent += [rule.rule for method in methods if not hasattr(method, "access")]
    assert not silent
    for rule in house.app.url_map.iter_rules():
        access = getattr(house.app.view_functions[rule.endpoint], "access", None)
        if access and "." in access:
            assert access in house.app.extensions["boroughwatch"].contributions.permissions, f"{rule.rule}: {access}"


def test_unknown_plugin_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(plugin_manager.PluginError, match="Did you mean 'ward_boards'"):
        make_app(tmp_path, plugins=["ward_board"])
