"""How much a listing costs above a bare directory walk, by hand: `python tests/benchmarks/walk.py`.

Makes a monorepo of 50,000 files in 2,000 directories, with an ordinary `.gitignore`, and walks it in turns: bare
`os.scandir` with the same names pruned, our listing, our listing of a laptop's copy where rules hit and the git index
is read. Prints the median CPU time of each and the peak memory of the listings. Budget: twice the bare walk, 60 MB.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

from buildplan.source import SourceTree
from buildplan.source.directory import DirectoryBackend
from buildplan.source.walk import PRUNED_DIRECTORIES

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGES = 200
DIRECTORIES = 2_000
FILES = 50_000
ROUNDS = 15

IGNORED = """\
# dependencies
node_modules/
/.pnp
.pnp.*
.yarn/*
!.yarn/releases
!.yarn/patches

# output
dist/
/build
/coverage
*.tsbuildinfo
next-env.d.ts

# logs and environment
*.log
npm-debug.log*
yarn-error.log*
.env
.env*.local
.env.test.local

# systems and editors
.DS_Store
*.pem
*.sw?
.vscode/*
!.vscode/extensions.json
**/__snapshots__/*.tmp
"""


def make_monorepo(root: Path) -> None:
    """Write the files: each package has a manifest, and directories of sources."""
    (root / ".gitignore").write_text(IGNORED)
    per_package = DIRECTORIES // PACKAGES
    per_directory = FILES // DIRECTORIES
    for package in range(PACKAGES):
        for number in range(per_package):
            directory = root / "packages" / f"package-{package:03}" / ("src" if number else "") / f"part-{number}"
            directory.mkdir(parents=True)
            for file in range(per_directory):
                (directory / f"component-{file:02}.{('ts', 'tsx', 'css', 'json')[file % 4]}").touch()


def make_dirty(root: Path) -> None:
    """Add to a committed repository what a laptop has: installed dependencies, output, logs."""
    run = ["git", "-C", str(root), "-c", "user.name=b", "-c", "user.email=b@localhost"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*run, *command], check=True)
    for package in (root / "packages").iterdir():
        for name in ("node_modules/left", "dist"):
            (package / name).mkdir(parents=True)
            (package / name / "index.js").touch()
        (package / "npm-debug.log").touch()


def bare_walk(root: str) -> int:
    """Count the files as cheaply as Python can."""
    count = 0
    pending = [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in PRUNED_DIRECTORIES:
                        pending.append(entry.path)
                else:
                    count += 1
    return count


def listing(root: str) -> int:
    """Count the files of our listing."""
    directories = SourceTree(DirectoryBackend(root)).listing.directories
    return sum(len(directory.files) for directory in directories.values())


def milliseconds(work: Callable[[str], int], root: str) -> float:
    """Return how much CPU time one call takes, which other work on the machine does not change."""
    start = time.process_time()
    work(root)
    return (time.process_time() - start) * 1000


def peak_megabytes(root: str) -> float:
    """Return the peak of what a listing allocates."""
    tracemalloc.start()
    listing(root)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1024**2


def compare(title: str, root: str) -> float:
    """Print both medians, taken in turns so that a busy machine slows both, and return their ratio."""
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(milliseconds(bare_walk, root))
        ours.append(milliseconds(listing, root))
    ratio = statistics.median(ours) / statistics.median(bare)
    print(f"{title}: {listing(root):,} files listed, {bare_walk(root):,} walked")
    print(f"  bare walk {statistics.median(bare):6.1f} ms    listing {statistics.median(ours):6.1f} ms    {ratio:.2f}x")
    print(f"  peak memory of the listing {peak_megabytes(root):.1f} MB")
    return ratio


def main() -> int:
    """Return 1 when a listing of the clean tree misses the budget."""
    with tempfile.TemporaryDirectory() as directory:
        make_monorepo(Path(directory))
        clean = compare("clean tree", directory)
        make_dirty(Path(directory))
        compare("laptop with git", directory)
    print("pathspec loaded:", "pathspec" in sys.modules)
    return int(clean > 2)


if __name__ == "__main__":
    raise SystemExit(main())
