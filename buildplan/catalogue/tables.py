"""The tables of runtimes: release lines, end of life, and which image tags exist for which version.

One file per runtime, read when it is first asked for. "Dead" means dead on the day of the table, never today: the
same release of buildplan gives the same answer for ever.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import PluginError, VersionError
from buildplan.model.version_ranges import Parts, Release, dotted, first_of, numbers_of, shown
from buildplan.read import data_table

if TYPE_CHECKING:
    from datetime import date

RUNTIMES = (
    "bun",
    "caddy",
    "composer",
    "debian",
    "deno",
    "distroless",
    "dotnet",
    "elixir",
    "erlang",
    "go",
    "java",
    "nginx",
    "node",
    "php",
    "python",
    "ruby",
    "rust",
)


class Line(NamedTuple):
    """A release line that gets fixes under one tag: Node 22, Python 3.13.

    `latest` is the newest release seen. `lts` is the day since when it has long-term support, `eol` the day when
    support ends; None where there is none, or no date yet. `young` lines are taken only when nothing else fits.
    `suites` are (first release, distribution), newest first; `suffix` is what the tag needs after the version.
    `archived` lines of a distribution are gone from its mirrors, and only its archive still has their packages.
    `has_tini` is false where there is no package of that init.
    """

    name: str
    numbers: Parts
    latest: Release
    released: date
    eol: date | None = None
    lts: date | None = None
    codename: str | None = None
    young: bool = False
    suites: tuple[tuple[Release, str], ...] = ()
    suffix: str = ""
    archived: bool = False
    has_tini: bool = True


class RuntimeTable(NamedTuple):
    """All that is known about one runtime; `lines` are newest first.

    `images` maps a flavour to a template, and `exceptions` a flavour and a line to another one; `aliases` maps a word
    to `newest`, `lts` or another request. `names` may stand before a version. `by_line` is true where images are tagged
    by line only, so that a finer pin cannot be met.
    `rolling` is true where a line ends as soon as the next is out. `suffix` and `ignored` are patterns of what may
    follow an exact version: the first stays in the tag, the second is dropped.
    """

    name: str
    title: str
    source: str
    as_of: date
    default: str
    lines: tuple[Line, ...]
    images: dict[str, str]
    platforms: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    aliases: dict[str, str] | None = None
    exceptions: dict[str, dict[str, str]] | None = None
    by_line: bool = False
    rolling: bool = False
    suffix: str = ""
    ignored: str = ""
    no_suite: str | None = None

    def line(self, version: str) -> Line | None:
        """Return the line that a version belongs to, or None when the table does not know it."""
        numbers = numbers_of(version)
        return next((line for line in self.lines if numbers[: len(line.numbers)] == line.numbers), None)

    def is_supported(self, line: Line) -> bool:
        """Return whether the line had support on the day of the table."""
        return line.eol is None or line.eol > self.as_of

    def is_lts(self, line: Line) -> bool:
        """Return whether the line has, or had, long-term support on the day of the table."""
        return line.lts is not None and line.lts <= self.as_of

    @property
    def supported(self) -> tuple[Line, ...]:
        """The lines that had support on the day of the table, newest first."""
        return tuple(line for line in self.lines if self.is_supported(line))

    @property
    def default_line(self) -> Line:
        """The line that is taken when nothing asks for a version."""
        return next(line for line in self.lines if line.name == self.default)


# Tables that providers of other packages bring, by name: what is installed, like the modules that are imported.
_brought: dict[str, RuntimeTable] = {}


def add(table: RuntimeTable) -> None:
    """Let `runtime` know one more table; raises PluginError for a name or a default line that cannot be used."""
    if table.name in RUNTIMES:
        raise PluginError(f"the runtime `{shown(table.name)}` is built in", hint="give the table another name")
    if all(line.name != table.default for line in table.lines):
        names = ", ".join(line.name for line in table.lines) or "none"
        problem = f"the runtime `{shown(table.name)}` has no line `{shown(table.default)}`, which is its default"
        raise PluginError(problem, hint=f"its lines: {names}")
    _brought[table.name] = table


def runtime(name: str) -> RuntimeTable:
    """Return the table of a runtime; raises PluginError for one that there is no table of."""
    if name in RUNTIMES:
        return _built_in(name)
    if name in _brought:
        return _brought[name]
    hint = f"ask for one of {', '.join(RUNTIMES)}, or bring it: `catalogue=(RuntimeTable(…),)` of a provider"
    raise PluginError(f"there is no runtime `{shown(name)}`", hint=hint)


@cache
def _built_in(name: str) -> RuntimeTable:
    data = table_file(name)
    suites = _suites(data.pop("suites", {}))
    lines = tuple(_line(key, value, suites) for key, value in data.pop("lines").items())
    for key in ("platforms", "examples", "names"):
        data[key] = tuple(data[key])
    return RuntimeTable(name=name, lines=lines, **data)


def table_file(name: str) -> dict[str, Any]:
    """Return the content of one of our own TOML files."""
    return data_table.read(__file__, name)


def _line(name: str, data: dict[str, Any], suites: tuple[tuple[Release, str], ...]) -> Line:
    own = _suites(data.pop("suites", {}))
    latest = first_of(numbers_of(data.pop("latest")))
    return Line(name=name, numbers=numbers_of(name), latest=latest, suites=own or suites, **data)


def _suites(data: dict[str, str]) -> tuple[tuple[Release, str], ...]:
    return tuple((first_of(numbers_of(since)), name) for name, since in data.items())


def suite(name: str, version: str) -> str | None:
    """Return the distribution of a version's images (`trixie`).

    None where the tags do not name it: not at all, or not yet when an old version was released.
    """
    table = runtime(name)
    numbers = numbers_of(version)
    line = table.line(version) or _nearest(table, numbers)
    # A tag with fewer numbers floats: `22.18` is whatever 22.18 was last, so its own numbers are all that counts.
    for since, found in line.suites:
        if numbers[: len(since)] >= since[: len(numbers)]:
            return found
    return None


def _nearest(table: RuntimeTable, numbers: Parts) -> Line:
    """Return the known line that is nearest to a version of no known line: newer ones are like the newest."""
    return next((line for line in table.lines if line.numbers <= numbers), table.lines[-1])


@cache
def archived_suites() -> frozenset[str]:
    """Return the code names of Debian's releases whose packages only its archive has."""
    return frozenset(line.codename for line in runtime("debian").lines if line.archived and line.codename is not None)


def has_tini(suite: str) -> bool:
    """Return whether the distribution of an image has a package of tini; those that are not Debian have."""
    return all(line.has_tini for line in runtime("debian").lines if line.codename == suite)


def image(name: str, version: str, flavour: str = "slim") -> str:
    """Return the image of a runtime, with a tag that names version and distribution.

    Raises PluginError for a flavour that the runtime does not have, VersionError for what cannot be in a tag.
    """
    table = runtime(name)
    line = table.line(version)
    own = (table.exceptions or {}).get(flavour, {})
    template = own.get(line.name if line is not None else "", table.images.get(flavour))
    if template is None:
        raise PluginError(
            f"{table.title} has no image `{shown(flavour)}`",
            hint=f"ask for one of {', '.join(table.images)}",
        )
    match = re.fullmatch(rf"([0-9]{{1,9}}(?:\.[0-9]{{1,9}}){{0,2}})({table.suffix})", version)
    # A template without the version is filled by the line's distribution alone (`debian:trixie-slim`).
    if match is None or (line is None and not re.search(r"\{(?:version|exact)\}", template)):
        raise VersionError(
            f"`{shown(version)}` is no version of an image of {table.title}",
            hint=f"write a version such as `{table.default}`",
        )
    number = match[1]
    exact = dotted(line.latest) if line is not None and number == line.name else number
    distribution = suite(name, number)
    if distribution is None:
        template = template.replace("-{suite}", "")
    return template.format(
        version=number,
        exact=exact,
        suite=distribution,
        suffix=match[2] or (line.suffix if line is not None else table.default_line.suffix),
    )


def end_of_life(name: str, version: str) -> date | None:
    """Return when support of the version's line ends or ended; None when that is not known."""
    line = runtime(name).line(version)
    return line.eol if line is not None else None


def is_dead(name: str, version: str) -> bool:
    """Return whether support of the version's line had ended on the day of the table."""
    table = runtime(name)
    line = table.line(version)
    return line is not None and not table.is_supported(line)
