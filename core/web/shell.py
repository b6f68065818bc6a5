"""What every template may use: filters for days, moments and wards, icons, theme and language."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, format_date, format_datetime
from markupsafe import Markup, escape
from werkzeug.local import LocalProxy

from core import wards
from core.instance import instance
from core.web.access import viewer
from core.web.disguises import worn
from core.web.fragments import init_fragments
from core.web.giveaway_words import advice
from core.web.paths import init_paths, url_for
from core.web.sign_in_words import init_words
from core.web.static_files import init_static_files
from core.web.wording import gettext, init_wording, speaker

LONDON = ZoneInfo("Europe/London")
LANGUAGES = {"en": "English"}
THEMES = ("auto", "light", "dark")


def day(value: date | datetime) -> str:
    """Write a day, like 5 August 2026, as it is in London."""
    if isinstance(value, datetime):
        value = value.astimezone(LONDON).date()
    return str(format_date(value, "d MMMM yyyy"))


def moment(value: datetime) -> str:
    """Write a day and time in London, like 5 August 2026, 16:10."""
    return str(format_datetime(value.astimezone(LONDON).replace(tzinfo=None), "d MMMM yyyy, HH:mm", rebase=False))


def icon(name: str, extra: str = "") -> Markup:
    """Draw a symbol of the sprite; it is decoration, so it is hidden from screen readers."""
    return _drawn(url_for("static", filename="icons.svg"), name, extra)


@lru_cache(maxsize=1024)
def _drawn(sheet: str, name: str, extra: str = "") -> Markup:
    return Markup('<svg class="bw-i {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>').format(
        escape(extra), sheet, name
    )


def language() -> str:
    """Return the language to speak: the cookie's, else the browser's best; English outside a page."""
    if not has_request_context():
        return "en"
    chosen = request.cookies.get("language")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def theme() -> str:
    """Return `auto` (follows the system), `light` or `dark`."""
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"


def init_shell(app: Flask) -> None:
    """Attach translations and what templates use."""
    init_static_files(app)
    init_words(app)
    Babel(app, locale_selector=language, default_timezone="Europe/London")
    init_wording(app)
    init_paths(app)
    init_fragments(app)
    app.jinja_env.filters.update(day=day, moment=moment, ward=wards.name_of)
    app.jinja_env.globals.update(icon=icon, LANGUAGES=LANGUAGES, _=gettext, giveaway_advice=advice)

    @app.context_processor
    def shell() -> dict[str, object]:
        if "shell" not in g:
            g.shell = _shell()
        found: dict[str, object] = g.shell
        return found


def _shell() -> dict[str, object]:
    """Return what every template of a page sees; the panels on it are templates of their own."""
    config = instance().config
    return {
        "site_name": config.site_name,
        "worn": LocalProxy(worn),
        "borough_name": config.borough_name,
        "is_demo": config.demo,
        "lang": language(),
        "theme": theme(),
        # Asked only when a template wants it: the error page must do without a database.
        "viewer": LocalProxy(viewer),
        # A page says and draws a hundred things: find the language and the sprite once.
        "_": speaker(),
        "icon": partial(_drawn, url_for("static", filename="icons.svg")),
    }
