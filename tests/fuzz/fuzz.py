"""A fuzzer of whole trees, repeatable by one number.

    python tests/fuzz/fuzz.py --seconds 60 --seed 1     # what CI runs
    python tests/fuzz/fuzz.py --case 1:4711             # one case again, with its tree
    python tests/fuzz/fuzz.py --coverage --seconds 600  # guided by coverage, where `atheris` is installed

Every case is made from its own random generator, `seed:number`, so it does not depend on those before it. A case is a
fixture that is mutated by its structure (manifests grown, doubled, nested; values of other types; hostile words in
every place of a text), and read as a mapping, a folder with links and FIFOs, an archive, or git objects. It must end
in a plan, or in a typed error, in time; the Dockerfile must hold what ours hold and nothing else, and no output a
control character.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import signal
import sys
import tarfile
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import dockerfile  # noqa: E402

import buildplan  # noqa: E402
from buildplan.errors import BuildplanError  # noqa: E402
from buildplan.model.visible_text import UNSEEN  # noqa: E402
from buildplan.render import json as plan_json  # noqa: E402
from buildplan.render import text as text_output  # noqa: E402
from buildplan.source import SourceTree, objects  # noqa: E402
from buildplan.source.archive import ArchiveBackend  # noqa: E402
from buildplan.source.repository import index_paths  # noqa: E402

SECONDS_A_CASE = 2
_LARGEST_FILE = 20_000
_MOST_FILES = 60
INSTRUCTIONS = {
    *("FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD"),
}
WORDS = (
    "x\nRUN touch /tmp/evil",
    "echo a \\ ",
    " --network=host id",
    "--from=evil",
    "<<EOF",
    "$(touch /tmp/evil)",
    "it's",
    '"',
    "\\",
    "\x1b[31m",
    "\u202e",
    "\ud800",
    "\x00",
    "::error::x",
    "../../etc/passwd",
    "/etc/passwd",
    "9" * 5_000,
    "-5",
    "",
    " ",
    "*a*a*a*a*b",
    "a" * 3_000,
    " " * 3_000,
    "https://u:PW1234567890@h/",
    "API_TOKEN=abcdefgh12345678 node server.js",
)
VALUES: tuple[Any, ...] = (None, True, -1, 10**30, 1.5, [], {}, [[]], {"a": {}}, "", [None], {"": ""})


class _HangError(BaseException):
    pass


def fixtures() -> list[dict[str, bytes]]:
    """Return the fixtures as mappings, without what is large."""
    found = []
    for folder in sorted((ROOT / "fixtures").iterdir()):
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
        tree = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in files[:_MOST_FILES]
            if path.stat().st_size < _LARGEST_FILE
        }
        if tree:
            found.append(tree)
    return found


# --- mutations ------------------------------------------------------------------------------------------------------


def mutated(rng: random.Random, trees: list[dict[str, bytes]]) -> dict[str, bytes]:
    """Return a fixture with some of its files changed."""
    tree = dict(rng.choice(trees))
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        path = rng.choice(list(tree))
        rng.choice((_structure, _structure, _line, _word, _bytes, _grown, _other, _renamed, _dropped, _mixed))(
            rng, tree, path, trees
        )
    return tree or {"index.html": b"x"}


def _structure(rng: random.Random, tree: dict[str, bytes], path: str, trees: list[dict[str, bytes]]) -> None:
    """Change a node of a JSON file; of another, a value behind `=` or `:`."""
    try:
        data = json.loads(tree[path])
    except (ValueError, RecursionError):
        lines = tree[path].decode("utf-8", "replace").split("\n")
        index = rng.randrange(len(lines))
        key, mark, _ = lines[index].partition(rng.choice(("=", ":")))
        value = rng.choice((*WORDS, *(json.dumps(value) for value in VALUES)))
        lines[index] = f"{key}{mark}{value if rng.random() < 0.5 else json.dumps(value)}"  # a coin
        tree[path] = "\n".join(lines).encode("utf-8", "surrogatepass")
        return
    places: list[tuple[Any, Any]] = []
    pending = [data]
    while pending:
        item = pending.pop()
        if isinstance(item, dict | list):
            keys = list(item) if isinstance(item, dict) else list(range(len(item)))
            places += [(item, key) for key in keys]
            pending += [item[key] for key in keys]
    if places:
        owner, key = rng.choice(places)
        kind = rng.randrange(4)
        if kind == 0:
            owner[key] = rng.choice(VALUES)
        elif kind == 1:
            owner[key] = rng.choice(WORDS)
        elif kind == 2 and isinstance(owner, dict):  # one of four
            owner[rng.choice(WORDS)] = owner.pop(key)
        else:
            owner[key] = {str(n): owner[key] for n in range(rng.choice((3, 300)))}
    tree[path] = json.dumps(data).encode()


def _line(rng: random.Random, tree: dict[str, bytes], path: str, trees: list[dict[str, bytes]]) -> None:
    lines = tree[path].split(b"\n")
    other = rng.choice(list(rng.choice(trees).values())).split(b"\n")
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(other))
    tree[path] = b"\n".join(lines)


def _word(rng: random.Random, tree: dict[str, bytes], path: str, _: list[dict[str, bytes]]) -> None:
    at = rng.randrange(len(tree[path]) + 1)
    tree[path] = tree[path][:at] + rng.choice(WORDS).encode("utf-8", "surrogatepass") + tree[path][at:]


def _bytes(rng: random.Random, tree: dict[str, bytes], path: str, _: list[dict[str, bytes]]) -> None:
    content = bytearray(tree[path])
    for _index in range(rng.choice((1, 4, 16))):
        if content:
            content[rng.randrange(len(content))] = rng.randrange(256)
    tree[path] = bytes(content)


def _grown(rng: random.Random, tree: dict[str, bytes], path: str, _: list[dict[str, bytes]]) -> None:
    """Repeat a part of a file many times: what is quadratic shows itself."""
    content = tree[path]
    start = rng.randrange(len(content) + 1)
    part = content[start : start + rng.choice((1, 2, 8, 40, 200))] or b"["
    # Few are large: such a case costs as much as a hundred others.
    times = min(rng.choice((3, 10, 10, 30, 100, 100, 1_000, 100_000)), 200_000 // len(part))
    tree[path] = content[:start] + part * times + content[start:]


def _other(rng: random.Random, tree: dict[str, bytes], _path: str, trees: list[dict[str, bytes]]) -> None:
    name, content = rng.choice(list(rng.choice(trees).items()))
    tree[name] = content


def _renamed(rng: random.Random, tree: dict[str, bytes], path: str, _: list[dict[str, bytes]]) -> None:
    word = "".join(char for char in rng.choice(WORDS).strip("/") if char.isprintable())[:200].replace("..", "-")
    parts = [part for part in word.split("/") if part not in {"", "."}]
    if parts:
        tree["/".join(parts)] = tree.pop(path)


def _dropped(_: random.Random, tree: dict[str, bytes], path: str, _trees: list[dict[str, bytes]]) -> None:
    del tree[path]
    tree.setdefault("index.html", b"x")


def _mixed(rng: random.Random, tree: dict[str, bytes], _path: str, trees: list[dict[str, bytes]]) -> None:
    tree.update(rng.choice(trees))


# --- cases ----------------------------------------------------------------------------------------------------------


def judge(tree: Any, rng: random.Random) -> str:
    """Plan a tree and look at what comes out; raises AssertionError, and whatever a bug raises."""
    try:
        plan = buildplan.plan(tree)
    except BuildplanError as error:
        said = str(error)
        said.encode()
        assert not UNSEEN.search(said), f"a control character in {said!r}"
        return type(error).__name__
    text = plan.dockerfile()
    text.encode()
    found = dockerfile.parse_string(text)
    assert {item.cmd.upper() for item in found} <= INSTRUCTIONS, text
    assert not any(item.heredocs for item in found), text
    stages = {word.lower() for item in found if item.cmd.upper() == "FROM" for word in item.value[2:]}
    for item in found:
        for flag in item.flags:
            name, _, value = flag.partition("=")
            assert name in {"--from", "--chown", "--mount", "--interval", "--timeout", "--start-period"}, flag
            assert name != "--from" or value in stages, flag
            assert name != "--mount" or value.startswith(("type=cache,", "type=secret,")), flag
    said = plan_json.dumps(plan, indent=None)
    assert buildplan.BuildPlan.from_json(said) == plan
    assert not UNSEEN.search(text + said)
    plan.dockerignore().encode()
    if rng.random() < 0.2:  # what costs as much as the plan
        assert not UNSEEN.search(text_output.plan_text(plan) + text_output.explain(plan))
    elif rng.random() < 0.1:
        buildplan.check(tree)
    return "plan"


def run_case(seed: int, number: int, trees: list[dict[str, bytes]], *, show: bool = False) -> str:
    """Make and judge one case; return how it ended."""
    rng = random.Random(f"{seed}:{number}")
    kind = rng.choice(("tree",) * 12 + ("tar", "zip", "folder", "git"))
    tree = mutated(rng, trees)
    if show:
        print(kind, json.dumps({path: content.decode("utf-8", "replace") for path, content in tree.items()}, indent=1))
    if kind == "git":
        return _git(rng)
    if kind == "folder":
        return _folder(rng, tree)
    if kind in {"tar", "zip"}:
        packed = _packed(kind, tree)
        if rng.random() < 0.7:  # most are damaged
            content = bytearray(packed)
            for _ in range(rng.choice((1, 3, 20))):
                content[rng.randrange(len(content))] = rng.randrange(256)
            packed = bytes(content)
        return judge(SourceTree(ArchiveBackend(packed)), rng)
    try:
        source = buildplan.open_source(tree)
    except BuildplanError as error:
        return type(error).__name__
    return judge(source, rng)


def _packed(kind: str, tree: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in tree.items():
                archive.writestr(zipfile.ZipInfo(path.replace("\0", "")), content)
    else:
        with tarfile.open(fileobj=out, mode="w:gz") as archive_:
            for path, content in tree.items():
                member = tarfile.TarInfo(path)
                member.size = len(content)
                archive_.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _folder(rng: random.Random, tree: dict[str, bytes]) -> str:
    with tempfile.TemporaryDirectory(prefix="buildplan-fuzz-") as name:
        root = Path(name)
        for path, content in tree.items():
            place = root / path
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                kind = rng.randrange(12)
                if kind == 0:
                    os.mkfifo(place)
                elif kind == 1:
                    place.symlink_to(rng.choice(("/etc/passwd", "/dev/zero", "..", path, "index.html", *tree)))
                else:
                    place.write_bytes(content)
            except (OSError, ValueError):
                continue
        return judge(buildplan.open_source(root), rng)


def _git(rng: random.Random) -> str:
    """Judge the readers of git's own formats on damaged content."""
    base = rng.randbytes(rng.randrange(1, 400))
    delta = rng.randbytes(rng.randrange(1, 60))
    loose = zlib.compress(b"blob %d\0" % len(base) + base)
    index = b"DIRC" + (2).to_bytes(4) + rng.randrange(4).to_bytes(4) + rng.randbytes(rng.randrange(400))
    for call in (
        lambda: objects.apply_delta(base, delta),
        lambda: objects._unpack_loose(loose[: rng.randrange(len(loose))], 1_000),  # noqa: SLF001  # its own reader
        lambda: index_paths(index, 20),
    ):
        try:
            call()
        except (BuildplanError, zlib.error):
            continue
    return "git"


def _stop(*_: Any) -> None:
    raise _HangError


def _alarm(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)


def fuzz(seed: int, seconds: float, first: int = 0) -> int:
    """Run cases until the time is over; print what was found, and return how many cases failed."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _stop)
    trees = fixtures()
    ends: Counter[str] = Counter()
    failed: dict[str, str] = {}
    slow = 0
    begin = time.monotonic()
    number = first
    while time.monotonic() - begin < seconds:
        started = time.process_time()
        _alarm(SECONDS_A_CASE * 10)
        try:
            ends[run_case(seed, number, trees)] += 1
        except _HangError:
            failed.setdefault("hang", f"{seed}:{number}")
        except Exception as error:  # noqa: BLE001  # that is what is looked for
            frames = traceback.extract_tb(error.__traceback__)
            place = next((f"{Path(item.filename).name}:{item.lineno}" for item in reversed(frames)), "")
            failed.setdefault(f"{type(error).__name__} at {place}: {str(error)[:200]}", f"{seed}:{number}")
        finally:
            _alarm(0)
        slow += time.process_time() - started > SECONDS_A_CASE
        number += 1
    spent = time.monotonic() - begin
    print(
        f"{number - first} cases in {spent:.0f} s, {(number - first) / spent:.1f} a second; {slow} slow; {dict(ends)}"
    )
    for what, case in failed.items():
        print(f"FAILED --case {case}  {what}")
    return len(failed)


def fuzz_by_coverage(seconds: float) -> None:
    """Let atheris choose the random numbers of a case by the code that they reach."""
    import atheris

    atheris.instrument_all()
    trees = fixtures()

    def one(data: bytes) -> None:
        rng = random.Random(data)
        judge(buildplan.open_source(mutated(rng, trees)), rng)

    atheris.Setup([sys.argv[0], f"-max_total_time={int(seconds)}"], one)
    atheris.Fuzz()


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--case", metavar="SEED:NUMBER")
    parser.add_argument("--coverage", action="store_true")
    arguments = parser.parse_args()
    if arguments.case:
        seed, number = map(int, arguments.case.split(":"))
        print(run_case(seed, number, fixtures(), show=True))
        return 0
    if arguments.coverage:
        fuzz_by_coverage(arguments.seconds)
        return 0
    return 1 if fuzz(arguments.seed, arguments.seconds) else 0


if __name__ == "__main__":
    raise SystemExit(main())
