"""How many right answers luck alone gives, and whether an attack did better."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from linking_attacks import Answers, Ways
from linking_loot import Hidden, Loot

CONFIDENCE = 0.99
Attack = Callable[[Loot, Sequence[Hidden]], Ways]


@dataclass
class Tally:
    """One way of an attack, over all worlds it was tried in."""

    hits: int = 0
    chances: list[float] = field(default_factory=list)
    """For each answer, how likely it is right when nothing leaks: its members as a share of all."""

    def add(self, answers: Answers, hidden: Sequence[Hidden], members: int) -> None:
        """Count what one world gave."""
        for i, guessed in answers.items():
            self.hits += hidden[i].member in guessed
            self.chances.append(min(1.0, len(guessed) / members))


@dataclass(frozen=True)
class Result:
    """The best way of an attack: the one that is least likely to be luck."""

    attack: str
    ways: int
    best: str
    answers: int
    hits: int
    expected: float
    bound: int

    @property
    def links(self) -> bool:
        """Whether it did better than luck allows."""
        return self.hits > self.bound


def tail(chances: Sequence[float], hits: int) -> float:
    """Return how likely luck gives so many right answers or more (Poisson binomial, computed exactly)."""
    return 1.0 if hits <= 0 else max(0.0, 1.0 - sum(_distribution(chances, hits)))


def bound_of(chances: Sequence[float], ways: int, confidence: float = CONFIDENCE) -> int:
    """Return the most right answers that luck gives, so surely, when the best of so many ways is taken."""
    expected = sum(chances)
    likely = _distribution(chances, min(len(chances) + 1, int(expected + 12 * expected**0.5) + 40))
    within = 0.0
    for hits, share in enumerate(likely):
        within += share
        if 1 - within <= (1 - confidence) / ways:
            return hits
    return len(chances)


def judge(attack: str, tallies: dict[str, Tally], confidence: float = CONFIDENCE) -> Result:
    """Return the way of an attack that did best, with the bound for having had so many ways to choose from."""
    ways = max(1, len(tallies))
    best = min(tallies, key=lambda way: tail(tallies[way].chances, tallies[way].hits), default="")
    tally = tallies.get(best, Tally())
    expected = sum(tally.chances)
    bound = bound_of(tally.chances, ways, confidence)
    return Result(attack, len(tallies), best, len(tally.chances), tally.hits, expected, bound)


class Trial:
    """Tries attacks on one world after another and adds up what they hit."""

    def __init__(self, attacks: dict[str, Attack]) -> None:
        """Take the attacks by name."""
        self._attacks = attacks
        self._tallies: dict[str, dict[str, Tally]] = {name: defaultdict(Tally) for name in attacks}

    def add(self, loot: Loot, hidden: Sequence[Hidden]) -> None:
        """Try every attack on one world."""
        members = len(loot.members)
        for name, attack in self._attacks.items():
            for way, answers in attack(loot, hidden):
                self._tallies[name][way].add(answers, hidden, members)

    def results(self, confidence: float = CONFIDENCE) -> list[Result]:
        """Return one result for each attack."""
        return [judge(name, dict(tallies), confidence) for name, tallies in self._tallies.items()]


def _distribution(chances: Sequence[float], size: int) -> list[float]:
    """Return how likely luck gives 0, 1, 2, … right answers, fewer than `size`."""
    likely = [1.0]
    for chance in chances:
        wrong = [share * (1 - chance) for share in likely] + [0.0]
        right = [0.0] + [share * chance for share in likely]
        likely = [one + other for one, other in zip(wrong, right, strict=True)][:size]
    return likely
