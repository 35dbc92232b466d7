"""Where an app starts: frameworks, candidate files, scripts, notebooks, and what the source imports."""

from __future__ import annotations

import functools
import re
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.model.origin import Origin

from . import source_code, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.source import SourceTree

    from .manifest import Project
    from .source_code import Code

# The rows of `frameworks.toml`, and which of them a project declares.


Kind = Literal["wsgi", "asgi", "aiohttp", "command", "script", "bot"]


@dataclass(frozen=True, slots=True)
class Framework:
    """One row.

    `kind`: `wsgi`, `asgi` and `aiohttp` are objects that a server runs; `command` has a program of its own; a `script`
    is run and listens; a `bot` is run and does not.

    `packages` are what a project declares (none for the standard library). A file is the entry when it binds a name to
    one of `makes`, calls one of `marks` (and none of `unless`), or imports one of `imports`. In `makes` and `marks` the
    module in between does not count: `fastapi.FastAPI` also is `fastapi.applications.FastAPI`.
    """

    id: str
    title: str
    kind: Kind
    packages: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    stars: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what `from module import *` brings
    files: tuple[str, ...] = ()  # the usual names of the entry file, the best first
    attribute: str = ""  # the attribute of the object that a server runs
    servers: tuple[str, ...] = ()  # instead of those of the interface
    start: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    port: int | None = None
    port_variable: str = ""  # what it reads instead of PORT
    transports: tuple[str, ...] = ()  # it listens only when its code names one of these
    notebooks: bool = False  # it serves a Jupyter notebook, not a Python file
    client: bool = False  # its package is a client library too: only code that serves counts
    sigterm: bool = True
    health: str = ""
    notice: str = ""
    fix: str = ""
    # The import packages of all these names; no file without one of them can be an entry.
    top_packages: frozenset[str] = frozenset()

    def matches(self, name: str, among: Iterable[str]) -> bool:
        """Return whether a dotted name is among the row's, whichever module of the package it comes from.

        `*.name` is a method of that name on anything.
        """
        package, last = name.partition(".")[0], name.rpartition(".")[2]
        return any(known.rpartition(".")[2] == last and known.partition(".")[0] in {package, "*"} for known in among)


@functools.cache
def table() -> tuple[Framework, ...]:
    """Return all rows, in the order in which they are tried."""
    return tuple(_row(row) for row in tables.read("frameworks")["framework"])


def _row(row: dict[str, Any]) -> Framework:
    values = tables.row(row)
    values["stars"] = {module: tuple(names) for module, names in values.get("stars", {}).items()}
    names = (name for key in ("makes", "marks", "imports") for name in values.get(key, ()))
    values["top_packages"] = frozenset(name.partition(".")[0] for name in names) - {"*"}
    return Framework(**values)


@functools.cache
def framework_named(identifier: str) -> Framework:
    """Return the row of that id."""
    return next(row for row in table() if row.id == identifier)


def declared_frameworks(project: Project) -> tuple[Framework, ...]:
    """Return the rows that production declares a package of, in the order of the table."""
    names = frozenset(requirement.name for requirement in project.requirements)
    return tuple(row for row in table() if not names.isdisjoint(row.packages))


# Which files of a tree may hold what an app starts with: usual names in usual folders first, then any other.


FOLDERS = ("", "src", "app", "api", "backend", "server")
_INNER_FOLDERS = ("app", "api", "server", "web")
# The best first; a file of another name comes after all of them.
NAMES = (
    "wsgi",
    "asgi",
    "main",
    "app",
    "application",
    "server",
    "api",
    "index",
    "run",
    "web",
    "__init__",
    "__main__",
    "start",
    "bot",
)
ATTRIBUTES = ("app", "application", "api", "server")
FACTORIES = (
    "create_app",
    "make_app",
    "get_app",
    "build_app",
    "app_factory",
    "create_application",
    "make_application",
    "get_application",
    "build_application",
    "application_factory",
    "create_api",
)
# Folders whose files are no app, wherever they lie.
SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "alembic",
        "benchmark",
        "benchmarks",
        "build",
        "demo",
        "demos",
        "dist",
        "doc",
        "docs",
        "env",
        "example",
        "examples",
        "fixtures",
        "migrations",
        "node_modules",
        "notebooks",
        "samples",
        "scripts",
        "site-packages",
        "spec",
        "test",
        "testing",
        "tests",
        "tools",
        "tutorial",
        "tutorials",
        "venv",
    }
)
_SKIPPED_FILES = frozenset({"conftest.py", "setup.py", "noxfile.py", "tasks.py", "fabfile.py", "gunicorn.conf.py"})
_MOST_CANDIDATES = 60
_FEW_FILES = 40
_MOST_OTHERS = 400
_DEEPEST = 4


def usual(tree: SourceTree, project: Project) -> tuple[str, ...]:
    """Return the files that are read first: usual names, framework by framework, in usual folders."""
    extra = [name.removesuffix(".py") for row in declared_frameworks(project) for name in row.files]
    names = dict.fromkeys((*extra, *NAMES))
    found = []
    for folder in folders(tree, project):
        files = frozenset(tree.directory(folder).files)
        prefix = f"{folder}/" if folder else ""
        found += [f"{prefix}{name}.py" for name in names if f"{name}.py" in files]
        if folder == project.directory and len(files) <= _FEW_FILES:
            # A small project may call its file as it likes.
            found += sorted(f"{prefix}{name}" for name in files if is_own(name))
    return tuple(dict.fromkeys(found))[:_MOST_CANDIDATES]


def is_own(name: str) -> bool:
    """Return whether a file at the root may belong to the app, by its name."""
    return name.endswith(".py") and name not in _SKIPPED_FILES and not name.startswith("test")


def folders(tree: SourceTree, project: Project) -> tuple[str, ...]:
    """Return the folders in which an app's own files usually lie."""
    base = project.directory
    packages = [f"{project.source_root}/{name}" if project.source_root else name for name in project.packages]
    if not packages:
        packages = [
            name
            for name in tree.directory(base).directories
            if name not in SKIPPED_FOLDERS and tree.has(joined(base, name, source_code.INIT))
        ]
    outer = [joined(base, name) for name in (*FOLDERS, *packages)]
    inner = [joined(folder, name) for folder in outer if folder != base for name in _INNER_FOLDERS]
    return tuple(dict.fromkeys(folder for folder in (*outer, *inner) if tree.has_directory(folder)))


def joined(*parts: str) -> str:
    """Return a path of its parts, those that are empty left out."""
    return "/".join(part for part in parts if part)


def others(tree: SourceTree, project: Project, known: frozenset[str]) -> Iterator[str]:
    """Yield the other Python files, shallow ones first."""
    base = f"{project.directory}/" if project.directory else ""
    count = 0
    for path in tree.with_suffix(".py"):
        *folders, name = path.removeprefix(base).split("/")
        if not path.startswith(base) or path in known or len(folders) > _DEEPEST or name in _SKIPPED_FILES:
            continue
        if name.startswith("test_") or any(part in SKIPPED_FOLDERS or part.startswith(".") for part in folders):
            continue
        count += 1
        if count > _MOST_OTHERS:
            return
        yield path


# Where an app starts: candidate files are read in order, what looks like an entry is ranked, nothing is run.
#
# Candidates are the usual names in the usual folders; only when none of them holds an entry, the other files of the
# tree
# are looked at. What lost stays in the list, for the explanation.


EntryKind = Literal["app", "factory", "file"]

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
    kind: EntryKind
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
    entries = search.of(usual(tree, project))
    if not any(entry.declared for entry in entries):
        entries += search.beyond(others(tree, project, frozenset(search.looked)))
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
        if source_code.locate(tree, value.rpartition(".")[0], code, ()) == best.path:
            return (entry, *(item for item in ranked if item != entry))
    return tuple(ranked)


def asked(tree: SourceTree, project: Project, text: str) -> Entry | None:
    """Return the entry that somebody names: `module:name`, `module`, `file.py` or `file.py:name`; None for none."""
    place, _, attribute = text.strip().removesuffix("()").partition(":")
    inside = place.removesuffix(".py").replace(".", "/").removeprefix("./").strip("/")
    for root in dict.fromkeys((project.directory, joined(project.directory, project.source_root), "", "src")):
        base = joined(root, inside)
        path = tree.first(f"{base}.py", f"{base}/{source_code.INIT}")
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
        row = next((row for row in declared_frameworks(project) if row.kind == name), None)
        for folder in folders(tree, project):
            code = source_code.read(tree, joined(folder, f"{name}.py"))
            bound = (
                next((code.binding(item) for item in ("application", "app") if code.binding(item)), None)
                if code
                else None
            )
            if code is None or bound is None or not bound.called or row is None:
                continue
            place = source_code.place(tree, code)
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
        declared = declared_frameworks(project)
        self._declared = frozenset(row.id for row in declared)
        # What nothing declares may still be there, brought along by another package.
        self._rows = (*declared, *(row for row in table() if row not in declared))
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
        place = source_code.place(self._tree, code)
        for row, kind, attribute, line in self._entries(code):
            declared = row.id in self._declared or not row.packages
            entry = Entry(row, kind, path, place.root, place.module, attribute, line, declared, self._base)
            if place.module is None and kind != "file":
                # No server can import a module of such a name; running the file is what is left.
                by_file = replace(row, start=("python", "{file}"), sigterm=False)
                entry = entry._replace(framework=by_file, kind="file", attribute="")
            yield entry

    def _entries(self, code: Code) -> Iterator[tuple[Framework, EntryKind, str, int]]:
        seen: set[str] = set()
        for binding in code.bindings:
            row = self._made(binding.value, code) if binding.called else None
            if row is not None and binding.name not in seen:
                seen.add(binding.name)
                yield from self._object(row, binding.name, binding.line, code)
        for name, value in code.imports.items():
            if name in ATTRIBUTES and name not in seen:
                row = self._exported(value, code, _MOST_HOPS)
                if row is not None:
                    seen.add(name)
                    yield row, "app", name, 1
        for name in code.function_names:
            if name in FACTORIES:
                function = code.function(name)
                row = self._made(f":{name}", code)
                if row is not None and function is not None and function.bare:
                    yield row, "factory", name, function.line
        yield from self._run(code)

    def _object(
        self, row: Framework, name: str, line: int, code: Code
    ) -> Iterator[tuple[Framework, EntryKind, str, int]]:
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

    def _run(self, code: Code) -> Iterator[tuple[Framework, EntryKind, str, int]]:
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
        path = source_code.locate(self._tree, module, code, self._roots)
        return source_code.read(self._tree, path) if path is not None and path != code.path else None


def _rank(entry: Entry, project: Project) -> tuple[object, ...]:
    """Return what entries are sorted by, the best first."""
    name = entry.path.rpartition("/")[2].removesuffix(".py")
    usual = (*(item.removesuffix(".py") for item in entry.framework.files), *NAMES)
    order = [row.id for row in table()]
    base = entry.path.removeprefix(f"{project.directory}/" if project.directory else "")
    deployed = {"app": 0 if entry.attribute in ATTRIBUTES else 1, "factory": 2, "file": 0}[entry.kind]
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


# Files that are run as they are, where no framework says what is started.


SCRIPT = Framework("script", "a script", "script", start=("python", "{file}"), sigterm=False)
_NAMES = ("main", "app", "run", "start", "server", "bot", "index", "hello", "__main__")
# Scripts that a project calls so are what it is started with.
_STARTS = ("web", "serve", "server", "start", "app", "run")
# What the function of a program is called that a script at the root imports from its package.
_FUNCTIONS = frozenset({"main", "cli", "run", "start", "serve"})
_TARGET = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_]\w*)", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,100}", re.ASCII)


def files(tree: SourceTree, project: Project) -> tuple[Entry, ...]:
    """Return the files that can be run, the likeliest first."""
    found: list[Entry] = []
    for path in dict.fromkeys(_paths(tree, project)):
        code = source_code.read(tree, path)
        if code is None or not (code.body or code.stumbled):
            continue
        place = source_code.place(tree, code)
        found.append(Entry(SCRIPT, "file", path, place.root, place.module, "", code.guard or 1, base=project.directory))
    return tuple(found)


def named_script(tree: SourceTree, project: Project, text: str) -> Entry | None:
    """Return the script that somebody names as a file or as a module (`bot` for `bot/__main__.py`), or None."""
    inside = text if text.endswith(".py") else text.replace(".", "/")
    for root in dict.fromkeys((project.directory, joined(project.directory, project.source_root))):
        base = joined(root, inside)
        path = tree.first(base) if text.endswith(".py") else tree.first(f"{base}/__main__.py", f"{base}.py")
        code = source_code.read(tree, path) if path is not None else None
        if path is not None and code is not None and code.body:
            place = source_code.place(tree, code)
            line = code.guard or 1
            return Entry(SCRIPT, "file", path, place.root, place.module, "", line, base=project.directory)
    return None


def _paths(tree: SourceTree, project: Project) -> Iterator[str]:
    base = f"{project.directory}/" if project.directory else ""
    own = re.sub(r"\W", "_", project.name or "", flags=re.ASCII)
    for name in (*_NAMES, own):
        if tree.has(f"{base}{name}.py"):
            yield f"{base}{name}.py"
    for folder in folders(tree, project):
        if folder != project.directory and tree.has(f"{folder}/__main__.py"):
            yield f"{folder}/__main__.py"
    root = list(_at_the_root(tree, project))
    guarded = [path for path in root if (code := source_code.read(tree, path)) is not None and code.guard is not None]
    if guarded or len(root) == 1:
        yield max(guarded, key=lambda path: _own_imports(tree, path)) if guarded else root[0]
    for folder in ("src", "app", project.source_root):
        for name in _NAMES:
            if folder and tree.has(f"{base}{folder}/{name}.py"):
                yield f"{base}{folder}/{name}.py"


def _own_imports(tree: SourceTree, path: str) -> int:
    """Return how many names a file imports from the tree: the program imports more of it than a tool beside it."""
    code = source_code.read(tree, path)
    names = {name.rpartition(".")[0] or name for name in code.imports.values()} if code is not None else set()
    return sum(code is not None and source_code.locate(tree, name, code, ()) is not None for name in names)


def several(tree: SourceTree, project: Project, chosen: Entry) -> Entry | None:
    """Return another file beside the manifest that could be run as well, where no name tells them apart."""
    if chosen.path.rpartition("/")[2].removesuffix(".py") in _NAMES:
        return None
    for path in _at_the_root(tree, project):
        code = source_code.read(tree, path)
        if path != chosen.path and code is not None and code.guard is not None:
            return chosen._replace(path=path, module=source_code.place(tree, code).module, line=code.guard)
    return None


def guarded(tree: SourceTree, project: Project) -> Entry | None:
    """Return the first file beside the manifest that is made to be run: it has `if __name__ == "__main__"`."""
    for entry in files(tree, project):
        code = source_code.read(tree, entry.path)
        if entry.path.rpartition("/")[0] == project.directory and code is not None and code.guard is not None:
            return entry
    return None


def _at_the_root(tree: SourceTree, project: Project) -> Iterator[str]:
    """Yield the files beside the manifest that may be the app's; Django's `manage.py` is a tool."""
    base = f"{project.directory}/" if project.directory else ""
    for name in tree.directory(project.directory).files:
        if is_own(name) and not (name == "manage.py" and "django" in (tree.text_or_none(base + name) or "")):
            yield f"{base}{name}"


def console(project: Project) -> str | None:
    """Return the console script of the project that starts it.

    That is one that is called so, the only one, the one with the name of the project or of its package, or the only
    one that calls itself a server.
    """
    usable = [name for name in project.scripts if _NAME.fullmatch(name)]
    for name in _STARTS:
        if name in usable:
            return name
    if len(usable) == 1:
        return usable[0]
    own = {project.name or "", *(_plain(package) for package in project.packages)}
    named = [name for name in usable if _plain(name) in own]
    servers = [name for name in usable if name.endswith(("server", "serve"))]
    return next((found[0] for found in (named, servers) if len(found) == 1), None)


def _plain(name: str) -> str:
    return name.replace("_", "-").lower()


def is_named_as_the_project(project: Project) -> bool:
    """Return whether the project installs a program of its own name, as an app does that is more than its web part."""
    name = console(project)
    return name is not None and _plain(name) in {project.name or "", *(_plain(item) for item in project.packages)}


def target(tree: SourceTree, project: Project, name: str) -> source_code.Code | None:
    """Return the file of a console script's function, None when it is not in the tree."""
    match = _TARGET.fullmatch(project.scripts[name].value.partition("[")[0].strip())
    if match is None:
        return None
    inside = match[1].replace(".", "/")
    for root in dict.fromkeys((project.source_root, "", "src")):
        prefix = "".join(f"{part}/" for part in (project.directory, root) if part)
        path = tree.first(f"{prefix}{inside}.py", f"{prefix}{inside}/__init__.py")
        if path is not None:
            return source_code.read(tree, path)
    return None


def launcher(tree: SourceTree, project: Project, entry: Entry) -> Entry | None:
    """Return the script at the root that starts the package in which an entry of an unusual name lies, or None.

    Such a script does more than to make the app: it reads options, opens files, starts threads.
    """
    name = entry.path.rpartition("/")[2].removesuffix(".py")
    depth = entry.path.count("/")
    if not depth or entry.module is None or (name in NAMES and name != "__init__"):
        return None
    package = entry.module.partition(".")[0]
    for script in files(tree, project):
        code = source_code.read(tree, script.path)
        if code is None or code.guard is None or script.path.count("/") >= depth or package not in code.packages:
            continue
        # `from app import app` in `run.py` is a developer's start; `from cps.main import main` is the program.
        if name != "__init__" or any(
            value.partition(".")[0] == package and value.rpartition(".")[2] in _FUNCTIONS
            for value in code.imports.values()
        ):
            return script
    return None


def runner(tree: SourceTree, project: Project, entry: Entry) -> Entry | None:
    """Return the file to run instead of an entry that is imported and not run itself, or None.

    A package with a `__main__.py` is run as a whole. Otherwise it is the script that imports the entry's module.
    """
    code = source_code.read(tree, entry.path)
    if code is None or entry.module is None or entry.path.endswith("/__main__.py"):
        return None
    package, _, inside = entry.module.partition(".")
    main = joined(entry.root, package, "__main__.py")
    if inside and tree.has(main):
        return entry._replace(path=main, module=package, line=1)
    if code.runs:
        return None
    folder = entry.path.rpartition("/")[0]
    beside = (f"{folder}/{name}" for name in tree.directory(folder).files if folder and is_own(name))
    paths = [*(item.path for item in files(tree, project)), *_at_the_root(tree, project), *beside]
    indirect: source_code.Code | None = None
    for path in dict.fromkeys(paths):
        other = source_code.read(tree, path)
        if path == entry.path or other is None or not other.runs:
            continue
        if _imports(tree, other, entry.path):
            return _instead(tree, entry, other)
        if package in other.packages and indirect is None:
            indirect = other
    return None if indirect is None else _instead(tree, entry, indirect)


def leads_to(tree: SourceTree, script: Entry, entry: Entry) -> bool:
    """Return whether a script imports the module of an entry, or its package."""
    code = source_code.read(tree, script.path)
    if code is None or entry.module is None:
        return False
    package = entry.module.partition(".")[0]
    return script.path == entry.path or package in code.packages or _imports(tree, code, entry.path)


def _imports(tree: SourceTree, code: source_code.Code, path: str) -> bool:
    """Return whether a file imports another one, or a name from it."""
    names = {part for name in code.imports.values() for part in (name, name.rpartition(".")[0]) if part.strip(".")}
    return any(source_code.locate(tree, name, code, ()) == path for name in names)


def _instead(tree: SourceTree, entry: Entry, code: source_code.Code) -> Entry:
    place = source_code.place(tree, code)
    return entry._replace(path=code.path, root=place.root, module=place.module, line=code.guard or 1)


# What the source imports, where no manifest says what to install: only packages that everybody knows are named.


_MOST_FILES = 200


class Imported(NamedTuple):
    """`packages` are what to install, without versions; `unknown` are imports whose package is not known."""

    packages: tuple[str, ...]
    unknown: tuple[str, ...]


def find_imported(tree: SourceTree, entry: Entry) -> Imported:
    """Return what the files of an app without a manifest import and neither Python nor the tree brings."""
    known: dict[str, str] = tables.read("import_packages")["packages"]
    names = {name for path in _files(tree) if (code := source_code.read(tree, path)) for name in code.packages}
    own = {part for path in tree.with_suffix(".py") for part in path.removesuffix(".py").split("/")}
    foreign = sorted(names - own - sys.stdlib_module_names - {"__future__"})
    packages = [known[name] for name in foreign if name in known]
    row = entry.framework
    if row.packages and known.keys().isdisjoint(row.top_packages & names):
        packages.append(row.packages[0])
    return Imported(tuple(dict.fromkeys(packages)), tuple(name for name in foreign if name not in known))


def _files(tree: SourceTree) -> Iterable[str]:
    """Return the files that belong to the app by their place."""
    found = (
        path
        for path in tree.with_suffix(".py")
        if is_own(path.rpartition("/")[2])
        and not any(part in SKIPPED_FOLDERS or part.startswith(".") for part in path.split("/")[:-1])
    )
    return [path for path, _ in zip(found, range(_MOST_FILES), strict=False)]


# The Jupyter notebook that a framework serves as an app.


def find_notebook(tree: SourceTree, project: Project) -> tuple[Entry, bool] | None:
    """Return the notebook to serve, and whether it alone is meant; None when no framework is declared that serves one.

    Where several lie beside the manifest and none has a usual name, the folder is served.
    """
    row = next((item for item in declared_frameworks(project) if item.notebooks), None)
    directory = project.directory
    files = [name for name in tree.directory(directory).files if name.endswith(".ipynb")]
    if row is None or not files:
        return None
    usual = next((name for name in row.files if name in files), files[0] if len(files) == 1 else None)
    path = joined(directory, usual or files[0])
    return Entry(row, "file", path, directory, None, "", 1, base=directory), usual is not None
