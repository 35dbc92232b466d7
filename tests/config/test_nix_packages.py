from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from buildplan.config import apt_packages, nix_packages
from buildplan.config.known import RUNTIMES, TOOLS
from buildplan.config.mistakes import Mistakes
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin, Sourced

if TYPE_CHECKING:
    from buildplan.config.nix_packages import Translation

PLACE = Origin("nixpacks.toml", 7, "phases.setup.nixPkgs")


def translate(*names: str) -> Translation:
    mistakes = Mistakes()
    result = nix_packages.translate([Sourced(name, PLACE) for name in names], mistakes)
    mistakes.raise_all()
    return result


def names(items: list[Sourced[str]]) -> list[str]:
    return [item.value for item in items]


@pytest.mark.parametrize(
    ("name", "runtime", "version"),
    [
        ("nodejs_20", "node", "20"),
        ("nodejs-18_x", "node", "18"),
        ("nodejs_24", "node", "24"),
        ("pkgs.nodejs_22", "node", "22"),
        ("python311", "python", "3.11"),
        ("python39", "python", "3.9"),
        ("python311Full", "python", "3.11"),
        ("python310Packages.pip", "python", "3.10"),
        ("python3", "python", "3"),
        ("go_1_22", "go", "1.22"),
        ("jdk17", "java", "17"),
        ("openjdk11", "java", "11"),
        ("jdk21_headless", "java", "21"),
        ("temurin-bin-17", "java", "17"),
        ("php83", "php", "8.3"),
        ("php82Extensions.gd", "php", "8.2"),
        ("ruby_3_2", "ruby", "3.2"),
        ("dotnet-sdk_8", "dotnet", "8"),
        ("dotnetCorePackages.sdk_8_0", "dotnet", "8.0"),
        ("elixir_1_15", "elixir", "1.15"),
        ('rust-bin.stable."1.75.0".default', "rust", "1.75.0"),
        ("npm-9_x", "npm", "9"),
        ("pnpm-8_x", "pnpm", "8"),
        ("pnpm_9", "pnpm", "9"),
        ("yarn-1_x", "yarn", "1"),
        ("gradle_7", "gradle", "7"),
    ],
)
def test_a_runtime_or_tool_is_a_version_request(name: str, runtime: str, version: str) -> None:
    result = translate(name)
    assert result.versions == {runtime: Sourced(version, PLACE)}
    assert result.apt_build == []
    assert result.apt_run == []


@pytest.mark.parametrize(
    "name", ["nodejs", "bun", "deno", "python", "go", "jdk", "php", "ruby", "cargo", "pip", "swift"]
)
def test_a_runtime_without_a_number_asks_for_no_version(name: str) -> None:
    result = translate(name)
    assert result.versions == {}
    assert len(result.runtime_packages) == 1


def test_a_runtime_names_the_packages_that_give_it_beside_another_language() -> None:
    result = translate("python311", "python311Packages.pip", "nodejs_20")
    assert names(list(result.runtime_packages["python"])) == ["python3", "python3-venv", "python3-pip"]
    assert names(list(result.runtime_packages["node"])) == ["nodejs", "npm"]


@pytest.mark.parametrize(
    ("name", "build", "run"),
    [
        ("ffmpeg", ["ffmpeg"], ["ffmpeg"]),
        ("poppler_utils", ["poppler-utils"], ["poppler-utils"]),
        ("zlib", ["zlib1g-dev"], ["zlib1g"]),
        ("zlib.dev", ["zlib1g-dev"], ["zlib1g"]),
        ("openssl", ["libssl-dev", "openssl"], ["libssl3t64", "openssl"]),
        ("postgresql_16.dev", ["libpq-dev", "postgresql-client"], ["libpq5", "postgresql-client"]),
        ("stdenv.cc.cc.lib", ["libgcc-s1", "libgomp1", "libstdc++6"], ["libgcc-s1", "libgomp1", "libstdc++6"]),
        ("xorg.libXdamage", ["libxdamage-dev"], ["libxdamage1"]),
        ("libxdamage", ["libxdamage-dev"], ["libxdamage1"]),
        ("gcc", ["build-essential"], []),
        ("g++", ["build-essential"], []),
        ("python311Packages.supervisor", ["supervisor"], ["supervisor"]),
        ("coreutils", [], []),
    ],
)
def test_libraries_and_programs_become_apt_packages(name: str, build: list[str], run: list[str]) -> None:
    result = translate(name)
    assert names(result.apt_build) == build
    assert names(result.apt_run) == run
    assert result.versions == {}


def test_one_item_may_hold_several_names() -> None:
    result = translate("nodejs_20 ffmpeg", "zip,unzip", "...")
    assert result.versions["node"].value == "20"
    assert names(result.apt_run) == ["ffmpeg", "zip", "unzip"]


def test_php_extensions_are_collected_from_both_shapes() -> None:
    result = translate(
        "(php83.withExtensions (pe: pe.enabled ++ [pe.all.gd pe.all.intl]))",
        "php83Extensions.zip",
        "php83Extensions.gd",
    )
    assert result.options["php.extensions"].value == "gd,intl,zip"
    assert result.versions["php"].value == "8.3"


def test_an_sbt_with_its_own_jdk_asks_for_that_java() -> None:
    assert translate("(sbt.override { jre = jdk17; })").versions["java"].value == "17"


def test_a_toolchain_file_asks_for_no_version_of_its_own() -> None:
    result = translate("(rust-bin.fromRustupToolchainFile ./rust-toolchain.toml)")
    assert result.versions == {}
    assert "rust" in result.runtime_packages


def test_packages_of_a_python_expression_are_named() -> None:
    result = translate("(python311.withPackages (ps: [ps.numpy]))")
    assert result.versions["python"].value == "3.11"
    assert result.diagnostics[0].fix == "add them to the requirements of the app"


def test_two_versions_of_a_runtime_are_reported_and_the_first_is_taken() -> None:
    result = translate("nodejs_18", "nodejs_20")
    assert result.versions["node"].value == "18"
    assert "node 18 was asked for before it; 18 is taken" in result.diagnostics[0].text


def test_a_tool_without_a_version_says_that_it_changes_nothing() -> None:
    assert translate("yarn").diagnostics[0].severity == "info"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        (
            "fmpeg",
            'did you mean `ffmpeg`? otherwise write the Debian package that holds it, `aptPkgs = ["...", "fmpeg"]`',
        ),
        ("qqqqzzzz", 'write the Debian package that holds it, `aptPkgs = ["...", "qqqqzzzz"]`'),
        ("nodePackages.typescript", "add `typescript` to `devDependencies`"),
        ("python311Packages.numpy", "add `numpy` to the requirements of the app"),
        ("playwright-driver.browsers", "npx playwright install --with-deps chromium"),
        ("wkhtmltopdf", "Debian 13 has no wkhtmltopdf any more"),
        ("(pkgs.callPackage ./x.nix {})", "write what it gives as apt packages"),
    ],
)
def test_a_name_without_translation_says_what_to_write(name: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        translate(name)
    assert name in caught.value.problem
    assert hint in (caught.value.hint or "")
    assert caught.value.origin == PLACE


@pytest.mark.parametrize("name", ["`rm -rf /`", "$(reboot)", "a\nb\x00", "(" * 5000, "x" * 100_000, "((((", "{0}"])
def test_a_hostile_name_is_an_error_and_never_a_package(name: str) -> None:
    with pytest.raises(ConfigError):
        translate(name)


def test_every_row_of_the_table_is_sound() -> None:
    table = nix_packages.table()
    assert table["source"]
    assert date.fromisoformat(table["as_of"]) <= date(2026, 11, 24)
    packages = [name for entry in table["library"].values() for name in (*entry["build"], *entry["run"])]
    packages += [name for kind in ("program", "compiler") for entry in table[kind].values() for name in entry]
    packages += [name for entry in table["runtime"] for name in entry["apt"]]
    assert [name for name in packages if not apt_packages.NAME.fullmatch(name)] == []
    assert [name for kind in ("library", "program", "compiler") for name in table[kind] if name != name.lower()] == []
    assert {*RUNTIMES} - {entry["name"] for entry in table["runtime"]} == set()
    # No language here is built with it; its name is known so that `sbt` is not taken for a package of Debian.
    assert {entry["name"] for entry in table["tool"]} - {*TOOLS} == {"sbt"}
    for kind in ("runtime", "tool", "extension", "unavailable"):
        for entry in table[kind]:
            re.compile(entry["pattern"])


def test_a_plain_name_stands_in_one_table_only() -> None:
    table = nix_packages.table()
    found = [name for kind in ("library", "program", "compiler") for name in table[kind]] + table["present"]["names"]
    assert len(found) == len(set(found))


def test_no_package_of_the_table_is_one_that_debian_does_not_have() -> None:
    table, apt = nix_packages.table(), apt_packages.table()
    packages = {name for entry in table["library"].values() for name in (*entry["build"], *entry["run"])}
    packages |= {name for kind in ("program", "compiler") for entry in table[kind].values() for name in entry}
    assert packages.isdisjoint({*apt["renamed"], *apt["dropped"]["names"], *apt["unavailable"]})
