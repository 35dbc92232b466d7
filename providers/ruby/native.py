"""System libraries that gems need, to be compiled and to run: the rows of `native.toml` that apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan import catalogue
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.read import data_table

if TYPE_CHECKING:
    from .project import Project

Needed = dict[str, tuple[str, Origin]]


def packages(project: Project, version: str, *, jemalloc: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the Debian packages of the build and those of the shipped image, each with a decision.

    There are none where nothing can be installed: then the image is one that holds compilers and libraries.
    """
    manifest = project.gemfile
    if manifest is None:
        return (), ()
    build: Needed = {"build-essential": ("a gem with a C extension", Origin(manifest.path))}
    run: Needed = {}
    git = next((gem for gem in manifest.gems if gem.from_git and gem.ships), None)
    if git is not None:
        build["git"] = (git.name, git.origin)
    elif project.lock is not None and project.lock.git:
        build["git"] = ("a gem from a git repository", project.lock.git[0].origin)
    for row in data_table.read(__file__, "native")["gem"]:
        for name in row["names"]:
            place = project.installed(name)
            if place is None or not _applies(row, name, project):
                continue
            for package in row.get("build", ()):
                build.setdefault(package, (name, place))
            for package in row.get("run", ()):
                run.setdefault(package, (name, place))
            if "notice" in row:
                text = f"`{name}`: {row['notice']}"
                project.reasons.report(Diagnostic("BP625", "info", text, place, row["fix"]))
    if jemalloc:
        run["libjemalloc2"] = ("Rails, whose threads fragment memory with the usual allocator,", Origin(manifest.path))
    suite = catalogue.suite("ruby", version)
    if is_nameless(version):
        _report_nameless(version, {**build, **run}, project)
        return (), ()
    return _decided(build, "build", suite, project), _decided(run, "run", suite, project)


def is_nameless(version: str) -> bool:
    """Return whether the tags of a version are older than names of Debian's releases in tags.

    Then nobody knows which release it is, so not where its packages are either: the mirrors dropped them.
    """
    return catalogue.suite("ruby", version) is None


def _report_nameless(version: str, wanted: Needed, project: Project) -> None:
    held = frozenset(data_table.read(__file__, "native")["held"])
    missing = [name for name in wanted if name not in held and name != "libjemalloc2"]
    old = f"the image of Ruby {version} is on an old Debian, whose packages are gone"
    text = f"{old}, so the one with compilers and more is used"
    if missing:
        text += f"; {', '.join(f'`{name}`' for name in missing)} cannot be installed"
    place = next((wanted[name][1] for name in missing), Origin("Gemfile"))
    project.reasons.report(Diagnostic("BP626", "warning", text, place, "use a supported Ruby version"))


def _applies(row: dict[str, Any], name: str, project: Project) -> bool:
    if row.get("unless_built") and project.is_built(name):
        return False
    if row.get("without_lock") and project.lock is not None:
        return False
    if "file" in row and not project.tree.has(row["file"]):
        return False
    declared = project.gemfile is not None and project.gemfile.gem(name) is not None
    return declared or "unless" not in row or project.installed(row["unless"]) is None


def _decided(found: Needed, when: str, suite: str | None, project: Project) -> tuple[str, ...]:
    """Return the names in the Debian release of the images, and note why each is there."""
    older = suite is not None and suite != "trixie"
    renamed = data_table.read(__file__, "native")["renamed"].get(suite, {})
    names: Needed = {}
    for package, why in found.items():
        name = renamed.get(package, package)
        names.setdefault(name.removesuffix("t64") if older and name == package else name, why)
    for name, (gem, place) in names.items():
        project.reasons.decide(f"apt.{when}.{name}", name, place, f"{gem} needs it")
    return tuple(sorted(names))
