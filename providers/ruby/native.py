"""System libraries that gems need, to be compiled and to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan import catalogue
from buildplan.language import packages as system
from buildplan.language.packages import Dependency
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin

from .native_tables import HELD, NEEDS

if TYPE_CHECKING:
    from buildplan.language.packages import Need, Packages

    from .project import Project


_THREADED = ("puma", "sidekiq", "good_job", "solid_queue", "shoryuken", "sneakers", "karafka")


def packages(project: Project, version: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the Debian packages of the build and those of the shipped image, each with a decision.

    There are none where nothing can be installed: then the image is one that holds compilers and libraries.
    """
    manifest = project.gemfile
    if manifest is None:
        return (), ()
    found = system.Packages()
    found.add(Dependency("a gem with a C extension", Origin(manifest.path)), build=("build-essential",))
    git = next((gem for gem in manifest.gems if gem.from_git and gem.ships), None)
    if git is not None:
        found.add(Dependency(git.name, git.origin), build=("git",))
    elif project.lock is not None and project.lock.git:
        found.add(Dependency("a gem from a git repository", project.lock.git[0].origin), build=("git",))

    def find(name: str, _row: Need) -> Dependency | None:
        place = project.installed(name)
        return None if place is None else Dependency(name, place, declared=manifest.gem(name) is not None)

    system.apt(system.matches(NEEDS, find, app=project), project.reasons, found)
    threads = _threads(project)
    if threads is not None:
        found.add(threads, run=("libjemalloc2",))
    if is_nameless(version):
        _report_nameless(version, found, project)
        return (), ()
    return found.decided(project.reasons, catalogue.suite("ruby", version), ("{} needs it", "{} needs it"))


def _threads(project: Project) -> Dependency | None:
    """Return what runs threads, which fragment memory with the usual allocator."""
    if project.rails is not None and project.gemfile is not None:
        why = "Rails, whose threads fragment memory with the usual allocator,"
        return Dependency(why, Origin(project.gemfile.path))
    for name in _THREADED:
        place = project.installed(name)
        if place is not None:
            return Dependency(f"{name}, whose threads fragment memory with the usual allocator,", place)
    return None


def is_nameless(version: str) -> bool:
    """Return whether the tags of a version are older than names of Debian's releases in tags.

    Then nobody knows which release it is, so not where its packages are either: the mirrors dropped them.
    """
    return catalogue.suite("ruby", version) is None


def _report_nameless(version: str, wanted: Packages, project: Project) -> None:
    found = {**wanted.build, **wanted.run}
    missing = [name for name in found if name not in HELD and name != "libjemalloc2"]
    old = f"the image of Ruby {version} is on an old Debian, whose packages are gone"
    text = f"{old}, so the one with compilers and more is used"
    if missing:
        text += f"; {', '.join(f'`{name}`' for name in missing)} cannot be installed"
    place = next((found[name].origin for name in missing), Origin("Gemfile"))
    project.reasons.report(Diagnostic("BP626", "warning", text, place, "use a supported Ruby version"))
