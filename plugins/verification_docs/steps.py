"""How far a case has come: each step of the rule, with its papers and whether one may be sent now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugins.verification_docs import rule
from plugins.verification_docs.models import ACCEPTED, COLLECTING, REJECTED
from plugins.verification_docs.papers import KINDS, Kind
from plugins.verification_docs.policy import accepted_kinds
from plugins.verification_docs.queries import PaperRow

BETWEEN = "-or-"


@dataclass(frozen=True)
class Step:
    """One step: any one of `kinds` will do. `slug` names it in addresses."""

    slug: str
    kinds: tuple[Kind, ...]
    papers: tuple[PaperRow, ...]
    may_send: bool
    may_take_back: bool

    @property
    def paper(self) -> PaperRow | None:
        """The paper that counts at present: an accepted one, else one that waits, else one sent back, else None."""
        order = {ACCEPTED: 0, REJECTED: 2}
        return min(self.papers, key=lambda paper: order.get(paper.state, 1), default=None)

    @property
    def label(self) -> str:
        """What the step is called."""
        return " / ".join(str(kind.label) for kind in self.kinds)

    @property
    def asks_postcode(self) -> bool:
        """Whether the postcode is typed in this step."""
        return any(kind.name == "address" for kind in self.kinds)

    @property
    def asks_number(self) -> bool:
        """Whether the number of a photo document is typed in this step."""
        return any(kind.name == "id" for kind in self.kinds)


def of(node: rule.Node, case_state: str | None, papers: Sequence[PaperRow]) -> tuple[Step, ...]:
    """Return the steps of a rule for a case in this state (None: not begun), in the order of asking."""
    is_collecting = case_state in (None, COLLECTING)
    offered = accepted_kinds()
    found = []
    for names in rule.steps(node):
        ordered = [name for name in KINDS if name in names]
        mine = tuple(paper for paper in papers if paper.kind.name in names)
        found.append(
            Step(
                slug=BETWEEN.join(ordered),
                kinds=tuple(offered[name] for name in ordered if name in offered),
                papers=mine,
                may_send=not any(paper.state != REJECTED for paper in mine),
                may_take_back=is_collecting and bool(mine),
            )
        )
    return tuple(found)


def may_send(node: rule.Node, kind: str, states: Mapping[str, str]) -> bool:
    """Whether a paper of this kind is asked for: some step with it has no paper that waits or was accepted."""
    return any(
        kind in names and all(states.get(name, REJECTED) == REJECTED for name in names) for names in rule.steps(node)
    )


def together_with(node: rule.Node, kind: str) -> frozenset[str]:
    """Return every kind that shares a step with this one, itself included."""
    return frozenset({kind}).union(*(names for names in rule.steps(node) if kind in names))
