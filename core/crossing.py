"""What core and plugins say to one another about alerts that cross a border: frozen values only."""

from __future__ import annotations

from dataclasses import dataclass

ASSURANCE_LEVELS = ("none", "some", "address", "id_address", "id_address_third")
"""How surely an instance knows that its members live there, the least first.

`none`: nobody is asked for anything. `some`: papers, but an address is not always among them. `address`: always
something that shows the address. `id_address`: always that and an identity document. `id_address_third`: always
a third kind of paper besides.
"""


@dataclass(frozen=True)
class Assurance:
    """How this instance makes sure who its members are: facts and counts, nobody's name.

    `evidence` are the kinds of paper that the rule names, `rule` the rule as the operator wrote it. `reviewers` counts
    those who may decide today, `vetting` are the ways in which they were checked, `deciders` how many of them decide
    about one paper.
    """

    level: str
    evidence: tuple[str, ...] = ()
    rule: str = ""
    reviewers: int = 0
    vetting: tuple[str, ...] = ()
    deciders: int = 0
    valid_months: int = 0


@dataclass(frozen=True)
class Recipient:
    """A neighbour that may be meant by an audience: whether an alert would reach it now, and if not, why.

    `id` is what an audience names it by. `reason` is a sentence for the person who writes the alert; it may also say
    what happens to an alert that is reached. `can_be_chosen` is false for those that no audience reaches.
    """

    id: str
    name: str
    reached: bool
    reason: str = ""
    can_be_chosen: bool = True
