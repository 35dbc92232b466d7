"""Whether a tree is a Node app, how strong the evidence is, and whether Node only builds files for another app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError, FileError
from buildplan.language import start_program
from buildplan.language.contract import Detection, Strength
from buildplan.language.javascript import entry_files
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons

from . import frameworks, manifest, programs, scripts, workspaces
from .follow import Follower, Unclear
from .start import PRODUCTION_SCRIPTS
from .workspaces import Workspace

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .frameworks import Match
    from .manifest import Manifest

_PROGRAMS = frozenset({"node", "npm", "npx", "pnpm", "yarn", "bun", "bunx", "tsx"})
_LASTING = frozenset({"process", "watcher", "supervisor"})


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None when nothing at its root is Node's."""
    if not tree.has("package.json"):
        return _stray(tree, overrides)
    try:
        root = manifest.read(tree)
        workspace = _workspace(tree, root, overrides)
    except FileError as error:
        # The plan says what is wrong, if Node is what the tree is about.
        return Detection(
            Strength.MANIFEST, (Evidence("there is `package.json`", error.origin or Origin("package.json")),)
        )
    return _with_start(_claim(tree, workspace), overrides)


def _with_start(claim: Detection, overrides: Overrides) -> Detection:
    """Return the claim when a start command is given: beside it, tools and assets are an app."""
    start = overrides.start
    if start is None or (claim.strength >= Strength.MANIFEST and claim.role == "app"):
        return claim
    program = start.value.text.split(maxsplit=1)[0] if start.value.text.strip() else ""
    if claim.role == "assets" and program not in _PROGRAMS:
        return claim
    evidence = (*claim.evidence, Evidence("a start command is given", start.origin))
    return Detection(Strength.MANIFEST, evidence, frameworks=claim.frameworks)


def _stray(tree: SourceTree, overrides: Overrides) -> Detection | None:
    start = overrides.start
    called = () if start is None else start_program.programs(start.value)
    if start is not None and not _PROGRAMS.isdisjoint(called):
        path = next((path for path in entry_files.conventional(tree, "") if "/" not in path), None)
        if path is not None:
            return Detection(Strength.STRAY, (Evidence(f"the start command runs `{path}` with Node", start.origin),))
    for path in entry_files.conventional(tree, ""):
        if "/" not in path and entry_files.scan(tree, path).listens:
            return Detection(Strength.STRAY, (Evidence(f"`{path}` listens on a port", Origin(path)),))
    return None


def _workspace(tree: SourceTree, root: Manifest, overrides: Overrides) -> Workspace:
    """Return the workspace with its app; the root alone when the workspace cannot be understood here."""
    try:
        return workspaces.select(tree, overrides, Reasons())
    except FileError:
        raise
    except BuildplanError:
        return Workspace(root, root)


def _claim(tree: SourceTree, workspace: Workspace) -> Detection:
    app = workspace.app
    found = frameworks.match(tree, app)
    ids = tuple(entry.framework.id for entry in found)
    denos = _denos(tree, workspace)
    if denos is not None:
        return Detection(Strength.TOOLING, (denos,), frameworks=ids)
    started = _starts(tree, workspace)
    strong = next((entry for entry in found if _is_app(tree, app, entry)), None)
    if strong is not None:
        evidence = (Evidence(strong.text, strong.origin), *started)
        static = strong.framework.kind == "static" and not started
        return Detection(Strength.APP, evidence, frameworks=ids, static=static, below=bool(app.directory))
    if started:
        return Detection(Strength.APP, started, frameworks=ids, below=bool(app.directory))
    main = entry_files.find(tree, frameworks.inside(app, app.main)) if app.main is not None else None
    if main is not None and entry_files.scan(tree, main).listens:
        return Detection(Strength.APP, (Evidence("`main` listens on a port", app.origin("main")),), frameworks=ids)
    script = scripts.build_script(app)
    if script is not None and _only_builds(tree, workspace, script):
        text = f"the script `{script}` builds files"
        return Detection(Strength.MANIFEST, (Evidence(text, app.origin("scripts", script)),), "assets", ids)
    entry = main or next(entry_files.conventional(tree, app.directory), None)
    if entry is not None and (found or entry_files.scan(tree, entry).listens):
        return Detection(Strength.MANIFEST, (Evidence(f"there is `{entry}`", Origin(entry)),), frameworks=ids)
    if app.dependencies and script is not None:
        return Detection(
            Strength.MANIFEST, (Evidence("it has dependencies and a build", app.origin()),), frameworks=ids
        )
    return Detection(Strength.TOOLING, (Evidence("`package.json` holds tools only", app.origin()),), frameworks=ids)


def _is_app(tree: SourceTree, app: Manifest, entry: Match) -> bool:
    """Return whether a framework is what the app is about: not a bundler without a page, not a tool for developers."""
    row = entry.framework
    if row.kind in {"code", "worker"}:
        return any(name in app.dependencies for name in (*row.any, *row.all))
    if row.last_resort or row.for_another_app:
        return False
    if row.build_script:
        return any(
            tree.has(frameworks.inside(app, f"{folder}index.html")) for folder in ("", "src/", "public/", "client/")
        )
    return True


def _starts(tree: SourceTree, workspace: Workspace) -> tuple[Evidence, ...]:
    """Return the script that starts something lasting, empty when there is none."""
    app = workspace.app
    follower = Follower(tree, workspace)
    for name in ("start", *PRODUCTION_SCRIPTS):
        text = app.script(name)
        if text is None:
            continue
        steps = follower.script(app, name)
        if isinstance(steps, Unclear) or (steps and steps[-1].use in _LASTING):
            return (Evidence(f"the script `{name}` starts it", text.origin),)
    return ()


def _denos(tree: SourceTree, workspace: Workspace) -> Evidence | None:
    """Return that another runtime starts what package.json describes, None when it does not."""
    text = workspace.app.script("start")
    steps = None if text is None else Follower(tree, workspace).script(workspace.app, "start")
    if text is None or steps is None or isinstance(steps, Unclear) or not steps:
        return None
    return Evidence("the script `start` calls Deno", text.origin) if steps[-1].command.program == "deno" else None


def _only_builds(tree: SourceTree, workspace: Workspace, script: str) -> bool:
    """Return whether a script only makes files: the rest of the tree is another language's."""
    steps = Follower(tree, workspace).script(workspace.app, script)
    return not isinstance(steps, Unclear) and all(programs.use(step.command) == "build" for step in steps)
