"""Crystal: shards; Kemal, Lucky, Amber and Athena; plain HTTP servers and programs.

Sources, 2026-11-24: https://github.com/crystal-lang/shards/blob/master/docs/shard.yml.adoc, the frameworks' guides,
https://crystal-lang.org/reference/man/required_libraries.html
"""

from __future__ import annotations

import posixpath
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import Line, RuntimeTable
from buildplan.catalogue.versions import Request
from buildplan.language import ports, versions
from buildplan.language.declare import Language
from buildplan.language.packages import Dependency, Need
from buildplan.language.rules import Compiled, Framework, Manager, Program, Rules
from buildplan.model.build_plan import Cache
from buildplan.read import syntax, yaml_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.rules import App
    from buildplan.language.versions import Asking
    from buildplan.model.origin import Origin
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

RELEASES = RuntimeTable(
    name="crystal",
    title="Crystal",
    source="crystal-lang.org/releases; from 1.19 on the tags in use, and the schedule of a release in three months",
    as_of=date(2026, 11, 24),
    default="1.21",
    lines=(
        Line("1.21", (1, 21), (1, 21, 0), date(2026, 7, 15)),
        Line("1.20", (1, 20), (1, 20, 2), date(2026, 4, 15), eol=date(2026, 7, 15)),
        Line("1.19", (1, 19), (1, 19, 1), date(2026, 1, 15), eol=date(2026, 4, 15)),
        Line("1.18", (1, 18), (1, 18, 2), date(2025, 10, 14), eol=date(2026, 1, 15)),
        Line("1.17", (1, 17), (1, 17, 1), date(2025, 7, 16), eol=date(2025, 10, 14)),
    ),
    images={"slim": "crystallang/crystal:{version}", "full": "crystallang/crystal:{version}"},
    examples=("1.21", "1.18.2"),
    rolling=True,
)
IMAGE = Compiled(
    command="shards build --production --release --no-debug {name}",
    output="/app/bin/{name}",
    linked="cxx",
    why="the smallest image with glibc",
    caches=(Cache("crystal", "/root/.cache/crystal"),),
    artifacts=("bin", "lib", ".shards"),
)
SHARDS = Manager(
    "shards",
    lock="shard.lock",
    command="shards install --production --frozen",
    unlocked="shards install --production",
    inputs=("shard.yml", "shard.lock", "shard.override.yml"),
    caches=(Cache("shards", "/root/.cache/shards"),),
    why="the shards of production",
    fix="run `shards install` and commit shard.lock",
)
KEMAL = (("KEMAL_ENV", "production"),)
FRAMEWORKS = (
    Framework("kemal", "Kemal", ("kemal",), 3000, "--port {port}", environment=KEMAL, folders=("public",)),
    Framework("lucky", "Lucky", ("lucky",), 3000, environment=(("LUCKY_ENV", "production"),), folders=("public",)),
    Framework("amber", "Amber", ("amber",), 3000, environment=(("AMBER_ENV", "production"),), folders=("public",)),
    Framework("athena", "Athena", ("athena", "athena-framework"), 3000, reads_port=False),
)
NEEDS = (
    Need(("crystal",), run=("libevent-2.1-7t64", "libgc1", "libpcre2-8-0", "libssl3t64", "libyaml-0-2", "zlib1g")),
    Need(("sqlite3",), build=("libsqlite3-dev",), run=("libsqlite3-0",)),
)


class Shard(NamedTuple):
    """What shard.yml says."""

    document: Document
    dependencies: dict[str, Dependency]
    programs: tuple[Program, ...]


def read(tree: SourceTree) -> Shard:
    """Return what shard.yml says, the app's own program first; raises FileError for one that cannot be read."""
    document = yaml_document.read(tree, "shard.yml")
    named = document.table("dependencies")
    found = {name: Dependency(name, document.origin("dependencies", name)) for name in named}
    programs = [
        Program(name, str(document.get("targets", name, "main")), document.origin("targets", name))
        for name in document.table("targets")
    ]
    programs.sort(key=lambda item: item.name != document.get("name"))
    return Shard(document, found, tuple(programs))


def required(asking: Asking[Shard]) -> Iterator[Request]:
    """Yield what `crystal:` asks for: a bare number allows what is newer in the same major version."""
    found = asking.facts.document.string("crystal")
    if found is not None:
        bare = found.value.strip()[:1].isdigit()
        yield Request(f">= {found.value.strip()}" if bare else found.value, found.origin, "gem", "range")


def listens(app: App[Shard]) -> ports.Found | None:
    """Return which variable the code takes its port from: Crystal's strings are those of Ruby's grammar."""
    row = app.framework
    return ports.of_variables(_strings(app.tree), (row[0].port if row is not None else None) or 3000)


def _strings(tree: SourceTree) -> Iterator[tuple[str, Origin]]:
    for path in tree.with_suffix(".cr"):
        source = syntax.source(tree, path, "ruby")
        if source is not None and path.startswith("src/") and source.mentions(("ENV",)):
            for leaf in source.leaves(frozenset({"string"}), frozenset({"comment"})):
                yield leaf.text.strip("\"'"), source.origin(leaf.line)


def folders(app: App[Shard]) -> tuple[str, ...]:
    """Return the folders of shards that lie in the tree."""
    named = app.facts.document.table("dependencies")
    found = (item.get("path") for item in named.values() if isinstance(item, dict))
    return tuple(f"{posixpath.normpath(path)}/" for path in found if isinstance(path, str))


LANGUAGE = Language(
    name="crystal",
    title="Crystal",
    start_help="a target in shard.yml: its name, and `main: src/app.cr`",
    manifests=("shard.yml",),
    code=(".cr",),
    runtimes=("crystal",),
    programs=("crystal", "shards"),
    catalogue=(RELEASES,),
    rules=lambda: Rules(
        read=read,
        dependencies=lambda shard: shard.dependencies,
        versions=versions.usual("crystal", required),
        image=IMAGE,
        managers=(SHARDS,),
        frameworks=FRAMEWORKS,
        needs=NEEDS,
        programs=lambda app: app.facts.programs,
        ports=listens,
        reads=folders,
    ),
)
