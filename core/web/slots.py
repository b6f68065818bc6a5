"""The menu, and the places in pages where plugins put panels. A plugin's error costs its own part only."""

from __future__ import annotations

import logging
from functools import lru_cache

from flask import Flask, current_app, g, render_template
from flask_babel import get_locale
from flask_babel import gettext as _
from jinja2 import Environment
from markupsafe import Markup

from core import permissions, plugin_manager
from core.contributions import NavItem, Panel, Slot, Viewer
from core.web.access import viewer
from core.web.paths import url_for

log = logging.getLogger(__name__)


def menu() -> list[NavItem]:
    """Return the main menu for this viewer: core's entries and the plugins', in order. A page shows it three times."""
    if "menu" not in g:
        g.menu = _menu(viewer())
    found: list[NavItem] = g.menu
    return found


def _menu(who: Viewer) -> list[NavItem]:
    items = [NavItem(0, _("Home"), "core.home", "house-door-fill")]
    if who.is_signed_in:
        items.append(NavItem(90, _("My account"), "account.show", "person-circle"))
    else:
        items.append(NavItem(90, _("Sign in"), "security.login", "person-circle"))
    if permissions.allowed(who, "core.manage"):
        items.append(NavItem(80, _("Admin"), "admin.show", "sliders"))
    elif permissions.allowed(who, "core.confirm"):
        items.append(NavItem(80, _("Proposals"), "admin.proposals", "people-fill"))
    for name, answer in plugin_manager.current().ask_each("nav_items", viewer=who):
        if isinstance(answer, Exception):
            log.error("nav_items of %s failed", name, exc_info=answer)
        else:
            items.extend(answer)
    return sorted(items, key=lambda item: item.order)


def entries(items: list[NavItem], place: str) -> Markup:
    """Draw entries of the menu for a page at this path; most pages of a site show the same few menus."""
    links = []
    for item in items:
        url = url_for(item.endpoint)
        links.append((item, url, place == url or (url != "/" and place.startswith(f"{url}/"))))
    return _drawn(current_app.jinja_env, str(get_locale()), tuple(links))


@lru_cache(maxsize=512)
def _drawn(templates: Environment, _language: str, links: tuple[tuple[NavItem, str, bool], ...]) -> Markup:
    found: Markup = templates.get_template("core/_menu.html").module.entries(links)  # type: ignore[attr-defined]  # a macro
    return found


def panels(place: Slot, subject: str | None = None) -> list[Panel]:
    """Return the panels of a slot, in order."""
    found: list[Panel] = []
    for name, answer in plugin_manager.current().ask_each("panels", slot=place, viewer=viewer(), subject=subject):
        if isinstance(answer, Exception):
            log.error("panels of %s failed", name, exc_info=answer)
        else:
            found.extend(answer)
    return sorted(found, key=lambda panel: panel.order)


def slot(name: str, subject: str | None = None) -> Markup:
    """Render a slot in a template; a misspelt name fails loudly."""
    parts = []
    for panel in panels(Slot(name), subject):
        try:
            parts.append(render_template(panel.template, subject=subject, **panel.context))
        except Exception:
            log.exception("panel %s failed", panel.template)
    return Markup("\n".join(parts))  # noqa: S704  # nosec B704  # every part is an autoescaped template


def init_slots(app: Flask) -> None:
    """Give templates `menu()`, `entries(items, path)` and `slot('name', subject=…)`."""
    app.jinja_env.globals.update(menu=menu, entries=entries, slot=slot)
