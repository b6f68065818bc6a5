"""Translations at the price of a look-up: a request finds its catalogue once, not once for every sentence."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from babel import support
from flask import Flask, g, has_app_context
from flask_babel import Domain, get_babel, get_locale
from wtforms.i18n import messages_path


class KeptDomain(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """A domain that remembers the translations of a request until its language changes."""

    def get_translations(self) -> Any:
        """Return the translations into the language of now; `force_locale` may change it in the middle."""
        speech: SimpleNamespace | None = g.get("_flask_babel") if has_app_context() else None
        kept = getattr(speech, "kept_translations", None)
        if kept is not None and kept[0] is getattr(speech, "babel_locale", None):
            return kept[1]
        translations = super().get_translations()
        if has_app_context() and "_flask_babel" in g:
            g._flask_babel.kept_translations = (get_locale(), translations)
        return translations


def init_wording(app: Flask) -> None:
    """Let Flask-Babel use a domain that remembers."""
    babel = app.extensions["babel"]
    babel.instance.domain_instance = KeptDomain(domain=babel.default_domain)


def gettext(text: str, **variables: Any) -> str:
    """Translate in a template, which asks a hundred times for one page."""
    found: str = get_babel().instance.domain_instance.get_translations().gettext(text)
    return found % variables if variables else found


def speaker() -> Callable[..., str]:
    """Return a `gettext` for one page in the language it is written in."""
    look_up = get_babel().instance.domain_instance.get_translations().gettext

    def say(text: str, **variables: Any) -> str:
        found: str = look_up(text)
        return found % variables if variables else found

    return say


def form_words() -> support.NullTranslations:
    """Return what WTForms says for itself, in the language of this request."""
    return _form_words(str(get_locale() or "en"))


@lru_cache(maxsize=32)
def _form_words(locale: str) -> support.NullTranslations:
    return support.Translations.load(messages_path(), [locale], domain="wtforms")
