"""Which version of a runtime a project asks for: a declaration of every place that can say so, strongest first.

A language declares its places as rows; what a manifest says is a plain function. `resolve` answers for a plan;
`asked` tells `check` and others what the files of any folder ask for. So both always know the same.

    RUBY = Versions(
        "ruby",
        (configured("ruby"), single_line(".ruby-version"), tool_versions("ruby"), mise("ruby"), declared(of_gemfile)),
        read_gemfile,
    )
    VERSIONS = (RUBY,)
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

from buildplan import catalogue
from buildplan.catalogue import versions
from buildplan.catalogue.versions import Request
from buildplan.errors import BuildplanError
from buildplan.language import registry
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides
from buildplan.model.version_ranges import FIRST
from buildplan.read import base_image, version_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Sourced
    from buildplan.model.version_ranges import Grammar, Release
    from buildplan.source import SourceTree

    # What a text in a file means; None for what says nothing. What is odd is reported.
    Understand = Callable[[Sourced[str], Reasons], Request | None]

F = TypeVar("F")


class Asking(NamedTuple, Generic[F]):
    """Who asks: the tree, what is known of the project, and the folders of version files, the nearest first.

    `judged`: a Dockerfile is compared with what the project says, so that it is no evidence itself.
    """

    tree: SourceTree
    facts: F
    overrides: Overrides
    reasons: Reasons
    directories: tuple[str, ...] = ("",)
    judged: bool = False


class Source(NamedTuple, Generic[F]):
    """One place that can ask for a version.

    `find` gets the folder to look into, which only version files look at. A `fallback` counts where nothing else asks.
    """

    place: Literal["configuration", "file", "manifest", "image", "fallback"]
    find: Callable[[Asking[F], str], Iterable[Request]]


class Versions(NamedTuple, Generic[F]):
    """All that can ask for the version of a runtime, strongest first.

    `facts` reads what the finders need to know of a folder: of the whole tree and the folder's path, or where `inside`
    is set of the folder as a tree of its own and `""`.
    """

    runtime: str
    sources: tuple[Source[F], ...]
    facts: Callable[[SourceTree, str], F]
    inside: bool = False


# --- rows -----------------------------------------------------------------------------------------------------------
def configured(runtime: str, grammar: Grammar = "npm", understand: Understand | None = None) -> Source[Any]:
    """Return the row of what a configuration or an option asks for."""

    def find(asking: Asking[Any], _: str) -> Iterator[Request]:
        return _requests(asking.overrides.versions.get(runtime), grammar, understand, asking.reasons)

    return Source("configuration", find)


def located(
    read: Callable[[SourceTree, str], Sourced[str] | None],
    grammar: Grammar = "npm",
    understand: Understand | None = None,
) -> Source[Any]:
    """Return the row of a version file that a function reads in a folder."""

    def find(asking: Asking[Any], directory: str) -> Iterator[Request]:
        return _requests(read(asking.tree, directory), grammar, understand, asking.reasons)

    return Source("file", find)


def single_line(name: str, grammar: Grammar = "npm", understand: Understand | None = None) -> Source[Any]:
    """Return the row of a file that holds nothing but a version: `.nvmrc`."""
    return located(lambda tree, folder: version_files.single_line(tree, inside(folder, name)), grammar, understand)


def tool_versions(*names: str, grammar: Grammar = "npm", understand: Understand | None = None) -> Source[Any]:
    """Return the row of `.tool-versions`; `names` are those of the tool there."""
    return located(
        lambda tree, folder: version_files.tool_versions(tree, *names, directory=folder), grammar, understand
    )


def mise(*names: str, grammar: Grammar = "npm", understand: Understand | None = None) -> Source[Any]:
    """Return the row of mise's configuration; `names` are those of the tool there."""
    return located(lambda tree, folder: version_files.mise(tree, *names, directory=folder), grammar, understand)


def declared(finder: Callable[[Asking[F]], Iterable[Request]]) -> Source[F]:
    """Return the row of what the project itself says: a manifest, a lock file."""
    return Source("manifest", lambda asking, _: finder(asking))


def otherwise(finder: Callable[[Asking[F]], Iterable[Request]]) -> Source[F]:
    """Return the row of what counts only where nothing before it asks."""
    return Source("fallback", lambda asking, _: finder(asking))


def own_dockerfile(*images: str, grammar: Grammar = "npm", understand: Understand | None = None) -> Source[Any]:
    """Return the row of the image that the authors' own Dockerfile starts from, by the last part of its name.

    What the authors build on themselves is worth more than a default of ours, and refuses nothing.
    """

    def find(asking: Asking[Any], _: str) -> Iterator[Request]:
        found = (base_image.version(asking.tree, image) for image in images)
        first = next((item for item in found if item is not None), None)
        for request in _requests(first, grammar, understand, asking.reasons):
            yield request._replace(kind="guess")

    return Source("image", find)


def usual(runtime: str, *manifest: Callable[[Asking[F]], Iterable[Request]]) -> tuple[Source[F], ...]:
    """Return the rows of a language without files of its own: `.RUNTIME-version`, version managers, its manifest."""
    files = (single_line(f".{runtime}-version"), tool_versions(runtime), mise(runtime))
    return (configured(runtime), *files, *map(declared, manifest), own_dockerfile(runtime))


def inside(folder: str, name: str) -> str:
    """Return the path of a file in a folder; `""` is the root."""
    return f"{folder}/{name}" if folder else name


def _requests(
    found: Sourced[str] | None, grammar: Grammar, understand: Understand | None, reasons: Reasons
) -> Iterator[Request]:
    if found is None:
        return
    request = Request(found.value, found.origin, grammar) if understand is None else understand(found, reasons)
    if request is not None:
        yield request


# --- answers --------------------------------------------------------------------------------------------------------
def requests(wanted: Versions[F], asking: Asking[F]) -> Iterator[Request]:
    """Yield what is asked for, strongest first; version files that follow each other are read folder by folder.

    Raises FileError for a broken file.
    """
    some = False
    for place, rows in itertools.groupby(wanted.sources, lambda source: source.place):
        if place == "fallback" and some:
            continue
        group = tuple(rows)
        for directory in asking.directories if place == "file" else ("",):
            for source in group:
                for request in source.find(asking, directory):
                    some = True
                    yield request


def resolve(wanted: Versions[F], asking: Asking[F]) -> Resolution:
    """Return the version to use, and note why; raises VersionError for a request that cannot be met, FileError."""
    return choose(wanted.runtime, requests(wanted, asking), asking.reasons)


def choose(runtime: str, found: Iterable[Request], reasons: Reasons) -> Resolution:
    """Return the version that the requests mean together; raises VersionError.

    A pin that is older than the least that builds the project is left out (BP606). Beside a pin that is not, what a
    range would choose alone does not count, but all that it allows.
    """
    items = list(found)
    low, least = FIRST, None
    for request in items:
        known = versions.allowed(runtime, request) if request.kind == "range" and request.works else None
        if known and known[0].low > low:
            low, least = known[0].low, request
    too_old = [item for item in items if item.kind != "range" and _is_below(runtime, item, low)]
    items = [item for item in items if item not in too_old]
    if any(item.kind != "range" for item in items):
        items = [item._replace(text=item.works, grammar="npm") if _has_more(item) else item for item in items]
    resolution = versions.resolve(runtime, items, reasons)
    if too_old and least is not None:
        _report_too_old(runtime, too_old, least, reasons)
    return resolution


def _is_below(runtime: str, pin: Request, low: Release) -> bool:
    known = versions.allowed(runtime, pin)
    return known is not None and bool(known) and known[-1].high <= low


def _has_more(request: Request) -> bool:
    return request.kind == "range" and bool(request.works)


def _report_too_old(runtime: str, pins: list[Request], least: Request, reasons: Reasons) -> None:
    title = catalogue.runtime(runtime).title
    number = least.works.removeprefix(">=")
    needs = f"`{least.words}` in {least.origin} needs {title} {number}"
    for pin in pins:
        text = f"`{pin.words}` asks for a {title} that cannot build this: {needs}"
        reasons.report(Diagnostic("BP606", "warning", text, pin.origin, f"write {number} or newer"))
    made = next(item for item in reasons.decisions if item.field == f"{runtime}.version")
    losers = tuple(RunnerUp(pin.words, pin.origin, needs) for pin in pins)
    reasons.decide(made.field, made.value, made.origin, made.rule, (*made.runners_up, *losers))


def resolve_runtime(runtime: str, tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Resolution:
    """Return the version of a runtime that is not the app's own, from all that its language reads at the root.

    Raises VersionError, FileError, and PluginError for a runtime that no language declares.
    """
    wanted = of_runtime(runtime)
    if wanted is None:
        return versions.resolve(runtime, (), reasons)
    return resolve(wanted, Asking(tree, wanted.facts(tree, ""), overrides, reasons))


def asked(tree: SourceTree, runtime: str, directories: tuple[str, ...] = ("",)) -> tuple[Request, ...]:
    """Return what the files of these folders ask for of a runtime, with their places; a Dockerfile does not count.

    A manifest counts in its own folder; a version file also for all folders below it, as for the tools that read it,
    and the nearest ones count. What cannot be read or understood says nothing: it is reported where it is planned.
    """
    wanted = of_runtime(runtime)
    if wanted is None:
        return ()
    found: list[Request] = []
    for directory in directories:
        found += _of_manifests(wanted, tree, directory)
    for directory in _upwards(directories):
        nearest = _of_files(wanted, tree, directory)
        found += nearest
        if nearest:
            break
    return tuple(item for item in dict.fromkeys(found) if versions.allowed(runtime, item))


def of_runtime(runtime: str) -> Versions[Any] | None:
    """Return what a language declares of a runtime, None where none does."""
    for language in registry.languages().values():
        if runtime in language.runtimes and language.versions is not None:
            rows: tuple[Versions[Any], ...] = language.versions()
            return next((item for item in rows if item.runtime == runtime), None)
    return None


def _of_manifests(wanted: Versions[F], tree: SourceTree, directory: str) -> Iterator[Request]:
    from buildplan.language import subfolder
    from buildplan.source.folder import tree_of

    seen, below = (tree_of(tree, directory), "") if wanted.inside else (tree, directory)
    try:
        facts = wanted.facts(seen, below)
    except BuildplanError:
        return
    asking = Asking(seen, facts, Overrides(), Reasons(), judged=True)
    for source in wanted.sources:
        if source.place != "manifest":
            continue
        for request in _read(source, asking, below):
            if wanted.inside and directory:
                yield request._replace(origin=subfolder.place(request.origin, directory))
            else:
                yield request


def _of_files(wanted: Versions[Any], tree: SourceTree, directory: str) -> list[Request]:
    asking = Asking[Any](tree, None, Overrides(), Reasons(), judged=True)
    rows = (source for source in wanted.sources if source.place == "file")
    return [request for source in rows for request in _read(source, asking, directory)]


def _read(source: Source[F], asking: Asking[F], directory: str) -> list[Request]:
    try:
        return list(source.find(asking, directory))
    except BuildplanError:
        return []


def _upwards(directories: tuple[str, ...]) -> tuple[str, ...]:
    """Return the folders and all above them, the deepest first."""
    found: dict[str, None] = {}
    for directory in directories:
        current = directory
        while current:
            found[current] = None
            current = current.rpartition("/")[0]
    return (*sorted(found, key=lambda path: (-path.count("/"), path)), "")
