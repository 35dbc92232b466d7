"""All that is written for a repository, computed before anything is: Dockerfiles, compose, bake, example of `.env`."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.config.options import Options
from buildplan.errors import SourceError
from buildplan.model.origin import Origin
from buildplan.repository import bake_file, compose_file, env_example, targets
from buildplan.source.overlay import with_file
from buildplan.write import files
from buildplan.write.merge import Regenerated

if TYPE_CHECKING:
    from pathlib import Path

    from buildplan.model.build_plan import Diagnostic
    from buildplan.repository.targets import Target
    from buildplan.source import SourceTree
    from buildplan.write.files import Change
    from buildplan.write.merge import Resolution

_NO_OPTIONS = Options()


class Asked(NamedTuple):
    """What to write beside the Dockerfiles."""

    compose: bool = False
    bake: bool = False


class Written(NamedTuple):
    """The apps, what becomes of each file (paths from the root of the tree), and what the owner should know."""

    targets: tuple[Target, ...]
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]


def changes(
    tree: SourceTree,
    directory: Path,
    asked: Asked,
    options: Options = _NO_OPTIONS,
    *,
    resolution: Resolution | None = None,
    force: bool = False,
) -> Written:
    """Return what would be written into a directory, whose tree is given; nothing is.

    A Dockerfile that a person wrote stays, unless `force` is given. Raises what planning raises, SourceError for a file
    that cannot be read, FileError for a compose file that is not one.
    """
    found = targets.find(tree, options, services=asked.compose)
    written, diagnostics = around(tree, found, asked, resolution=resolution, force=force)
    example = next((change for change in written if change.path == env_example.PATH and change.before is None), None)
    if example is not None:
        # The file will be part of the tree, which the plans have to be those of.
        found = targets.find(with_file(tree, example.path, example.result.text), options, services=False)
    made = [change for target in found for change in _of_app(directory, target, resolution=resolution, force=force)]
    for change in written:
        _refuse_hidden(directory, change)
    return Written(found, tuple(_once([*made, *written])), diagnostics)


def updated(tree: SourceTree, *, resolution: Resolution | None = None, force: bool = False) -> Written:
    """Return what becomes of the compose file and the bake file, as far as buildplan wrote them."""
    asked = Asked(compose=compose_file.is_ours(tree), bake=bake_file.is_ours(tree))
    if not asked.compose and not asked.bake:
        return Written((), (), ())
    found = targets.find(tree, _NO_OPTIONS, services=asked.compose)
    return Written(found, *around(tree, found, asked, resolution=resolution, force=force))


def around(
    tree: SourceTree,
    found: tuple[Target, ...],
    asked: Asked,
    *,
    resolution: Resolution | None = None,
    force: bool = False,
) -> tuple[tuple[Change, ...], tuple[Diagnostic, ...]]:
    """Return what becomes of the files around the Dockerfiles, and what their owner should know."""
    made: list[Change] = []
    diagnostics: list[Diagnostic] = []
    if asked.compose:
        composed = compose_file.change(tree, found, resolution=resolution, force=force)
        made.append(composed.change)
        diagnostics += (item for target in found for item in target.found.diagnostics)
        diagnostics += composed.diagnostics
        example = env_example.change(tree, found, composed.secrets)
        made += [] if example is None else [example]
    if asked.bake:
        made.append(bake_file.change(tree, found, resolution=resolution, force=force))
    return tuple(made), tuple(dict.fromkeys(diagnostics))


def _of_app(directory: Path, target: Target, *, resolution: Resolution | None, force: bool) -> tuple[Change, ...]:
    """Return what becomes of an app's files; where a person wrote its Dockerfile, both stay as they are."""
    place = directory / target.directory
    found = files.changes(place, target.plan, target.options, target.file, resolution=resolution, force=force)
    dockerfile = found[0]
    if dockerfile.result.status == "foreign":
        found = (replace(dockerfile, result=Regenerated(dockerfile.result.text, "kept")),)
    prefix = f"{target.directory}/" if target.directory else ""
    return tuple(replace(change, path=f"{prefix}{change.path}") for change in found)


def _refuse_hidden(directory: Path, change: Change) -> None:
    """Refuse to write over a file that is there and is no part of the tree, since git ignores it."""
    if change.before is None and os.path.lexists(directory / change.path):
        problem = "it is there, and it is not part of the tree, so it is neither read nor overwritten"
        hint = "take it out of .gitignore, or give it another name"
        raise SourceError(problem, origin=Origin(change.path), hint=hint)


def _once(changes: list[Change]) -> list[Change]:
    """Return each path once: two apps of one folder have one ignore file."""
    return list({change.path: change for change in reversed(changes)}.values())[::-1]
