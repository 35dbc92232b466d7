"""What is written for each app of a tree: its Dockerfile, the context that this is built in, and what it needs."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan import api
from buildplan.api import Options
from buildplan.compose import app_choice, composition
from buildplan.config.load import load
from buildplan.errors import BuildplanError, ConfigError
from buildplan.language.declare import Language
from buildplan.model.app import App
from buildplan.model.origin import Origin, option
from buildplan.read import own_dockerfile
from buildplan.services import needs, settings
from buildplan.services.needs import Found
from buildplan.services.settings import Settings
from buildplan.source.folder import tree_of
from buildplan.write import recorded_options
from buildplan.write.recorded_options import DOCKERFILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.packages import Dependency
    from buildplan.model.build_plan import BuildPlan, Input
    from buildplan.source import SourceTree

_CONFIGS = ("buildplan.toml", "nixpacks.toml", "nixpacks.json", "railpack.json")
_ONE_APP = ("app", "process", "start_cmd", "install_cmd", "build_cmd")
_NOTHING, _NO_SETTINGS = Found(), Settings({}, (), {}, frozenset())
# Folders that are called after what is in them, and say nothing of the app.
_NO_NAMES = frozenset({"app", "cmd", "main", "src"})
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Target:
    """An app and its Dockerfile.

    `name` is what services and targets are called after, `declared` the name that a manifest gives to the app.
    `directory` is the build context in the tree, `file` the Dockerfile's path below it, and `options` are those that
    it is written with.
    """

    name: str
    app: App
    directory: str
    file: str
    options: Options
    plan: BuildPlan
    found: Found = _NOTHING
    settings: Settings = _NO_SETTINGS
    declared: str = ""

    @property
    def dockerfile(self) -> str:
        """The path of the Dockerfile in the tree."""
        return posixpath.join(self.directory, self.file)


def find(tree: SourceTree, options: Options, *, services: bool) -> tuple[Target, ...]:
    """Return the apps of a tree, in the order of `buildplan apps`; with `services` also what each needs beside it.

    Raises ConfigError for options that are about one app, and for a tree without any; what planning an app raises.
    """
    _refuse(options)
    apps = [app for app in api.apps(tree, options) if app.problem is None and app.start is not None]
    if not apps:
        # Says why there is none.
        api.plan(tree, options)
    made = [_target(tree, app, apps, options) for app in apps]
    names = _names(made)
    known = {place.app: place.name.rpartition("/")[2].lower() for place in app_choice.places(tree)}
    made = [
        replace(item, name=name, declared=known.get(item.app.app, "")) for item, name in zip(made, names, strict=True)
    ]
    return tuple(_with_needs(tree, item, made) for item in made) if services else tuple(made)


def _refuse(options: Options) -> None:
    for name in _ONE_APP:
        if getattr(options, name) is not None:
            flag = f"--{name.replace('_', '-')}"
            hint = "leave it out, or leave `--all`, `--compose` and `--bake` out"
            raise ConfigError(f"`{flag}` is about one app, and all are written", origin=option(flag), hint=hint)


def _target(tree: SourceTree, app: App, apps: list[App], options: Options) -> Target:
    own = options if app.is_default and not app.folder else replace(options, app=app.app)
    file = posixpath.join(app.folder, DOCKERFILE)
    sharing = [other for other in apps if other.folder == app.folder]
    if len(sharing) > 1 and not app.is_default and sharing[0] is not app:
        file = f"{file}.{_slug(app.name)}"
    plan = api.plan(tree, own)
    if app.folder and _is_apart(tree, plan, app.folder):
        inner = tree_of(tree, app.folder)
        try:
            alone = api.plan(inner, options)
        except BuildplanError:
            pass
        else:
            if (alone.start, _commands(alone)) == (plan.start, _commands(plan)):
                return _recorded(tree, Target("", app, app.folder, posixpath.basename(file), options, alone), options)
    return _recorded(tree, Target("", app, "", file, own, plan), options)


def _is_apart(tree: SourceTree, plan: BuildPlan, folder: str) -> bool:
    """Return whether nothing outside of a folder takes part in the build of its app."""
    if (
        any(tree.has(name) for name in _CONFIGS)
        or (tree.text_or_none("pyproject.toml") or "").find("[tool.buildplan") >= 0
    ):
        return False
    return all(f"{item.path.rstrip('/')}/".startswith(f"{folder}/") for item in _inputs(plan))


def _inputs(plan: BuildPlan) -> Iterator[Input]:
    for phase in plan.phases:
        yield from (item for item in phase.inputs if item.phase is None)
    yield from (item for item in plan.run.copies if item.phase is None)


def _commands(plan: BuildPlan) -> tuple[tuple[str, ...], ...]:
    return (*(phase.commands for phase in plan.phases), *((process.text,) for process in plan.processes))


def _recorded(tree: SourceTree, target: Target, given: Options) -> Target:
    """Return the target with the options that its Dockerfile was written with, where the call gives none."""
    text = tree.text_or_none(target.dockerfile) or ""
    if given != Options() or not own_dockerfile.is_ours(text):
        return target
    recorded = recorded_options.read(target.dockerfile, text)
    if recorded.directory != target.directory or recorded.options in (Options(), target.options):
        return target
    if (recorded.options.app or target.options.app) != target.options.app:
        return target
    options = recorded.options
    return replace(target, options=options, plan=api.plan(tree_of(tree, target.directory), options))


# --- names ------------------------------------------------------------------------------------------------------------


def _slug(name: str) -> str:
    return _NOT_IN_NAMES.sub("-", name.lower()).strip("-_") or "app"


def _names(targets: list[Target]) -> list[str]:
    """Return a name for each app: that of its folder, with more of the path where two are called the same.

    Of several in one folder it is their own. An app at the root is called after its process: the name of a checkout's
    directory says nothing.
    """
    folders = [item.app.folder for item in targets]
    short = [
        _slug(_folder_or_name(item.app, shared=folders.count(item.app.folder) > 1))
        if item.app.folder
        else item.plan.start
        for item in targets
    ]
    names = [
        name if short.count(name) == 1 or not item.app.folder else _slug(item.app.folder.replace("/", "-"))
        for name, item in zip(short, targets, strict=True)
    ]
    return [name if names.index(name) == index else f"{name}-{index + 1}" for index, name in enumerate(names)]


def _folder_or_name(app: App, *, shared: bool) -> str:
    folder = posixpath.basename(app.folder)
    return app.name.rpartition("/")[2] if shared or folder in _NO_NAMES else folder


# --- what is needed beside it ---------------------------------------------------------------------------------------


def _with_needs(tree: SourceTree, target: Target, targets: list[Target]) -> Target:
    if target.plan.run.site is not None:
        # A web server serves files and speaks to nothing.
        return target
    others = [item.app.folder for item in targets if item.app.folder]
    found, read = _found(tree, target, others)
    return replace(target, found=found, settings=read)


def needed(tree: SourceTree, plan: BuildPlan, options: Options) -> Found:
    """Return what the app of a plan needs beside it; raises what planning raises."""
    process = plan.process(plan.start)
    evidence = plan.providers[0].evidence[0]
    text, port = (process.text, process.port) if process is not None else (None, None)
    app = App(".", plan.start, "", plan.providers[0].name, plan.providers[0].frameworks, text, port, evidence)
    return _found(tree, Target(plan.start, app, "", DOCKERFILE, options, plan), [])[0]


def _found(tree: SourceTree, target: Target, others: list[str]) -> tuple[Found, Settings]:
    """Return what an app needs and which variables it reads; `others` are folders of other apps."""
    context = tree_of(tree, target.directory)
    located = composition.located(context, load(context, target.options))
    provider = located.provider
    folder = posixpath.join(target.directory, located.folder)
    dependencies: tuple[Dependency, ...] = ()
    if isinstance(provider, Language) and provider.dependencies is not None:
        shipped = tuple(provider.dependencies(located.tree, located.overrides))
        dependencies = tuple(item._replace(origin=_moved(item.origin, folder)) for item in shipped)
    own = target.app.folder or folder
    # The packages of a workspace that the app is made of read settings too.
    local = dict.fromkeys(posixpath.dirname(item.origin.path) for item in dependencies)
    folders = (own, *(name for name in local if name and name != own)) if own else ("",)
    read = settings.read(tree, folders, [other for other in others if other not in folders])
    found = needs.find(tree, folders, provider.name, target.plan.providers[0].frameworks, dependencies, read)
    return found, read


def _moved(origin: Origin, folder: str) -> Origin:
    return origin if not folder or origin.path.startswith("<") else replace(origin, path=f"{folder}/{origin.path}")
