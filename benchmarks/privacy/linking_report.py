"""Tries to join what was written unseen to its writers, and writes down how that went: `report.md` beside this file.

    python benchmarks/privacy/linking_report.py [--members 300] [--seeds 5]

It takes some minutes. The same with 40 members and one seed is in the tests (tests/anonymity).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import linking_world
from linking_attacks import ATTACKS
from linking_loot import Loot
from linking_mistakes import MISTAKES, planted
from linking_scores import Result, Trial

HERE = Path(__file__).parent
KINDS = {"voice": "Unlinkable voices", "thread_alias": "Names for one thread"}
KEYS = (".key",)
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # nothing secret: commits take no disk


class Study:
    """The same questions put to several boroughs, one after the other."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.trials = {(kind, when): Trial(ATTACKS) for kind in KINDS for when in ("waiting", "after")}
        self.mistakes = {what: Trial({attack: ATTACKS[attack]}) for what, (_plant, attack) in MISTAKES.items()}
        self.names = dict.fromkeys(KINDS, 0)
        self.posts = self.seeds = 0

    def add(self, world: linking_world.World) -> None:
        """Attack one borough, as it is and with each mistake planted."""
        self.posts += world.posts
        for loot in (world.waiting, world.after):
            if loot:
                loot.look_through(world.hidden)
        for kind in KINDS:
            hidden = [one for one in world.hidden if one.kind == kind]
            self.names[kind] += len(hidden)
            for when, loot in (("waiting", world.waiting), ("after", world.after)):
                if loot and hidden:
                    self.trials[kind, when].add(loot if kind == "voice" else without_keys(loot), hidden)
        hidden = [one for one in world.hidden if one.kind == "voice"]
        for what, (plant, _attack) in MISTAKES.items():
            if world.after and hidden:
                self.mistakes[what].add(planted(world.after, hidden, plant), hidden)


def without_keys(loot: Loot) -> Loot:
    """Return the loot of a thief who got the database, logs and backups, but not the keys beside them."""
    files = {name: content for name, content in loot.files.items() if not name.endswith(KEYS)}
    return Loot(files, loot.mtimes, loot.tables, {}, {name: loot.found[name] for name in files}, loot.named)


def study(members: int, seeds: Iterable[int], say: Callable[[str], None]) -> Iterator[Study]:
    """Make a borough for each seed and attack it; yields the same study after each of them."""
    found = Study()
    for seed in seeds:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
            world = linking_world.make(Path(folder), members, seed)
            lived = time.perf_counter() - began
            found.add(world)
        found.seeds += 1
        attacked = time.perf_counter() - began - lived
        say(f"seed {seed}: {world.posts} posts; lived {lived:.0f} s, attacked {attacked:.0f} s")
        yield found


def table(results: Sequence[Result], first: str = "attack") -> list[str]:
    """Return results as a table in Markdown."""
    lines = [
        f"| {first} | ways tried | answers | right | by luck | 99 % bound | better than luck |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for one in results:
        verdict = "**yes**" if one.links else "no"
        cells = (one.attack, one.ways, one.answers, one.hits, f"{one.expected:.1f}", one.bound, verdict)
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return lines


def main() -> int:
    """Write the report; return 1 when an attack does better than luck, or a planted mistake is not found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=5)
    wanted = parser.parse_args()
    worst = 0
    for found in study(wanted.members, range(1, wanted.seeds + 1), lambda line: print(line, flush=True)):
        worst = write_down(found, wanted.members)
    return worst


def write_down(found: Study, members: int) -> int:
    """Write the report on what was found so far; return 1 when something is as it should not be, and print it."""
    sure = {key: trial.results() for key, trial in found.trials.items()}
    lines = (HERE / "report.head.md").read_text(encoding="utf-8").rstrip().split("\n")
    made = f"{members} members, {found.seeds} seeds, {found.posts} posts of {found.names['voice']} voices."
    lines += ["", made]
    for kind, title in KINDS.items():
        for when, words in (("waiting", "stolen while posts wait"), ("after", "stolen at the end of the week")):
            if found.names[kind]:
                lines += ["", f"## {title}, {words}", "", *table(sure[kind, when])]
    rows = [planted_row(what, trial) for what, trial in found.mistakes.items()]
    lines += ["", "## Planted mistakes, which must be found", "", *table(rows, "mistake")]
    (HERE / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    linked = [(*key, one) for key, results in sure.items() for one in results if one.links]
    missed = [row.attack for row in rows if not row.links]
    print(*[f"better than luck: {one}" for one in linked], *[f"not found: {what}" for what in missed], sep="\n")
    return 1 if linked or missed else 0


def planted_row(what: str, trial: Trial) -> Result:
    """Return the result of the attack that must find a mistake, under the mistake's name."""
    (one,) = trial.results()
    return Result(what, one.ways, one.best, one.answers, one.hits, one.expected, one.bound)


if __name__ == "__main__":
    sys.exit(main())
