"""Countries that issue documents, in the reader's language: our own first, the others by the alphabet."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from babel import Locale

from plugins.verification_docs.duplicates.tags import HOME_COUNTRY

# CLDR also lists groups of countries, islands that issue nothing of their own, and codes for tests.
_NONE = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


def choices(locale: Locale | None) -> list[tuple[str, str]]:
    """Return pairs of code (ISO 3166 alpha-2, and XK) and name."""
    return list(_choices(str(locale or "en")))


def is_known(code: str) -> bool:
    """Whether the code is one of ours, in capitals."""
    return code in {known for known, _name in _choices("en")}


@lru_cache(maxsize=64)
def _choices(locale: str) -> tuple[tuple[str, str], ...]:
    names = {str(code): str(name) for code, name in Locale.parse(locale).territories.items()}
    countries = [(code, names[code]) for code in names if len(code) == 2 and code.isalpha() and code not in _NONE]
    return tuple(sorted(countries, key=lambda country: (country[0] != HOME_COUNTRY, _plain(country[1]))))


def _plain(name: str) -> str:
    """Return a name as people look it up: Åland under A, Côte d'Ivoire under Co."""
    split = unicodedata.normalize("NFKD", name.replace("’", "").replace("'", ""))
    return "".join(sign for sign in split if not unicodedata.combining(sign)).casefold()
