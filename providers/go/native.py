"""What the code needs beside Go: a C compiler, libraries of the system, a place to write."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan.language import packages
from buildplan.language.packages import Dependency, Packages
from buildplan.model.build_plan import Diagnostic

from .native_tables import NEEDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.packages import Match, Need
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .modules import Workspace
    from .packages import Closure, Package
    from .source_file import GoFile

# A line of the comment above `import "C"`, which has a grammar of its own (https://pkg.go.dev/cmd/cgo).
_DIRECTIVE = re.compile(r"^[ \t/*]*#cgo\b[^:\n]{0,60}\b(pkg-config|LDFLAGS):([^\n]{0,400})$", re.MULTILINE)
# Parts of the C library, and flags of the linker: glibc has them.
_OF_GLIBC = frozenset({"m", "c", "dl", "rt", "pthread", "util", "resolv", "gcc", "gcc_s", "stdc++", "static"})
_CXX = (".cc", ".cpp", ".cxx")


@dataclass(slots=True)
class Needs:
    """What a command needs, each with its reason. `cgo` is the place that needs C, None for pure Go."""

    cgo: Origin | None = None
    why: str = ""
    cxx: bool = False
    apt: Packages = field(default_factory=Packages)
    writes: Origin | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)


def needs(tree: SourceTree, workspace: Workspace | None, closure: Closure, suite: str) -> Needs:
    """Return what the packages of a command need; `suite` is the Debian release of the images (`trixie`)."""
    found = Needs()
    imports = _by_module(_imports(closure))
    # What other modules import does not stand in the tree; go.mod lists it.
    required = {} if workspace is None else _by_module(_required(workspace))

    def find(name: str, _row: Need) -> Dependency | None:
        place = imports.get(name) or required.get(name)
        return None if place is None else Dependency(name, place, declared=name in imports)

    _add(found, packages.matches(NEEDS, find))
    _add_own(tree, closure, found)
    found.apt = found.apt.on(suite)
    return found


def _add(found: Needs, matches: list[Match]) -> None:
    for need, item in matches:
        # The image of Go holds a compiler of C and C++.
        found.apt.add(item, build=need.build, run=need.run)
        if need.compiles and found.cgo is None:
            found.cgo = item.origin
        if need.compiles and not found.why:
            found.why = f"`{item.name}` is made of C"
        found.cxx = found.cxx or need.compiles == "c++"
        if need.writes and item.declared and found.writes is None:
            found.writes = item.origin


@functools.cache
def _paths() -> frozenset[str]:
    return frozenset(name for row in NEEDS for name in row.names)


def _by_module(places: dict[str, Origin]) -> dict[str, Origin]:
    """Return the places by the table's paths: an import path belongs to each of its own beginnings."""
    known = _paths()
    found: dict[str, Origin] = {}
    for path, place in places.items():
        end = len(path)
        while end > 0:
            if path[:end] in known:
                found.setdefault(path[:end], place)
            end = path.rfind("/", 0, end)
    return found


def _imports(closure: Closure) -> dict[str, Origin]:
    found: dict[str, Origin] = {}
    for package in closure:
        for file, item in package.imports:
            found.setdefault(item.text, file.origin(item.line, item.text))
    return found


def _required(workspace: Workspace) -> dict[str, Origin]:
    return {item.path: item.origin for module in workspace.modules for item in module.requirements}


def _add_own(tree: SourceTree, closure: Closure, found: Needs) -> None:
    """Add what the app's own C code needs."""
    for package in closure:
        if _has_other_way(package):
            continue
        for file in package.files:
            place = next((file.origin(item.line, 'import "C"') for item in file.imports if item.text == "C"), None)
            if place is None:
                continue
            if found.cgo is None:
                found.cgo = place
            found.why = found.why or "the code imports C"
            names = tree.directory(package.directory).files
            found.cxx = found.cxx or any(name.endswith(_CXX) for name in names)
            for library in dict.fromkeys(_libraries(file)):
                _add_library(library, place, found)


def _add_library(library: str, place: Origin, found: Needs) -> None:
    name = f"-l{library}"
    matches = packages.matches(
        NEEDS, lambda other, _row: Dependency(name, place, declared=False) if other == name else None
    )
    _add(found, matches[:1])
    if not matches:
        text = f"the C code links with `{library[:60]}`, and no table says which packages hold it"
        fix = "name them in buildplan.toml: `[apt]` with `build = [...]` and `run = [...]`"
        found.diagnostics.append(Diagnostic("BP625", "warning", text, place, fix))


def _has_other_way(package: Package) -> bool:
    """Return whether the package has files for a build without cgo."""
    return any("!cgo" in comment for file in package.files for comment in file.head)


def _libraries(file: GoFile) -> Iterator[str]:
    """Yield the libraries of `#cgo pkg-config: vips` and `#cgo LDFLAGS: -lpcap`, for Linux."""
    for match in (match for comment in file.comments for match in _DIRECTIVE.finditer(comment.text)):
        if any(system in match[0].partition(":")[0] for system in ("darwin", "windows", "freebsd")):
            continue
        for word in match[2].split():
            if match[1] == "pkg-config" and not word.startswith("-"):
                yield word
            elif match[1] == "LDFLAGS" and word.startswith("-l") and word[2:] not in _OF_GLIBC:
                yield word[2:]
