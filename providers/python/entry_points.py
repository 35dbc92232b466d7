"""Where an app starts: candidate files are read in order, what looks like an entry is ranked, nothing is run.

Candidates are the usual names in the usual folders; only when none of them holds an entry, the other files of the tree
are looked at. What lost stays in the list, for the explanation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.model.origin import Origin

from . import candidates, frameworks, modules, source_code
from .candidates import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.source import SourceTree

    from .frameworks import Framework
    from .manifest import Project
    from .source_code import Code

Kind = Literal["app", "factory", "file"]

_SOURCE_ROOTS = ("src", "lib")
_MOST_HOPS = 3
# Functions may return each other in circles.
_MOST_LOOKUPS = 4000
# A short file is read at once; of a longer one the text must name a framework first.
_SHORT = 4000


class Entry(NamedTuple):
    """Something that can be started.

    `kind`: an `app` is an object of the module, a `factory` a function that makes one, a `file` is run. `root` is the
    folder that has to be on the import path, `base` that of the project. `declared` is false when no manifest declares
    the framework.
    """

    framework: Framework
    kind: Kind
    path: str
    root: str
    module: str | None
    attribute: str
    line: int
    declared: bool = True
    base: str = ""

    @property
    def origin(self) -> Origin:
        """The place in the tree."""
        return Origin(self.path, self.line, self.attribute or None)

    @property
    def target(self) -> str:
        """`module:name`, or the file where it is run."""
        if not self.attribute or not self.module:
            return self.path
        # A package is named without it where it is run, but an object of this file is not one of the package.
        inside = ".__main__" if self.path.endswith("/__main__.py") else ""
        return f"{self.module}{inside}:{self.attribute}"

    @property
    def directory(self) -> str:
        """The folder to start it in: its root, where that is a project of its own (`backend`)."""
        if self.kind == "file" or self.root in {self.base, *(joined(self.base, name) for name in _SOURCE_ROOTS)}:
            return self.base
        return self.root

    @property
    def import_path(self) -> str | None:
        """What has to be put on the import path, None when the start does so by itself."""
        own = self.path.rpartition("/")[0] if self.kind == "file" else self.directory
        return None if self.root == own else self.root

    @property
    def file(self) -> str:
        """The file, from the folder to start it in."""
        return self.path[len(self.directory) + 1 :] if self.directory else self.path


class Found(NamedTuple):
    """Entries, the best first; `looked` are the files that were read, `stumbled` what could not be parsed."""

    entries: tuple[Entry, ...]
    looked: tuple[str, ...]
    stumbled: tuple[Origin, ...]


def discover(tree: SourceTree, project: Project) -> Found:
    """Return the entries of web frameworks, user interfaces, bots and servers of the standard library."""
    search = _Search(tree, project)
    entries = search.of(candidates.usual(tree, project))
    if not any(entry.declared for entry in entries):
        entries += search.beyond(candidates.others(tree, project, frozenset(search.looked)))
    ranked = _outermost(tree, sorted(entries, key=lambda entry: _rank(entry, project)))
    return Found(ranked, tuple(search.looked), tuple(search.stumbled))


def _outermost(tree: SourceTree, ranked: list[Entry]) -> tuple[Entry, ...]:
    """Return the entries with that file first which takes its app from the best one and is made to be run.

    Pages and routes are added there (`from app import app, server` in `index.py`), so that the inner module alone
    serves nothing.
    """
    best = ranked[0] if ranked else None
    for entry in ranked[1:]:
        if best is None or best.kind != "app" or entry.kind != "app" or entry.path == best.path:
            continue
        code = source_code.read(tree, entry.path)
        value = code.imports.get(entry.attribute) if code is not None else None
        same = entry.path.rpartition("/")[0] == best.path.rpartition("/")[0]
        if code is None or value is None or code.guard is None or not same:
            continue
        if modules.locate(tree, value.rpartition(".")[0], code, ()) == best.path:
            return (entry, *(item for item in ranked if item != entry))
    return tuple(ranked)


def asked(tree: SourceTree, project: Project, text: str) -> Entry | None:
    """Return the entry that somebody names: `module:name`, `module`, `file.py` or `file.py:name`; None for none."""
    place, _, attribute = text.strip().removesuffix("()").partition(":")
    inside = place.removesuffix(".py").replace(".", "/").removeprefix("./").strip("/")
    for root in dict.fromkeys((project.directory, joined(project.directory, project.source_root), "", "src")):
        base = joined(root, inside)
        path = tree.first(f"{base}.py", f"{base}/{modules.INIT}")
        if path is None:
            continue
        found = _Search(tree, project).of([path])
        named = [entry for entry in found if not attribute or entry.attribute == attribute]
        if named:
            return min(named, key=lambda entry: _rank(entry, project))
    return None


def conventional(tree: SourceTree, project: Project) -> Entry | None:
    """Return `application` of a `wsgi.py` or `asgi.py` that binds it in a way which names no framework, or None."""
    for name in ("wsgi", "asgi"):
        row = next((row for row in frameworks.declared(project) if row.kind == name), None)
        for folder in candidates.folders(tree, project):
            code = source_code.read(tree, joined(folder, f"{name}.py"))
            bound = (
                next((code.binding(item) for item in ("application", "app") if code.binding(item)), None)
                if code
                else None
            )
            if code is None or bound is None or not bound.called or row is None:
                continue
            place = modules.place(tree, code)
            if place.module is not None:
                found = Entry(row, "app", code.path, place.root, place.module, bound.name, bound.line)
                return found._replace(base=project.directory)
    return None


def _function_below(code: Code, line: int) -> str:
    """Return the name of the function that a decorator of that line marks."""
    functions = (function for name in code.function_names if (function := code.function(name)) is not None)
    below = [function for function in functions if function.line >= line]
    return min(below, key=lambda function: function.line).name if below else ""


class _Search:
    """Reads files, each once, for the entries of all frameworks at a time."""

    def __init__(self, tree: SourceTree, project: Project) -> None:
        self._tree = tree
        self._base = project.directory
        self._roots = tuple(dict.fromkeys((project.directory, joined(project.directory, project.source_root))))
        declared = frameworks.declared(project)
        self._declared = frozenset(row.id for row in declared)
        # What nothing declares may still be there, brought along by another package.
        self._rows = (*declared, *(row for row in frameworks.table() if row not in declared))
        self._words = frozenset(name for row in self._rows for name in row.top_packages)
        made = (name.rpartition(".")[2] for row in declared or self._rows for name in (*row.makes, *row.marks))
        self._made_words = frozenset(word for name in made for word in (f"{name}(", f"({name})"))
        self._lookups = 0
        self.looked: list[str] = []
        self.stumbled: list[Origin] = []

    def of(self, paths: Iterable[str]) -> list[Entry]:
        """Return the entries of some files, in any order."""
        found: list[Entry] = []
        for path in paths:
            text = self._tree.text_or_none(path)
            self.looked.append(path)
            if text is not None and (len(text) <= _SHORT or any(word in text for word in self._words)):
                found += self._read(path)
        return found

    def beyond(self, paths: Iterable[str]) -> list[Entry]:
        """Return the entries of files whose names say nothing: read no deeper than the first ones lie."""
        found: list[Entry] = []
        for path in paths:
            if found and path.count("/") > found[-1].path.count("/"):
                break
            text = self._tree.text_or_none(path)
            if text is not None and any(word in text for word in self._made_words):
                self.looked.append(path)
                found += self._read(path)
        return found

    def _read(self, path: str) -> Iterator[Entry]:
        code = source_code.read(self._tree, path)
        if code is None:
            return
        if code.stumbled is not None:
            self.stumbled.append(Origin(path, code.stumbled))
        place = modules.place(self._tree, code)
        for row, kind, attribute, line in self._entries(code):
            declared = row.id in self._declared or not row.packages
            entry = Entry(row, kind, path, place.root, place.module, attribute, line, declared, self._base)
            if place.module is None and kind != "file":
                # No server can import a module of such a name; running the file is what is left.
                by_file = replace(row, start=("python", "{file}"), sigterm=False)
                entry = entry._replace(framework=by_file, kind="file", attribute="")
            yield entry

    def _entries(self, code: Code) -> Iterator[tuple[Framework, Kind, str, int]]:
        seen: set[str] = set()
        for binding in code.bindings:
            row = self._made(binding.value, code) if binding.called else None
            if row is not None and binding.name not in seen:
                seen.add(binding.name)
                yield from self._object(row, binding.name, binding.line, code)
        for name, value in code.imports.items():
            if name in candidates.ATTRIBUTES and name not in seen:
                row = self._exported(value, code, _MOST_HOPS)
                if row is not None:
                    seen.add(name)
                    yield row, "app", name, 1
        for name in code.function_names:
            if name in candidates.FACTORIES:
                function = code.function(name)
                row = self._made(f":{name}", code)
                if row is not None and function is not None and function.bare:
                    yield row, "factory", name, function.line
        yield from self._run(code)

    def _object(self, row: Framework, name: str, line: int, code: Code) -> Iterator[tuple[Framework, Kind, str, int]]:
        """Return an app object, or the attribute of it that a server runs (`server = app.server` of Dash)."""
        if not row.attribute:
            yield row, "app", name, line
            return
        wanted = f":{name}.{row.attribute}"
        bound = next((item for item in code.bindings if item.value == wanted), None)
        if bound is not None:
            yield row, "app", bound.name, bound.line
        else:
            yield row, "file", "", line

    def _run(self, code: Code) -> Iterator[tuple[Framework, Kind, str, int]]:
        """Return what the file is when it is run."""
        packages, used = code.packages, code.used_packages
        for row in self._rows:
            if row.kind not in {"command", "script", "bot"} or not (row.top_packages & used):
                continue
            if any(row.matches(call.name, row.unless) for call in code.calls if row.unless):
                continue
            line = next((call.line for call in code.calls if row.matches(call.name, row.marks)), None)
            if line is None and (row.marks or packages.isdisjoint(row.imports)):
                continue
            name = _function_below(code, line) if line is not None and "{function}" in row.start else ""
            yield row, "file", name, line or code.guard or 1

    def _made(self, value: str, code: Code, hops: int = _MOST_HOPS) -> Framework | None:
        """Return the framework of an object that calling the dotted name makes."""
        self._lookups += 1
        if self._lookups > _MOST_LOOKUPS:
            return None
        if value.startswith(":"):
            name = value[1:]
            if name in code.classes:
                return self._first(code.classes[name], code, hops)
            function = code.function(name)
            if function is not None:
                return self._first(function.returns, code, hops)
        exact = next((row for row in self._rows if value in row.makes), None)
        loose = exact or next((row for row in self._rows if row.matches(value, row.makes)), None)
        if loose is not None:
            return loose
        star = self._star(value, code)
        if star is not None or hops <= 0 or value.startswith((":", "?")):
            return star
        module, _, name = value.rpartition(".")
        other = self._module(module if name else value, code)
        if other is None:
            return None
        if name in other.function_names or name in other.classes:
            return self._made(f":{name}", other, hops - 1)
        again = other.imports.get(name)
        return self._made(again, other, hops - 1) if again is not None else None

    def _star(self, value: str, code: Code) -> Framework | None:
        """Return the framework whose `from module import *` brings the name."""
        if not value.startswith(":"):
            return None
        stars = {name.removesuffix(".*") for name in code.imports.values() if name.endswith(".*")}
        return next(
            (
                row
                for row in self._rows
                for module, names in row.stars.items()
                if module in stars and value[1:] in names
            ),
            None,
        )

    def _first(self, values: tuple[str, ...], code: Code, hops: int) -> Framework | None:
        if hops <= 0:
            return None
        found = (self._made(value, code, hops - 1) for value in values)
        return next((row for row in found if row is not None), None)

    def _exported(self, value: str, code: Code, hops: int) -> Framework | None:
        """Return the framework of an object that is imported from another module of the tree."""
        module, _, name = value.rpartition(".")
        other = self._module(f"{module}." if module.endswith(".") or not module else module, code)
        if other is None or hops <= 0:
            return None
        binding = other.binding(name)
        if binding is not None and binding.called:
            row = self._made(binding.value, other)
            # A server runs an attribute of such an object, not the object.
            return None if row is not None and row.attribute else row
        if binding is not None:
            return self._part(binding.value, other)
        again = other.imports.get(name)
        return self._exported(again, other, hops - 1) if again is not None else None

    def _part(self, value: str, code: Code) -> Framework | None:
        """Return the framework of `app.server`, when that is what a server runs of the object."""
        name, _, attribute = value.removeprefix(":").partition(".")
        whole = code.binding(name) if attribute else None
        row = self._made(whole.value, code) if whole is not None and whole.called else None
        return row if row is not None and row.attribute == attribute else None

    def _module(self, module: str, code: Code) -> Code | None:
        path = modules.locate(self._tree, module, code, self._roots)
        return source_code.read(self._tree, path) if path is not None and path != code.path else None


def _rank(entry: Entry, project: Project) -> tuple[object, ...]:
    """Return what entries are sorted by, the best first."""
    name = entry.path.rpartition("/")[2].removesuffix(".py")
    usual = (*(item.removesuffix(".py") for item in entry.framework.files), *candidates.NAMES)
    order = [row.id for row in frameworks.table()]
    base = entry.path.removeprefix(f"{project.directory}/" if project.directory else "")
    deployed = {"app": 0 if entry.attribute in candidates.ATTRIBUTES else 1, "factory": 2, "file": 0}[entry.kind]
    return (
        not entry.declared,
        order.index(entry.framework.id),
        deployed,
        base.removeprefix("src/").count("/"),
        usual.index(name) if name in usual else len(usual),
        entry.path,
        entry.line,
    )


def equal(first: Entry, second: Entry, project: Project) -> bool:
    """Return whether only the names of the files tell two entries apart, so that a person has to say which is meant."""
    return first.path != second.path and _rank(first, project)[:5] == _rank(second, project)[:5]
