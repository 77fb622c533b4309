"""How passages survive real edits: right, wrong and orphaned, on pairs of texts in which the truth is known.

    python benchmarks/anchoring.py FOLDER [--labels]

FOLDER holds files *.jsonl.gz of objects `{"old", "new", "passages": [{"start", "end", "t0", "t1", "label"}]}`: a
passage of the old text and where it stands in the new one, null where it was deleted. Each text is taken as one block,
which is the hardest case: in an article most blocks are not touched at all.

right: where it should be, with at least half of either. loose: it touches the right place. wrong: it does not, or its
words were deleted. orphaned: not placed although its words are there. Passages rewritten beyond recognition may be
either, and are left out. precision is right (and loose) of all that were placed; recall is right of all that exist.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from broadsheet.annotation.anchoring import Placed
from broadsheet.annotation.carrying import Carrying


def main() -> None:
    """Measure every file in the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", action="store_true", help="also by what was done to the passage")
    options = parser.parse_args()
    for path in sorted(options.folder.glob("*.jsonl.gz")):
        measure(path, by_label=options.labels)


def measure(path: Path, *, by_label: bool) -> None:
    """Carry every passage of a file over and print what became of them."""
    outcomes: Counter[tuple[str, str]] = Counter()
    slowest, began = 0.0, time.perf_counter()
    for pair in pairs(path):
        start = time.perf_counter()
        outcomes.update(outcomes_of(pair))
        slowest = max(slowest, time.perf_counter() - start)
    took = time.perf_counter() - began
    print(f"{path.name}: {outcomes.total()} passages, {took:.1f} s, slowest pair {slowest * 1000:.0f} ms")
    report("all", Counter(), outcomes)
    for label in sorted({label for label, _ in outcomes} if by_label else ()):
        report(label, Counter(), Counter({key: n for key, n in outcomes.items() if key[0] == label}))


def report(name: str, totals: Counter[str], outcomes: Counter[tuple[str, str]]) -> None:
    """Print a line."""
    for (_label, outcome), number in outcomes.items():
        totals[outcome] += number
    placed = totals["exact"] + totals["right"] + totals["loose"] + totals["wrong"]
    right = totals["exact"] + totals["right"]
    exist = totals.total() - totals["gone"] - totals["kept though deleted"]
    wrong = totals["wrong"] + totals["kept though deleted"]
    placed += totals["kept though deleted"]
    figures = {
        "exact": totals["exact"] / exist if exist else 0,
        "recall": right / exist if exist else 0,
        "loose": totals["loose"] / exist if exist else 0,
        "orphaned": totals["orphaned"] / exist if exist else 0,
        "wrong": wrong / totals.total(),
        "precision": (placed - wrong) / placed if placed else 1,
    }
    print(f"  {name:16}{totals.total():6}  " + "  ".join(f"{key} {value:7.2%}" for key, value in figures.items()))


def pairs(path: Path) -> Iterator[dict[str, Any]]:
    """Read a file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def outcomes_of(pair: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What became of each passage of a pair."""
    carrying = Carrying({"": pair["old"]}, {"": pair["new"]})
    for passage in pair["passages"]:
        if passage["label"] != "rewritten":
            yield passage["label"], outcome(passage, carrying.place("", passage["start"], passage["end"]))


def outcome(passage: dict[str, Any], placed: Placed | None) -> str:
    """Compare a place with the truth."""
    start, end = passage["t0"], passage["t1"]
    if start is None:
        return "kept though deleted" if placed else "gone"
    if placed is None:
        return "orphaned"
    common = min(placed.end, end) - max(placed.start, start)
    if common <= 0:
        return "wrong"
    if (placed.start, placed.end) == (start, end):
        return "exact"
    return "right" if common / (max(placed.end, end) - min(placed.start, start)) >= 0.5 else "loose"


if __name__ == "__main__":
    main()
