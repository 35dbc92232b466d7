"""Which package of a workspace is the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import PlanError
from buildplan.model.origin import Sourced
from buildplan.model.version_ranges import shown

from . import delegation, frameworks
from .start import PRODUCTION_SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.model.origin import Origin
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Manifest

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
        delegated = delegation.read(start.value, root)
        if delegated is None:
            return Choice(root, start.origin, "the root package starts itself")
        app = _find(delegated.target, packages) if delegated.target else None
        if app is not None:
            return Choice(app, start.origin, "the package that the root's start command runs")
    choice = _ranked(tree, root, packages)
    script = root.script("dev")
    delegated = delegation.read(script.value, root) if script is not None and choice.rivals else None
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
