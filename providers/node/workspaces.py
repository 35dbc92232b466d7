"""Which packages a repository holds, which of them is the app, what it needs, and whether Node claims the tree."""

from __future__ import annotations

import posixpath
import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.errors import BuildplanError, FileError, PlanError
from buildplan.language import start_program, subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.language.javascript import entry_files
from buildplan.language.members import Member
from buildplan.language.packages import Dependency
from buildplan.model.build_plan import Diagnostic, Evidence, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import shown
from buildplan.read import json_document, yaml_document

from . import command_lines, frameworks
from . import manifest as manifests
from .command_lines import PRODUCTION_SCRIPTS, Follower, Unclear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document, Key
    from buildplan.source import SourceTree

    from .frameworks import Match
    from .manifest import Manifest

# The packages of a workspace: the patterns that its root names, and the manifests they match.
#
# Sources, checked 2026-11-24:
# - npm: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#workspaces
# - pnpm: https://pnpm.io/pnpm-workspace_yaml
# - Yarn: https://yarnpkg.com/configuration/manifest#workspaces
# - Nx: https://nx.dev/reference/project-configuration
# - Lerna: https://lerna.js.org/docs/api-reference/configuration


Kind = Literal["npm", "pnpm", "yarn"]
_BRACES = re.compile(r"\{([^{}]*)\}")
_MAX_ALTERNATIVES = 64
_MAX_PATTERNS = 1000
_SKIPPED = ("node_modules", "bower_components")


class Patterns(NamedTuple):
    """What a root says about its packages: patterns with their places, and whose file says it."""

    kind: Kind
    items: tuple[Sourced[str], ...]


def patterns(tree: SourceTree, root: Manifest, reasons: Reasons) -> Patterns | None:
    """Return the patterns of a workspace, or None where the root names none.

    Raises FileError for patterns of a wrong type.
    """
    if tree.has("pnpm-workspace.yaml"):
        document = yaml_document.read(tree, "pnpm-workspace.yaml")
        items = _texts(document, ("packages",), document.get("packages"))
        if items:
            return Patterns("pnpm", _inside(items, reasons))
    value = root.document.get("workspaces")
    keys: tuple[Key, ...] = ("workspaces",)
    if isinstance(value, dict):
        keys = ("workspaces", "packages")
        value = value.get("packages")
    items = _texts(root.document, keys, value)
    if items:
        return Patterns("yarn" if tree.has("yarn.lock") else "npm", _inside(items, reasons))
    return None


def _texts(document: Document, keys: tuple[Key, ...], value: Any) -> tuple[Sourced[str], ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise document.wrong_type(keys, value, "a list of patterns")
    if len(value) > _MAX_PATTERNS:
        raise FileError(f"it holds more than {_MAX_PATTERNS} patterns", origin=document.origin(*keys))
    for index, item in enumerate(value):
        if not isinstance(item, str):
            raise document.wrong_type((*keys, index), item, "a pattern")
    return tuple(Sourced(item, document.origin(*keys, index)) for index, item in enumerate(value))


def _inside(items: tuple[Sourced[str], ...], reasons: Reasons) -> tuple[Sourced[str], ...]:
    """Return the patterns that stay inside the tree, without `./` and a slash at the end."""
    kept = []
    for item in items:
        mark = "!" if item.value.startswith("!") else ""
        path = item.value.removeprefix("!").replace("\\", "/").strip()
        if path.startswith("/") or ".." in path.split("/"):
            reasons.report(
                Diagnostic(
                    "BP671",
                    "warning",
                    f"the workspace pattern `{shown(item.value)}` leaves the source tree; it is ignored",
                    item.origin,
                    "plan the directory that holds all packages, or remove the pattern",
                )
            )
            continue
        segments = [segment for segment in path.split("/") if segment not in {"", "."}]
        if segments:
            kept.append(Sourced(mark + "/".join(segments), item.origin))
    return tuple(kept)


def matched_members(tree: SourceTree, found: Patterns, reasons: Reasons) -> tuple[Manifest, ...]:
    """Return the manifests that the patterns match, sorted by directory.

    A manifest that cannot be read is reported and left out, and so is a second package of the same name. Raises
    FileError for a pattern with too many alternatives.
    """
    directories = [
        path
        for path, directory in tree.listing.directories.items()
        if path and "package.json" in directory.files and not any(part in _SKIPPED for part in path.split("/"))
    ]
    chosen: set[str] = set()
    for item in found.items:
        globs = [_Glob(text) for text in _alternatives(item)]
        tree.budget.spend(12 * len(globs) * len(directories), item.origin.path)
        hits = {path for path in directories if any(glob.matches(path) for glob in globs)}
        if item.value.startswith("!"):
            chosen -= hits
            continue
        if not hits and item.value != "**":
            reasons.report(
                Diagnostic(
                    "BP672",
                    "info",
                    f"the workspace pattern `{shown(item.value)}` matches no package",
                    item.origin,
                    "remove the pattern, or check that the packages are committed and not ignored",
                )
            )
        chosen |= hits
    return tuple(_readable(tree, sorted(chosen), reasons))


def _readable(tree: SourceTree, directories: list[str], reasons: Reasons) -> Iterator[Manifest]:
    names: dict[str, Manifest] = {}
    for directory in directories:
        try:
            manifest = manifests.read(tree, directory)
        except FileError as error:
            reasons.report(
                Diagnostic("BP677", "warning", f"{error.problem}; the package is left out", error.origin, error.hint)
            )
            continue
        first = names.setdefault(manifest.name, manifest) if manifest.name else manifest
        if first is not manifest:
            reasons.report(
                Diagnostic(
                    "BP675",
                    "warning",
                    f"two packages of the workspace are called `{shown(manifest.label)}`: "
                    f"`{first.directory}` and `{directory}`; the second is left out",
                    manifest.origin("name"),
                    "give one of them another name",
                )
            )
            continue
        yield manifest


def _alternatives(item: Sourced[str]) -> list[str]:
    """Return the patterns that one with braces stands for: `{a,b}/*` is `a/*` and `b/*`."""
    pending = [item.value.removeprefix("!")]
    done: list[str] = []
    while pending:
        text = pending.pop()
        match = _BRACES.search(text)
        if match is None:
            done.append(text)
        else:
            pending.extend(f"{text[: match.start()]}{part}{text[match.end() :]}" for part in match[1].split(","))
        if len(pending) + len(done) > _MAX_ALTERNATIVES:
            raise FileError(
                f"the workspace pattern `{shown(item.value)}` has more than {_MAX_ALTERNATIVES} alternatives",
                origin=item.origin,
                hint="write `*` in place of the braces",
            )
    return done


class _Glob:
    """A path pattern: `*` within one directory name, `**` over any number of them, as in shells."""

    def __init__(self, text: str) -> None:
        self._segments = [
            None if segment == "**" else (segment.startswith("."), re.compile(translate(segment)))
            for segment in text.split("/")
        ]

    def matches(self, path: str) -> bool:
        reached = {0}
        for name in path.split("/"):
            reached = set(self._step(reached, name))
            if not reached:
                return False
        end = len(self._segments)
        return any(all(segment is None for segment in self._segments[at:end]) for at in reached)

    def _step(self, reached: set[int], name: str) -> Iterator[int]:
        """Return the positions in the pattern after one more name of the path."""
        pending = sorted(reached)
        while pending:
            at = pending.pop()
            if at >= len(self._segments):
                continue
            segment = self._segments[at]
            if segment is None:
                if at + 1 not in pending:
                    pending.append(at + 1)
                if not name.startswith("."):
                    yield at
            elif segment[1].match(name) and (segment[0] or not name.startswith(".")):
                yield at + 1


def nx_projects(tree: SourceTree) -> tuple[Manifest, ...]:
    """Return the projects of an Nx repository that have a `project.json` and no `package.json`, as empty manifests.

    Libraries and end-to-end tests are no apps and are left out.
    """
    result = []
    for path in tree.named("project.json"):
        directory = path.rpartition("/")[0]
        if not directory or "node_modules" in directory.split("/") or tree.has(f"{directory}/package.json"):
            continue
        document = json_document.read(tree, path, comments=True)
        name = document.string("name")
        own = name.value if name else directory.rpartition("/")[2]
        if document.get("projectType") == "library" or own.endswith("-e2e"):
            continue
        result.append(manifests.absent(directory, path, own))
    return tuple(result)


def lerna_patterns(tree: SourceTree) -> Origin | None:
    """Return where `lerna.json` names packages of its own, outside of any package manager's workspace."""
    if not tree.has("lerna.json"):
        return None
    document = json_document.read(tree, "lerna.json", comments=True)
    return document.origin("packages") if document.get("packages") else None


# Folders beside a package that its configuration names: `path.resolve(__dirname, "../packages/ui/src")`.
#
# An alias of Vite, webpack or TypeScript reaches another package of the workspace without declaring it.


_CONFIGS = re.compile(
    r"(?:vite|webpack|rollup|rsbuild|next|nuxt|svelte|astro|esbuild)\.config\.[cm]?[jt]s|tsconfig(?:\.\w{1,20})?\.json"
)
_PATH = re.compile(r"""["'`](?P<path>(?:\.\./)+[\w@][\w@./*-]{0,200})["'`]""", re.ASCII)
_LONGEST = 200_000


def outside(tree: SourceTree, directory: str) -> Iterator[tuple[str, Origin]]:
    """Yield the paths outside of a folder, from the root of the tree, that configurations in it name."""
    for name in tree.directory(directory).files:
        if not _CONFIGS.fullmatch(name):
            continue
        path = posixpath.join(directory, name)
        text = tree.text_or_none(path) or ""
        for match in _PATH.finditer(text[:_LONGEST]):
            named = match["path"].partition("*")[0].rstrip("/")
            found = posixpath.normpath(posixpath.join(directory, named))
            if found != "." and not found.startswith(".."):
                yield found, Origin(path, text.count("\n", 0, match.start()) + 1)


# Which package of a workspace is the app.


# How much a package looks like the one to ship.
_KINDS = {"server": 3, "code": 3, "static": 2, "worker": 1}
# The folder that people put apps in, and those that hold anything else.
_APP_FOLDERS = frozenset({"apps", "app", "services", "servers", "sites", "websites"})
_OTHER_FOLDERS = frozenset(
    {"examples", "example", "docs", "tools", "scripts", "e2e", "test", "tests", "benchmarks", "demo", "demos"}
    | {"playground", "playgrounds", "fixtures", "templates", "packages", "libs", "lib", "config", "tooling"}
)
_NAMES = ("web", "app", "server", "api", "backend", "www", "site", "website", "frontend", "client", "main", "dashboard")
_NO_APPS = ("e2e", "storybook", "docs", "documentation", "mobile", "desktop", "native", "electron", "extension")
_SHOWN_MEMBERS = 20


class Choice(NamedTuple):
    """The app, why, and the other packages that could have been it with the reason against each.

    `rivals` are those of them that only our ranking tells apart from the app.
    """

    app: Manifest
    origin: Origin
    rule: str
    others: tuple[tuple[Manifest, str], ...] = ()
    rivals: tuple[Manifest, ...] = ()


def choose(tree: SourceTree, root: Manifest, packages: tuple[Manifest, ...], overrides: Overrides) -> Choice:
    """Return the app of a workspace; raises PlanError when the one that was asked for does not exist."""
    asked = overrides.option("node.app")
    if asked is not None:
        return Choice(_named(asked, root, packages), asked.origin, "the app that was asked for")
    for start in _starts(root, overrides):
        delegated = command_lines.read(start.value, root)
        if delegated is None:
            return Choice(root, start.origin, "the root package starts itself")
        app = _find(delegated.target, packages) if delegated.target else None
        if app is not None:
            return Choice(app, start.origin, "the package that the root's start command runs")
    choice = _ranked(tree, root, packages)
    script = root.script("dev")
    delegated = command_lines.read(script.value, root) if script is not None and choice.rivals else None
    app = _find(delegated.target, packages) if delegated is not None and delegated.target else None
    if script is not None and app is not None and app in choice.rivals:
        others = ((choice.app, "not the one that the root's `dev` runs"), *choice.others)
        return Choice(app, script.origin, "the package that the root's `dev` runs", others)
    return choice


def _starts(root: Manifest, overrides: Overrides) -> list[Sourced[str]]:
    """Return what starts the repository as a whole, strongest first."""
    starts = []
    if overrides.start is not None:
        starts.append(Sourced(overrides.start.value.text, overrides.start.origin))
    scripts = (root.script(name) for name in ("start", *PRODUCTION_SCRIPTS))
    return [*starts, *(script for script in scripts if script is not None)]


def refuse(root: Manifest, overrides: Overrides) -> None:
    """Raise PlanError when an app was asked for in a repository that is no workspace; its own name is fine."""
    asked = overrides.option("node.app")
    if asked is not None:
        _named(asked, root, ())


def _named(asked: Sourced[str], root: Manifest, packages: tuple[Manifest, ...]) -> Manifest:
    wanted = asked.value.strip().removeprefix("./").rstrip("/")
    if wanted in {"", "."} or wanted == root.name:
        return root
    found = _find(wanted, packages)
    if found is not None:
        return found
    text = f"there is no package `{shown(wanted)}` in the workspace"
    if not packages:
        raise PlanError(
            f"`{shown(wanted)}` was asked for, but the repository is no workspace",
            origin=asked.origin,
            hint="leave the app out, or plan the directory of that app",
        )
    names = ", ".join(f"`{shown(manifest.label)}`" for manifest in packages[:_SHOWN_MEMBERS])
    more = f" and {len(packages) - _SHOWN_MEMBERS} more" if len(packages) > _SHOWN_MEMBERS else ""
    raise PlanError(text, origin=asked.origin, hint=f"name one of {names}{more}")


def _find(wanted: str, packages: tuple[Manifest, ...]) -> Manifest | None:
    """Return the package with that name, else that path, else that last part of its path or name.

    `wanted` may be a filter as pnpm and Turborepo know them: `web...`, `{./apps/web}`.
    """
    wanted = wanted.strip("{}").removesuffix("...").removesuffix("^").removeprefix("...").removeprefix("./").rstrip("/")
    tests: tuple[Callable[[Manifest], bool], ...] = (
        lambda manifest: manifest.name == wanted,
        lambda manifest: manifest.directory == wanted,
        lambda manifest: manifest.directory.rpartition("/")[2] == wanted,
        lambda manifest: (manifest.name or "").rpartition("/")[2] == wanted,
    )
    return next((manifest for is_meant in tests for manifest in packages if is_meant(manifest)), None)


def _ranked(tree: SourceTree, root: Manifest, packages: tuple[Manifest, ...]) -> Choice:
    names = {manifest.name for manifest in packages if manifest.name}
    needed = {name for manifest in packages for name in manifest.dependencies if name in names}
    scored = sorted(
        ((_score(tree, manifest, needed, names), manifest) for manifest in (*packages, root)),
        key=lambda entry: (*(-part for part in entry[0]), entry[1].directory),
    )
    apps = [(score, manifest) for score, manifest in scored if score[1] > 0]
    if not apps:
        # A root without a start command of its own is still the best guess: its build may be all there is.
        return Choice(root, root.origin(), "no package of the workspace looks like an app, so the root is taken")
    (best, app), *others = apps
    if not others:
        return Choice(app, app.origin(), "the only package of the workspace that can be started")
    listed = tuple((manifest, _reason(best, score)) for score, manifest in others)
    rivals = tuple(manifest for score, manifest in others if score[0] == best[0] == 1 and score[2] >= best[2])
    return Choice(app, app.origin(), "the package that looks most like the app", listed, rivals)


def _score(tree: SourceTree, manifest: Manifest, needed: set[str], names: set[str]) -> tuple[int, int, int, int, int]:
    """Return how much a package looks like the app: whether it can be one at all, its kind, folder, name and reach.

    `needed` are the packages that others need, of the `names` of the workspace.
    """
    parts = manifest.directory.lower().split("/")
    framework = frameworks.kind(tree, manifest)
    kind = _KINDS.get(framework or "", 0)
    starts = manifest.script("start") is not None or manifest.is_absent
    if framework == "code" and not starts and manifest.main is None:
        # A library that works with a server framework.
        kind = 0
    reach = len(names.intersection(manifest.dependencies))
    is_library = manifest.name in needed and not starts
    if is_library and framework == "code":
        # A part of the server that another package starts.
        kind = 1
    if not is_library and kind == 0 and manifest.programs and reach:
        # What puts the other packages together and installs a program.
        kind = _KINDS["static"]
    if kind == 0 and starts:
        kind = 1
    folder = (1 if parts[0] in _APP_FOLDERS else 0) - (1 if _OTHER_FOLDERS.intersection(parts[:-1]) else 0)
    last = parts[-1] or "."
    is_other = last in _OTHER_FOLDERS or any(word in last.split("-") for word in _NO_APPS)
    name = next((len(_NAMES) - index for index, known in enumerate(_NAMES) if known == last), 0)
    # The root of a workspace only holds tools for all when it does not start anything.
    is_other = is_other or manifest.directory == ""
    return (0 if is_other else 1, kind, folder, name, reach if manifest.programs else 0)


def _reason(best: tuple[int, ...], score: tuple[int, ...]) -> str:
    if score[0] < best[0]:
        return "its folder is for something else than the app"
    if score[1] < best[1]:
        return "it looks less like a server"
    if score[2] < best[2]:
        return "its folder holds libraries rather than apps"
    if score[3] == best[3] and score[4] < best[4]:
        return "it needs fewer of the other packages"
    return "its name says less that it is the app"


# Workspaces: which packages a repository holds, which of them is the app, and which others the app needs.


Tool = Literal["turbo", "nx", "moon", "lerna", "rush"]

_TOOLS: tuple[tuple[str, Tool], ...] = (
    ("turbo.json", "turbo"),
    ("turbo.jsonc", "turbo"),
    ("nx.json", "nx"),
    (".moon/workspace.yml", "moon"),
    ("lerna.json", "lerna"),
)
_LOCAL = ("file:", "link:", "portal:")


class WorkspaceMember(NamedTuple):
    """A package of a workspace, other than the root."""

    manifest: Manifest

    @property
    def directory(self) -> str:
        """Where it lies, without a slash at the end."""
        return self.manifest.directory

    @property
    def name(self) -> str | None:
        """Its package name."""
        return self.manifest.name


class Workspace(NamedTuple):
    """A repository's packages.

    `members` is empty when it is no workspace. `app` is what is built and started: a member, or the root itself.
    `closure` are the members that the app needs to be built, the app first when it is a member, each other one after
    those that need it; `production_closure` are those that it needs to run. Both hold all members when the app is the
    root of a workspace, whose scripts may reach any of them, or an Nx project without a `package.json`, to which the
    root's packages belong. `kind` is None where no package manager links the members. `tasks` are those that
    Turborepo can run, empty where it would refuse to.
    """

    root: Manifest
    app: Manifest
    members: tuple[WorkspaceMember, ...] = ()
    kind: Kind | None = None
    tool: Tool | None = None
    closure: tuple[WorkspaceMember, ...] = ()
    production_closure: tuple[WorkspaceMember, ...] = ()
    tasks: frozenset[str] = frozenset()

    @property
    def app_is_root(self) -> bool:
        """Whether the root package itself is the app."""
        return self.app.directory == ""

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The manifests that an install of the app reads: the root's and the closure's, each once."""
        return (self.root, *(member.manifest for member in self.packages))

    @property
    def packages(self) -> tuple[WorkspaceMember, ...]:
        """The members of the closure that have a `package.json`."""
        return tuple(member for member in self.closure if not member.manifest.is_absent)

    @property
    def is_filtered(self) -> bool:
        """Whether the app is a package of the workspace, so that an install for it alone is possible."""
        return self.kind is not None and not self.app_is_root and not self.app.is_absent

    @property
    def names(self) -> frozenset[str]:
        """The names of all packages of the workspace."""
        return frozenset(member.name for member in self.members if member.name)


def select(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Workspace:
    """Return the workspace with the app chosen.

    Raises FileError for a manifest or workspace file that cannot be understood, PlanError when the asked-for app does
    not exist or the repository is one that only its own tool can install.
    """
    _refuse_rush(tree)
    root = manifests.read(tree)
    for oddity in root.oddities:
        reasons.report(oddity)
    tool = next((tool for path, tool in _TOOLS if tree.has(path)), None)
    found = patterns(tree, root, reasons)
    kind = found.kind if found else None
    packages = _matched(tree, found, tool, reasons)
    if not packages:
        _report_unlinked(tree, reasons)
        refuse(root, overrides)
        return Workspace(root, root, tool=tool)
    app = _app(tree, root, packages, overrides, reasons)
    if app is not root:
        for oddity in app.oddities:
            reasons.report(oddity)
    everyone = tuple(map(WorkspaceMember, packages))
    graph = _Graph(tree, packages)
    closure, production = everyone, everyone
    if app is not root and not app.is_absent:
        closure = tuple(map(WorkspaceMember, graph.reached(app, development=True, reasons=reasons)))
        production = tuple(map(WorkspaceMember, graph.reached(app, development=False, reasons=None)))
    return Workspace(root, app, everyone, kind, tool, closure, production, _turbo_tasks(tree, root))


def workspace_packages(tree: SourceTree, root: Manifest, reasons: Reasons) -> tuple[Manifest, ...]:
    """Return the packages of the workspace beside its root, sorted by folder; raises FileError."""
    tool = next((tool for path, tool in _TOOLS if tree.has(path)), None)
    return _matched(tree, patterns(tree, root, reasons), tool, reasons)


def _matched(tree: SourceTree, found: Patterns | None, tool: Tool | None, reasons: Reasons) -> tuple[Manifest, ...]:
    matched = matched_members(tree, found, reasons) if found else ()
    if tool == "nx":
        matched = (*matched, *nx_projects(tree))
    return tuple(sorted(matched, key=lambda manifest: manifest.directory))


def _turbo_tasks(tree: SourceTree, root: Manifest) -> frozenset[str]:
    """Return the names of the tasks of `turbo.json`; Turborepo 2 does not run without `packageManager` in the root."""
    path = tree.first("turbo.json", "turbo.jsonc")
    if path is None or not (root.document.get("packageManager") or root.document.get("devEngines", "packageManager")):
        return frozenset()
    document = json_document.read(tree, path, comments=True)
    return frozenset({*document.table("tasks"), *document.table("pipeline")})


def _refuse_rush(tree: SourceTree) -> None:
    if tree.has("rush.json"):
        raise PlanError(
            "a Rush repository is installed by Rush alone, from `common/config/rush`, not from its root",
            origin=Origin("rush.json"),
            hint="run `rush deploy` for the app and plan the folder that it writes",
        )


def _report_unlinked(tree: SourceTree, reasons: Reasons) -> None:
    origin = lerna_patterns(tree)
    if origin is not None:
        reasons.report(
            Diagnostic(
                "BP676",
                "warning",
                "`lerna.json` names packages, but no package manager links them: only the root is installed",
                origin,
                "name the packages in `workspaces` of `package.json`; Lerna 7 and newer need that too",
            )
        )


def _app(
    tree: SourceTree, root: Manifest, packages: tuple[Manifest, ...], overrides: Overrides, reasons: Reasons
) -> Manifest:
    """Return the manifest of the app, and note why it is that one."""
    choice = choose(tree, root, packages, overrides)
    directory = choice.app.directory or "."
    runners_up = tuple(
        RunnerUp(other.directory or ".", other.origin(), reason) for other, reason in choice.others[:_SHOWN_MEMBERS]
    )
    reasons.decide("node.app", directory, choice.origin, choice.rule, runners_up)
    if choice.rivals:
        names = ", ".join(f"`{shown(other.directory)}`" for other in choice.rivals[:_SHOWN_MEMBERS])
        reasons.report(
            Diagnostic(
                "BP670",
                "warning",
                f"several packages could be the app; `{directory}` is planned, not {names}",
                choice.origin,
                "name the app with `--app`",
            )
        )
    return choice.app


class _Graph:
    """Which package of a workspace needs which other."""

    def __init__(self, tree: SourceTree, packages: tuple[Manifest, ...]) -> None:
        self._tree = tree
        self._by_name = {manifest.name: manifest for manifest in packages if manifest.name}
        self._by_directory = {manifest.directory: manifest for manifest in packages}

    def reached(self, start: Manifest, *, development: bool, reasons: Reasons | None) -> list[Manifest]:
        """Return the package and all that it needs, each before those that it needs itself; a cycle is reported."""
        order: list[Manifest] = []
        state: dict[str, bool] = {}
        stack: list[tuple[Manifest, Iterator[tuple[Manifest, Origin]]]] = []

        def enter(manifest: Manifest) -> None:
            state[manifest.directory] = False
            stack.append((manifest, iter(sorted(self._needs(manifest, development=development), key=_by_place))))

        enter(start)
        while stack:
            manifest, needs = stack[-1]
            following = next(needs, None)
            if following is None:
                stack.pop()
                state[manifest.directory] = True
                order.append(manifest)
            elif following[0].directory not in state:
                enter(following[0])
            elif not state[following[0].directory] and reasons is not None:
                self._report_cycle([entry[0] for entry in stack], following, reasons)
        return order[::-1]

    def _report_cycle(self, path: list[Manifest], back: tuple[Manifest, Origin], reasons: Reasons) -> None:
        target, origin = back
        start = path.index(target)
        names = " → ".join(shown(manifest.label) for manifest in (*path[start:], target))
        reasons.report(
            Diagnostic(
                "BP673",
                "info",
                f"packages of the workspace need each other in a circle: {names}",
                origin,
                "move what both need into a package of its own; until then one is built before what it needs",
            )
        )

    def _needs(self, manifest: Manifest, *, development: bool) -> Iterable[tuple[Manifest, Origin]]:
        tables = [("dependencies", manifest.dependencies), ("optionalDependencies", manifest.optional_dependencies)]
        tables += [("peerDependencies", manifest.peer_dependencies)]
        if development:
            tables.append(("devDependencies", manifest.dev_dependencies))
        for field, table in tables:
            for name, range_ in table.items():
                target = self._target(manifest, name, range_)
                if target is not None and target is not manifest:
                    yield target, manifest.origin(field, name)
        if development:
            yield from self._aliased(manifest)

    def _aliased(self, manifest: Manifest) -> Iterator[tuple[Manifest, Origin]]:
        """Yield the members that a configuration reaches by their path, or that lie below a folder that it names."""
        for path, origin in outside(self._tree, manifest.directory):
            for directory, target in self._by_directory.items():
                inside = path == directory or path.startswith(f"{directory}/")
                if target is not manifest and directory and (inside or directory.startswith(f"{path}/")):
                    yield target, origin

    def _target(self, manifest: Manifest, name: str, range_: str) -> Manifest | None:
        """Return the member that a dependency means: by path, by an alias (`workspace:other@*`), or by name."""
        path = local_path(manifest, range_)
        if path is not None:
            return self._by_directory.get(path)
        alias, at, _ = range_.removeprefix("workspace:").rpartition("@")
        if range_.startswith("workspace:") and at and alias in self._by_name:
            return self._by_name[alias]
        return self._by_name.get(name)


def _by_place(need: tuple[Manifest, Origin]) -> str:
    return need[0].directory


def local_path(manifest: Manifest, range_: str) -> str | None:
    """Return the path that a dependency like `file:../shared` means, from the root of the tree; None for any other.

    A path that leaves the tree begins with `..`.
    """
    for prefix in (*_LOCAL, "workspace:"):
        if range_.startswith(prefix):
            text = range_.removeprefix(prefix).partition("#")[0]
            if prefix == "workspace:" and ("/" not in text or text.startswith("@")):
                return None
            break
    else:
        if not range_.startswith(("./", "../")):
            return None
        text = range_
    path = posixpath.normpath(posixpath.join(manifest.directory or ".", text.removeprefix("//")))
    return "" if path == "." else path.lstrip("/")


def local_dependencies(tree: SourceTree, workspace: Workspace, reasons: Reasons) -> tuple[Sourced[str], ...]:
    """Return the paths of folders and archives that the app needs and that are no members of the workspace.

    One that is not in the tree is reported and left out.
    """
    members_at = {member.directory for member in workspace.members}
    found: dict[str, Sourced[str]] = {}
    for manifest in workspace.manifests:
        for field, table in manifest.installed:
            for name, range_ in table.items():
                path = local_path(manifest, range_)
                if not path or path in members_at:
                    continue
                if tree.has(path) or tree.has_directory(path):
                    found.setdefault(path, Sourced(path, manifest.origin(field, name)))
                else:
                    _report_missing(manifest, field, name, reasons)
    return tuple(found.values())


def _report_missing(manifest: Manifest, field: str, name: str, reasons: Reasons) -> None:
    reasons.report(
        Diagnostic(
            "BP674",
            "warning",
            f"the dependency `{shown(name)}` is a path that is not in the source tree; the install will fail",
            manifest.origin(field, name),
            "plan the directory that holds both, or publish the package",
        )
    )


# A package that was taken out of its workspace: no package manager can install it alone.
#
# Sources, checked 2026-11-24: https://pnpm.io/workspaces#workspace-protocol-workspace, https://pnpm.io/catalogs,
# https://bun.com/docs/pm/catalogs, https://yarnpkg.com/features/catalogs.


_HINT = "plan the root of the workspace and choose this package with `--app`"
_CATALOGS = ("pnpm-workspace.yaml", ".yarnrc.yml")


def refuse_missing(tree: SourceTree, workspace: Workspace) -> None:
    """Raise PlanError for a dependency that only a workspace which is not in the tree can resolve."""
    catalogs = tree.first(*_CATALOGS) is not None or any(
        workspace.root.document.get(*keys) is not None
        for keys in (("catalog",), ("catalogs",), ("workspaces", "catalog"), ("workspaces", "catalogs"))
    )
    for manifest in workspace.manifests:
        for field, table in manifest.installed:
            for name, range_ in table.items():
                if range_.startswith("catalog:") and not catalogs:
                    text = f"the version of `{shown(name)}` is in the catalog of a workspace that is not in the tree"
                elif _is_outside(workspace, manifest, name, range_):
                    text = f"`{shown(name)}` is a package of a workspace that is not in the tree"
                else:
                    continue
                raise PlanError(text, origin=manifest.origin(field, name), hint=_HINT)


def _is_outside(workspace: Workspace, manifest: Manifest, name: str, range_: str) -> bool:
    if not range_.startswith("workspace:"):
        return False
    path = local_path(manifest, range_)
    if path is not None:
        return path.startswith("..")
    alias, at, _ = range_.removeprefix("workspace:").rpartition("@")
    own = {*workspace.names, workspace.root.name}
    return name not in own and not (at and alias in own)


# Node apps in folders below a root that holds nothing but documents: `api/` and `client/`, with no workspace above.


_RANK = {"server": 4, "code": 3, "static": 2, "worker": 1}
_WHY = "the folder that looks most like the app; the root holds documents only"


def nested_apps(tree: SourceTree, _: Overrides) -> tuple[Folder, ...]:
    """Return the folders, the likeliest first; none where the root holds more than documents."""
    if not subfolder.holds_documents_only(tree):
        return ()
    found: list[tuple[tuple[int, int], str, Folder]] = []
    for name in tree.directory().directories:
        path = f"{name}/package.json"
        if subfolder.is_other(name) or not tree.has(path):
            continue
        try:
            matches = frameworks.match(tree, manifests.read(tree, name))
        except BuildplanError:
            continue
        if not matches:
            continue
        row, place = matches[0].framework, Origin(path)
        claim = Detection(
            Strength.STRAY,
            (Evidence(f"`{path}`: {matches[0].text}", place),),
            frameworks=tuple(entry.framework.id for entry in matches),
            static=row.kind == "static",
        )
        found.append(((-_RANK[row.kind], subfolder.rank(name)), name, subfolder.Folder(name, place, claim, _WHY)))
    return tuple(folder for *_, folder in sorted(found, key=lambda item: item[:2]))


# What `--app` may name in a Node repository: the packages of its workspace, and the root.


def app_members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the root and the packages; none without a package.json at the root. Raises FileError."""
    if not tree.has("package.json"):
        return ()
    root = manifests.read(tree)
    packages = workspace_packages(tree, root, Reasons())
    rest = (Member(item.name or "", item.directory, item.origin(), item.directory) for item in packages)
    return (Member(root.name or "", "", root.origin(), "."), *rest)


# The packages that the app ships with, for whoever asks which services it speaks to.


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield the packages of the app and of the workspace's packages that it runs with. Raises as `plan`."""
    if not tree.has("package.json"):
        return
    workspace = select(tree, overrides, Reasons())
    for manifest in (workspace.app, *(item.manifest for item in workspace.production_closure)):
        for field, table in manifest.installed[:2]:
            yield from (Dependency(name, manifest.origin(field, name), version) for name, version in table.items())


# Whether a tree is a Node app, how strong the evidence is, and whether Node only builds files for another app.


_PROGRAMS = frozenset({"node", "npm", "npx", "pnpm", "yarn", "bun", "bunx", "tsx"})
_LASTING = frozenset({"process", "watcher", "supervisor"})


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None when nothing at its root is Node's."""
    if not tree.has("package.json"):
        return _stray(tree, overrides)
    try:
        root = manifests.read(tree)
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
        return select(tree, overrides, Reasons())
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
    started = _says_how_to_start(tree, workspace)
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
    script = manifests.build_script(app)
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


def _says_how_to_start(tree: SourceTree, workspace: Workspace) -> tuple[Evidence, ...]:
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
    return not isinstance(steps, Unclear) and all(command_lines.use(step.command) == "build" for step in steps)
