"""What the dependencies of an app need from the system: rows of a language's table, matched once for all languages.

Rows name packages of Debian 13. What older releases call them is here too, for every language: `t64` is taken off,
except where a library had another number then. Source: Debian's package lists of the releases, read 2026-11-24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.model.build_plan import Diagnostic
from buildplan.model.version_ranges import numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons

NEWEST = "trixie"
# Package of Debian 13 → its name on an older release.
RENAMED: dict[str, dict[str, str]] = {
    "bookworm": {
        "libavcodec61": "libavcodec59",
        "libavdevice61": "libavdevice59",
        "libavfilter10": "libavfilter8",
        "libavformat61": "libavformat59",
        "libavutil59": "libavutil57",
        "libgdal36": "libgdal32",
        "libgeos-c1t64": "libgeos-c1v5",
        "libgirepository-2.0-0": "libgirepository-1.0-1",
        "libgirepository-2.0-dev": "libgirepository1.0-dev",
        "libgit2-1.9": "libgit2-1.5",
        "libicu76": "libicu72",
        "libldap2": "libldap-2.5-0",
        "libmagickwand-7.q16-10": "libmagickwand-6.q16-6",
        "libpoppler-cpp2": "libpoppler-cpp0v5",
        "libre2-11": "libre2-9",
        "librocksdb9.10": "librocksdb7.8",
        "libsmbclient0": "libsmbclient",
        "libswresample5": "libswresample4",
        "libswscale8": "libswscale6",
        "libtidy58": "libtidy5deb1",
        "libzip5": "libzip4",
    },
    "bullseye": {
        "libavcodec61": "libavcodec58",
        "libavdevice61": "libavdevice58",
        "libavfilter10": "libavfilter7",
        "libavformat61": "libavformat58",
        "libavutil59": "libavutil56",
        "libffi8": "libffi7",
        "libgdal36": "libgdal28",
        "libgeos-c1t64": "libgeos-c1v5",
        "libgirepository-2.0-0": "libgirepository-1.0-1",
        "libgirepository-2.0-dev": "libgirepository1.0-dev",
        "libgit2-1.9": "libgit2-1.1",
        "libicu76": "libicu67",
        "libldap-dev": "libldap2-dev",
        "libldap2": "libldap-2.4-2",
        "libmagickwand-7.q16-10": "libmagickwand-6.q16-6",
        "libodbc2": "libodbc1",
        "libodbcinst2": "odbcinst1debian2",
        "libpoppler-cpp2": "libpoppler-cpp0v5",
        "libre2-11": "libre2-9",
        "librocksdb9.10": "librocksdb6.11",
        "libsmbclient0": "libsmbclient",
        "libssl3t64": "libssl1.1",
        "libswresample5": "libswresample3",
        "libswscale8": "libswscale5",
        "libtesseract5": "libtesseract4",
        "libtidy58": "libtidy5deb1",
        "libwebp7": "libwebp6",
        "libzip5": "libzip4",
    },
}
# What a compiler is made of. Without recommended packages gcc has no headers of the C library; g++ depends on them.
TOOLCHAINS = {"": (), "c": ("gcc", "libc6-dev"), "c++": ("g++",), "node-gyp": ("g++", "make", "python3")}


class Dependency(NamedTuple):
    """A package that the app has: `version` is what is pinned or asked for; `ships`: it is there at run time too."""

    name: str
    origin: Origin
    version: str | None = None
    ships: bool = True
    declared: bool = True


class Need(NamedTuple):
    """What packages of a language need: Debian packages to `build` and `run`, a compiler, variables, a place to write.

    `below`: only versions pinned below this one. `unless`: not when one of these is there too. `locked`: whether what a
    lock file alone names counts, where that is another answer than the language's own. `when` is a condition in the
    language's own terms. `environment` is set where the app runs, `install_environment` where packages are installed.
    `fetch` is a command that brings more, and the folder that it fills. `notice` and `fix` become a diagnostic.
    """

    names: tuple[str, ...]
    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    compiles: Literal["", "c", "c++", "node-gyp"] = ""
    below: str = ""
    unless: tuple[str, ...] = ()
    locked: bool | None = None
    when: Callable[[Any, Dependency], bool] | None = None
    environment: tuple[tuple[str, str], ...] = ()
    install_environment: tuple[tuple[str, str], ...] = ()
    fetch: tuple[str, str] | None = None
    writes: bool = False
    notice: str = ""
    fix: str = ""
    severity: Literal["info", "warning"] = "info"


class Match(NamedTuple):
    """A row that applies, and the dependency for which it does."""

    need: Need
    dependency: Dependency


class Packages:
    """Debian packages of the build and of the shipped image, each with the dependency that is the reason."""

    def __init__(self) -> None:
        """Start with none."""
        self.build: dict[str, Dependency] = {}
        self.run: dict[str, Dependency] = {}

    def add(self, why: Dependency, *, build: Iterable[str] = (), run: Iterable[str] = ()) -> None:
        """Add packages; the first reason for each stays."""
        for name in build:
            self.build.setdefault(name, why)
        for name in run:
            self.run.setdefault(name, why)

    def decided(
        self,
        reasons: Reasons,
        suite: str | None,
        why: tuple[str, str] = ("`{}` needs it", "`{}` needs it"),
        *,
        in_order: bool = False,
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of both on a release of Debian, and note the reason for each.

        `why` says of a dependency what the build, and then the image, have the package for. `in_order` notes them by
        name instead of as they were found.
        """
        made = []
        named = self.on(suite)
        for field, found, text in (("build", named.build, why[0]), ("run", named.run, why[1])):
            for name, item in sorted(found.items()) if in_order else found.items():
                reasons.decide(f"apt.{field}.{name}", name, item.origin, text.format(item.name))
            made.append(tuple(sorted(found)))
        return made[0], made[1]

    def on(self, suite: str | None) -> Packages:
        """Return the packages under their names on a release of Debian."""
        named = Packages()
        for name, why in self.build.items():
            named.add(why, build=(name_on(name, suite),))
        for name, why in self.run.items():
            named.add(why, run=(name_on(name, suite),))
        return named


def name_on(package: str, suite: str | None) -> str:
    """Return what a package of Debian 13 is called on a release; None is a release that is not known."""
    if suite is None or suite == NEWEST:
        return package
    renamed = RENAMED.get(suite) or RENAMED["bullseye"]  # the nearest that is known of older ones
    return renamed.get(package) or package.removesuffix("t64")


def matches(
    needs: Iterable[Need],
    find: Callable[[str, Need], Dependency | None],
    *,
    has: Callable[[str], bool] | None = None,
    app: object = None,
    each: bool = True,
) -> list[Match]:
    """Return the rows that apply to what an app depends on, in the order of the table.

    `find` returns the dependency of a name, None when the app has none; `has` says the same of names in `unless`.
    `app` is what conditions of the language are asked about. Without `each` the first name of a row is enough.
    """
    found = []
    for need in needs:
        for name in need.names:
            dependency = find(name, need)
            if dependency is None or not _applies(need, dependency, find if has is None else _asks(has), app):
                continue
            found.append(Match(need, dependency))
            if not each:
                break
    return found


def _asks(has: Callable[[str], bool]) -> Callable[[str, Need], object]:
    return lambda name, _: has(name) or None


def _applies(need: Need, found: Dependency, has: Callable[[str, Need], object], app: object) -> bool:
    if any(has(name, need) is not None for name in need.unless):
        return False
    if need.below and not _is_below(found.version, need.below):
        return False
    return need.when is None or need.when(app, found)


def _is_below(version: str | None, limit: str) -> bool:
    """Return whether a pinned version is older; what is not pinned is the newest."""
    return version is not None and numbers_of(version) < numbers_of(limit)


def apt(found: Iterable[Match], reasons: Reasons | None = None, into: Packages | None = None) -> Packages:
    """Return the Debian packages of rows that apply, added to others; with `reasons` their notices are reported too."""
    made = Packages() if into is None else into
    for need, dependency in found:
        made.add(dependency, build=(*TOOLCHAINS[need.compiles], *need.build))
        if dependency.ships:
            made.add(dependency, run=need.run)
            if need.notice and reasons is not None:
                reasons.report(notice(need, dependency))
    return made


def notice(need: Need, dependency: Dependency) -> Diagnostic:
    """Return what a row says beside its packages."""
    return Diagnostic("BP625", need.severity, f"`{dependency.name}`: {need.notice}", dependency.origin, need.fix)


def variables(found: Iterable[Match], kind: Literal["run", "install"]) -> Mapping[str, tuple[str, Dependency]]:
    """Return the variables that rows set where the app runs, or where packages are installed."""
    made: dict[str, tuple[str, Dependency]] = {}
    for need, dependency in found:
        if kind == "install" or dependency.ships:
            for name, value in need.install_environment if kind == "install" else need.environment:
                made.setdefault(name, (value, dependency))
    return made
