"""How the daily pages grow from ten thousand posts to a million, ours and the lean app's, in turns.

    python benchmarks/growth.py [--posts 10000 100000 1000000] [--rounds 5] [--requests 30] [--out DIR]

Writes `growth.md` (a table) and `growth.svg` (a plot) into DIR, and prints the table. A figure is CPU milliseconds
per request. Filling a million posts takes some minutes and about 3 GB of disk for the two apps.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pages import POSTS_PER_THREAD, compare, fill_lean, fill_ours, pages_of

Figures = Mapping[str, Sequence[float]]
GROWS_AT_MOST = {"search, two common words": 3.0, "search, a rare word": 1.5}
PLOT_WIDTH, PLOT_HEIGHT, MARGIN = 720, 400, 60
COLOURS = ("#1b5e3f", "#b26a00", "#33508a", "#8a3324", "#555555", "#7a3f8a", "#0a7a7a")


def measure(posts: int, rounds: int, requests: int) -> Figures:
    """Return [ours, lean] by page for so many posts."""
    threads = posts // POSTS_PER_THREAD
    with tempfile.TemporaryDirectory() as folder:
        ours = pages_of(*fill_ours(Path(folder) / "ours", threads), {"as": "alias"})
        lean = pages_of(*fill_lean(Path(folder) / "lean.db", threads), {})
        return compare([ours, lean], rounds, requests)


def table(found: Mapping[int, Figures]) -> str:
    """Return all figures as Markdown: ours, the ratio to the lean app, and the growth since the smallest."""
    sizes = sorted(found)
    heads = [f"{size:,} posts: ms | × lean" for size in sizes]
    lines = ["| page | " + " | ".join(heads) + " | growth | at most |"]
    lines.append("|---" * (2 * len(sizes) + 3) + "|")
    for name in found[sizes[0]]:
        cells = [f"{found[size][name][0]:.2f} | {found[size][name][0] / found[size][name][1]:.2f}" for size in sizes]
        growth = found[sizes[-1]][name][0] / found[sizes[0]][name][0]
        lines.append(f"| {name} | {' | '.join(cells)} | {growth:.2f} | {GROWS_AT_MOST.get(name, 1.3):.1f} |")
    return "\n".join(lines) + "\n"


def plot(found: Mapping[int, Figures]) -> str:
    """Return an SVG: posts along the bottom (by powers of ten), milliseconds upwards, a line per page."""
    sizes = sorted(found)
    highest = max(found[size][name][0] for size in sizes for name in found[size])
    parts = [_frame(sizes, highest)]
    for number, name in enumerate(found[sizes[0]]):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{_across(size, sizes):.1f},{_up(found[size][name][0], highest):.1f}" for size in sizes)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = MARGIN + 10, MARGIN - 40 + 15 * number
        parts.append(f'<text x="{x}" y="{y}" fill="{colour}" font-size="12">{name}</text>')
    width, height = PLOT_WIDTH + 2 * MARGIN, PLOT_HEIGHT + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" role="img" '
        f'aria-label="CPU milliseconds a page by number of posts"><rect width="{width}" height="{height}" '
        f'fill="white"/>{"".join(parts)}</svg>\n'
    )


def _frame(sizes: Sequence[int], highest: float) -> str:
    bottom, right = MARGIN + PLOT_HEIGHT, MARGIN + PLOT_WIDTH
    parts = [f'<path d="M{MARGIN} {MARGIN}V{bottom}H{right}" fill="none" stroke="black"/>']
    for size in sizes:
        x = _across(size, sizes)
        parts.append(f'<text x="{x:.0f}" y="{bottom + 20}" font-size="12" text-anchor="middle">{size:,}</text>')
    for step in range(5):
        value = highest * step / 4
        y = _up(value, highest) + 4
        parts.append(f'<text x="{MARGIN - 8}" y="{y:.0f}" font-size="12" text-anchor="end">{value:.0f} ms</text>')
    return "".join(parts)


def _across(size: int, sizes: Sequence[int]) -> float:
    span = math.log(sizes[-1] / sizes[0]) or 1.0
    return MARGIN + PLOT_WIDTH * math.log(size / sizes[0]) / span


def _up(value: float, highest: float) -> float:
    return MARGIN + PLOT_HEIGHT * (1 - value / highest)


def main() -> None:
    """Measure each size, print the table, and write table and plot."""
    wanted = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    wanted.add_argument("--posts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    wanted.add_argument("--rounds", type=int, default=5)
    wanted.add_argument("--requests", type=int, default=30)
    wanted.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    asked = wanted.parse_args()
    found = {posts: measure(posts, asked.rounds, asked.requests) for posts in asked.posts}
    written = table(found)
    print(written)
    (asked.out / "growth.md").write_text(written)
    (asked.out / "growth.svg").write_text(plot(found))


if __name__ == "__main__":
    main()
