"""What the image keeps: the build's outputs and what is read beside them, or the whole tree when that is not known.

Nothing is left out on a guess: a file is left out when it is source that was compiled, or when its name says that only
people and tools read it.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.javascript import entry_files
from buildplan.model.build_plan import Input

from . import config_file, frameworks
from .project import copied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .project import Project
    from .start_choice import Choice

# Read by tools and people only.
_TOOL_FILES = re.compile(
    r"\..*"
    r"|(?:README|LICEN[CS]E|CHANGELOG|CONTRIBUTING|CODE_OF_CONDUCT|SECURITY|AUTHORS|NOTICE|HISTORY|TODO|COPYING|CODEOWNERS)"
    r"(?:[._-].*)?"
    r"|.*\.(?:md|markdown|log|iml|sh|lock|lockb|tgz|png|jpe?g|gif|svg|toml|code-workspace|tsbuildinfo)"
    r"|package(?:-lock)?\.json|npm-shrinkwrap\.json|pnpm-(?:lock|workspace)\.yaml|yarn\.lock|bun\.lockb?"
    r"|[jt]sconfig.*\.json|nest-cli\.json|nodemon\.json|angular\.json|tslint\.json|jsdoc.*\.json|typedoc\.json"
    r"|turbo\.jsonc?|nx\.json|lerna\.json|renovate\.json|biome\.jsonc?|components\.json|vercel\.json|app\.json|cypress\.json"
    r"|railway\.json|railpack\.json|nixpacks\.json|static\.json|skaffold\.ya?ml|render\.ya?ml|codecov\.ya?ml"
    r"|(?:docker-)?compose.*\.ya?ml|Dockerfile.*|Procfile.*|Makefile|Jenkinsfile|Vagrantfile|Tiltfile|justfile"
    r"|(?:eslint|prettier|jest|vitest|vite|webpack|rollup|babel|tsup|tsdown|tailwind|postcss|stylelint|commitlint|lint-staged"
    r"|playwright|cypress|karma|svelte|astro|nuxt|next|react-router|remix|esbuild|drizzle|prisma|typedoc|release|cz)"
    r"[._-].*\.(?:[cm]?[jt]s|json)"
    r"|env\.d\.ts|.*\.d\.ts|gulpfile\..*|Gruntfile\..*",
    re.IGNORECASE | re.ASCII,
)
_TOOL_DIRECTORIES = frozenset(
    {"test", "tests", "__tests__", "spec", "specs", "e2e", "cypress", "playwright", "__mocks__", "mocks", "fixtures"}
    | {"docs", "doc", "documentation", "examples", "example", "coverage", "node_modules", "patches", "tools", "scripts"}
    | {
        "docker",
        "deploy",
        "deployment",
        "kubernetes",
        "k8s",
        "helm",
        "chart",
        "charts",
        "terraform",
        "infra",
        "stories",
    }
    | {"screenshots", "benchmarks", "benchmark", "bench", "types", "typings", "storybook"}
)
_CODE = re.compile(r".*\.(?:[cm]?[jt]sx?|map|vue|svelte|astro|css|scss|sass|less|styl|snap)|\..*", re.IGNORECASE)
# In a bundler's sources pictures and fonts become part of the bundle.
_BUNDLED = re.compile(
    r".*\.(?:png|jpe?g|gif|svg|webp|avif|ico|woff2?|eot|mp[34]|webm)|(?:app|error|index)\.html", re.IGNORECASE
)
_NOT_READ = re.compile(
    r"(?:README|LICENSE|CHANGELOG).*|[jt]sconfig.*\.json|package\.json|.*\.(?:test|spec|stories)\..*"
)
_MAX_EXTRAS = 10
_MAX_IMPORTED = 20


class Kept(NamedTuple):
    """What the image keeps of the build and of the tree; `whole` is why everything is, None when it is not."""

    from_build: tuple[Input, ...] = ()
    from_tree: tuple[str, ...] = ()
    whole: str | None = None


def kept(project: Project, choice: Choice) -> Kept:
    """Return what the image of a process keeps, packages aside."""
    framework = choice.framework
    build = project.build
    assert choice.start is not None  # noqa: S101  # a site keeps its output
    if choice.own and framework is not None and not framework.packages_at_run:
        return _own_output(project, choice)
    reason = None
    if not project.workspace.app_is_root or project.workspace.members:
        reason = "the packages of a workspace are linked to each other's folders"
    elif choice.start.shell is not None:
        reason = "a shell line may read any file"
    elif build is None:
        reason = "there is no build"
    elif choice.own and framework is not None and framework.whole:
        reason = f"{framework.title} reads its project's files at run time"
    if reason is None and choice.own:
        return _own_output(project, choice)
    if reason is None and build is not None:
        return _compiled(project, choice)
    return Kept(whole=reason)


def _own_output(project: Project, choice: Choice) -> Kept:
    """Return the files of a framework's own server."""
    framework, build = choice.framework, project.build
    assert framework is not None  # noqa: S101  # it is its own server
    assert build is not None  # noqa: S101  # it has an output
    path = build.output.path if build.output is not None else project.path(framework.output)
    pairs = copied(project.app, framework, path) or ((path, None),)
    inputs = []
    for source, target in pairs:
        is_build = source == path or source.startswith(f"{path}/") or not project.tree.has_directory(source)
        if is_build and source.rpartition("/")[2] == "public" and source != path:
            continue  # the tree has no such folder
        destination = target if target is None or not project.app.directory else _nested(project, choice, target)
        inputs.append(Input(f"{source}/", dest=destination if destination != source else None))
    if not framework.packages_at_run:
        return Kept(tuple(inputs))
    found = list(_named(project, framework.keeps))
    if framework.config_at_run:
        imported = _imported_by_config(project, choice)
        if imported is None:
            return Kept(whole=f"the configuration of {framework.title} loads files of the app")
        found.extend(imported)
    extras = _data(project, [item.path.rstrip("/") for item in inputs], bundled=True)
    if extras is None:
        return Kept(whole="many files beside the build may be read at run time")
    return Kept(tuple(inputs), tuple(dict.fromkeys((*found, *extras))))


def _nested(project: Project, choice: Choice, target: str) -> str:
    """Return a destination in a workspace, where the output repeats the app's directory."""
    nested = choice.framework is not None and choice.framework.nested_start
    return posixpath.join(project.app.directory, target) if nested and target else target


def _named(project: Project, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if name.endswith("/"):
            if project.tree.has_directory(project.path(name)):
                yield project.path(name)
        else:
            path = frameworks.config_path(project.tree, project.app, name)
            if path is not None:
                yield path


def _imported_by_config(project: Project, choice: Choice) -> tuple[str, ...] | None:
    """Return the files that the configuration loads from beside it; None when they lead into the app's sources."""
    framework = choice.framework
    assert framework is not None  # noqa: S101  # the caller has one
    pending = [path for name in framework.config if (path := frameworks.config_path(project.tree, project.app, name))]
    found: list[str] = []
    seen = set(pending)
    while pending:
        path = pending.pop()
        for name in config_file.read(project.tree, path).imports():
            if not name.startswith("."):
                continue
            base = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            target = entry_files.source(project.tree, base) if not base.startswith("..") else None
            if target is None or len(seen) > _MAX_IMPORTED:
                return None
            if target not in seen:
                seen.add(target)
                found.append(target)
                pending.append(target)
    return tuple(found)


def _compiled(project: Project, choice: Choice) -> Kept:
    """Return the files of an app that runs what its build wrote."""
    start, build = choice.start, project.build
    assert start is not None  # noqa: S101  # the caller looked
    assert build is not None  # noqa: S101  # the caller looked
    written = build.compiled
    if not written.known:
        return Kept(whole="a command of the build may write anywhere")
    if start.entry is None or not written.holds(posixpath.normpath(start.entry)):
        return Kept(whole="what is started is not in the build's output")
    extras = _data(project, list(written.outputs), bundled=False)
    if extras is None:
        return Kept(whole="files beside the build may be read at run time")
    outputs = [path for path in written.outputs if not _is_below(path, written.outputs)]
    files = ("package.json",) if project.tree.has("package.json") else ()
    return Kept(tuple(Input(f"{path}/") for path in outputs), (*files, *extras))


def _is_below(path: str, others: tuple[str, ...]) -> bool:
    return any(path.startswith(f"{other}/") for other in others)


def _data(project: Project, outputs: list[str], *, bundled: bool) -> tuple[str, ...] | None:
    """Return the files and folders at the top that may be read at run time; None when they are many, or among sources.

    `bundled`: a bundler took pictures and styles along; folders that hold only those and code are not needed.
    """
    tree = project.tree
    top = tree.directory()
    extras: list[str] = []
    tops = {path.split("/")[0] for path in outputs}
    for name in top.directories:
        if name in tops or name.startswith(".") or name.lower() in _TOOL_DIRECTORIES:
            continue
        if bundled and name == "public":
            continue  # its own row says whether it is needed
        sources = _is_source(project, name, bundled=bundled)
        if sources and not _holds_data(tree, name, bundled=bundled):
            continue
        if sources and not bundled:
            return None
        extras.append(f"{name}/")
    sources_at_top = (".ts", ".tsx", ".mts", ".cts", *((".html",) if bundled else ()))
    extras.extend(name for name in top.files if not _TOOL_FILES.fullmatch(name) and not name.endswith(sources_at_top))
    return tuple(extras) if len(extras) <= _MAX_EXTRAS else None


def _is_source(project: Project, directory: str, *, bundled: bool) -> bool:
    """Return whether a folder holds what was compiled."""
    if bundled:
        return True
    build = project.build
    roots = [item.source for item in build.compiled.compilations] if build is not None else []
    if directory in {"src", "source"} or any(root is not None and root.split("/")[0] == directory for root in roots):
        return True
    return _only(project.tree, directory, re.compile(r".*\.(?:[cm]?tsx?|d\.ts)|\..*"))


def _holds_data(tree: SourceTree, directory: str, *, bundled: bool) -> bool:
    """Return whether a folder holds files that code may read when it runs."""
    for name in _names(tree, directory):
        if _CODE.fullmatch(name) or _NOT_READ.fullmatch(name):
            continue
        if bundled and _BUNDLED.fullmatch(name):
            continue
        return True
    return False


def _only(tree: SourceTree, directory: str, pattern: re.Pattern[str]) -> bool:
    return all(pattern.fullmatch(name) or _NOT_READ.fullmatch(name) for name in _names(tree, directory))


def _names(tree: SourceTree, directory: str) -> Iterator[str]:
    """Yield the file names below a folder."""
    pending = [directory]
    while pending:
        path = pending.pop()
        found = tree.directory(path)
        yield from found.files
        pending.extend(f"{path}/{name}" for name in found.directories if name.lower() not in _TOOL_DIRECTORIES)
