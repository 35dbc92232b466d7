"""System libraries that Python packages need, to be built and to run: the rows of `native.toml` that apply."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildplan import catalogue
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.model.version_ranges import numbers_of

from . import locked, tables

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .manifest import Project
    from .package_manager import PackageManager
    from .requirements import Requirement

_TABLE = "native"
_GIT = re.compile(r"git\+|.*\.git(?:[@#].*)?$", re.IGNORECASE)


@dataclass(slots=True)
class _Needs:
    """Debian packages, each with the dependency that is the reason and its place."""

    build: dict[str, tuple[str, Origin]] = field(default_factory=dict)
    run: dict[str, tuple[str, Origin]] = field(default_factory=dict)


def packages(
    tree: SourceTree, project: Project, pm: PackageManager | None, reasons: Reasons
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the Debian packages of the build and those of the shipped image, each with a decision."""
    if pm is None:
        return (), ()
    installed = locked.packages(tree, project)
    needs = _Needs()
    for row in tables.read(_TABLE)["package"]:
        for name in row["names"]:
            _apply(row, name, tree, project, installed, needs, reasons)
    for program in project.programs:
        needs.run.setdefault(program.value, (program.value, program.origin))
    _compile_the_rest(tree, project, pm, needs, reasons)
    _fetch(project, needs, reasons)
    _report_unavailable(project, reasons)
    _suggest_without_cuda(tree, project, installed, reasons)
    suite = catalogue.suite("python", project.interpreter) if project.interpreter else None
    return (
        _decided(needs.build, "build", suite, reasons),
        _decided(needs.run, "run", suite, reasons),
    )


def _apply(
    row: dict[str, Any],
    name: str,
    tree: SourceTree,
    project: Project,
    installed: frozenset[str],
    needs: _Needs,
    reasons: Reasons,
) -> None:
    declared = project.requirement(name)
    if declared is None and (name not in installed or row.get("declared")):
        return
    if "extra" in row and row["extra"] not in project.extras_of(name):
        return
    if any(_is_installed(other, project, installed) for other in row.get("unless", ())):
        return
    if "below" in row and not _is_below(locked.version(tree, project, name), row["below"]):
        return
    place = declared.origin if declared is not None else _lock_of(project)
    tools = tables.read(_TABLE)["toolchain"].get(row.get("compiles", ""), ())
    for package in (*tools, *row.get("build", ())):
        needs.build.setdefault(package, (name, place))
    for package in row.get("run", ()):
        needs.run.setdefault(package, (name, place))
    if "notice" in row and declared is not None:
        reasons.report(Diagnostic("BP625", "info", f"`{name}`: {row['notice']}", place, row["fix"]))


def _is_installed(name: str, project: Project, installed: frozenset[str]) -> bool:
    """Return whether a package is installed; `psycopg[binary]` asks for the extra."""
    package, _, extra = name.rstrip("]").partition("[")
    return extra in project.extras_of(package) if extra else package in installed


def _is_below(version: str | None, limit: str) -> bool:
    """Return whether a pinned version is older; what is not pinned is the newest."""
    return version is not None and numbers_of(version) < numbers_of(limit)


def _lock_of(project: Project) -> Origin:
    governing = project.governing
    if governing is None:
        return Origin(project.sources[0] if project.sources else ".")
    return Origin(governing.lockfile or governing.origin.path)


def _compile_the_rest(tree: SourceTree, project: Project, pm: PackageManager, needs: _Needs, reasons: Reasons) -> None:
    """Add compilers where the lock file holds no wheel for the Python of the image, and for the project itself."""
    found = locked.compiled(tree, project, project.interpreter)
    tools = tables.read(_TABLE)["toolchain"]
    if found:
        place = _lock_of(project)
        for package in (*tools["c"], *tools["c++"]):
            needs.build.setdefault(package, (found[0], place))
        reasons.report(
            Diagnostic(
                "BP625",
                "warning",
                f"`{place.path}` holds no wheel of `{found[0]}` for Python {project.interpreter}, so it is compiled",
                place,
                f"update `{found[0]}` and lock again",
            )
        )
    if pm.installs_project and project.layout.compiles:
        for package in tools["c++"]:
            needs.build.setdefault(package, (project.name or "the project", _lock_of(project)))


def _fetch(project: Project, needs: _Needs, reasons: Reasons) -> None:
    """Add git where a dependency is fetched with it; what needs a key cannot be fetched by a build."""
    for item in project.requirements:
        if item.url is None or not _GIT.match(item.url):
            continue
        needs.build.setdefault("git", (item.name or "a dependency", item.origin))
        if re.match(r"git\+ssh:|git\+git@|ssh:|git@", item.url, re.IGNORECASE):
            reasons.report(
                Diagnostic(
                    "BP621",
                    "warning",
                    f"`{item.name}` is fetched over SSH, and the build has no key",
                    item.origin,
                    "write `git+https://${GIT_TOKEN}@host/…` and give the token as a secret",
                )
            )


def _report_unavailable(project: Project, reasons: Reasons) -> None:
    table = tables.read(_TABLE)["unavailable"]
    for item in project.requirements:
        system = next((key for key in ("windows", "darwin") if item.name in table[key]), None)
        if system is not None and item.marker is None:
            word = "win32" if system == "windows" else "darwin"
            title = "Windows" if system == "windows" else "macOS"
            text, fix = f"`{item.name}` exists for {title} only", f"append `; sys_platform == '{word}'`"
        elif item.name in table["meant"]:
            meant = table["meant"][item.name]
            text = f"`{item.name}` is no package that can be installed"
            fix = f"write `{meant}` instead" if meant else "remove the line, which a broken `pip freeze` wrote"
        else:
            continue
        reasons.report(Diagnostic("BP620", "error", f"{text}, so the installation fails", item.origin, fix))


def _suggest_without_cuda(tree: SourceTree, project: Project, installed: frozenset[str], reasons: Reasons) -> None:
    """Suggest the wheels of PyTorch for machines without a GPU, where nothing says which are wanted."""
    table = tables.read(_TABLE)["torch"]
    found: Requirement | None = next(
        (item for name in table["names"] if (item := project.requirement(name)) is not None), None
    )
    if found is None and "torch" not in installed:
        return
    pinned = (locked.version(tree, project, "torch") or "") + (found.specifier if found is not None else "")
    places = [item.value for _, item in project.indexes] + ([found.url] if found is not None and found.url else [])
    if "+" in pinned or any("/whl/" in place or "rocm" in place for place in places):
        return
    index = table["index"]
    fixes = {
        "pip": f"write `--extra-index-url {index}` into the first line of the requirements file",
        "uv": f"add an index of uv with `explicit = true` and the address {index}, and name it for `torch`",
        "poetry": f"`poetry source add --priority explicit pytorch {index}`, and name it for `torch`",
    }
    name = project.governing.name if project.governing is not None else "pip"
    reasons.report(
        Diagnostic(
            "BP696",
            "info",
            f"`{found.name if found is not None else 'torch'}` brings CUDA, which only machines with a GPU can use; "
            f"the CPU build saves {table['saving']}",
            found.origin if found is not None else _lock_of(project),
            fixes.get(name, f"take `torch` from the index {index}"),
        )
    )


def _decided(found: dict[str, tuple[str, Origin]], when: str, suite: str | None, reasons: Reasons) -> tuple[str, ...]:
    """Return the names of the packages in the Debian release of the images, and note why each is there."""
    older = suite is not None and suite != "trixie"
    renamed = tables.read(_TABLE)["renamed"].get(suite, {})
    names: dict[str, tuple[str, Origin]] = {}
    for package, why in found.items():
        name = renamed.get(package, package)
        names.setdefault(name.removesuffix("t64") if older and name == package else name, why)
    for name, (dependency, place) in names.items():
        reasons.decide(f"apt.{when}.{name}", name, place, f"`{dependency}` needs it")
    return tuple(sorted(names))
