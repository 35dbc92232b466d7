"""Whether a tree is a Deno app: nested `deno.json` files (edge functions) and one that only formats are none.

Apps in folders are found below a root that holds nothing but documents: `backend/` with a deno.json. What lies
deeper is no app: `supabase/functions/hello` runs elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons

from . import manifest as manifests

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .project import Project


# --- the claim --------------------------------------------------------------------------------------------------------

_NODE_LOCKS = ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "npm-shrinkwrap.json")
_FRAMEWORKS = frozenset({"fresh", "lume", "aleph"})


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None when nothing at its root is Deno's."""
    path = manifests.manifest_path(tree)
    if path is None:
        return _without_configuration(tree, overrides)
    there = Evidence(f"there is `{path}`", Origin(path))
    try:
        project = _project(tree, overrides)
    except BuildplanError as error:
        weak = Strength.TOOLING if tree.has(manifests.PACKAGE) else Strength.MANIFEST
        return Detection(weak, (Evidence(there.text, error.origin or there.origin),))
    strength, evidence = _claim(project, there)
    if project.app.directory and tree.first(*_NODE_LOCKS) is not None:
        # One of Node's packages may be the app as well as one of Deno's members; their root is what Node locks.
        strength = min(strength, Strength.MANIFEST)
    return Detection(strength, evidence, frameworks=_ids(project))


def _project(tree: SourceTree, overrides: Overrides) -> Project:
    from . import project as projects

    return projects.read_project(tree, overrides, Reasons())


def _ids(project: Project) -> tuple[str, ...]:
    return tuple(match.id for match in project.matches)


def _without_configuration(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree without deno.json: code for Deno, or scripts of package.json that call it."""
    from buildplan.read import base_image

    if tree.has(manifests.PACKAGE):
        locked = tree.has("deno.lock")
        if not locked and base_image.version(tree, "deno") is None and not _mentions_deno(tree):
            return None
        if not locked and tree.first(*_NODE_LOCKS) is not None:
            return None
    try:
        project = _project(tree, overrides)
    except BuildplanError:
        return None
    for evidence in (_asked(overrides), _of_image(project)):
        if evidence is not None:
            return Detection(Strength.APP, (evidence,), frameworks=_ids(project))
    started = _task(project)
    if started is not None:
        name, origin = started
        return Detection(Strength.APP, (Evidence(f"the script `{name}` calls Deno", origin),), frameworks=_ids(project))
    if tree.has(manifests.PACKAGE) or project.file is None:
        return None
    strength = Strength.MANIFEST if tree.has("deno.lock") else Strength.SITE
    evidence = Evidence(f"`{project.file}` is written for Deno", Origin(project.file))
    return Detection(strength, (evidence,), frameworks=_ids(project))


def _asked(overrides: Overrides) -> Evidence | None:
    """Return that the owner's start command calls Deno, None where it does not."""
    start = overrides.start
    words = () if start is None else start.value.text.split(maxsplit=1)
    if start is None or not words or words[0] != "deno":
        return None
    return Evidence("the start command calls Deno", start.origin)


def _of_image(project: Project) -> Evidence | None:
    """Return that the authors' Dockerfile runs a file of the tree with Deno, None where it does not."""
    from . import start

    found = start.of_image(project)
    return None if found is None else Evidence("the Dockerfile runs it with Deno", found.origin)


def _mentions_deno(tree: SourceTree) -> bool:
    """Return whether a package.json may call Deno, without reading it as JSON."""
    return '"deno ' in (tree.text_or_none(manifests.PACKAGE) or "")


def _claim(project: Project, there: Evidence) -> tuple[Strength, tuple[Evidence, ...]]:
    tree, app = project.tree, project.app
    if _is_nodes(project):
        text = f"{there.text}, beside packages that another manager locks"
        return Strength.TOOLING, (Evidence(text, there.origin),)
    started = _task(project)
    if started is not None:
        name, origin = started
        return Strength.APP, (Evidence(f"the task `{name}`", origin), there)
    framework = project.framework
    if framework is not None and framework.id in _FRAMEWORKS:
        return Strength.APP, (Evidence(f"it uses {framework.id}", framework.origin), there)
    if project.file is not None:
        strength = Strength.MANIFEST if tree.has(manifests.PACKAGE) else Strength.APP
        return strength, (Evidence(f"`{project.file}` is written for Deno", Origin(project.file)), there)
    if _starts_somehow(project):
        return Strength.MANIFEST, (Evidence(f"`{app.origin.path}` says what to start", app.origin), there)
    return Strength.TOOLING, (Evidence(f"`{there.origin.path}` starts nothing", there.origin),)


def _is_nodes(project: Project) -> bool:
    """Return whether Node runs the app, and deno.json is there for its tools: formatting, edge functions."""
    tree, root = project.tree, project.root
    if root.package is None or root.lock is not None:
        return False
    scripts = root.package.get("scripts")
    if tree.first(*_NODE_LOCKS) is not None and isinstance(scripts, dict) and "start" in scripts:
        return True
    return tree.first(*_NODE_LOCKS) is not None and _task(project) is None


def _task(project: Project) -> tuple[str, Origin] | None:
    """Return the task that starts the app for good, and its place.

    `dev` alone counts where what it runs listens: it may be any tool of developers.
    """
    from . import code, tasks

    follower = tasks.Follower(project.tree)
    for name in tasks.START_TASKS:
        found = follower.task(project.app, name)
        if found is None or not found.is_deno:
            continue
        file = found.entry
        if name == "dev" and file is not None and not project.tree.has(file):
            continue
        shown = found.verb == "serve" or (file is not None and code.listening(project.tree, project.app, file).listens)
        if name == "dev" and not shown:
            continue
        return name, found.origin
    return None


def _starts_somehow(project: Project) -> bool:
    """Return whether a plan would find something to start: a Dockerfile's command, a site, another task."""
    from buildplan.errors import NoStartError

    from . import plan, start

    if plan.find_site(project) is not None:
        return True
    try:
        return start.choose(project).started.is_deno
    except NoStartError:
        return False


# --- an app in a folder -----------------------------------------------------------------------------------------------

_ELSEWHERE = frozenset({"supabase", "netlify", "functions"})
_WHY = "the folder that looks most like the app; the root holds documents only"


def below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folders, the likeliest first; none where the root holds more than documents."""
    if not subfolder.holds_documents_only(tree):
        return ()
    found: list[tuple[int, str, Folder]] = []
    for name in tree.directory().directories:
        path = manifests.manifest_path(tree, name)
        if path is None or subfolder.is_other(name) or name in _ELSEWHERE:
            continue
        own = detect(subfolder.below(tree, name), overrides)
        if own is not None and own.strength >= Strength.APP:
            place = Origin(path)
            evidence = Evidence(f"`{path}`: {own.evidence[0].text}", place)
            claim = Detection(Strength.STRAY, (evidence,), frameworks=own.frameworks)
            found.append((subfolder.rank(name), name, subfolder.Folder(name, place, claim, _WHY)))
    return tuple(folder for *_, folder in sorted(found, key=lambda item: item[:2]))
