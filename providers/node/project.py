"""Everything that is known of an app before it is planned: the workspace, the version, the manager, the frameworks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import PlanError
from buildplan.language.javascript import entry_files
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin

from . import (
    compiled,
    delegation,
    frameworks,
    manifest,
    missing_workspace,
    node_version,
    nx,
    output,
    package_manager,
    script_calls,
    scripts,
    workspaces,
)
from .compiled import Compiled
from .follow import Follower, Step, Unclear
from .output import Output
from .start import PRODUCTION_SCRIPTS, Resolver
from .workspaces import Workspace

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .frameworks import Framework, Match
    from .manifest import Manifest
    from .nx import NxBuild
    from .package_manager import PackageManager


# What Rails' css- and jsbundling run, each by itself.
ASSET_SCRIPTS = ("build:css", "build:js")


class Build(NamedTuple):
    """The app's build: its script, the steps that it runs in the end, and what they write.

    `script` is None where the framework's own command is run; `more` are scripts for the rest of an app's assets.
    `output` is where the framework writes. `nx` is the build of an Nx project that has no manifest of its own.
    """

    script: str | None
    origin: Origin
    steps: tuple[Step, ...]
    output: Output | None
    compiled: Compiled
    nx: NxBuild | None = None
    more: tuple[str, ...] = ()


class Project(NamedTuple):
    """The facts of one app.

    `installed` is the workspace as its packages are installed and built: that of the app, or the repository as a whole.
    """

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    workspace: Workspace
    installed: Workspace
    node: Resolution
    manager: PackageManager
    matches: tuple[Match, ...]
    follower: Follower
    resolver: Resolver
    build: Build | None

    @property
    def app(self) -> Manifest:
        """The manifest of the app."""
        return self.workspace.app

    @property
    def main(self) -> Framework | None:
        """The strongest framework."""
        return self.matches[0].framework if self.matches else None

    @property
    def code(self) -> Framework | None:
        """The strongest framework that the app's own code starts."""
        return next((match.framework for match in self.matches if match.framework.kind in {"code", "worker"}), None)

    def path(self, name: str) -> str:
        """Return a path of the app's directory as a path of the tree."""
        return frameworks.inside(self.app, name)

    def asked(self, option: str) -> bool | None:
        """Return an option that is `true` or `false`, None when it was not given."""
        value = self.overrides.option(f"node.{option}")
        return None if value is None else value.value.strip().lower() in {"true", "1", "yes", "on"}


def report_missing_task(task: Sourced[str], app: Manifest, reasons: Reasons) -> None:
    """Say that a task of moon that was asked for is not a script."""
    reasons.report(
        Diagnostic(
            "BP664",
            "warning",
            f"`{task.origin.key or 'the task'}` has no effect: `{task.value[:60]}` is not a script of "
            f"`{app.origin().path}`, and the tasks of moon.yml are not read",
            task.origin,
            "add a script of that name that runs what the task runs",
        )
    )


def read(tree: SourceTree, overrides: Overrides, reasons: Reasons, *, assets: bool = False) -> Project:
    """Return the facts of the app of a tree; raises a BuildplanError for what cannot be understood.

    `assets`: another language's app serves what is built.
    """
    workspace = _with_script(_workspace(tree, overrides, reasons), overrides, reasons)
    node = node_version.resolve(tree, workspace, overrides, reasons)
    manager = package_manager.choose(tree, workspace, overrides, node.version, reasons)
    matches = frameworks.match(tree, workspace.app)
    follower = Follower(tree, workspace, hooks=manager.name != "berry")
    installed = _installed(workspace, overrides)
    main = matches[0].framework if matches else None
    build = _build(tree, workspace, installed, main, follower, overrides, reasons, outside=assets)
    if assets and build is not None:
        build = _with_styles(tree, workspace.app, build, follower)
    resolver = Resolver(tree, follower, reasons)
    return Project(tree, overrides, reasons, workspace, installed, node, manager, matches, follower, resolver, build)


def _installed(workspace: Workspace, overrides: Overrides) -> Workspace:
    """Return the whole repository where the root's scripts build all of it for the app that they start."""
    root, app = workspace.root, workspace.app
    script = scripts.build_script(root)
    if not workspace.is_filtered or script is None or overrides.option("node.app") is not None:
        return workspace
    started = (root.script(name) for name in ("start", *PRODUCTION_SCRIPTS))
    starts = [delegation.read(text.value, root) for text in started if text is not None]
    named = next((item.target for item in starts if item is not None and item.target is not None), None)
    if named is None or script_calls.member(workspace, named) is not app:
        return workspace
    built = delegation.read(root.scripts[script], root)
    if built is not None and built.target is not None and script_calls.member(workspace, built.target) is app:
        return workspace
    return workspace._replace(app=root, closure=workspace.members, production_closure=workspace.members)


def _with_styles(tree: SourceTree, app: Manifest, build: Build, follower: Follower) -> Build:
    """Return the build with the scripts that Rails and its likes run beside it (`build:css`)."""
    known = set(scripts.reached(app, build.script or ""))
    more = tuple(name for name in ASSET_SCRIPTS if app.script(name) and app.scripts[name] not in known)
    steps = tuple(
        step for name in more if not isinstance(found := follower.script(app, name), Unclear) for step in found
    )
    written = compiled.analyse(tree, steps, {})
    outputs = tuple(dict.fromkeys((*build.compiled.outputs, *written.outputs)))
    return build._replace(more=more, steps=(*build.steps, *steps), compiled=build.compiled._replace(outputs=outputs))


def _with_script(workspace: Workspace, overrides: Overrides, reasons: Reasons) -> Workspace:
    """Return the workspace whose app is built with the script that was asked for.

    Raises PlanError when the app does not have that one; a task of moon that is not a script is reported.
    """
    app = workspace.app
    asked = overrides.option("node.build_script")
    if asked is not None and app.script(asked.value) is None:
        raise PlanError(
            f"there is no script `{asked.value[:60]}` in `{app.path}`",
            origin=asked.origin,
            hint=f"name one of {', '.join(f'`{name}`' for name in app.scripts)}" if app.scripts else None,
        )
    if asked is None:
        asked = overrides.option("node.moon_build_task")
        if asked is not None and app.script(asked.value) is None:
            report_missing_task(asked, app, reasons)
            asked = None
    if asked is None:
        return workspace
    return workspace._replace(app=app._replace(builds_with=asked.value))


def _nx_build(tree: SourceTree, app: Manifest) -> Build | None:
    found = nx.build_of(tree, app)
    if found is None:
        return None
    place = Output(found.output, found.origin, "the output path of the Nx target")
    written = Compiled((found.output,), bundles=(found.output,))
    return Build("build", found.origin, (), place, written, found)


def copied(app: Manifest, framework: Framework, output_path: str) -> tuple[tuple[str, str], ...]:
    """Return what the image copies of a framework's build: path in the tree without `/` at its end, destination."""
    relative = output_path.removeprefix(f"{app.directory}/") if app.directory else output_path
    return tuple(
        (frameworks.inside(app, source.replace("{output}", relative).strip("/")), target.replace("{output}", relative))
        for source, target in framework.copies
    )


def _workspace(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Workspace:
    if tree.has("package.json"):
        workspace = workspaces.select(tree, overrides, reasons)
        if "install" not in overrides.phases:
            missing_workspace.refuse(tree, workspace)
        return workspace
    entry = next(entry_files.conventional(tree, ""), "package.json")
    empty = manifest.absent("", entry, "")
    reasons.report(
        Diagnostic(
            "BP638",
            "info",
            f"there is no `package.json`; `{entry}` is run as it is",
            Origin(entry),
            "add a `package.json` with a `start` script and `engines.node`",
        )
    )
    return Workspace(empty, empty)


def _build(
    tree: SourceTree,
    workspace: Workspace,
    installed: Workspace,
    framework: Framework | None,
    follower: Follower,
    overrides: Overrides,
    reasons: Reasons,
    *,
    outside: bool,
) -> Build | None:
    """Return the build of the app, None when there is nothing to build.

    `outside`: it may write beside its own folder.
    """
    app = workspace.app
    if app.is_absent and workspace.tool == "nx":
        return _nx_build(tree, app)
    built = app if installed is workspace else installed.root
    script = scripts.build_script(built)
    steps: tuple[Step, ...] = ()
    known = True
    if script is not None:
        text = built.script(script)
        assert text is not None  # noqa: S101  # it was chosen because it is there
        origin = text.origin
        followed = follower.line(text.value, follower.at(built, origin))
        hooks = [follower.script(built, name) for name in (f"pre{script}", f"post{script}")]
        for part in (hooks[0], followed, hooks[1]):
            known &= not isinstance(part, Unclear)
            steps += () if isinstance(part, Unclear) else part
    elif framework is not None and framework.build:
        origin = app.origin()
        followed = follower.line(framework.build, follower.at(app, origin))
        steps = () if isinstance(followed, Unclear) else followed
    else:
        return None
    found = None
    own: dict[str, tuple[str, ...]] = {}
    if framework is not None and framework.output:
        found = output.find(tree, app, framework, steps, overrides, reasons, outside=outside)
        outputs = tuple(source for source, _ in copied(app, framework, found.path)) or (found.path,)
        own = dict.fromkeys(framework.commands, outputs)
    written = compiled.analyse(tree, steps, own)
    if not known:
        written = written._replace(known=False)
    return Build(script, origin, steps, found, written)
