"""The menu, and the places in pages where plugins put panels. A plugin's error costs its own part only."""

from __future__ import annotations

import logging

from flask import Flask, g, render_template
from flask_babel import gettext as _
from markupsafe import Markup

from core import plugin_manager
from core.contributions import NavItem, Panel, Slot, Viewer
from core.web.access import viewer

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
    if who.has_role("admin"):
        items.append(NavItem(80, _("Admin"), "admin.show", "sliders"))
    for name, answer in plugin_manager.current().ask_each("nav_items", viewer=who):
        if isinstance(answer, Exception):
            log.error("nav_items of %s failed", name, exc_info=answer)
        else:
            items.extend(answer)
    return sorted(items, key=lambda item: item.order)


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
    """Give templates `menu()` and `slot('name', subject=…)`."""
    app.jinja_env.globals.update(menu=menu, slot=slot)
