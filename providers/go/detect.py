"""Whether a tree is a Go app, how strong the evidence is, and what `--app` may name in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.language.members import Member
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin

from . import gopath, listening, modules, runtime_files, tables
from .packages import Packages

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .listening import Match
    from .packages import Package


def detect(tree: SourceTree, _: Overrides) -> Detection | None:
    """Return the claim to a tree; None when nothing at its root is Go's."""
    manifest = tree.first(modules.WORKSPACE, modules.MANIFEST)
    if manifest is None:
        return _without_module(tree)
    try:
        workspace = modules.read(tree)
    except BuildplanError as error:
        # The plan says what is wrong, if Go is what the tree is about.
        return Detection(Strength.MANIFEST, (Evidence(f"there is `{manifest}`", error.origin or Origin(manifest)),))
    packages = Packages(tree, workspace, frozenset())
    commands = packages.commands(everywhere=False)
    found = Evidence(f"there is `{manifest}`", Origin(manifest))
    for command in commands:
        closure = packages.closure(command)
        matches = listening.matches(closure)
        if matches:
            where = command.directory or "the root"
            text = f"the command in {where} listens: {matches[0].framework.title}"
            evidence = (Evidence(text, matches[0].origin), found)
            fronts = tuple(runtime_files.frontends(tree, closure)) if tree.named("package.json") else ()
            return Detection(Strength.APP, evidence, frameworks=_ids(matches), frontends=fronts)
    if commands:
        return Detection(Strength.MANIFEST, (_main(commands[0]), found))
    if not _has_code(tree):
        # A go.mod without code pins tools (`go tool`), or the themes of a Hugo site.
        return Detection(Strength.TOOLING, (Evidence(f"`{manifest}` without Go code at its root", found.origin),))
    deep = packages.commands(everywhere=True)
    if deep:
        return Detection(Strength.MANIFEST, (_main(deep[0]), found))
    return Detection(Strength.TOOLING, (Evidence("the module holds no command", found.origin),))


def below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folder of the only Go app near the root; none where there are several, or the root is Go's."""
    if tree.first(modules.WORKSPACE, modules.MANIFEST) is not None or gopath.old_manifest(tree) is not None:
        return ()
    if any(name.endswith(".go") for name in tree.directory().files):
        return ()
    ignored = {*tables.EXAMPLES, *tables.OTHER_COMMANDS, *tables.NOT_SEARCHED, "tests"}
    return subfolder.only_app(tree, "Go", (modules.MANIFEST,), ignored, overrides, detect)


def _main(command: Package) -> Evidence:
    return Evidence(f"the command in {command.directory or 'the root'}", command.main or Origin("."))


def _ids(matches: tuple[Match, ...]) -> tuple[str, ...]:
    return tuple(match.framework.id for match in matches)


def _has_code(tree: SourceTree) -> bool:
    return any(
        not path.startswith(("vendor/", "node_modules/")) and "/testdata/" not in path
        for path in tree.with_suffix(".go")
    )


def _without_module(tree: SourceTree) -> Detection | None:
    """Return the claim to a tree from before modules, or to a few files that need none."""
    if not any(name.endswith(".go") for name in tree.directory().files):
        old = gopath.old_manifest(tree)
        go_specific = old is not None and old.startswith(("Gopkg", "glide", "Godeps"))
        return Detection(Strength.STRAY, (Evidence(f"there is `{old}`", Origin(old)),)) if old and go_specific else None
    packages = Packages(tree, None, frozenset())
    command = packages.at("")
    if command is None or command.main is None:
        return None
    matches = listening.matches(packages.closure(command))
    if not matches:
        return Detection(Strength.STRAY, (_main(command),))
    # As much as a page beside it: a server's pages lie beside the server.
    text = f"the command at the root listens: {matches[0].framework.title}"
    return Detection(Strength.SITE, (Evidence(text, matches[0].origin),), frameworks=_ids(matches))


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the commands, then the modules; none where nothing at the root is Go's. Raises FileError."""
    workspace = modules.read(tree)
    if workspace is None and not any(name.endswith(".go") for name in tree.directory().files):
        return ()
    found = [item for item in Packages(tree, workspace, frozenset()).commands(everywhere=True) if item.main is not None]
    commands = (
        Member(item.binary, item.directory, item.main, item.directory or ".") for item in found if item.main is not None
    )
    parts = workspace.modules if workspace is not None and len(workspace.modules) > 1 else ()
    rest = (Member(item.base, item.directory, item.origin, item.directory or ".", "module") for item in parts)
    return (*commands, *rest)
