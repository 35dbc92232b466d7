"""The whole command against a bare interpreter: `python tests/benchmarks/command.py [ROUNDS]`.

The installed package is measured, not the one in the current directory, so install it first (`pip install .`): without
bytecode an import takes twice as long. Prints the median wall time in milliseconds of `python -c pass` and of
`python -m buildplan FIXTURE`, the ratio, and the peak memory. The budget of the design is 8 times a bare interpreter,
and 60 MB.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ("node-express-plain", "node-next-standalone", "static-plain-html", "node-nixpacks-express")


def timed(words: list[str], rounds: int) -> tuple[float, int]:
    """Return the median wall time in ms and the peak memory in KB."""
    times, peak = [], 0
    for _ in range(rounds):
        start = time.perf_counter()
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        times.append((time.perf_counter() - start) * 1000)
        peak = max(peak, usage.ru_maxrss)
        if process.returncode:
            raise SystemExit(f"{words} failed")
    return statistics.median(times), peak


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    bare, _ = timed([sys.executable, "-c", "pass"], rounds)
    print(f"bare python: {bare:.1f} ms")
    for name in FIXTURES:
        median, peak = timed([sys.executable, "-P", "-m", "buildplan", f"fixtures/{name}"], rounds)
        print(f"{name:<28} {median:6.1f} ms  {median / bare:4.1f} times bare  {peak / 1024:.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
