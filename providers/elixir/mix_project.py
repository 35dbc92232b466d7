"""The Mix project that is planned: its files, its lock file, the apps of an umbrella, and which of them is the app.

A `mix.exs` is code: it is read from its tokens, and never run.

Source, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Project.html, https://hexdocs.pm/mix/Mix.Tasks.Deps.html
"""

from __future__ import annotations

import posixpath
import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import ConfigError, NoStartError
from buildplan.language import packages
from buildplan.language.members import Member
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import shown
from buildplan.read import elixir_source
from buildplan.read.elixir_source import Token, is_mark

from . import config_files
from .tables import FRAMEWORKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .config_files import Config


# --- mix.exs ----------------------------------------------------------------------------------------------------------

MANIFEST = "mix.exs"
_ATOM = re.compile(r"[a-z_][a-zA-Z0-9_]{0,100}", re.ASCII)
_LOADERS = frozenset({"require_file", "eval_file", "compile_file"})
_READERS = frozenset({"read", "read!", "stream!", "eval_string"}) | _LOADERS
_ELSEWHERE = frozenset({"path", "in_umbrella"})


class Dependency(NamedTuple):
    """A dependency; `options` are its keys with the strings and atoms of their values."""

    name: str
    origin: Origin
    requirement: str | None
    options: dict[str, tuple[str, ...]]

    @property
    def ships(self) -> bool:
        """Whether production gets it."""
        return "only" not in self.options or "prod" in self.options["only"]

    @property
    def in_tree(self) -> bool:
        """Whether it lies in the tree."""
        return bool(_ELSEWHERE & self.options.keys())


class Release(NamedTuple):
    """An entry of `releases`, and the applications that it names."""

    name: str
    origin: Origin
    applications: tuple[str, ...]


class MixFile(NamedTuple):
    """The facts of a `mix.exs`; what is not there is None or empty.

    `module` is where the app's callback is named, `reads` are names of files that the code reads, `loads` is true where
    it loads other code, `cookie` is where a release's cookie is written down.
    """

    path: str
    app: Sourced[str] | None
    elixir: Sourced[str] | None
    apps_path: Sourced[str] | None
    releases: tuple[Release, ...]
    default_release: str | None
    module: Origin | None
    escript: Sourced[str] | None
    dependencies: dict[str, Dependency]
    aliases: dict[str, tuple[Origin, tuple[str, ...]]]
    reads: frozenset[str]
    loads: bool
    cookie: Origin | None

    @property
    def directory(self) -> str:
        """The folder of the file; empty for the root."""
        return self.path.rpartition("/")[0]

    @property
    def shipped(self) -> dict[str, Dependency]:
        """The dependencies of production."""
        return {name: item for name, item in self.dependencies.items() if item.ships}

    @property
    def fetched(self) -> Origin | None:
        """Where the first dependency is named that does not lie in the tree."""
        return next((item.origin for item in self.shipped.values() if not item.in_tree), None)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The web frameworks and servers among the dependencies, strongest first."""
        shipped = self.shipped
        return tuple(name for name in FRAMEWORKS if name in shipped)


def read_mix(tree: SourceTree, path: str) -> MixFile:
    """Return the facts of the file, read once; none where it cannot be read."""
    return tree.memo("elixir-mix", path, lambda: _MixReader(elixir_source.of(tree, path), path).read())


class _MixReader:
    def __init__(self, found: tuple[Token, ...], path: str) -> None:
        self._found = found
        self._path = path
        self._attributes = {
            found[index + 1].text: found[index + 2]
            for index in range(len(found) - 2)
            if is_mark(found[index], "@")
            and found[index + 1].kind == "word"
            # Where it is used, something else follows.
            and found[index + 2].kind in {"atom", "string"}
        }

    def read(self) -> MixFile:
        found = self._found
        app = self._after("app", "atom")
        default = self._after("default_release", "atom")
        return MixFile(
            self._path,
            app if app is not None and _ATOM.fullmatch(app.value) else None,
            self._after("elixir", "string"),
            self._after("apps_path", "string"),
            self._releases(),
            default.value if default is not None else None,
            self._module(),
            self._escript(app),
            self._named(),
            self._aliases(),
            frozenset(self._files_read()),
            any(item.kind == "word" and item.text in _LOADERS for item in found),
            self._cookie(),
        )

    def _origin(self, item: Token, key: str | None = None) -> Origin:
        return Origin(self._path, item.line, key or item.text)

    def _after(self, key: str, kind: str) -> Sourced[str] | None:
        for index, item in enumerate(self._found[:-1]):
            if item.kind != "key" or item.text != key:
                continue
            value = self._found[index + 1]
            if is_mark(value, "@") and index + 2 < len(self._found):
                value = self._attributes.get(self._found[index + 2].text, value)
            if value.kind == kind:
                return Sourced(value.text, self._origin(item, key))
        return None

    def _value(self, index: int) -> int | None:
        """Return where the list starts that is the value of a key: there, or in a function or attribute of its name."""
        found = self._found
        if index + 1 >= len(found):
            return None
        value = found[index + 1]
        if is_mark(value, "["):
            return index + 1
        name = found[index + 2].text if is_mark(value, "@") and index + 2 < len(found) else value.text
        return self._body(name)

    def _body(self, name: str) -> int | None:
        """Return where the first list starts in the body of a function, or behind an attribute of that name."""
        found = self._found
        for index in range(len(found) - 2):
            is_function = found[index].text in {"def", "defp"} and found[index].kind == "word"
            if (is_function or is_mark(found[index], "@")) and found[index + 1].text == name:
                for position in range(index + 2, min(index + 40, len(found))):
                    if is_mark(found[position], "["):
                        return position
                    if found[position].text in {"def", "defp"}:
                        break
        return None

    def _releases(self) -> tuple[Release, ...]:
        for index, item in enumerate(self._found):
            if item.kind != "key" or item.text != "releases":
                continue
            start = self._value(index)
            if start is None:
                continue
            made = []
            for element in elixir_source.items(self._found, start):
                head = element[0]
                # `{:name, [...]}` is the same as `name: [...]`.
                if is_mark(head, "{") and len(element) > 1 and element[1].kind == "atom":
                    head = element[1]
                if head.kind in {"key", "atom"} and _ATOM.fullmatch(head.text):
                    made.append(Release(head.text, self._origin(head, "releases"), _applications(element)))
            if made:
                return tuple(made)
        return ()

    def _module(self) -> Origin | None:
        for index, item in enumerate(self._found[:-1]):
            if item.kind == "key" and item.text == "mod" and is_mark(self._found[index + 1], "{"):
                return self._origin(item)
        return None

    def _escript(self, app: Sourced[str] | None) -> Sourced[str] | None:
        for index, item in enumerate(self._found):
            if item.kind == "key" and item.text == "main_module":
                around = self._found[max(0, index - 12) : index + 12]
                name = next(
                    (
                        later.text
                        for earlier, later in pairwise(around)
                        if earlier.kind == "key" and earlier.text == "name" and later.kind in {"string", "atom"}
                    ),
                    app.value if app is not None else None,
                )
                if name is not None and re.fullmatch(r"[\w.-]{1,100}", name, re.ASCII):
                    return Sourced(name, self._origin(item, "escript"))
        return None

    def _named(self) -> dict[str, Dependency]:
        found: dict[str, Dependency] = {}
        for item in self._dependencies():
            found.setdefault(item.name, item)
        return found

    def _dependencies(self) -> Iterator[Dependency]:
        found = self._found
        for index in range(len(found) - 2):
            opened, name, comma = found[index : index + 3]
            if not (is_mark(opened, "{") and name.kind == "atom" and is_mark(comma, ",")):
                continue
            elements = elixir_source.items(found, index)[1:]
            requirement = next((item[0].text for item in elements if item[0].kind in {"string", "sigil"}), None)
            options: dict[str, tuple[str, ...]] = {}
            for element in elements:
                inner = elixir_source.items(element, 0) if is_mark(element[0], "[") else [element]
                for pair in inner:
                    if pair[0].kind == "key":
                        options[pair[0].text] = tuple(
                            item.text for item in pair[1:] if item.kind in {"string", "atom", "interpolated"}
                        )
            if requirement is not None or options:
                yield Dependency(name.text, self._origin(name), requirement, options)

    def _cookie(self) -> Origin | None:
        """Return where a release's cookie is written down."""
        for item, value in pairwise(self._found):
            if item.kind == "key" and item.text == "cookie" and value.kind == "string" and value.text:
                return self._origin(item)
        return None

    def _files_read(self) -> Iterator[str]:
        """Yield the strings that stand where a file is read: `File.read!(Path.join(__DIR__, "VERSION"))`."""
        for index, item in enumerate(self._found):
            if item.kind == "word" and item.text in _READERS:
                around = self._found[max(0, index - 12) : index + 12]
                yield from (other.text for other in around if other.kind == "string")

    def _aliases(self) -> dict[str, tuple[Origin, tuple[str, ...]]]:
        made: dict[str, tuple[Origin, tuple[str, ...]]] = {}
        for index, item in enumerate(self._found[:-1]):
            if item.kind == "key" and "." in item.text:
                value = self._found[index + 1]
                closed = elixir_source.closed(self._found, index + 1) if is_mark(value, "[") else index + 2
                span = self._found[index + 1 : closed]
                steps = tuple(part.text for part in span if part.kind in {"string", "interpolated"})
                made.setdefault(item.text, (self._origin(item), steps))
        return made


def _applications(element: tuple[Token, ...]) -> tuple[str, ...]:
    for index, item in enumerate(element[:-1]):
        if item.kind == "key" and item.text == "applications" and is_mark(element[index + 1], "["):
            inner = elixir_source.items(element, index + 1)
            return tuple(part[0].text for part in inner if part[0].kind in {"key", "atom"})
    return ()


# --- mix.lock ---------------------------------------------------------------------------------------------------------

_LINE = re.compile(
    r"^[ \t%{]{0,20}\"?(?P<name>[a-z_][\w]{0,100})\"?: ?\{:(?P<kind>hex|git|path|package),(?P<rest>[^\n]*)$",
    re.ASCII | re.MULTILINE,
)
_VERSION = re.compile(r"\s*:[\w\"]{1,100},\s*\"(?P<version>[0-9][\w.+-]{0,60})\"", re.ASCII)
_NEEDS = re.compile(r"\{:([a-z_]\w{0,100}), \"", re.ASCII)
_MAX_LINE = 20_000
_REPO = re.compile(r"\], \"(?P<repo>[\w:-]{1,100})\"(?:, \"[0-9a-f]{1,128}\")?\},?\s*$", re.ASCII)


class Locked(NamedTuple):
    """A package: `kind` is hex or git; `repo` is `hexpm` or another repository, `needs` are packages."""

    name: str
    kind: str
    version: str | None
    repo: str | None
    source: str
    origin: Origin
    needs: tuple[str, ...]


def read_lock(tree: SourceTree, path: str) -> dict[str, Locked]:
    """Return the packages by name; none where there is no lock file."""
    return tree.memo("elixir-lock", path, lambda: _parse_lock(tree.text_or_none(path) or "", path))


def _parse_lock(text: str, path: str) -> dict[str, Locked]:
    found: dict[str, Locked] = {}
    line, position = 1, 0
    for match in _LINE.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        rest = match["rest"]
        version = _VERSION.match(rest)
        repo = _REPO.search(rest[-300:])
        source = rest.strip().partition('"')[2].partition('"')[0] if match["kind"] == "git" else ""
        found[match["name"]] = Locked(
            match["name"],
            match["kind"],
            version["version"] if version is not None else None,
            repo["repo"] if repo is not None else None,
            source,
            Origin(path, line, match["name"]),
            tuple(_NEEDS.findall(rest[:_MAX_LINE])),
        )
    return found


# --- where the project lies -------------------------------------------------------------------------------------------

_LIKELY = ("server", "backend", "api", "app", "web", "elixir", "phoenix", "ui")
_NO_APPS = frozenset(
    {"test", "tests", "docs", "example", "examples", "e2e", "fixtures", "scripts", "tools", "deps", "bench"}
)
_MAX_FOLDERS = 200


def find_mix(tree: SourceTree, overrides: Overrides) -> str | None:
    """Return the mix.exs of the project: the root's, else that of the folder which looks most like an app; or None.

    Folders next to each other that need one another (a "poncho" project) have no mix.exs above them.
    """
    if tree.has(MANIFEST):
        return MANIFEST
    found = nested(tree)
    asked = overrides.option("elixir.app")
    if asked is not None:
        wanted = asked.value.strip("./")
        found = tuple(path for path in found if path == f"{wanted}/{MANIFEST}") or found
    return found[0] if found else None


def nested(tree: SourceTree) -> tuple[str, ...]:
    """Return the apps in folders of the root, the likeliest first."""
    rated = []
    for name in tree.directory().directories[:_MAX_FOLDERS]:
        path = f"{name}/{MANIFEST}"
        if name.startswith(".") or name.lower() in _NO_APPS or not tree.has(path):
            continue
        file = read_mix(tree, path)
        if file.apps_path is None and (file.app is None or file.module is None):
            continue
        needed = sum("path" in item.options for item in file.dependencies.values())
        position = _LIKELY.index(name) if name in _LIKELY else len(_LIKELY)
        rated.append(((not file.frameworks and file.apps_path is None, -needed, position, name), path))
    return tuple(path for _, path in sorted(rated))


def report_location(tree: SourceTree, path: str, reasons: Reasons) -> None:
    """Say that the app is in a folder, if it is."""
    folder = path.rpartition("/")[0]
    if not folder:
        return
    others = [other.rpartition("/")[0] for other in nested(tree) if other != path]
    text = f"the app is in `{folder}`" + (f"; it could be `{'`, `'.join(others[:6])}` too" if others else "")
    fix = "name another folder with `--app`, or plan each folder by itself"
    reasons.report(Diagnostic("BP635", "warning" if others else "info", text, Origin(path), fix))


def umbrella(tree: SourceTree, root: MixFile) -> tuple[MixFile, ...]:
    """Return the apps of an umbrella, sorted by folder."""
    if root.apps_path is None:
        return ()
    below = root.apps_path.value.strip("/")
    if not re.fullmatch(r"[\w.-]{1,100}(?:/[\w.-]{1,100}){0,5}", below, re.ASCII) or ".." in below.split("/"):
        return ()
    folder = f"{root.directory}/{below}" if root.directory else below
    paths = (f"{folder}/{name}/{MANIFEST}" for name in tree.directory(folder).directories[:_MAX_FOLDERS])
    return tuple(read_mix(tree, path) for path in paths if tree.has(path))


# --- the project ------------------------------------------------------------------------------------------------------

_OPTION = "elixir.app"


class Project(NamedTuple):
    """The facts of a tree.

    `root` is the project that Mix is called for, `members` are the apps of an umbrella, `main` is the one that is
    started (`root` itself without an umbrella). `release` is its name, `listed` whether a `mix.exs` lists it, and
    `built_in` the folder where it is built. `lock` are the packages of mix.lock.
    """

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    root: MixFile
    members: tuple[MixFile, ...]
    main: MixFile
    release: Sourced[str]
    listed: bool
    built_in: str
    config: Config
    lock: dict[str, Locked]

    @property
    def directory(self) -> str:
        """The folder of the project; empty for the root."""
        return self.root.directory

    def path(self, name: str) -> str:
        """Return a path of the project as one of the tree."""
        return f"{self.directory}/{name}" if self.directory else name

    @property
    def all_files(self) -> tuple[MixFile, ...]:
        """The project's mix.exs and those of its umbrella's apps."""
        return (self.root, *self.members)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The web frameworks and servers of the app and of what it brings of the umbrella."""
        found = dict.fromkeys(self.main.frameworks)
        for member in _brought(self.main, self.members):
            found.update(dict.fromkeys(member.frameworks))
        if not found and not any(file.fetched for file in self.all_files):
            # A function of another file lists them: only mix.lock tells.
            found.update(dict.fromkeys(name for name in FRAMEWORKS if name in self.lock))
        order = ("phoenix", *found)
        return tuple(dict.fromkeys(name for name in order if name in found))

    @property
    def server_task(self) -> str | None:
        """The task of Mix that starts the app's framework, where no release does."""
        return next((task for name, task in FRAMEWORKS.items() if task and name in self.frameworks), None)

    @property
    def left_out(self) -> tuple[MixFile, ...]:
        """The apps of an umbrella that would start, and that a release of the app alone would not hold."""
        if self.listed or _OPTION in self.overrides.options:
            return ()
        inside = {self.main.path, *(member.path for member in _brought(self.main, self.members))}
        return tuple(item for item in self.members if item.module is not None and item.path not in inside)

    def dependency(self, *names: str) -> Origin | None:
        """Return where one of the packages is named: by a mix.exs, else by mix.lock."""
        for file in self.all_files:
            for name in names:
                found = file.dependencies.get(name)
                if found is not None and found.ships:
                    return found.origin
        shipped = self.locked
        return next((shipped[name].origin for name in names if name in shipped), None)

    @property
    def locked(self) -> dict[str, Locked]:
        """The packages of mix.lock that production gets: those of each mix.exs, and what they need."""
        return self.tree.memo("elixir-shipped", self.root.path, self._locked)

    def _locked(self) -> dict[str, Locked]:
        waiting = [name for file in self.all_files for name in file.shipped]
        if not any(file.fetched for file in self.all_files):
            return self.lock
        found: dict[str, Locked] = {}
        while waiting:
            name = waiting.pop()
            if name in self.lock and name not in found:
                found[name] = self.lock[name]
                waiting += self.lock[name].needs
        return found


def read_project(tree: SourceTree, overrides: Overrides) -> Project:
    """Return the facts.

    Raises FileError for a mix.exs that is no text, NoStartError for an umbrella without an app, ConfigError for an
    option that names none.
    """
    reasons = Reasons()
    path = find_mix(tree, overrides) or MANIFEST
    tree.text(path)
    root = read_mix(tree, path)
    members = umbrella(tree, root)
    report_location(tree, path, reasons)
    main, release, listed, built_in = _choose(root, members, overrides, reasons)
    inside = tuple(member.directory for member in members)
    config = config_files.read(tree, root.directory, inside)
    lock = read_lock(tree, f"{root.directory}/mix.lock" if root.directory else "mix.lock")
    return Project(tree, overrides, reasons, root, members, main, release, listed, built_in, config, lock)


def _choose(
    root: MixFile, members: tuple[MixFile, ...], overrides: Overrides, reasons: Reasons
) -> tuple[MixFile, Sourced[str], bool, str]:
    """Return the app, its release, whether that is listed, and the folder where it is built."""
    asked = overrides.option(_OPTION)
    if root.releases:
        release = _listed(root, members, asked, reasons)
        named = [file for name in release.applications for file in members if _is(file, name)]
        main = next((file for file in named if file.frameworks), named[0] if named else root)
        return main, Sourced(release.name, release.origin), True, root.directory
    if root.apps_path is None:
        if root.app is None:
            raise _nothing(root)
        if asked is not None and asked.value.strip("./") not in {root.app.value, root.directory}:
            problem = f"there is no app `{shown(asked.value)}`; the project is `{root.app.value}`"
            raise ConfigError(problem, origin=asked.origin, hint="leave the option out")
        reasons.decide("elixir.app", root.app.value, root.app.origin, "the project's own app")
        return root, root.app, False, root.directory
    main = _member(root, members, asked, reasons)
    if main.releases:
        release = _listed(main, (main,), None, reasons)
        return main, Sourced(release.name, release.origin), True, main.directory
    name = main.app or Sourced(main.directory.rpartition("/")[2], Origin(main.path))
    return main, name, False, main.directory


def _is(file: MixFile, name: str) -> bool:
    return (file.app is not None and file.app.value == name) or file.directory.rpartition("/")[2] == name


def _listed(file: MixFile, members: tuple[MixFile, ...], asked: Sourced[str] | None, reasons: Reasons) -> Release:
    """Return the release: asked for, the default, named like the app, one with a web app, else the first."""
    releases = file.releases
    names = ", ".join(f"`{item.name}`" for item in releases)
    if asked is not None:
        wanted = asked.value.strip("./")
        found = [item for item in releases if item.name == wanted] or [
            item for item in releases if wanted.rpartition("/")[2] in item.applications
        ]
        if not found:
            raise ConfigError(
                f"`{wanted}` is no release of {file.path}", origin=asked.origin, hint=f"write one of {names}"
            )
        return _decided(found[0], releases, asked.origin, "the configured release", reasons)
    if len(releases) == 1:
        return _decided(releases[0], releases, releases[0].origin, "the only release of mix.exs", reasons)
    default = next((item for item in releases if item.name == file.default_release), None)
    if default is not None:
        return _decided(default, releases, default.origin, "the default release of mix.exs", reasons)
    own = next((item for item in releases if file.app is not None and item.name == file.app.value), None)
    if own is not None:
        return _decided(own, releases, own.origin, "the release with the app's name", reasons)
    web = {
        name
        for member in members
        if member.frameworks
        for name in (member.directory.rpartition("/")[2], member.app.value if member.app is not None else "")
    }
    serving = [item for item in releases if web & set(item.applications)]
    # The one with most apps does what the others do.
    chosen = max(serving or releases, key=lambda item: (len(item.applications), -releases.index(item)))
    rule = "the release with a web app" if serving else "the first of the releases"
    text = f"several releases could be the app: {names}; `{chosen.name}` is taken"
    reasons.report(Diagnostic("BP670", "warning", text, chosen.origin, "name one with `--app`, or a `default_release`"))
    return _decided(chosen, releases, chosen.origin, rule, reasons)


def _decided(chosen: Release, releases: tuple[Release, ...], origin: Origin, rule: str, reasons: Reasons) -> Release:
    lost = tuple(
        RunnerUp(item.name, item.origin, "another release was chosen") for item in releases if item is not chosen
    )
    reasons.decide("elixir.app", chosen.name, origin, rule, lost)
    return chosen


def _member(root: MixFile, members: tuple[MixFile, ...], asked: Sourced[str] | None, reasons: Reasons) -> MixFile:
    """Return the app of an umbrella that lists no release: the web app that no other web app contains."""
    if not members:
        raise _nothing(root)
    names = ", ".join(f"`{member.directory}`" for member in members[:12])
    if asked is not None:
        wanted = asked.value.strip("./")
        found = next((item for item in members if item.directory == wanted or _is(item, wanted)), None)
        if found is None:
            raise ConfigError(
                f"`{wanted}` is no app of the umbrella", origin=asked.origin, hint=f"write one of {names}"
            )
        reasons.decide("elixir.app", found.directory, asked.origin, "the configured app")
        return found
    runnable = [item for item in members if item.module is not None] or list(members)
    serving = [item for item in runnable if item.frameworks]
    candidates = serving or runnable
    inside = {brought.path for item in candidates for brought in _brought(item, members)}
    tops = [item for item in candidates if item.path not in inside] or candidates
    ranked = sorted(tops, key=lambda item: ("phoenix" not in item.frameworks, -len(_brought(item, members)), item.path))
    chosen = ranked[0]
    rule = "the web app of the umbrella" if serving else "the app of the umbrella that no other app contains"
    if len(ranked) > 1:
        others = ", ".join(f"`{item.directory}`" for item in ranked[1:6])
        text = f"the umbrella lists no releases; `{chosen.directory}` comes first, and there are {others}"
        fix = "list `releases` in mix.exs, or name one app with `--app`"
        reasons.report(Diagnostic("BP670", "warning", text, Origin(chosen.path), fix))
    lost = tuple(
        RunnerUp(
            item.directory, Origin(item.path), "another app contains it" if item.path in inside else "it comes later"
        )
        for item in members
        if item is not chosen
    )
    reasons.decide("elixir.app", chosen.directory, Origin(chosen.path), rule, lost)
    return chosen


def _brought(file: MixFile, members: tuple[MixFile, ...]) -> tuple[MixFile, ...]:
    """Return the apps of the umbrella that come with an app, itself not among them."""
    found: dict[str, MixFile] = {}
    waiting = [file]
    while waiting:
        one = waiting.pop()
        for name, dependency in one.dependencies.items():
            if "in_umbrella" not in dependency.options and "path" not in dependency.options:
                continue
            for member in members:
                if _is(member, name) and member.path not in found and member is not file:
                    found[member.path] = member
                    waiting.append(member)
    return tuple(found.values())


def _nothing(root: MixFile) -> NoStartError:
    return NoStartError(
        "mix.exs names neither an `app` nor `releases`, so nothing says which release to build",
        origin=Origin(root.path),
        hint="write `releases: [name: [applications: [app: :permanent]]]` in `project` of mix.exs",
    )


# --- what `--app` may name --------------------------------------------------------------------------------------------


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return what the option `app` understands in this tree."""
    if not tree.has(MANIFEST):
        found = (read_mix(tree, path) for path in nested(tree))
        return tuple(Member(_app_name(item), item.directory, Origin(item.path), item.directory) for item in found)
    root = read_mix(tree, MANIFEST)
    apps = umbrella(tree, root)
    releases = tuple(Member(item.name, "", item.origin, item.name) for item in root.releases)
    if root.releases:
        shipped = {name for item in root.releases for name in item.applications}
        apps = tuple(item for item in apps if _app_name(item) in shipped)
    elif root.app is not None:
        return (Member(root.app.value, "", root.app.origin),)
    rest = (Member(_app_name(item), item.directory, Origin(item.path), item.directory) for item in apps)
    return (*releases, *rest)


def _app_name(item: MixFile) -> str:
    return item.app.value if item.app is not None else item.directory.rpartition("/")[2]


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[packages.Dependency]:
    """Yield the packages that a release holds, for whoever asks which services the app speaks to. Raises as `plan`."""
    for file in read_project(tree, overrides).all_files:
        for name, item in file.dependencies.items():
            if item.ships:
                yield packages.Dependency(name, item.origin)


# --- what Mix reads ---------------------------------------------------------------------------------------------------

_MAX_PATH = 300


def manifest_paths(project: Project) -> tuple[str, ...]:
    """Return what `mix deps.get` reads: each mix.exs and what it reads, the lock file, dependencies of the tree."""
    tree = project.tree
    found = [project.root.path]
    if tree.has(project.path("mix.lock")):
        found.append(project.path("mix.lock"))
    found += [member.path for member in project.members]
    inside = {member.directory for member in project.members}
    waiting = list(project.all_files)
    seen: set[str] = set()
    while waiting:
        file = waiting.pop(0)
        for text in sorted(file.reads):
            # `File.read!("VERSION")`, `Code.require_file("mix/version.exs")`.
            path = _joined(file.directory, text)
            if path and tree.has(path) and path != file.path:
                found.append(path)
        for dependency in file.dependencies.values():
            for text in dependency.options.get("path", ()):
                path = _joined(file.directory, text)
                if path in inside or path in seen:
                    continue
                if path is None or not tree.has(f"{path}/{MANIFEST}" if path else MANIFEST):
                    if path is None or not tree.has_directory(path):
                        _tell_missing(project, dependency.name, dependency.origin)
                        continue
                elif not path or project.root.directory == path:
                    continue
                seen.add(path)
                found.append(f"{path}/")
                waiting.append(read_mix(tree, f"{path}/{MANIFEST}"))
    return tuple(dict.fromkeys(found))


def names_what_it_reads(project: Project, file: MixFile) -> bool:
    """Return whether the files that a mix.exs reads are known by name."""
    return any(project.tree.has(path) for path in (_joined(file.directory, text) for text in file.reads) if path)


def _tell_missing(project: Project, name: str, origin: Origin) -> None:
    text = f"`{name}` has a path that is not in the tree"
    fix = "plan the folder that holds both, or fetch it from Hex or git"
    project.reasons.report(Diagnostic("BP674", "warning", text, origin, fix))


def _joined(directory: str, text: str) -> str | None:
    """Return a path from a folder as one of the tree; None where it leaves it, or is none."""
    if not text or len(text) > _MAX_PATH or text.startswith("/") or any(not char.isprintable() for char in text):
        return None
    path = posixpath.normpath(posixpath.join(directory, text))
    if path.startswith(".."):
        return None
    return "" if path == "." else path
