"""Modules and workspaces: what go.mod and go.work say, with the lines.

Sources, checked 2026-11-24:
- go.mod: https://go.dev/ref/mod#go-mod-file
- go.work: https://go.dev/ref/mod#go-work-file
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError, PlanError
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

MANIFEST = "go.mod"
WORKSPACE = "go.work"
# A word of go.mod: quoted, or up to a blank; `=>` is a word too.
_WORD = re.compile(r'"([^"\n]*)"|`([^`\n]*)`|([^\s"`]+)')
_VERSION_SUFFIX = re.compile(r"v[0-9]{1,9}")
# https://go.dev/ref/mod#go-mod-file-go, and what older releases wrote.
_VERSION = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}(?:(?:rc|beta|alpha)[0-9]{1,3})?", re.ASCII)


class Requirement(NamedTuple):
    """A module that is needed; `indirect` when only other modules import it."""

    path: str
    version: str
    indirect: bool
    origin: Origin


class Replacement(NamedTuple):
    """A module that is taken from somewhere else; `directory` is set when that is a folder."""

    path: str
    directory: str | None
    origin: Origin


class Module(NamedTuple):
    """A module of the tree; `directory` is `""` for the root."""

    directory: str
    path: str
    origin: Origin
    language: Sourced[str] | None = None
    toolchain: Sourced[str] | None = None
    requirements: tuple[Requirement, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    tools: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """The name that Go gives to the program in the module's root: the last part that is no major version."""
        parts = self.path.split("/")
        if len(parts) > 1 and _VERSION_SUFFIX.fullmatch(parts[-1]):
            parts.pop()
        return parts[-1]

    def file(self, name: str) -> str:
        """Return the path in the tree of a file in the module's root."""
        return posixpath.join(self.directory, name)

    def import_path(self, directory: str) -> str:
        """Return the import path of a directory of this module."""
        inside = posixpath.relpath(directory or ".", self.directory or ".")
        return self.path if inside == "." else f"{self.path}/{inside}"


class Workspace(NamedTuple):
    """The modules that are built together: one, or those that go.work uses, the root's first.

    `work` is True where a go.work rules. `language` and `toolchain` are those of go.work. `replacements` are folders
    that stand for other modules, relative to the root of the tree.
    """

    modules: tuple[Module, ...]
    work: bool = False
    language: Sourced[str] | None = None
    toolchain: Sourced[str] | None = None
    replaced: tuple[Module, ...] = ()

    @property
    def all_modules(self) -> tuple[Module, ...]:
        """The modules, and those that replace required ones."""
        return (*self.modules, *self.replaced)


class _Line(NamedTuple):
    number: int
    words: tuple[str, ...]
    comment: str


def read(tree: SourceTree) -> Workspace | None:
    """Return the modules at the root, or None when there is neither go.mod nor go.work.

    Raises FileError for a broken file, PlanError for a folder outside of the tree.
    """
    if tree.has(WORKSPACE):
        return _workspace(tree)
    if not tree.has(MANIFEST):
        return None
    module = read_module(tree, "")
    return Workspace((module,), replaced=_replaced(tree, (module,), ()))


def _workspace(tree: SourceTree) -> Workspace:
    language = toolchain = None
    used: dict[str, Origin] = {}
    own: list[Replacement] = []
    for verb, line in _lines(tree.text(WORKSPACE)):
        place = Origin(WORKSPACE, line.number, verb)
        if verb == "go" and line.words:
            language = _language(line.words[0], place)
        elif verb == "toolchain" and line.words:
            toolchain = Sourced(line.words[0], place)
        elif verb == "use" and line.words:
            used.setdefault(_inside("", line.words[0], place), place)
        elif verb == "replace":
            own.extend(_replacement(line, place))
    modules = []
    for directory, place in used.items():
        if not tree.has(posixpath.join(directory, MANIFEST)):
            raise PlanError(
                f"the workspace uses `{directory or '.'}`, which holds no go.mod",
                origin=place,
                hint="commit the module, or remove the line",
            )
        modules.append(read_module(tree, directory))
    if not modules:
        raise PlanError(
            "the workspace uses no module", origin=Origin(WORKSPACE), hint="add one: `go work use ./folder`"
        )
    modules.sort(key=lambda module: module.directory != "")
    found = tuple(modules)
    return Workspace(found, work=True, language=language, toolchain=toolchain, replaced=_replaced(tree, found, own))


def read_module(tree: SourceTree, directory: str) -> Module:
    """Return the module in a directory; raises FileError for a go.mod that names none."""
    path = posixpath.join(directory, MANIFEST)
    return tree.memo("go.mod", path, lambda: _module(tree, directory, path))


def _language(text: str, place: Origin) -> Sourced[str]:
    """Return the version of a `go` line; raises FileError for one that Go refuses."""
    if _VERSION.fullmatch(text) is None:
        hint = "write `go 1.26` or `go 1.26.0`"
        raise FileError(f"`{shown(text)}` is no version of Go", origin=place, hint=hint)
    return Sourced(text, place)


def _module(tree: SourceTree, directory: str, path: str) -> Module:
    name: Sourced[str] | None = None
    language = toolchain = None
    requirements = []
    replacements: list[Replacement] = []
    tools = []
    for verb, line in _lines(tree.text(path)):
        place = Origin(path, line.number, verb)
        if not line.words:
            continue
        if verb == "module":
            name = name or Sourced(line.words[0], place)
        elif verb == "go":
            language = language or _language(line.words[0], place)
        elif verb == "toolchain":
            toolchain = toolchain or Sourced(line.words[0], place)
        elif verb == "require" and len(line.words) > 1:
            indirect = re.match(r"//\s*indirect\b", line.comment) is not None
            requirements.append(
                Requirement(line.words[0], line.words[1], indirect, Origin(path, line.number, line.words[0]))
            )
        elif verb == "replace":
            replacements.extend(_replacement(line, place))
        elif verb == "tool":
            tools.append(line.words[0])
    if name is None:
        raise FileError(
            "it names no module; expected a line `module example.com/app`",
            origin=Origin(path, 1),
            hint="write it anew with `go mod init`",
        )
    return Module(
        directory, name.value, name.origin, language, toolchain, tuple(requirements), tuple(replacements), tuple(tools)
    )


def _replacement(line: _Line, place: Origin) -> list[Replacement]:
    if "=>" not in line.words:
        return []
    arrow = line.words.index("=>")
    if arrow == 0 or arrow + 1 >= len(line.words):
        return []
    target = line.words[arrow + 1]
    local = target.startswith(("./", "../", "/")) or target in {".", ".."}
    return [Replacement(line.words[0], target if local else None, place)]


def _replaced(tree: SourceTree, modules: tuple[Module, ...], own: list[Replacement] | tuple[()]) -> tuple[Module, ...]:
    """Return the modules in folders that stand for required ones; raises PlanError for one that cannot be had."""
    found: dict[str, Module] = {}
    known = {module.directory for module in modules}
    pending = [("", replacement) for replacement in own]
    pending += [(module.directory, replacement) for module in modules for replacement in module.replacements]
    for base, replacement in pending:
        if replacement.directory is None:
            continue
        directory = _inside(base, replacement.directory, replacement.origin)
        if directory in known or directory in found:
            continue
        if not tree.has(posixpath.join(directory, MANIFEST)):
            raise PlanError(
                f"`{replacement.path}` is replaced by `{directory or '.'}`, which holds no go.mod",
                origin=replacement.origin,
                hint="commit the folder, or remove the `replace` line",
            )
        found[directory] = read_module(tree, directory)
    return tuple(found.values())


def _inside(base: str, path: str, place: Origin) -> str:
    """Return a folder that go.mod or go.work names, relative to the tree; raises PlanError when it is outside."""
    joined = posixpath.normpath(posixpath.join(base, path))
    if path.startswith("/") or joined == ".." or joined.startswith("../"):
        raise PlanError(
            f"`{path[:80]}` is outside of the tree, so the build cannot have it",
            origin=place,
            hint="plan the folder that holds both, or require a released version of the module",
        )
    return "" if joined == "." else joined


def _lines(text: str) -> Iterator[tuple[str, _Line]]:
    """Yield the verb and the words of every directive; the lines of a block have the verb of the block."""
    block: str | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        content, slashes, comment = raw.partition("//")
        words = tuple(next(group for group in match.groups() if group is not None) for match in _WORD.finditer(content))
        if not words:
            continue
        line = _Line(number, words, slashes + comment)
        if block is not None:
            if words[0] == ")":
                block = None
            else:
                yield block, line
        elif words[1:] == ("(",) or words[0].endswith("("):
            block = words[0].removesuffix("(")
        else:
            yield words[0], _Line(number, words[1:], line.comment)
