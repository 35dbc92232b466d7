"""What each project of a tree is: a web app, a worker, a site, a console app, or none of these.

A solution names projects: `.sln` (lines of text) or `.slnx` (XML).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.read import xml

from . import msbuild, tables
from .msbuild import inside

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .msbuild import Facts

_MODERN = re.compile(r"net(?:coreapp)?([0-9]{1,2})\.([0-9]{1,2})(-[\w.]{1,40})?", re.ASCII | re.IGNORECASE)
_OLD = re.compile(r"net[1-4][0-9]{1,2}|v[1-4]\.[0-9.]{1,5}", re.ASCII | re.IGNORECASE)
_FIRST_MODERN = 5
_WEB = "microsoft.net.sdk.web"
_WASM = "microsoft.net.sdk.blazorwebassembly"
_WORKER = "microsoft.net.sdk.worker"
_ASPNET = "microsoft.aspnetcore.app"


class Target(NamedTuple):
    """A target framework that runs on Linux: `net8.0` is version `8.0`."""

    moniker: str
    version: str
    origin: Origin

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the version."""
        return tuple(int(part) for part in self.version.split("."))


class Project(NamedTuple):
    """A project and what it is.

    `kind` is `web`, `worker`, `wasm` or `console` for what can be started in a container; `library`, `test`, `aspire`,
    `old` (.NET Framework), `desktop` and `function` cannot.
    """

    facts: Facts
    kind: str
    why: str
    origin: Origin

    @property
    def path(self) -> str:
        """The path of the project file."""
        return self.facts.path

    @property
    def directory(self) -> str:
        """The folder of the project; `""` is the root."""
        return self.facts.directory

    @property
    def name(self) -> str:
        """The project's name: that of its file."""
        return posixpath.splitext(posixpath.basename(self.path))[0]

    @property
    def assembly(self) -> str:
        """The name of the program without an ending."""
        return self.facts.get("AssemblyName") or self.name


def read(tree: SourceTree, path: str) -> Project:
    """Return a project; raises FileError for a broken file."""
    facts = msbuild.read(tree, path)
    kind, why, origin = _kind(facts)
    return Project(facts, kind, why, origin)


def _kind(facts: Facts) -> tuple[str, str, Origin]:
    """Return kind, reason and the reason's place."""
    return _never(facts) or _other_system(facts) or _app(facts) or ("library", "it is a library", facts.root.origin())


def _never(facts: Facts) -> tuple[str, str, Origin] | None:
    """Return what no container starts: old projects, hosts of developers, tests, functions."""
    own = facts.root.origin()
    if not facts.sdks:
        return "old", "it is a project of the .NET Framework, which runs on Windows only", own
    if "aspire.apphost.sdk" in facts.sdks or facts.is_true("IsAspireHost"):
        return "aspire", "it starts the other projects on a developer's machine", own
    test = next((facts.packages[name].origin for name in tables.TESTS if name in facts.packages), None)
    if test is not None or facts.is_true("IsTestProject") or "mstest.sdk" in facts.sdks:
        return "test", "it is a test project", test or own
    if facts.get("AzureFunctionsVersion"):
        return "function", "Azure Functions need a host of their own", facts.origin("AzureFunctionsVersion")
    return None


def _other_system(facts: Facts) -> tuple[str, str, Origin] | None:
    """Return what is built for another system than Linux, or for none."""
    written = monikers(facts)
    if written and not targets(facts):
        place = _target_origin(facts)
        if all(_OLD.fullmatch(item) for item in written):
            return "old", "it targets the .NET Framework, which runs on Windows only", place
        if all(item.lower().startswith("netstandard") for item in written):
            return "library", "it is a library", place
        return "desktop", "it targets a desktop or mobile system", place
    windows = any(facts.is_true(name) for name in ("UseWPF", "UseWindowsForms", "UseMaui"))
    if windows or facts.get("OutputType").lower() == "winexe":
        return "desktop", "it has windows", facts.origin("OutputType")
    return None


def _app(facts: Facts) -> tuple[str, str, Origin] | None:
    """Return what can be started."""
    sdks, output = facts.sdks, facts.get("OutputType").lower()
    if _WASM in sdks:
        return "wasm", "it runs in the browser", sdks[_WASM]
    if _WEB in sdks and output != "library":
        return "web", "its SDK is that of web apps", sdks[_WEB]
    if _WORKER in sdks and output != "library":
        return "worker", "its SDK is that of worker services", sdks[_WORKER]
    if output == "exe" and _ASPNET in facts.frameworks:
        return "web", "it references ASP.NET", facts.frameworks[_ASPNET]
    if output == "exe":
        return "console", "its output is a program", facts.origin("OutputType")
    return None


def _target_origin(facts: Facts) -> Origin:
    names = ("TargetFrameworks", "TargetFramework", "TargetFrameworkVersion")
    return facts.origin(next((name for name in names if facts.get(name)), "TargetFramework"))


def monikers(facts: Facts) -> tuple[str, ...]:
    """Return the target frameworks as they are written; `TargetFramework` comes first, as MSBuild takes it."""
    text = facts.get("TargetFramework") or facts.get("TargetFrameworks") or facts.get("TargetFrameworkVersion")
    return tuple(item.strip() for item in text.split(";") if item.strip())


def targets(facts: Facts) -> tuple[Target, ...]:
    """Return the target frameworks that run on Linux, newest first."""
    found = []
    for text in monikers(facts):
        match = _MODERN.fullmatch(text)
        if match is None or match[3]:
            continue
        if int(match[1]) < _FIRST_MODERN and not text.lower().startswith("netcoreapp"):
            continue
        found.append(Target(text.lower(), f"{int(match[1])}.{int(match[2])}", _target_origin(facts)))
    return tuple(sorted(found, key=lambda item: item.numbers, reverse=True))


def closure(tree: SourceTree, project: Project) -> tuple[Facts, ...]:
    """Return the project and all projects that it is made of; raises FileError for a broken one."""
    found: dict[str, Facts] = {}
    pending = [project.path]
    while pending:
        path = pending.pop()
        if path in found or not tree.has(path):
            continue
        found[path] = msbuild.read(tree, path)
        pending.extend(found[path].references)
    return tuple(found[path] for path in sorted(found, key=lambda item: (item != project.path, item)))


def hosting(project: Project, facts: tuple[Facts, ...]) -> Project:
    """Return the project as a web app when it is a program and one of those that it is made of has the SDK of those."""
    place = next((item.sdks[_WEB] for item in facts[1:] if _WEB in item.sdks), None)
    if project.kind != "console" or place is None:
        return project
    return project._replace(kind="web", why="it starts a project with the SDK of web apps", origin=place)


def frameworks_of(project: Project, facts: tuple[Facts, ...]) -> tuple[str, ...]:
    """Return the ids of what the app is written with, strongest first."""
    packages = {name for item in facts for name in item.packages}
    found = [name for name, listed_packages in tables.FRAMEWORKS.items() if packages.intersection(listed_packages)]
    general = {"web": "aspnetcore", "worker": "worker-service", "wasm": "blazor-wasm"}.get(project.kind)
    return (*found, *((general,) if general else ()))


SUFFIXES = (".sln", ".slnx")
PROJECTS = (".csproj", ".fsproj", ".vbproj")
_LINE = re.compile(r'Project\("[^"\n]{0,60}"\)\s{0,9}=\s{0,9}"[^"\n]{0,300}",\s{0,9}"([^"\n]{1,500})"')


def members(tree: SourceTree, path: str) -> tuple[str, ...]:
    """Return the projects of a solution that are in the tree; raises FileError for a solution that cannot be read."""
    if path.endswith(".slnx"):
        found = [item.attributes.get("Path", "") for item in xml.read(tree, path).walk() if item.name == "Project"]
    else:
        found = _LINE.findall(tree.text(path))
    directory = posixpath.dirname(path)
    paths = (inside(name, directory) for name in found)
    known = (item for item in paths if item is not None and item.endswith(PROJECTS) and tree.has(item))
    return tuple(dict.fromkeys(known))
