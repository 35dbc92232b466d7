"""Scripts that run when packages are installed: those of the project, and those of its dependencies.

Sources, checked 2026-11-24:
- npm: https://docs.npmjs.com/cli/v11/using-npm/scripts#npm-install
- pnpm: https://pnpm.io/settings#allowbuilds
- Yarn: https://yarnpkg.com/advanced/lifecycle-scripts
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.version_ranges import shown
from buildplan.read import shell

from . import program_rows as rows
from . import script_calls, wrappers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.model.origin import Origin
    from buildplan.read.shell import Simple
    from buildplan.source import SourceTree

    from .lockfiles import Name
    from .manifest import Manifest
    from .package_manager import PackageManager
    from .program_rows import Reader
    from .workspaces import Workspace

_ALL_EVENTS = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
# Which of a project's own scripts an install runs.
_EVENTS: dict[Name, tuple[str, ...]] = {
    "npm": _ALL_EVENTS,
    "pnpm": ("pnpm:devPreinstall", *_ALL_EVENTS),
    "yarn": _ALL_EVENTS,
    "berry": ("preinstall", "install", "postinstall"),
    "bun": ("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"),
}
_MAX_FOLLOWED = 5


class Needs(NamedTuple):
    """What a script needs and does. `files` are paths of the tree; None is the whole tree.

    `dispensable`: an image does not miss it. `absent`: it stops because its program is not in the image. `programs`
    are those that it runs, without the dispensable ones.
    """

    files: tuple[str, ...] | None = ()
    dispensable: bool = True
    absent: bool = False
    programs: tuple[str, ...] = ()

    def also(self, other: Needs) -> Needs:
        """Return what both need."""
        files = None if self.files is None or other.files is None else (*self.files, *other.files)
        return Needs(
            files,
            self.dispensable and other.dispensable,
            self.absent or other.absent,
            (*self.programs, *other.programs),
        )


class Hook(NamedTuple):
    """A script of the project itself that the install runs."""

    manifest: Manifest
    event: str
    origin: Origin
    needs: Needs

    @property
    def title(self) -> str:
        """What a sentence calls it: `` `postinstall` of `web` ``."""
        return f"`{self.event}` of `{shown(self.manifest.label)}`"


def hooks(pm: PackageManager, tree: SourceTree, workspace: Workspace) -> tuple[Hook, ...]:
    """Return the install-time scripts of the root and of every package that the app needs."""
    # Yarn 1 runs those of the root alone.
    manifests = (workspace.root,) if pm.name == "yarn" else workspace.manifests
    found = []
    for manifest in manifests:
        for event in _EVENTS[pm.name]:
            script = manifest.script(event)
            if script is not None:
                found.append(Hook(manifest, event, script.origin, _of_text(tree, manifest, script.value, 0)))
    return tuple(found)


def _of_text(tree: SourceTree, manifest: Manifest, text: str, depth: int) -> Needs:
    line = shell.parse(text)
    if line is None or depth > _MAX_FOLLOWED:
        return Needs(None, dispensable=False)
    needs = Needs()
    for command in line.commands:
        needs = needs.also(_of_command(tree, manifest, wrappers.unwrap(command).command, depth))
    return needs


def _of_command(tree: SourceTree, manifest: Manifest, command: Simple, depth: int) -> Needs:
    program = command.program.partition("@")[0]
    arguments = command.arguments
    if _listed(rows.DISPENSABLE, program, arguments):
        return Needs(absent=program in rows.ABSENT)
    if _listed(rows.SELF_CONTAINED, program, arguments):
        return Needs(dispensable=False, programs=(program,))
    row = rows.READERS.get(program)
    if row is not None and _listed({program: row.subcommands}, program, arguments):
        return Needs(_files(tree, manifest, row, arguments), dispensable=False, programs=(program,))
    call = script_calls.called(command)
    if call is not None and not call.install and not call.directory and not call.package:
        script = manifest.script(call.script)
        if script is not None:
            return _of_text(tree, manifest, script.value, depth + 1)
    return Needs(None, dispensable=False, programs=(program,))


def _listed(table: Mapping[str, tuple[str, ...]], program: str, arguments: tuple[str, ...]) -> bool:
    subcommands = table.get(program)
    if subcommands is None:
        return False
    first = arguments[0] if arguments else ""
    return first in subcommands or ("*" in subcommands and bool(arguments))


def _files(tree: SourceTree, manifest: Manifest, row: Reader, arguments: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the paths that a program of the table reads, or None where they are not to be found."""
    prefix = f"{manifest.directory}/" if manifest.directory else ""
    option = row.option
    named: list[str] = []
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if option and name == option:
            named.extend([value] if equals else arguments[index + 1 : index + 2])
    setting = manifest.document.get("prisma", "schema") if option else None
    if isinstance(setting, str):
        named.append(setting)
    paths = [*(path.removeprefix("./") for path in named), *row.paths]
    found = tuple(dict.fromkeys(prefix + path for path in paths if _is_there(tree, prefix + path)))
    if named and not any(_is_there(tree, prefix + path.removeprefix("./")) for path in named):
        return None
    if not named and row.one_of and not any(prefix + path in found for path in row.one_of):
        return None
    return found


def _is_there(tree: SourceTree, path: str) -> bool:
    return ".." not in path.split("/") and (tree.has(path) or (path.endswith("/") and tree.has_directory(path)))
