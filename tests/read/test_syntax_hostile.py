"""Hostile source code neither stops a worker nor crashes it.

For a long run: `python tests/read/hostile_source.py LANGUAGE SEED CASES`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CASES = 110
# On a busy machine; alone the slowest case of 5,000 takes 0.3 s.
SECONDS = 1.5


@pytest.mark.parametrize("language", ["go", "rust", "csharp"])
def test_hostile_source_code_is_parsed_within_the_budget(language: str) -> None:
    program = Path(__file__).with_name("hostile_source.py")
    command = [sys.executable, str(program), language, "7", str(CASES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    slowest, cases = done.stdout.split()[:2]
    assert int(cases) == CASES
    assert float(slowest) < SECONDS, done.stdout


def test_type_arguments_without_an_end_take_no_memory() -> None:
    # The grammar of C# takes 340 MB for 6 kB of them.
    program = (
        "from buildplan.source import SourceTree\n"
        "from buildplan.source.memory import MemoryBackend\n"
        "from buildplan.read import syntax\n"
        "files = {'a.cs': b'<a' * 3000 + b' \"x\"', 'b.cs': b'class A { string a = \"x\"; }'}\n"
        "tree = SourceTree(MemoryBackend(files))\n"
        "assert not syntax.source(tree, 'a.cs', 'csharp').strings()\n"
        "assert syntax.source(tree, 'b.cs', 'csharp').strings()\n"
        "assert 'a.cs' in tree.unread\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < 100_000  # kB
