"""The whole command against a bare interpreter: `python tests/benchmarks/command.py [ROUNDS]`.

The package of this checkout is measured with bytecode, as an installed one is; the bytecode goes to a folder of its
own, so it does not matter whether the environment writes any. Each round runs `python -c pass` and
`python -m buildplan FIXTURE` for every fixture, one after the other, so that a load of the machine hits all of them.
Printed are the least CPU time (user and system) of all rounds, how many times that of the bare interpreter it is, and
the peak memory. The ratio is what to compare between machines and commits; the budget of the design is 8 times, and
60 MB.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = (
    "node-express-plain",
    "python-flask-gunicorn",
    "go-net-http",
    "static-plain-html",
    "node-next-standalone",
    "node-nixpacks-express",
)


def timed(words: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the CPU time in ms and the peak memory in MB of a command that has to succeed."""
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{words} failed")
    return (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024


def measured(commands: dict[str, list[str]], rounds: int) -> dict[str, tuple[float, float]]:
    """Return the least CPU time and the highest peak memory of each command; a first round only writes bytecode."""
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(rounds + 1):
            for name, words in commands.items():
                spent, peak = timed(words, environment)
                if number:
                    least, highest = found.get(name, (spent, peak))
                    found[name] = (min(least, spent), max(highest, peak))
    return found


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    bare = "python -c pass"
    commands = {bare: [sys.executable, "-c", "pass"]}
    commands |= {name: [sys.executable, "-P", "-m", "buildplan", f"fixtures/{name}"] for name in FIXTURES}
    found = measured(commands, rounds)
    for name, (spent, peak) in found.items():
        print(f"{name:<24} {spent:6.1f} ms CPU  {spent / found[bare][0]:5.1f} times bare  {peak:3.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
