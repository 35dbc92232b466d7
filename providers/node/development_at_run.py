"""Which development dependencies a process needs when it runs: then they cannot be pruned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.javascript import entry_files
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced

from . import config_file, frameworks, programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project
    from .start_choice import Choice

_TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")


def reason(project: Project, choice: Choice) -> Sourced[str] | None:
    """Return why development dependencies stay in the image, None when they do not; each reason is reported."""
    mode = project.overrides.variables.get("NODE_ENV")
    if mode is not None and mode.value != "production" and mode.scope != "build":
        return _reported(project, Sourced(f"`NODE_ENV` is `{mode.value}`", mode.origin), "set it to `production`")
    framework = choice.framework
    if choice.own and framework is not None and framework.development_at_run:
        place = Origin("<catalogue>", key=f"frameworks.{framework.id}")
        return Sourced(f"{framework.title} is started by its development tools", place)
    for name, place in _needed(project, choice):
        manifest = choice.start.manifest if choice.start is not None else project.app
        tables = (manifest.dependencies, manifest.optional_dependencies)
        if name in manifest.dev_dependencies and not any(name in table for table in tables):
            text = f"`{name}` is needed at run time, but it is a development dependency"
            return _reported(project, Sourced(text, place), f"move `{name}` to `dependencies`")
    return None


def _reported(project: Project, found: Sourced[str], fix: str) -> Sourced[str]:
    project.reasons.report(
        Diagnostic(
            "BP646", "warning", f"{found.value}, so all development dependencies stay in the image", found.origin, fix
        )
    )
    return found


def _needed(project: Project, choice: Choice) -> Iterator[tuple[str, Origin]]:
    """Yield the packages that the process needs, each with the place that says so."""
    start = choice.start
    if start is None:
        return
    for name in start.packages:
        yield name, start.origin
    if start.shell is not None:
        for word in start.shell.split():
            package = programs.package_of(word)
            if start.manifest.has(package):
                yield package, start.origin
    framework = choice.framework
    if choice.own and framework is not None and framework.config_at_run:
        yield from _by_configuration(project, choice)
    if start.entry is not None and not choice.own:
        yield from _by_entry(project, start.entry)


def _by_configuration(project: Project, choice: Choice) -> Iterator[tuple[str, Origin]]:
    """Yield what a configuration that is read at run time imports; one in TypeScript needs the compiler too."""
    framework = choice.framework
    assert framework is not None  # noqa: S101  # the caller has one
    for name in framework.config:
        path = frameworks.config_path(project.tree, project.app, name)
        if path is None:
            continue
        if path.endswith(_TYPESCRIPT):
            yield "typescript", Origin(path)
        for imported in config_file.read(project.tree, path).imports(types=False):
            parts = imported.split("/")
            yield ("/".join(parts[:2]) if imported.startswith("@") else parts[0]), Origin(path)


def _by_entry(project: Project, entry: str) -> Iterator[tuple[str, Origin]]:
    """Yield what the entry file and its neighbours import; imports of compiled files may be of types only."""
    source = entry_files.find(project.tree, entry)
    if source is None:
        return
    for place in entry_files.scan(project.tree, source).packages:
        yield place.value, Origin(place.path, place.line)
