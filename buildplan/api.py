"""The pipeline, top to bottom: the one module that knows all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.compose import composition as composing
from buildplan.compose import secrets_in_commands
from buildplan.compose.apply_requests import merge
from buildplan.config.load import load
from buildplan.config.options import Options
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.source.open import open_tree

if TYPE_CHECKING:
    from buildplan.compose.composition import Candidate
    from buildplan.compose.explain_detection import Claim
    from buildplan.model.app import App
    from buildplan.model.build_plan import BuildPlan
    from buildplan.source import SourceTree
    from buildplan.source.open import Source

__all__ = ["Options", "apps", "claims", "detect", "open_source", "plan"]

_NO_OPTIONS = Options()


def open_source(source: Source, *, revision: str | None = None) -> SourceTree:
    """Return the tree of a directory, an archive, a commit of a git repository, or a mapping path → content.

    An archive is a path, its bytes, or a binary file that is open.
    `revision` reads that commit of the repository at `source`, without a checkout. Raises SourceError.
    """
    return open_tree(source, revision=revision)


def plan(source: Source, options: Options = _NO_OPTIONS, *, revision: str | None = None) -> BuildPlan:
    """Return the build plan of a source tree: `source` is what `open_source` takes, `options` are what is asked for.

    Raises a BuildplanError: SourceError for what cannot be read, ConfigError for a wrong setting, PlanError for what
    cannot be known.
    """
    tree = open_tree(source, revision=revision)
    overrides = load(tree, options)
    made = composing.planned(tree, overrides)
    built = merge(tree, made.uses, made.plan, made.overrides, made.decisions, made.diagnostics)
    if tree.budget.unread:
        built = replace(built, diagnostics=(*built.diagnostics, _unread(tree)))
    built = secrets_in_commands.removed(built)
    if overrides.locked is not None or overrides.lock_required is not None:
        from buildplan.image import locked

        built = locked.pinned(built, overrides)
    from buildplan.render.dockerfile import render

    render(built, process=options.process)  # a plan that no Dockerfile can hold is not a plan
    return built


def apps(source: Source, options: Options = _NO_OPTIONS, *, revision: str | None = None) -> tuple[App, ...]:
    """Return every app of a source tree, the root's first: members of workspaces, and folders that hold one.

    Raises SourceError and ConfigError.
    """
    from buildplan.compose.app_list import listed

    tree = open_tree(source, revision=revision)
    return listed(tree, load(tree, options))


def _unread(tree: SourceTree) -> Diagnostic:
    paths = sorted(set(tree.budget.unread))
    return Diagnostic(
        "BP920",
        "warning",
        f"{len(paths)} source files were not looked at, because the tree has more of it than is read",
        Origin(paths[0]),
        "name the folder of the app, or say in buildplan.toml what the plan has wrong",
    )


def detect(source: Source, options: Options = _NO_OPTIONS, *, revision: str | None = None) -> tuple[Candidate, ...]:
    """Return every provider that claims the tree, the strongest first; empty when none does.

    Raises SourceError and ConfigError.
    """
    tree = open_tree(source, revision=revision)
    return composing.detected(tree, load(tree, options))


def claims(
    source: Source,
    names: tuple[str, ...] | None = None,
    options: Options = _NO_OPTIONS,
    *,
    revision: str | None = None,
) -> tuple[Claim, ...]:
    """Return what providers say of the tree, also those that do not claim it: then which files they looked for.

    `names` are names of providers; others in it are left out. Without it all built-in ones are asked. Raises
    SourceError and ConfigError.
    """
    from buildplan.compose.explain_detection import claim
    from buildplan.language import registry

    asked = tuple(registry.builtin()) if names is None else tuple(filter(None, map(registry.find, names)))
    if not asked:
        return ()
    tree = open_tree(source, revision=revision)
    overrides = load(tree, options)
    return tuple(claim(tree, provider, overrides) for provider in asked)
