"""The phases of a Go app: what is installed, downloaded and compiled."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from buildplan.language import lower_compiled, stated
from buildplan.language.stated import Stated
from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase, Runtime
from buildplan.model.origin import rule
from buildplan.model.version_ranges import numbers_of

from . import generators, processes
from .private_modules import FETCH_VARIABLES

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution

    from .modules import Workspace
    from .native import Needs
    from .packages import Package
    from .private_modules import Access
    from .processes import Started
    from .project import Project

_MODULE_CACHE = Cache("go-mod", "/go/pkg/mod")
_BUILD_CACHE = Cache("go-build", "/root/.cache/go-build")

# Since when `go build` knows `-trimpath`, and writes several programs into a folder.
_TRIMS = (1, 13)
_BUILDS_SEVERAL = (1, 14)


def setup(project: Project, version: Resolution, needs: Needs) -> Phase:
    """Return the phase with Go and what C code is compiled with."""
    names = tuple(sorted(needs.apt.build))
    for name in names:
        project.reasons.decide(
            f"apt.build.{name}", name, needs.apt.build[name].origin, "the C code is compiled with it"
        )
    runtime = Runtime("go", version.version, version.requested, flavour="full")
    return Phase("setup", runtime=runtime, apt_packages=names)


def install(project: Project, access: Access | None) -> Phase | None:
    """Return the phase that downloads modules; None when nothing is required, or everything is in the tree."""
    workspace, reasons = project.workspace, project.reasons
    if workspace is None or not project.downloads:
        return None
    inputs = tuple(Input(path) for path in _manifests(project, workspace))
    command = "go mod download" if access is None else access.command("go mod download")
    place = workspace.modules[0].origin
    asked = {name: project.overrides.variables[name] for name in FETCH_VARIABLES if name in project.overrides.variables}
    return stated.phase(
        "install",
        reasons,
        _secret(access, "a private module is asked for with it"),
        Stated("commands", (command,), place, "the modules that go.mod requires"),
        Stated("inputs", inputs, place, "what a download reads, and nothing else"),
        Stated("caches", (_MODULE_CACHE,), rule("cache"), "modules are kept between builds"),
        *(
            Stated("environment", ((name, found.value),), found.origin, "it says how modules are fetched")
            for name, found in asked.items()
        ),
        comment="Dependencies",
        depends_on=("setup",),
    )


def _secret(access: Access | None, why: str) -> Stated | None:
    return Stated("secrets", (access.secret,), access.origin, why) if access is not None else None


def _manifests(project: Project, workspace: Workspace) -> list[str]:
    found = ["go.work", "go.work.sum"] if workspace.work else []
    for module in sorted(workspace.all_modules, key=lambda item: item.directory):
        found += [module.file("go.mod"), module.file("go.sum")]
    return [path for path in found if project.tree.has(path)]


def build(project: Project, version: str, started: Started, needs: Needs, access: Access | None, after: str) -> Phase:
    """Return the phase that compiles the programs."""
    reasons, choice = project.reasons, project.choice
    made = generators.commands(project.tree, project.workspace, reasons)
    commands = (*made, *_compile(project, numbers_of(version), started))
    if access is not None:
        # The cache of modules may be empty at any time, and is then filled here.
        commands = tuple(access.command(command) for command in commands)
    with_c = None
    if "CGO_ENABLED" not in project.overrides.variables:
        why = needs.why or "no code needs C, so the program needs no C library"
        value = "0" if needs.cgo is None else "1"
        with_c = Stated("environment", (("CGO_ENABLED", value),), needs.cgo or rule("pure Go"), why)
    return lower_compiled.build(
        reasons,
        Stated("commands", commands, choice.origin, choice.rule),
        tuple(f"{lower_compiled.OUT}/{name}" for name in started.packages),
        _secret(access, "the module cache may be empty"),
        with_c,
        caches=(_MODULE_CACHE, _BUILD_CACHE) if project.downloads or made else (_BUILD_CACHE,),
        kept="compiled packages are kept between builds",
        after=after,
    )


def _compile(project: Project, version: tuple[int, ...], started: Started) -> list[str]:
    flags = ['-ldflags="-s -w"']
    if version >= _TRIMS:
        flags.insert(0, "-trimpath")
    if project.tags:
        flags += ["-tags", ",".join(project.tags)]
    if project.vendor_flag:
        flags.append(project.vendor_flag)
    elif _lacks_sums(project):
        flags.append("-mod=mod")
    command = f"go build {' '.join(flags)} -o {lower_compiled.OUT}/"
    programs = started.packages or {processes.binary(project.choice.app): project.choice.app}
    if (
        len(programs) > 1
        and version >= _BUILDS_SEVERAL
        and all(name == package.default_name for name, package in programs.items())
    ):
        targets = " ".join(_target(project, package) for package in programs.values())
        return [f"{command} {targets}"]
    return [f"{command}{name} {_target(project, package)}" for name, package in programs.items()]


def _lacks_sums(project: Project) -> bool:
    """Return whether go.sum is missing, and report it: Go then has to be allowed to write it."""
    workspace = project.workspace
    if workspace is None or workspace.work or not project.downloads:
        return False
    module = workspace.modules[0]
    if project.tree.has(module.file("go.sum")):
        return False
    text = "there is no go.sum, so nothing proves that the modules are those that the authors used"
    project.reasons.report(Diagnostic("BP612", "warning", text, module.origin, "run `go mod tidy` and commit go.sum"))
    return True


def _target(project: Project, package: Package) -> str:
    if project.workspace is None:
        return " ".join(shlex.quote(file.name) for file in package.files)
    return shlex.quote(f"./{package.directory}") if package.directory else "."
