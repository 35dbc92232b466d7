"""The engine that asks a language's declarations for the version of a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildplan import catalogue
from buildplan.catalogue.versions import Request, resolve
from buildplan.language import registry, versions
from buildplan.language.versions import Asking, Versions, asked
from buildplan.model.origin import Origin, Sourced, option
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

DECLARED = [name for language in registry.languages().values() for name in language.runtimes]
NVMRC = Origin(".nvmrc", 1)
MANIFEST = Origin("manifest", 3, "node")


def of_manifest(asking: Asking[str]) -> Iterator[Request]:
    if asking.facts:
        yield Request(asking.facts, MANIFEST, "npm", "range")


def last_resort(_: Asking[str]) -> Iterator[Request]:
    yield Request("18", Origin("last"), "npm")


NODE: Versions[str] = Versions(
    "node",
    (
        versions.configured("node"),
        versions.single_line(".nvmrc"),
        versions.tool_versions("nodejs"),
        versions.mise("node"),
        versions.otherwise(last_resort),
        versions.declared(of_manifest),
        versions.own_dockerfile("node"),
    ),
    lambda _, __: "",
)


def tree(files: dict[str, str]) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def texts(files: dict[str, str], facts: str = "", *folders: str, overrides: Overrides | None = None) -> list[str]:
    asking = Asking(tree(files), facts, overrides or Overrides(), Reasons(), folders or ("",))
    return [request.text for request in versions.requests(NODE, asking)]


FILES = {".nvmrc": "22.1\n", ".tool-versions": "nodejs 22.2\n", "mise.toml": '[tools]\nnode = "22.3"\n'}


def test_requests_come_in_the_order_of_the_rows() -> None:
    asked_for = Overrides(versions={"node": Sourced("22.0", option("--set"))})
    found = texts({**FILES, "Dockerfile": "FROM node:22.5\n"}, "22.4", overrides=asked_for)
    assert found == ["22.0", "22.1", "22.2", "22.3", "22.4", "22.5"]


def test_version_files_are_read_folder_by_folder() -> None:
    files = {**FILES, "web/.nvmrc": "24.1\n", "web/mise.toml": '[tools]\nnode = "24.3"\n'}
    assert texts(files, "", "web", "") == ["24.1", "24.3", "22.1", "22.2", "22.3"]


def test_a_fallback_counts_where_nothing_before_it_asks() -> None:
    assert texts({}, ">=20") == ["18", ">=20"]
    assert texts({".nvmrc": "22\n"}, ">=20") == ["22", ">=20"]


def test_the_strongest_request_is_resolved_and_the_others_are_kept_as_beaten() -> None:
    reasons = Reasons()
    found = versions.resolve(NODE, Asking(tree(FILES), ">=20", Overrides(), reasons))
    assert (found.version, str(found.origin)) == ("22.1", ".nvmrc:1")
    assert [item.value for item in reasons.decisions[0].runners_up] == ["22.2", "22.3", ">=20", "24"]


def test_the_rule_and_the_words_of_a_request_are_those_that_are_told() -> None:
    def finder(_: Asking[str]) -> Iterator[Request]:
        yield Request("~22.1", MANIFEST, "npm", "range", "22.1", "the line of `22.1`")

    reasons = Reasons()
    wanted: Versions[str] = Versions("node", (versions.declared(finder),), lambda _, __: "")
    found = versions.resolve(wanted, Asking(tree({}), "", Overrides(), reasons))
    assert (found.version, found.requested, reasons.decisions[0].rule) == ("22.1", "22.1", "the line of `22.1`")


def shown(files: dict[str, str], runtime: str, *folders: str) -> list[str]:
    return [f"{item.kind} {item.words} {item.origin}" for item in asked(tree(files), runtime, folders or ("",))]


def test_what_a_tree_asks_for_is_told_with_its_places() -> None:
    files = {"Gemfile": "ruby '>= 3.4', '< 4'\n", ".ruby-version": "3.4.5\n", "Dockerfile": "FROM ruby:3.3\n"}
    assert shown(files, "ruby") == ["range >= 3.4, < 4 Gemfile:1 ruby", "pin 3.4.5 .ruby-version:1"]


def test_a_manifest_counts_in_its_own_folder_and_a_version_file_below_too() -> None:
    files = {"package.json": '{"engines": {"node": "24"}}', ".nvmrc": "24\n", "web/package.json": "{}"}
    assert shown(files, "node", "web") == ["pin 24 .nvmrc:1"]


def test_places_in_a_folder_are_those_of_the_tree() -> None:
    assert shown({"api/composer.json": '{\n"require": {"php": "^8.4"}}'}, "php", "api") == [
        "range ^8.4 api/composer.json:2 require.php"
    ]


def test_the_nearest_version_files_count() -> None:
    files = {".nvmrc": "22\n", "web/.node-version": "24\n", "web/package.json": "{}"}
    assert shown(files, "node", "web") == ["pin 24 web/.node-version:1"]


@pytest.mark.parametrize(
    "files",
    [
        {"package.json": "{", ".nvmrc": "22\n"},
        {"package.json": '{"engines": {"node": "no version"}}', ".nvmrc": "22\n"},
        {"mise.toml": "[", ".nvmrc": "22\n"},
        {".tool-versions": "nodejs system\n", ".nvmrc": "22\n"},
    ],
)
def test_what_cannot_be_read_or_understood_says_nothing(files: dict[str, str]) -> None:
    assert shown(files, "node") == ["pin 22 .nvmrc:1"]


@pytest.mark.parametrize("runtime", DECLARED)
def test_every_declared_runtime_reads_an_empty_tree(runtime: str) -> None:
    assert asked(tree({}), runtime) == ()


@pytest.mark.parametrize("runtime", [name for name in DECLARED if name != "erlang"])
def test_the_latest_is_the_newest_line_in_every_language(runtime: str) -> None:
    found = asked(tree({"mise.toml": f'[tools]\n{runtime} = "latest"\n'}), runtime)
    version = resolve(runtime, found, Reasons()).version
    assert version == catalogue.runtime(runtime).supported[0].name


@pytest.mark.parametrize("runtime", DECLARED)
def test_a_language_declares_the_versions_of_its_runtimes(runtime: str) -> None:
    assert versions.of_runtime(runtime) is not None


def test_a_runtime_that_no_language_declares_is_asked_for_by_nothing() -> None:
    assert asked(tree({".nvmrc": "22"}), "nginx") == ()


LEAST = Request("~1.26.2", Origin("go.mod", 3, "go"), "npm", "range", "1.26.2", works=">=1.26.2")


def test_a_pin_that_cannot_build_the_project_is_left_out_and_reported() -> None:
    reasons = Reasons()
    pins = [Request("1.25.1", NVMRC), Request("1.27", Origin("mise.toml"))]
    found = versions.choose("go", [*pins, LEAST], reasons)
    assert found.version == "1.27"
    assert [(item.code, item.origin) for item in reasons.diagnostics] == [("BP606", NVMRC)]
    needs = "`1.26.2` in go.mod:3 go needs Go 1.26.2"
    assert reasons.diagnostics[0].text == f"`1.25.1` asks for a Go that cannot build this: {needs}"
    assert [(item.value, item.reason) for item in reasons.decisions[0].runners_up][-1] == ("1.25.1", needs)


def test_beside_a_pin_a_range_counts_for_all_that_it_allows() -> None:
    reasons = Reasons()
    assert versions.choose("go", [Request("1.27", NVMRC), LEAST], reasons).version == "1.27"
    assert reasons.diagnostics == ()
    assert versions.choose("go", [LEAST], Reasons()).version == "1.26"
