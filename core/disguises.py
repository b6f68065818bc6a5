"""What a member may have the site look like on a screen that others see: a plain name, a picture and mails to match.

Ground floor: imports nothing of ours. A disguise changes what is seen in passing, and nothing that is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask_babel import lazy_gettext as _


@dataclass(frozen=True)
class Disguise:
    """One look: what titles and senders are called, its picture among the static files, the subject of every mail.

    The one without a name is no disguise: titles, pictures and subjects are then the site's own.
    """

    name: str = ""
    title: Any = ""
    icon: str = "favicon.svg"
    subject: Any = ""

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return bool(self.name)


NONE = Disguise()
ALL = MappingProxyType(
    {
        one.name: one
        for one in (
            NONE,
            Disguise("notes", _("Notes"), "notes.svg", _("A new note")),
            Disguise("recipes", _("Recipes"), "recipes.svg", _("A new recipe")),
            Disguise("homework", _("Homework club"), "homework.svg", _("News of the club")),
        )
    }
)
"""By name, in the order they are offered."""


class NoSuchDisguise(LookupError):
    """There is none of this name."""


def of(name: str) -> Disguise:
    """Return the disguise of a name; none for one that is not known any more."""
    return ALL.get(name, NONE)
