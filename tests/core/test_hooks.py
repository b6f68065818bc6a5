"""Each hook does what its words say, tried with throw-away plugins and no first-party one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Blueprint, Flask
from flask_smorest import Blueprint as ApiBlueprint

from core import (
    chains,
    cli,
    config,
    demo_boroughs,
    doctor,
    event_log,
    letters,
    notifications,
    permissions,
    plugin_manager,
    posting,
    privacy,
)
from core.contributions import (
    ALL,
    Authorship,
    Chain,
    ComposeOption,
    Draft,
    ErasurePart,
    ExportPart,
    Finding,
    Job,
    LetterPart,
    ModerationAction,
    Mount,
    NavItem,
    Objection,
    Panel,
    Permission,
    PostSignature,
    RetentionPart,
    Rule,
    Schema,
    Setting,
    Slot,
    Subscription,
    TopicLabel,
    Viewer,
)
from core.database import now, sql, transaction
from core.events import PostPublished
from core.hookspecs import hookimpl
from core.models import Ward
from core.plugin_manager import PluginError, Plugins
from core.released import Placement, ReleasedPost, ThreadCopy
from core.retention import run as run_retention
from core.testing import make_app, make_member, work
from core.web import slots
from core.web.access import public

WARD = "E05009320"
OTHER_WARD = "E05009334"
DRAFT = Draft("t" * 32, (WARD,), "A title", "Some text", "question", "verified")


def _plugin(**hooks: Any) -> SimpleNamespace:
    return SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()})


def _app(folder: Path, **plugins: SimpleNamespace) -> Flask:
    return make_app(folder, plugins=plugins)


def _failing(*_args: Any) -> Any:
    raise RuntimeError("broken on purpose")


def test_hook_register_settings(tmp_path: Path) -> None:
    lines = [Setting("kept_days", int, 30, "how long", check=lambda days: None if days > 0 else "expected 1 or more")]
    plugin = _plugin(register_settings=lambda: lines)
    app = _app(tmp_path / "a", lamp=plugin)
    assert app.extensions["boroughwatch"].config.plugin["lamp"] == {"kept_days": 30}
    given = make_app(tmp_path / "b", plugins={"lamp": plugin}, lamp={"kept_days": 7})
    assert given.extensions["boroughwatch"].config.plugin["lamp"]["kept_days"] == 7
    with pytest.raises(config.ConfigError, match="lamp.kept_days: expected 1 or more"):
        make_app(tmp_path / "c", plugins={"lamp": plugin}, lamp={"kept_days": 0})
    with pytest.raises(config.ConfigError, match="Did you mean 'lamp.kept_days'"):
        make_app(tmp_path / "d", plugins={"lamp": plugin}, lamp={"kept_day": 3})


def test_hook_register_schema(tmp_path: Path) -> None:
    wrong = _plugin(register_schema=lambda: Schema("core", "core"))
    with pytest.raises(PluginError, match="its tables must start with 'lamp_'"):
        _app(tmp_path / "a", lamp=wrong)
    without = _app(tmp_path / "b", lamp=_plugin())
    assert without.extensions["boroughwatch"].contributions.schemas == {}


def test_hook_register_permissions(tmp_path: Path) -> None:
    light = Permission("lamp.light", "Light the lamp", frozenset({"verified"}))
    app = _app(tmp_path / "a", lamp=_plugin(register_permissions=lambda: [light]))
    allowed = make_member(app, "Ash", ward=WARD)
    denied = make_member(app, "Birch")
    with app.app_context():
        assert permissions.allowed(permissions.viewer_of(sql.session, allowed), "lamp.light", OTHER_WARD)
        assert not permissions.allowed(permissions.viewer_of(sql.session, denied), "lamp.light")
    foreign = Permission("core.light", "Light the lamp", frozenset({"verified"}))
    with pytest.raises(PluginError, match="must start with 'lamp.'"):
        _app(tmp_path / "b", lamp=_plugin(register_permissions=lambda: [foreign]))


def _pages(name: str) -> list[Blueprint]:
    pages = Blueprint(name, __name__)
    pages.add_url_rule("/lamp", "index", public(lambda: "lit"))
    return [pages]


def test_hook_register_blueprints(tmp_path: Path) -> None:
    app = _app(tmp_path / "a", lamp=_plugin(register_blueprints=lambda: _pages("lamp")))
    assert app.test_client().get("/lamp").data == b"lit"
    api = ApiBlueprint("lamp_api", __name__, url_prefix="/api/v1")
    described = _app(tmp_path / "b", lamp=_plugin(register_blueprints=lambda: [api]))
    assert "lamp_api" in described.blueprints
    with pytest.raises(PluginError, match="must be called 'lamp'"):
        _app(tmp_path / "c", lamp=_plugin(register_blueprints=lambda: _pages("core2")))


def _mounting(mount: Mount) -> SimpleNamespace:
    return _plugin(register_mounts=lambda: [mount])


def test_hook_register_mounts(tmp_path: Path) -> None:
    def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{environ['SCRIPT_NAME']} {environ['PATH_INFO']}".encode()]

    app = _app(tmp_path / "a", lamp=_plugin(register_mounts=lambda: [Mount("/side", lambda _app: echo)]))
    client = app.test_client()
    assert client.get("/side/a/b").data == b"/side /a/b"
    assert client.get("/side").data == b"/side /"
    assert client.get("/sideways").status_code == 404
    for path in ("side", "/", "/side/deep"):
        wrong = _mounting(Mount(path, lambda _app: echo))
        with pytest.raises(PluginError, match="cannot be the path"):
            _app(tmp_path / "b", lamp=wrong)


def test_hook_publish_released(tmp_path: Path) -> None:
    author = Authorship("handle", "Quiet Heron 123456", ref="r")
    post = ReleasedPost("p" * 32, None, (WARD,), "A title", "Some text", "question", author, now())
    placed = Placement("t" * 32, "held", "looked at first")
    app = _app(tmp_path / "a", lamp=_plugin(publish_released=lambda db, released: placed))
    with app.app_context(), transaction() as db:
        assert posting.publish_released(db, post) == placed
    bare = _app(tmp_path / "b", lamp=_plugin())
    with bare.app_context(), transaction() as db:
        assert posting.publish_released(db, post) is None


def test_hook_copied_threads(tmp_path: Path) -> None:
    thread = ThreadCopy("t" * 32, "A title", "question", (WARD,), True, ())
    app = _app(tmp_path / "a", lamp=_plugin(copied_threads=lambda db, limit: [thread] * limit))
    with app.app_context():
        assert posting.copied_threads(sql.session, 2) == [thread, thread]
    bare = _app(tmp_path / "b", lamp=_plugin())
    with bare.app_context():
        assert posting.copied_threads(sql.session, 2) == []


def test_hook_placed_posts(tmp_path: Path) -> None:
    placed = {"p" * 32: Placement("t" * 32, "hidden", "not here")}
    app = _app(tmp_path / "a", lamp=_plugin(placed_posts=lambda db, post_ids: {i: placed[i] for i in post_ids}))
    with app.app_context():
        assert posting.placed_posts(sql.session, ["p" * 32]) == placed
    bare = _app(tmp_path / "b", lamp=_plugin())
    with bare.app_context():
        assert posting.placed_posts(sql.session, ["p" * 32]) == {}


def test_hook_withdraw_released(tmp_path: Path) -> None:
    app = _app(tmp_path / "a", lamp=_plugin(withdraw_released=lambda db, post_id, ref: ref == "mine"))
    with app.app_context(), transaction() as db:
        assert posting.withdraw_released(db, "p" * 32, "mine")
        assert not posting.withdraw_released(db, "p" * 32, "another")
    bare = _app(tmp_path / "b", lamp=_plugin())
    with bare.app_context(), transaction() as db:
        assert not posting.withdraw_released(db, "p" * 32, "mine")


def test_hook_moderation_actions(tmp_path: Path) -> None:
    signed = PostSignature("p" * 32, "t" * 32, (WARD,), "handle", "Quiet Heron 123456", ref="r")
    dim = ModerationAction("Dim it", "It gets darker.", "/dim", {"post_id": signed.post_id})
    offering = _plugin(moderation_actions=lambda viewer, signature: [dim] if viewer.is_signed_in else [])
    app = _app(tmp_path / "a", lamp=offering, other=_plugin(moderation_actions=lambda: [dim]))
    with app.app_context():
        assert posting.moderation_actions(Viewer("m"), signed) == [dim, dim]
        assert posting.moderation_actions(Viewer(), signed) == [dim]


def test_hook_signature_of(tmp_path: Path) -> None:
    signed = PostSignature("p" * 32, "t" * 32, (WARD,), "handle", "Quiet Heron 123456", ref="r")
    known = {signed.post_id: signed}
    app = _app(tmp_path / "a", lamp=_plugin(signature_of=lambda db, post_id: known.get(post_id)))
    with app.app_context():
        assert posting.signature_of(sql.session, "p" * 32) == signed
        assert posting.signature_of(sql.session, "q" * 32) is None


def test_hook_register_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    shine = click.Command("lamp", callback=lambda: click.echo("shining"))
    usurper = click.Command("doctor", callback=lambda: click.echo("usurped"))
    plugins = Plugins({"lamp": _plugin(register_commands=lambda: [shine, usurper])})
    monkeypatch.setattr(plugin_manager, "load", lambda names: plugins)
    monkeypatch.setattr("sys.argv", ["boroughwatch"])
    vars(cli.main).pop("_found", None)
    try:
        assert CliRunner().invoke(cli.main, ["lamp"]).output == "shining\n"
        assert "usurped" not in CliRunner().invoke(cli.main, ["doctor", "--help"]).output
        assert "lamp" in CliRunner().invoke(cli.main, ["--help"]).output
    finally:
        vars(cli.main).pop("_found", None)


def _published() -> PostPublished:
    return PostPublished(post_id="p" * 32, thread_id="t" * 32, ward_codes=(WARD,), is_first=True)


def test_hook_register_subscriptions(tmp_path: Path) -> None:
    heard: list[str] = []
    subscription = Subscription(PostPublished, lambda db, event: heard.append(event.post_id), "count")
    broken = Subscription(PostPublished, _failing, "break")
    app = _app(
        tmp_path,
        a_lamp=_plugin(register_subscriptions=lambda: [broken]),
        lamp=_plugin(register_subscriptions=lambda: [subscription]),
    )
    with app.app_context(), transaction() as db:
        event_log.append(db, _published())
    assert heard == []
    work(app)
    assert heard == ["p" * 32], "heard once, though the other subscriber fails"
    with app.app_context():
        assert [row["subscriber"] for row in event_log.pending(sql.session)] == ["a_lamp.break"]


def _append_and_fail(db: Any) -> None:
    event_log.append(db, _published())
    raise RuntimeError("rolled back on purpose")


def test_hook_register_subscriptions_hears_nothing_of_a_rollback(tmp_path: Path) -> None:
    heard: list[Any] = []
    subscription = Subscription(PostPublished, lambda db, event: heard.append(event), "count")
    app = _app(tmp_path, lamp=_plugin(register_subscriptions=lambda: [subscription]))
    with app.app_context(), pytest.raises(RuntimeError), transaction() as db:
        _append_and_fail(db)
    work(app)
    assert heard == []


def test_hook_register_jobs(tmp_path: Path) -> None:
    runs: list[Any] = []
    jobs = [Job("broken", _failing, 60), Job("tick", lambda now: runs.append(now), 3600)]
    app = _app(tmp_path, lamp=_plugin(register_jobs=lambda: jobs))
    work(app)
    assert len(runs) == 1, "due once an hour, and not stopped by the job that fails"


def test_hook_nav_items(tmp_path: Path) -> None:
    item = NavItem(20, "Lamps", "core.help", "lamp")
    app = _app(
        tmp_path, a_lamp=_plugin(nav_items=lambda viewer: _failing()), lamp=_plugin(nav_items=lambda viewer: [item])
    )
    with app.test_request_context("/"):
        labels = [entry.label for entry in slots.menu()]
    assert labels.index("Lamps") > labels.index("Home")
    assert app.test_client().get("/").status_code == 200


def test_hook_panels(tmp_path: Path) -> None:
    asked: list[tuple[Slot, str | None]] = []

    def panels(slot: Slot, viewer: Viewer, subject: str | None) -> list[Panel]:
        asked.append((slot, subject))
        return [Panel("lamp/late.html", {}, 60), Panel("lamp/early.html", {}, 10)]

    app = _app(tmp_path, a_lamp=_plugin(panels=lambda slot: _failing()), lamp=_plugin(panels=panels))
    with app.test_request_context("/"):
        found = slots.panels(Slot.WARD, WARD)
    assert [panel.template for panel in found] == ["lamp/early.html", "lamp/late.html"]
    assert asked == [(Slot.WARD, WARD)]
    with app.test_request_context("/"), pytest.raises(ValueError, match="kerb"):
        slots.slot("kerb")


LIGHT = Permission("lamp.light", "Light the lamp", frozenset({"verified"}))


def _with_rule(folder: Path, rule: Any) -> tuple[Flask, Viewer]:
    app = _app(
        folder, lamp=_plugin(register_permissions=lambda: [LIGHT], permission_rules=lambda viewer, permission: rule())
    )
    member_id = make_member(app, "Ash", ward=WARD)
    with app.app_context():
        return app, permissions.viewer_of(sql.session, member_id)


def test_hook_permission_rules(tmp_path: Path) -> None:
    muted = Rule(allow=False, wards=frozenset({WARD}), reason="muted until Friday")
    app, viewer = _with_rule(tmp_path / "a", lambda: [Rule(allow=True, wards=ALL, reason="open day"), muted])
    with app.app_context():
        assert WARD not in permissions.wards_where(viewer, "lamp.light")
        assert permissions.allowed(Viewer(), "lamp.light", OTHER_WARD), "a rule may also allow"
        with pytest.raises(permissions.Denied) as refusal:
            permissions.require(viewer, "lamp.light", WARD)
    assert refusal.value.reason == "muted until Friday"
    app, viewer = _with_rule(tmp_path / "b", _failing)
    with app.app_context():
        assert not permissions.allowed(viewer, "lamp.light"), "a rule that fails refuses"


ASH = Viewer("m" * 32, "Ash")


def test_hook_compose_options(tmp_path: Path) -> None:
    option = ComposeOption("lamp", "As a lamp", "Nobody sees who lit it.")
    app = _app(tmp_path, lamp=_plugin(compose_options=lambda viewer, ward_code: [option]))
    with app.test_request_context("/"):
        assert [found.name for found in posting.options(ASH, WARD)] == ["alias", "lamp"]


def _sign(choices: Mapping[str, str]) -> Authorship | None:
    return Authorship(kind="lamp", label="A lamp", ref="r1") if choices["as"] == "lamp" else None


def test_hook_authorship(tmp_path: Path) -> None:
    app = _app(tmp_path, lamp=_plugin(authorship=_sign))
    with app.app_context(), transaction() as db:
        arguments: tuple[Any, ...] = (db, ASH, "t" * 32, WARD)
        assert posting.authorship(*arguments, {"as": "lamp"}).member_id is None
        assert posting.authorship(*arguments, {}).member_id == ASH.member_id
        with pytest.raises(posting.UnknownAuthorship):
            posting.authorship(*arguments, {"as": "ghost"})
    with pytest.raises(PluginError, match="one plugin only"):
        Plugins({"lamp": _plugin(authorship=_sign), "torch": _plugin(authorship=lambda choices: None)})


def test_hook_own_refs(tmp_path: Path) -> None:
    app = _app(tmp_path, lamp=_plugin(own_refs=lambda viewer, thread_id: ["r1", "r2"]))
    with app.app_context():
        assert posting.own_refs(ASH, "t" * 32) == {"r1", "r2"}


def test_hook_objections(tmp_path: Path) -> None:
    held = Objection("lamp.plate", "A number plate is in the text.")
    app = _app(tmp_path / "a", lamp=_plugin(objections=lambda draft: [held]))
    with app.test_request_context("/"), transaction() as db:
        assert posting.objections(db, DRAFT) == [held]
    app = _app(tmp_path / "b", lamp=_plugin(objections=lambda draft: _failing()))
    with app.test_request_context("/"), transaction() as db:
        assert [objection.refuse for objection in posting.objections(db, DRAFT)] == [True], "an error refuses"


def test_hook_export_member(tmp_path: Path) -> None:
    part = ExportPart("lamp_lights", [{"lit_on": "2026-05-01"}])
    app = _app(tmp_path / "a", lamp=_plugin(export_member=lambda member_id: part))
    member_id = make_member(app, "Ash")
    with app.test_request_context("/"):
        assert privacy.export(sql.session, member_id)["lamp_lights"] == [{"lit_on": "2026-05-01"}]
    app = _app(tmp_path / "b", lamp=_plugin(export_member=lambda: _failing()))
    member_id = make_member(app, "Ash")
    with app.test_request_context("/"), pytest.raises(privacy.PartFailed):
        privacy.export(sql.session, member_id)


def test_hook_erase_member(tmp_path: Path) -> None:
    app = _app(tmp_path / "a", lamp=_plugin(erase_member=lambda member_id: ErasurePart(2, 1, "the law wants it")))
    member_id = make_member(app, "Ash")
    with app.app_context(), transaction() as db:
        erasure = privacy.erase(db, member_id, None)
    assert erasure.parts["lamp"] == ErasurePart(2, 1, "the law wants it")
    app = _app(tmp_path / "b", lamp=_plugin(erase_member=lambda: _failing()))
    member_id = make_member(app, "Ash")
    with app.app_context():
        with pytest.raises(privacy.PartFailed), transaction() as db:
            privacy.erase(db, member_id, None)
        assert permissions.viewer_of(sql.session, member_id).is_signed_in, "half an erasure is none"


def test_hook_self_checks(tmp_path: Path) -> None:
    finding = Finding(False, "The lamp is out. Change the bulb.")
    app = _app(tmp_path, a_lamp=_plugin(self_checks=lambda: _failing()), lamp=_plugin(self_checks=lambda: [finding]))
    with app.app_context():
        found = doctor.findings()
    assert finding in found
    assert any(not one.ok and "a_lamp" in one.text for one in found)


def test_hook_verify_chains(tmp_path: Path) -> None:
    whole = Chain("lamp log", None, 3, "beef", frozenset({"beef"}))
    answers = {"lamp": _plugin(verify_chains=lambda db, heads: [whole] if heads == {"beef"} else [])}
    app = _app(tmp_path, a_lamp=_plugin(verify_chains=lambda: _failing()), **answers)
    with app.app_context():
        found = chains.look_at(sql.session, ["beef"])
    assert [(chain.name, chain.problem is None) for chain in found] == [
        ("audit log", True),
        ("a_lamp", False),
        ("lamp log", True),
    ], "a chain that nobody could look at does not pass for whole"
    assert found[2].known == {"beef"}


def test_hook_retention(tmp_path: Path) -> None:
    def retention(db: Any, now: Any) -> list[RetentionPart]:
        count = db.execute(sa.delete(Ward).where(Ward.code == OTHER_WARD)).rowcount
        return [RetentionPart("lamps", count)]

    app = _app(tmp_path / "a", lamp=_plugin(retention=retention))
    with app.app_context():
        for _again in range(2):
            assert ("lamp", RetentionPart("lamps", 1)) in run_retention(now(), dry_run=True), "nothing had changed"
        assert ("lamp", RetentionPart("lamps", 1)) in run_retention(now(), dry_run=False)
        assert ("lamp", RetentionPart("lamps", 0)) in run_retention(now(), dry_run=False)
    broken = _app(tmp_path / "b", lamp=_plugin(retention=retention), torch=_plugin(retention=lambda: _failing()))
    with broken.app_context():
        with pytest.raises(RuntimeError):
            run_retention(now(), dry_run=False)
        assert sql.session.get(Ward, OTHER_WARD) is not None, "all of it or nothing"


def test_hook_topic_labels(tmp_path: Path) -> None:
    def topic_labels(viewer: Viewer, topics: tuple[str, ...]) -> list[TopicLabel]:
        return [TopicLabel(topic, f"Mopeds for {viewer.alias}", "/x") for topic in topics if topic.startswith("plug.")]

    def failing(topics: tuple[str, ...]) -> list[TopicLabel]:
        raise RuntimeError("broken on purpose")

    app = _app(tmp_path, plug=_plugin(topic_labels=topic_labels), worse=_plugin(topic_labels=failing))
    with app.app_context():
        found = notifications.labels(sql.session, Viewer(alias="Robin"), ["plug.thread:1", "other.thread:2"])
    assert found == {"plug.thread:1": TopicLabel("plug.thread:1", "Mopeds for Robin", "/x")}


def test_hook_letter_parts(tmp_path: Path) -> None:
    def late(db: Any, ward_code: str, since: Any, now: Any) -> list[LetterPart]:
        return [LetterPart("Lamps", [ward_code], order=60), LetterPart("Nothing", [], order=1)]

    early = _plugin(letter_parts=lambda db, ward_code: [LetterPart("Torches", ["one"], "old", order=10)])
    app = _app(tmp_path, a_lamp=_plugin(letter_parts=lambda: _failing()), lamp=_plugin(letter_parts=late), torch=early)
    with app.app_context():
        found = letters.parts(sql.session, OTHER_WARD, now(), now())
    assert [(part.heading, list(part.lines)) for part in found] == [("Torches", ["one"]), ("Lamps", [OTHER_WARD])]


def test_hook_demo_content(tmp_path: Path) -> None:
    app = _app(tmp_path, lamp=_plugin(demo_content=lambda db, people: [f"{len(people)} lamps are lit."]))
    with app.app_context(), transaction() as db:
        assert demo_boroughs.content(db, {"verified": "m" * 32}) == ["1 lamps are lit."]


def test_hook_demo_meet(tmp_path: Path) -> None:
    app = _app(tmp_path / "a", lamp=_plugin(demo_meet=lambda neighbour_url: f"red lamp at {neighbour_url}"))
    with app.app_context():
        assert demo_boroughs.meet("http://127.0.0.1:1") == "red lamp at http://127.0.0.1:1"
    with _app(tmp_path / "b").app_context():
        assert demo_boroughs.meet("http://127.0.0.1:1") is None


def test_hook_demo_confirm(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    plugin = _plugin(demo_confirm=lambda neighbour_url, words: heard.append((neighbour_url, words)))
    app = _app(tmp_path, lamp=plugin)
    with app.app_context():
        demo_boroughs.confirm("http://127.0.0.1:1", "red lamp")
    assert heard == [("http://127.0.0.1:1", "red lamp")]


def test_a_misspelt_hook_stops_the_start() -> None:
    with pytest.raises(PluginError, match="unknown hook 'nav_item'"):
        Plugins({"lamp": _plugin(nav_item=lambda viewer: [])})


def test_a_misspelt_argument_stops_the_start() -> None:
    with pytest.raises(PluginError, match="lamp"):
        Plugins({"lamp": _plugin(nav_items=lambda veiwer: [])})


def test_a_wrapper_stops_the_start() -> None:
    def nav_items(viewer: Viewer) -> Any:
        return (yield)

    with pytest.raises(PluginError, match="is a wrapper"):
        Plugins({"lamp": SimpleNamespace(nav_items=hookimpl(wrapper=True)(nav_items))})


def test_two_apps_in_one_process_keep_their_plugins_apart(tmp_path: Path) -> None:
    one = _app(tmp_path / "a", lamp=_plugin(register_blueprints=lambda: _pages("lamp")))
    two = _app(tmp_path / "b")
    assert one.test_client().get("/lamp").status_code == 200
    assert two.test_client().get("/lamp").status_code == 404
