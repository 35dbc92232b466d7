"""Which versions of its runtimes a project asks for, in every file that says so near a Dockerfile.

The providers know this too, each for its own plan; a Dockerfile of a folder is compared without a plan of that folder.
A manifest counts in its own folder; a version file also for all folders below, as the tools that read it do.

Sources, checked 2026-11-24: those of `facts/version_files.py`; https://docs.npmjs.com/cli/configuring-npm/package-json
(engines), https://go.dev/ref/mod#go-mod-file-go, https://doc.rust-lang.org/cargo/reference/rust-version.html,
https://getcomposer.org/doc/04-schema.md, https://hexdocs.pm/mix/Mix.Project.html, https://maven.apache.org/plugins/
maven-compiler-plugin, https://learn.microsoft.com/dotnet/core/tools/global-json.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from buildplan.catalogue.versions import Request
from buildplan.errors import FileError
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import NotUnderstoodError, intervals
from buildplan.read import json_document, toml_document, version_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildplan.model.version_ranges import Grammar, Intervals
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

# `range`: the project declares what it runs on. `pin`: a file names the version that developers use.
Kind = Literal["range", "pin"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version that a file asks for; `to_run` where an image that can only run the app has to be more exact."""

    runtime: str
    text: str
    origin: Origin
    kind: Kind
    grammar: Grammar = "npm"
    to_run: str | None = None

    @property
    def request(self) -> Request:
        """The same as a request that can be resolved."""
        return Request(self.text, self.origin, self.grammar)


# Runtime → its own version files, and its names in `.tool-versions` and mise.
_FILES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "node": ((".nvmrc", ".node-version"), ("nodejs", "node")),
    "python": ((".python-version",), ("python",)),
    "go": ((".go-version",), ("golang", "go")),
    "ruby": ((".ruby-version",), ("ruby",)),
    "php": ((".php-version",), ("php",)),
    "java": ((".java-version",), ("java",)),
    "rust": ((), ("rust",)),
    "bun": ((".bun-version",), ("bun",)),
    "deno": ((".deno-version", ".dvmrc"), ("deno",)),
    "elixir": ((".elixir-version",), ("elixir",)),
    "erlang": ((".erlang-version",), ("erlang",)),
}
_GO = re.compile(r"go\s+(\d+\.\d+(?:\.\d+)?)(?:\s*//.*)?", re.ASCII)
_GEM = re.compile(r"ruby\s*\(?\s*(['\"])([^'\"]{1,60})\1\s*\)?(?:\s*#.*)?", re.ASCII)
_MIX = re.compile(r"\s*elixir:\s*\"([^\"]{1,60})\",?\s*(?:#.*)?", re.ASCII)
_MAVEN = re.compile(
    r"\s*<(java\.version|maven\.compiler\.(?:release|source|target)|release)>\s*(?:1\.)?(\d{1,2})\s*</\1>\s*", re.ASCII
)
_GRADLE = re.compile(r".*(?:JavaLanguageVersion\.of|jvmToolchain)\(\s*(\d{1,2})\s*\).*", re.ASCII)
_FRAMEWORK = re.compile(r"\s*<TargetFrameworks?>\s*net(\d{1,2}\.\d)(?:-[\w.]+)?\s*</TargetFrameworks?>\s*", re.ASCII)
_SYSTEM_PROPERTIES = re.compile(r"\s*java\.runtime\.version\s*=\s*(?:1\.)?(\d{1,2})(?:\.[\d.]+)?\s*", re.ASCII)
_RUNTIME_TXT = re.compile(r"python-?(\d+(?:\.\d+){0,2})", re.ASCII)
_MAX_LINE = 400


def wanted(tree: SourceTree, runtime: str, directories: tuple[str, ...]) -> tuple[Wanted, ...]:
    """Return what the files in and above the directories ask for; what cannot be read or understood says nothing."""
    found: list[Wanted] = []
    for directory in directories:
        for read in _MANIFESTS.get(runtime, ()):
            found += _read(read(tree, directory))
    for directory in _upwards(directories):
        pins = _read(_version_files(tree, runtime, directory))
        found += pins
        if pins:
            break
    return tuple(item for item in dict.fromkeys(found) if allowed(item) is not None)


def allowed(item: Wanted) -> Intervals | None:
    """Return the releases that are allowed; None when the text is no version or range."""
    from buildplan.catalogue import runtime

    try:
        return intervals(item.text, item.grammar, runtime(item.runtime).names) or None
    except NotUnderstoodError:
        return None


def _read(items: Iterator[Wanted]) -> list[Wanted]:
    try:
        return list(items)
    except FileError:
        # A broken manifest is reported where it is planned; here it only says nothing.
        return []


def _upwards(directories: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for directory in directories:
        current = directory
        while current:
            found[current] = None
            current = current.rpartition("/")[0]
    return (*sorted(found, key=lambda path: (-path.count("/"), path)), "")


def _inside(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name


def _version_files(tree: SourceTree, runtime: str, directory: str) -> Iterator[Wanted]:
    names, tools = _FILES.get(runtime, ((), ()))
    places = [version_files.single_line(tree, _inside(directory, name)) for name in names]
    places.append(version_files.tool_versions(tree, *tools, directory=directory))
    places.append(version_files.mise(tree, *tools, directory=directory))
    for place in places:
        if place is not None:
            text = re.sub(r"-[a-z].*", "", place.value.removeprefix("v")) if runtime != "java" else place.value
            if re.fullmatch(r"[\w.-]*\d+(?:\.\d+){0,2}", text, re.ASCII):
                yield Wanted(runtime, text, place.origin, "pin", "exact")
    if runtime == "rust":
        yield from _rust_toolchain(tree, directory)


def _manifest(runtime: str, value: Sourced[str] | None, grammar: Grammar = "npm") -> Iterator[Wanted]:
    if value is not None:
        yield Wanted(runtime, value.value, value.origin, "range", grammar)


def _json(tree: SourceTree, directory: str, name: str) -> Document | None:
    path = _inside(directory, name)
    return json_document.read(tree, path) if tree.has(path) else None


def _toml(tree: SourceTree, directory: str, name: str) -> Document | None:
    path = _inside(directory, name)
    return toml_document.read(tree, path) if tree.has(path) else None


def _node(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    document = _json(tree, directory, "package.json")
    if document is not None:
        yield from _manifest("node", document.string("engines", "node"))
        volta = document.string("volta", "node")
        if volta is not None:
            yield Wanted("node", volta.value, volta.origin, "pin")


def _bun(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    document = _json(tree, directory, "package.json")
    if document is None:
        return
    yield from _manifest("bun", document.string("engines", "bun"))
    manager = document.string("packageManager")
    if manager is not None and manager.value.startswith("bun@"):
        yield Wanted("bun", manager.value.removeprefix("bun@").partition("+")[0], manager.origin, "pin")


def _python(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    project = _toml(tree, directory, "pyproject.toml")
    if project is not None:
        yield from _manifest("python", project.string("project", "requires-python"), "pep440")
        poetry = project.get("tool", "poetry", "dependencies", "python")
        if isinstance(poetry, str):
            yield Wanted(
                "python", poetry, project.origin("tool", "poetry", "dependencies", "python"), "range", "pep440"
            )
    pipfile = _toml(tree, directory, "Pipfile")
    if pipfile is not None:
        for key in ("python_full_version", "python_version"):
            version = pipfile.string("requires", key)
            if version is not None and re.fullmatch(r"\d+(\.\d+){0,2}", version.value):
                yield Wanted("python", version.value, version.origin, "range")
                break
    for number, match in _lines(tree, _inside(directory, "runtime.txt"), _RUNTIME_TXT):
        yield Wanted("python", match[1], Origin(_inside(directory, "runtime.txt"), number), "pin")


def _go(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    path = _inside(directory, "go.mod")
    for number, match in _lines(tree, path, _GO):
        yield Wanted("go", f">={match[1]}", Origin(path, number, "go"), "range")


def _ruby(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    path = _inside(directory, "Gemfile")
    for number, match in _lines(tree, path, _GEM):
        yield Wanted("ruby", match[2], Origin(path, number, "ruby"), "range", "gem")


def _php(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    document = _json(tree, directory, "composer.json")
    if document is not None:
        yield from _manifest("php", document.string("require", "php"))
        platform = document.string("config", "platform", "php")
        if platform is not None:
            # Packages are chosen for this release, and run on newer ones; teams put their oldest server's here.
            minimum = ".".join(platform.value.split(".")[:2])
            yield Wanted("php", f">={minimum}", platform.origin, "range")


def _java(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    # A newer JDK compiles for an older release; the other way round it does not.
    for name, pattern in (("pom.xml", _MAVEN), ("build.gradle", _GRADLE), ("build.gradle.kts", _GRADLE)):
        path = _inside(directory, name)
        for number, match in _lines(tree, path, pattern):
            yield Wanted("java", f">={match[match.lastindex or 1]}", Origin(path, number), "range")
    path = _inside(directory, "system.properties")
    for number, match in _lines(tree, path, _SYSTEM_PROPERTIES):
        yield Wanted("java", match[1], Origin(path, number, "java.runtime.version"), "pin")


def _rust(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    document = _toml(tree, directory, "Cargo.toml")
    if document is None:
        return
    for keys in (("package", "rust-version"), ("workspace", "package", "rust-version")):
        value = document.get(*keys)
        if isinstance(value, str):
            yield Wanted("rust", f">={value}", document.origin(*keys), "range")


def _rust_toolchain(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    document = _toml(tree, directory, "rust-toolchain.toml")
    if document is not None:
        channel = document.string("toolchain", "channel")
        if channel is not None and re.fullmatch(r"\d+\.\d+(?:\.\d+)?", channel.value):
            yield Wanted("rust", channel.value, channel.origin, "pin")


def _dotnet(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    projects = [name for name in tree.directory(directory).files if name.endswith((".csproj", ".fsproj", ".vbproj"))]
    for name in projects:
        path = _inside(directory, name)
        # An SDK builds for older releases too, but no other release runs the result, unless it may roll forward.
        alone = len(projects) == 1 and "RollForward" not in (tree.text_or_none(path) or "")
        for number, match in _lines(tree, path, _FRAMEWORK):
            origin = Origin(path, number, "TargetFramework")
            yield Wanted("dotnet", f">={match[1]}", origin, "range", to_run=match[1] if alone else None)


def _elixir(tree: SourceTree, directory: str) -> Iterator[Wanted]:
    path = _inside(directory, "mix.exs")
    for number, match in _lines(tree, path, _MIX):
        yield Wanted("elixir", match[1], Origin(path, number, "elixir"), "range", "gem")


def _lines(tree: SourceTree, path: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield the lines of a file that are what the pattern says; a longer line is none of a manifest."""
    text = tree.text_or_none(path)
    for number, line in enumerate((text or "").split("\n"), 1):
        match = pattern.fullmatch(line) if len(line) <= _MAX_LINE else None
        if match is not None:
            yield number, match


_MANIFESTS: dict[str, tuple[Callable[[SourceTree, str], Iterator[Wanted]], ...]] = {
    "node": (_node,),
    "bun": (_bun,),
    "python": (_python,),
    "go": (_go,),
    "ruby": (_ruby,),
    "php": (_php,),
    "java": (_java,),
    "rust": (_rust,),
    "dotnet": (_dotnet,),
    "elixir": (_elixir,),
}
