"""The mix project that is planned: where it lies, the apps of an umbrella, and which of them is the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import ConfigError, NoStartError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import shown

from . import config_files, location, mix_file, mix_lock

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .config_files import Config
    from .mix_file import MixFile, Release

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
    lock: dict[str, mix_lock.Locked]

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
            found.update(dict.fromkeys(row["name"] for row in mix_file.framework_rows() if row["name"] in self.lock))
        order = ("phoenix", *found)
        return tuple(dict.fromkeys(name for name in order if name in found))

    @property
    def server_task(self) -> str | None:
        """The task of Mix that starts the app's framework, where no release does."""
        rows = mix_file.framework_rows()
        return next((row["task"] for row in rows if "task" in row and row["name"] in self.frameworks), None)

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
    def locked(self) -> dict[str, mix_lock.Locked]:
        """The packages of mix.lock that production gets: those of each mix.exs, and what they need."""
        return self.tree.memo("elixir-shipped", self.root.path, self._locked)

    def _locked(self) -> dict[str, mix_lock.Locked]:
        waiting = [name for file in self.all_files for name in file.shipped]
        if not any(file.fetched for file in self.all_files):
            return self.lock
        found: dict[str, mix_lock.Locked] = {}
        while waiting:
            name = waiting.pop()
            if name in self.lock and name not in found:
                found[name] = self.lock[name]
                waiting += self.lock[name].needs
        return found


def read(tree: SourceTree, overrides: Overrides) -> Project:
    """Return the facts.

    Raises FileError for a mix.exs that is no text, NoStartError for an umbrella without an app, ConfigError for an
    option that names none.
    """
    reasons = Reasons()
    path = location.find(tree, overrides) or mix_file.NAME
    tree.text(path)
    root = mix_file.read(tree, path)
    members = location.members(tree, root)
    location.report(tree, path, reasons)
    main, release, listed, built_in = _choose(root, members, overrides, reasons)
    inside = tuple(member.directory for member in members)
    config = config_files.read(tree, root.directory, inside)
    lock = mix_lock.read(tree, f"{root.directory}/mix.lock" if root.directory else "mix.lock")
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
