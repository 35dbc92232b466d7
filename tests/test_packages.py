"""What dependencies need from the system, in every language: names on each Debian, bounds, reasons."""

from __future__ import annotations

import importlib
import re

import pytest
from conftest import ROOT

from buildplan.language import packages
from buildplan.language.packages import Dependency, Need
from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons

# Every module of a provider that has such rows.
TABLES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "providers").rglob("*.py")
    if "\nNEEDS = " in path.read_text(encoding="utf-8")
)
PLACE = Origin("manifest", 3)


def found(need: Need, version: str | None = None, *, ships: bool = True, others: tuple[str, ...] = ()) -> bool:
    item = Dependency("a", PLACE, version, ships)
    matches = packages.matches([need], lambda name, _: item if name == "a" else None, has=lambda name: name in others)
    return bool(matches)


@pytest.mark.parametrize(
    ("package", "suite", "expected"),
    [
        ("libssl3t64", "trixie", "libssl3t64"),
        ("libssl3t64", "bookworm", "libssl3"),
        ("libssl3t64", "bullseye", "libssl1.1"),
        ("libgit2-1.9", "bookworm", "libgit2-1.5"),
        ("libpq5", "bullseye", "libpq5"),
        ("libicu76", "buster", "libicu67"),
        ("libssl3t64", None, "libssl3t64"),
    ],
)
def test_a_package_has_the_name_of_the_release(package: str, suite: str | None, expected: str) -> None:
    assert packages.name_on(package, suite) == expected


def test_a_row_counts_for_its_versions_and_without_what_replaces_it() -> None:
    assert found(Need(("a",), below="2.0"), "1.9")
    assert not found(Need(("a",), below="2.0"), "2.0")
    assert not found(Need(("a",), below="2.0"), None)
    assert not found(Need(("a",), unless=("b",)), others=("b",))
    assert found(Need(("a",), unless=("b",)))
    assert not found(Need(("a",), when=lambda _, item: item.name == "b"))


def test_what_only_the_build_has_is_not_shipped() -> None:
    need = Need(("a",), build=("x-dev",), run=("x",), compiles="c", notice="careful", fix="do")
    reasons = Reasons()
    made = packages.apt([packages.Match(need, Dependency("a", PLACE, ships=False))], reasons)
    assert made.decided(reasons, "trixie") == (("gcc", "libc6-dev", "x-dev"), ())
    assert reasons.diagnostics == ()
    assert [item.field for item in reasons.decisions] == ["apt.build.gcc", "apt.build.libc6-dev", "apt.build.x-dev"]
    assert reasons.decisions[0].origin == PLACE


@pytest.mark.parametrize("module", TABLES)
def test_the_rows_of_a_language_name_packages_of_the_newest_debian(module: str) -> None:
    rows: tuple[Need, ...] = importlib.import_module(f"buildplan.{module}").NEEDS
    older = {name for names in packages.RENAMED.values() for name in names.values()}
    newer = {name for names in packages.RENAMED.values() for name in names}
    for row in rows:
        assert row.names, row
        assert bool(row.notice) == bool(row.fix), row
        for name in (*row.build, *row.run):
            assert re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name), row
            assert name not in older - newer, row
