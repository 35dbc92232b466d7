"""Start commands of a workspace root that only run a package's script: `turbo run start --filter=web`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.read import shell

from . import script_calls, wrappers

if TYPE_CHECKING:
    from .manifest import Manifest

_TASK_RUNNERS = frozenset({"turbo", "nx", "lerna", "moon"})
# Words with which a manager runs a script in every package.
_EVERYWHERE = {
    "pnpm": frozenset({"-r", "--recursive", "recursive"}),
    "npm": frozenset({"--workspaces", "-ws"}),
    "yarn": frozenset({"workspaces"}),
}
_MAX_FOLLOWED = 5


class Delegation(NamedTuple):
    """A command that leaves the work to packages; `target` is the one that it names, None when it names none."""

    target: str | None


def read(text: str, root: Manifest, depth: int = 0) -> Delegation | None:
    """Return what a start command of the root delegates to, its scripts followed; None when it does the work itself."""
    line = shell.parse(text)
    if line is None or depth > _MAX_FOLLOWED:
        return None
    for command in line.commands:
        if command.program == "cd" and command.arguments:
            return Delegation(command.arguments[0].removeprefix("./").rstrip("/"))
    command = wrappers.unwrap(line.commands[-1]).command
    call = script_calls.called(command)
    if call is not None and (call.package or call.directory):
        return Delegation(call.package or call.directory.removeprefix("./").rstrip("/"))
    if command.program in _TASK_RUNNERS:
        package = call.script.partition("#")[0] if call is not None and "#" in call.script else None
        return Delegation(package)
    if _EVERYWHERE.get(command.program, frozenset()).intersection(command.arguments):
        return Delegation(None)
    script = root.script(call.script) if call is not None and not call.install else None
    return read(script.value, root, depth + 1) if script is not None else None
