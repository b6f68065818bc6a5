"""Makes the Flask app of an instance: configuration, plugins, database, edge. Heavy parts load when called."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Any

from flask import Flask

from core import config as configuration
from core import plugin_manager
from core.contributions import Contributions, Document, Permission, Schema, Setting
from core.crypto import Keyring
from core.plugin_manager import PluginError, Plugins


def create_app(data_dir: Path | str | None = None, *, plugins: Plugins | None = None, **settings: Any) -> Flask:
    """Return the WSGI app of the instance in `data_dir` (default: BOROUGHWATCH_DATA).

    `plugins` replaces what the configuration names; `settings` replace lines of the file (tests).

    Raises:
        ConfigError, PluginError, SecretMissing: the start must stop; the message says what to do.
    """
    config, loaded = configured(data_dir, plugins=plugins, **settings)
    return _assemble(config, loaded, gather(loaded))


def configured(
    data_dir: Path | str | None = None, *, plugins: Plugins | None = None, **settings: Any
) -> tuple[configuration.Config, Plugins]:
    """Return the checked configuration and the plugins it names, without making an app.

    Raises:
        ConfigError, PluginError: as `create_app`.
    """
    # Resolved: Flask would look for a relative SQLite path below its own folder.
    folder = Path(data_dir or os.environ.get("BOROUGHWATCH_DATA", ".")).resolve()
    raw = {**configuration.read(folder), **settings}
    loaded = plugins if plugins is not None else plugin_manager.load(configuration.wanted_plugins(raw))
    return configuration.build(folder, raw, settings_of(loaded)), loaded


def settings_of(plugins: Plugins) -> dict[str, dict[str, Setting]]:
    """Return what each plugin accepts in its table of the configuration."""
    accepted = {
        name: {setting.name: setting for setting in answer} for name, answer in plugins.ask("register_settings")
    }
    return {name: accepted.get(name, {}) for name in plugins.names}


def _assemble(config: configuration.Config, plugins: Plugins, contributed: Contributions) -> Flask:
    from core.database import init_database
    from core.hints import Hints
    from core.instance import Instance
    from core.web.form_data import init_form_data
    from core.web.public_address import PublicAddress
    from core.web.security import RamRequest, init_security

    keys = Keyring.from_file(Path(config.secret_key_file))
    app = Flask("core", static_folder="static", template_folder="templates")
    app.request_class = RamRequest
    app.wsgi_app = PublicAddress(app.wsgi_app, config.public_url)  # type: ignore[method-assign]  # as Flask tells to
    app.config.update(
        SECRET_KEY=keys.derive("cookie").hex(),
        # Two instances on one host (the demonstration) must not overwrite each other's cookie.
        SESSION_COOKIE_NAME=f"s_{config.borough.lower()}",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=config.public_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # wants a Referer, which careful browsers leave out; the token is what counts
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.extensions["boroughwatch"] = Instance(config, keys, plugins, contributed)
    app.extensions["boroughwatch.hints"] = Hints(config)
    init_database(app, config.database_url)
    init_security(app, config.redis_url)
    init_form_data()
    _init_edge(app)
    return app


def _init_edge(app: Flask) -> None:
    from core.accounts import init_accounts
    from core.web import access_counts, account, admin, errors, notices_api, pages, shell, sign_in, slots
    from core.web.api import init_api
    from core.web.mounts import init_mounts

    shell.init_shell(app)
    init_accounts(app)
    sign_in.init_sign_in(app)
    slots.init_slots(app)
    errors.init_errors(app)
    access_counts.init_access_counts(app)
    app.register_blueprint(pages.blueprint())
    app.register_blueprint(account.blueprint())
    app.register_blueprint(admin.blueprint())
    api = init_api(app)
    api.register_blueprint(notices_api.blueprint())
    _register_blueprints(app, api)
    init_mounts(app)


def _register_blueprints(app: Flask, api: Any) -> None:
    from flask_smorest import Blueprint as ApiBlueprint

    with app.app_context():
        for name, blueprints in plugin_manager.current().ask("register_blueprints"):
            for blueprint in blueprints:
                if blueprint.name not in (name, f"{name}_api", f"{name}_machine"):
                    raise PluginError(f"plugin '{name}': its blueprint must be called '{name}', not '{blueprint.name}'")
                if isinstance(blueprint, ApiBlueprint):
                    api.register_blueprint(blueprint)
                else:
                    app.register_blueprint(blueprint)


def gather(plugins: Plugins) -> Contributions:
    """Ask all `register_*` hooks that need no app, and check that every name has its home.

    Raises:
        PluginError: a permission, setting or table prefix that belongs to another name.
    """
    from core.permissions import CORE_PERMISSIONS

    allowed: dict[str, Permission] = {permission.name: permission for permission in CORE_PERMISSIONS}
    for name, declared in plugins.ask("register_permissions"):
        for permission in declared:
            if not permission.name.startswith(f"{name}."):
                raise PluginError(f"plugin '{name}': the permission '{permission.name}' must start with '{name}.'")
            allowed[permission.name] = permission
    schemas: dict[str, Schema] = {}
    for name, schema in plugins.ask("register_schema"):
        if schema.table_prefix != name:
            raise PluginError(f"plugin '{name}': its tables must start with '{name}_'")
        schemas[name] = schema
    subscriptions = [(name, sub) for name, subs in plugins.ask("register_subscriptions") for sub in subs]
    jobs = [("core", job) for job in _core_jobs()]
    jobs += [(name, job) for name, found in plugins.ask("register_jobs") for job in found]
    return Contributions(
        permissions=allowed,
        settings=settings_of(plugins),
        schemas=schemas,
        subscriptions=tuple(subscriptions),
        jobs=tuple(jobs),
        documents=_documents(plugins),
    )


def _documents(plugins: Plugins) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for name, documents in plugins.ask("register_documents"):
        for document in documents:
            if not re.fullmatch(r"[a-z0-9-]+\.json", document.name) or document.name in found:
                raise PluginError(f"plugin '{name}': a document cannot be called '{document.name}'")
            found[document.name] = document
    return found


def _core_jobs() -> list[Any]:
    from core.contributions import Job

    def sweep_files(_now: Any) -> None:
        from core import storage

        if storage.sweep():
            logging.getLogger(__name__).info("stored files without a row were deleted")

    def look_for_ends(now: Any) -> None:
        from core import membership_ends

        membership_ends.look(now)

    def drop_lapsed_proposals(now: Any) -> None:
        from core import proposals
        from core.database import transaction

        with transaction() as db:
            proposals.lapse(db, now.date())

    def forget_notices(now: Any) -> None:
        from core.database import transaction
        from core.notifications import inbox

        with transaction() as db:
            inbox.forget(db, now.date())

    return [
        Job("sweep_files", sweep_files, 3600),
        Job("old_notices", forget_notices, 24 * 3600),
        Job("membership_ends", look_for_ends, 3600),
        Job("lapsed_proposals", drop_lapsed_proposals, 3600),
    ]
