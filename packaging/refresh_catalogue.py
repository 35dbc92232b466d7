"""Bring the tables of the catalogue up to date from what registries and package lists say.

    python packaging/refresh_catalogue.py [--write]

Every line of a runtime (`buildplan/catalogue/*.toml`) and every tool (`tools.toml`) for which an ordinary client can
list the releases is compared with that list. Printed: what is newer than the table, what agrees, and which rows could
not be checked, with the reason. `--write` raises `latest` of runtimes in place; nothing is ever lowered, because a
registry may lag behind the image it describes. Tools are only reported: a row says which runtimes that release runs on,
and an older release may stand there for an older runtime. Ends of life and the suites of images come from documents.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CATALOGUE = Path(__file__).parents[1] / "buildplan" / "catalogue"
RELEASE = re.compile(r"\d+(\.\d+){1,3}")
# What has no list of releases that an ordinary client can ask for.
NOT_LISTED = {
    "caddy": "only its image is used; its Go module lists releases, not images",
    "composer": "its registry cannot be reached from every machine",
    "debian": "the releases are those of the distribution",
    "distroless": "the images have no releases",
    "dotnet": "the releases are not in a package registry",
    "elixir": "the releases are not in a package registry",
    "erlang": "the releases are not in a package registry",
    "java": "the releases are not in a package registry",
    "nginx": "the releases are not in a package registry",
    "php": "the releases are not in a package registry",
    "python": "the releases are not in a package registry",
    "ruby": "the releases are not in a package registry",
    "rust": "the releases are not in a package registry",
}


def output(*words: str) -> str:
    """Return what a client prints, empty when it is not there or fails."""
    if shutil.which(words[0]) is None:
        return ""
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout if done.returncode == 0 else ""


def npm(package: str) -> list[str]:
    """Return the releases of a package of the npm registry."""
    text = output("npm", "view", package, "versions", "--json")
    found = json.loads(text) if text else []
    return found if isinstance(found, list) else [found]


def pypi(package: str) -> list[str]:
    """Return the releases of a Python package."""
    text = output(sys.executable, "-m", "pip", "index", "versions", package)
    line = next((line for line in text.splitlines() if line.startswith("Available versions:")), "")
    return line.removeprefix("Available versions:").replace(",", " ").split()


def go(_: str) -> list[str]:
    """Return the releases of Go, as the module of its tool chains lists them."""
    found = re.findall(
        r"go(\d+\.\d+(?:\.\d+)?)\.linux-amd64", output("go", "list", "-m", "-versions", "golang.org/toolchain")
    )
    return list(dict.fromkeys(found))


RUNTIMES: dict[str, tuple[Callable[[str], list[str]], str]] = {
    "bun": (npm, "bun"),
    "deno": (npm, "deno"),
    "go": (go, "go"),
    "node": (npm, "node"),
}
TOOLS: dict[str, tuple[Callable[[str], list[str]], str]] = {
    **{name: (npm, name) for name in ("npm", "pnpm", "bun", "corepack")},
    **{name: (pypi, name) for name in ("uv", "poetry", "pdm", "pipenv")},
}
# Yarn 2 and newer is a package of its own.
YARN = ((npm, "yarn", "1."), (npm, "@yarnpkg/cli-dist", ""))


def key(version: str) -> tuple[int, ...]:
    """Return what orders releases."""
    return tuple(int(part) for part in version.split("."))


def newest(releases: list[str], line: str) -> str | None:
    """Return the newest release of a line, pre-releases left out."""
    own = [item for item in releases if RELEASE.fullmatch(item) and f"{item}.".startswith(f"{line}.")]
    return max(own, key=key, default=None)


def runtimes() -> Iterator[tuple[str, str, str, str | None, str]]:
    """Yield file, line, version of the table, newest release (None: unknown), and why it is unknown."""
    for path in sorted(CATALOGUE.glob("*.toml")):
        name = path.stem
        lines = tomllib.loads(path.read_text(encoding="utf-8")).get("lines", {})
        source = RUNTIMES.get(name)
        releases = source[0](source[1]) if source and lines else []
        for line, row in lines.items():
            known = row.get("latest", "") if isinstance(row, dict) else ""
            if source is None:
                yield name, line, known, None, NOT_LISTED.get(name, "no list of its releases is known")
            else:
                found = newest(releases, line)
                yield name, line, known, found, "" if found else "its registry lists no release of this line"


def tools() -> Iterator[tuple[str, str, str | None, str]]:
    """Yield tool, version of the table, newest release of its line (None: unknown), and why it is unknown."""
    table = tomllib.loads((CATALOGUE / "tools.toml").read_text(encoding="utf-8"))
    for name, row in table.items():
        if not isinstance(row, dict):
            continue
        if name == "yarn":
            releases = [item for read, package, line in YARN for item in read(package) if item.startswith(line)]
        else:
            source = TOOLS.get(name)
            releases = source[0](source[1]) if source else []
        for version in row["versions"]:
            # The table says whether a line is a major or a minor: by what lies beside the version.
            others = {item.partition(".")[0] for item in row["versions"] if item != version}
            major = version.partition(".")[0]
            line = version.rpartition(".")[0] if major in others else major
            found = newest(releases, line)
            yield name, version, found, "" if found else "its registry could not be asked, or lists no such line"


def main(words: list[str]) -> int:
    """Compare, print, and write where that was asked for; return the exit code."""
    write = words == ["--write"]
    if words and not write:
        print(__doc__, file=sys.stderr)
        return 2
    edits: dict[Path, list[tuple[str, str]]] = {}
    agree, older = 0, 0
    unknown: dict[str, list[str]] = {}
    for name, line, known, found, why in runtimes():
        if found is None or not known:
            unknown.setdefault(f"{name}: {why}", []).append(line)
        elif key(found) > key(known):
            print(f"{name} {line}: {known} -> {found}")
            row = f'"{line}" = {{{{ latest = "{{}}"'
            edits.setdefault(CATALOGUE / f"{name}.toml", []).append((row.format(known), row.format(found)))
            older += 1
        else:
            agree += 1
    for name, known, found, why in tools():
        if found is None:
            unknown.setdefault(f"{name}: {why}", []).append(known)
        elif key(found) > key(known):
            print(f"{name} {known} -> {found}: by hand, with what it runs on")
            older += 1
        else:
            agree += 1
    for why, lines in unknown.items():
        print(f"not checked: {why} ({', '.join(lines)})")
    print(f"{agree} rows agree, {older} are older, {sum(map(len, unknown.values()))} could not be checked")
    for path, changes in edits.items() if write else ():
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
