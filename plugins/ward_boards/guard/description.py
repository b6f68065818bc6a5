"""Describing a person fairly: what they did comes first, and is never left out (M6)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

LONGEST = 300


@dataclass(frozen=True)
class Description:
    """What a writer says about a person they saw; every part may be empty."""

    did: str = ""
    going: str = ""
    clothes: str = ""
    other: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was filled in."""
        return not (self.did or self.going or self.clothes or self.other)

    @property
    def lacks_deed(self) -> bool:
        """Whether only looks or a direction are told."""
        return not self.is_empty and not self.did


def as_text(described: Description) -> str:
    """Return a description as plain sentences for the end of a post; what the person did comes first."""
    parts = (
        (described.did, _("What the person did:")),
        (described.going, _("Where they were going:")),
        (described.clothes, _("Clothes:")),
        (described.other, _("Besides:")),
    )
    return "\n".join(f"{heading} {_sentence(said)}" for said, heading in parts if said)


def _sentence(said: str) -> str:
    return said if said.endswith((".", "!", "?")) else f"{said}."
