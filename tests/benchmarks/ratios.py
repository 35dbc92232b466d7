"""All ratios in one run: `python tests/benchmarks/ratios.py [--nixpacks PROGRAM] [--real FOLDER] [--rounds N]`.

1. A command on a small app: CPU time over that of a bare interpreter, and peak memory (budget: 8 times, 60 MB).
2. A command on trees of 1,000 files (JavaScript, Go, Python), beside Nixpacks' process where one is given.
3. A mixed set in one process, beside Nixpacks' processes: all fixtures, or the folders below `--real`.
4. How a fleet of trees scales with the cores.

Nixpacks is measured by its released program (`cargo install nixpacks`); nothing of it is part of this project. Times
are CPU times, the least of the rounds, so that another load of the machine counts little; the fleet is measured by the
clock, so run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from command import FIXTURES, ROOT, measured

import buildplan
from buildplan.errors import BuildplanError

FILES = 1_000
FLEET = 1_000


def trees(parent: Path) -> dict[str, Path]:
    """Write trees of 1,000 files, and return them by name."""
    made = {
        "1,000 JavaScript files": (
            {"package.json": '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "^4"}}'},
            ("server.js", "src/part{0}/file{1}.js"),
            "const express = require('express')\n\nmodule.exports = (a, b) => express(a + b)\n" * 12,
        ),
        "1,000 Go files": (
            {"go.mod": "module example.com/app\n\ngo 1.24\n", "main.go": "package main\n\nfunc main() {}\n"},
            ("other.go", "internal/part{0}/file{1}.go"),
            'package part\n\nimport "fmt"\n\nfunc Add(a, b int) int {\n\tfmt.Println(a)\n\treturn a + b\n}\n' * 3,
        ),
        "1,000 Python files": (
            {"requirements.txt": "flask\ngunicorn\n", "app.py": "from flask import Flask\n\napp = Flask(__name__)\n"},
            ("other.py", "part{0}/file{1}.py"),
            "import os\n\n\ndef add(a, b):\n    return os.path.join(a, b)\n" * 12,
        ),
    }
    found = {}
    for name, (manifests, (first, pattern), text) in made.items():
        folder = parent / name.replace(" ", "-").replace(",", "")
        files = {first: text, **{pattern.format(n // 50, n): text for n in range(FILES)}, **manifests}
        for path, content in files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        found[name] = folder
    return found


def commands(folders: dict[str, Path], nixpacks: str | None, rounds: int) -> None:
    """Print what a command costs on each folder, over a bare interpreter and over Nixpacks."""
    bare = "python -c pass"
    words = {bare: [sys.executable, "-c", "pass"]}
    for name, folder in folders.items():
        words[name] = [sys.executable, "-P", "-m", "buildplan", str(folder)]
    found = measured(words, rounds)
    for name, folder in folders.items():
        spent, peak = found[name]
        line = f"{name:<26} {spent:7.1f} ms {spent / found[bare][0]:5.1f} x bare {peak:4.0f} MB"
        if nixpacks is not None:
            peer = min(run_once([nixpacks, "plan", str(folder)]) for _ in range(rounds))
            line += f" {spent / peer:6.2f} x nixpacks ({peer:.1f} ms)"
        print(line)


def plan_all(folders: list[Path]) -> float:
    """Plan all folders in this process, and return the CPU time in ms."""
    begin = time.process_time()
    for folder in folders:
        try:
            buildplan.plan(folder).dockerfile()
        except BuildplanError:
            continue
    return (time.process_time() - begin) * 1000


def mixed(folders: list[Path], nixpacks: str | None) -> None:
    """Print what a mixed set costs in one process."""
    cold = plan_all(folders)
    warm = plan_all(folders)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(folders)} trees in one process: {cold:.0f} ms, again {warm:.0f} ms, {peak:.0f} MB")
    if nixpacks is not None:
        spent = sum(min(run_once([nixpacks, "plan", str(folder)]) for _ in range(2)) for folder in folders)
        print(
            f"  nixpacks, a process for each: {spent:.0f} ms; ours {cold / spent:.2f} of it, again {warm / spent:.2f}"
        )


def run_once(words: list[str]) -> float:
    """Return the CPU time in ms of a command, whether it succeeds or not."""
    process = os.posix_spawn(
        words[0],
        words,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
    )
    _, _, usage = os.wait4(process, 0)
    return (usage.ru_utime + usage.ru_stime) * 1000


def _plan(folder: str) -> int:
    try:
        return len(buildplan.plan(folder).dockerfile())
    except BuildplanError:
        return 0


def fleet(folders: list[Path]) -> None:
    """Print how many trees a second one process and one for each core plan, by the clock."""
    many = [str(folders[n % len(folders)]) for n in range(FLEET)]
    cores = len(os.sched_getaffinity(0))
    speeds = {}
    for workers in sorted({1, cores}):
        with multiprocessing.Pool(workers) as pool:
            pool.map(_plan, many[: 20 * workers], chunksize=10)
            begin = time.perf_counter()
            pool.map(_plan, many, chunksize=10)
            speeds[workers] = FLEET / (time.perf_counter() - begin)
    shown = ", ".join(f"{workers} processes {speed:.0f} trees/s" for workers, speed in speeds.items())
    print(f"fleet of {FLEET}: {shown}; {speeds[cores] / speeds[1]:.2f} times on {cores} cores")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--nixpacks", metavar="PROGRAM", help="the compiled peer")
    parser.add_argument("--real", type=Path, metavar="FOLDER", help="a folder of real apps; without it the fixtures")
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    commands({name: ROOT / "fixtures" / name for name in FIXTURES}, arguments.nixpacks, arguments.rounds)
    with tempfile.TemporaryDirectory() as folder:
        commands(trees(Path(folder)), arguments.nixpacks, min(arguments.rounds, 5))
    above = arguments.real or ROOT / "fixtures"
    folders = sorted(path for path in above.iterdir() if path.is_dir())
    mixed(folders, arguments.nixpacks)
    fleet(sorted(path for path in (ROOT / "fixtures").iterdir() if path.is_dir()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
