"""Planning time of every fixture in one process: `python tests/benchmarks/in_process.py [ROUNDS]`.

Prints the median and the worst of the rounds in milliseconds, for planning alone and with the Dockerfile. The budget of
the design is 2 ms for one small app, once warm.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import buildplan

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
BUDGET_MS = 2.0


def measure(folder: Path, rounds: int) -> tuple[float, float, float]:
    planned, rendered = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        plan = buildplan.plan(folder)
        middle = time.perf_counter()
        plan.dockerfile()
        end = time.perf_counter()
        planned.append((middle - start) * 1000)
        rendered.append((end - start) * 1000)
    return statistics.median(planned), max(planned), statistics.median(rendered)


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    folders = sorted(path for path in FIXTURES.iterdir() if path.is_dir())
    for folder in folders:
        buildplan.plan(folder).dockerfile()
    over = 0
    print(f"{'fixture':<40} {'plan ms':>8} {'worst':>8} {'+ Dockerfile':>13}")
    for folder in folders:
        median, worst, whole = measure(folder, rounds)
        over += median > BUDGET_MS
        print(f"{folder.name:<40} {median:8.2f} {worst:8.2f} {whole:13.2f}")
    print(f"{len(folders) - over} of {len(folders)} within {BUDGET_MS} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
