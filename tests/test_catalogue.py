"""The promises of the tables, over every table."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from buildplan import catalogue
from buildplan.catalogue import (
    RUNTIMES,
    end_of_life,
    image,
    is_dead,
    runtime,
    suite,
    tool_version,
    tools,
)
from buildplan.catalogue.tables import table_file
from buildplan.errors import PluginError, VersionError
from buildplan.model.version_ranges import intervals

FOLDER = Path(catalogue.__file__).parent
SUITES = r"(?:trixie|bookworm|bullseye|buster|stretch|jessie|noble|jammy|focal|resolute|alpine3\.[0-9]{2})"
EVERY_IMAGE = [
    (name, line.name, flavour) for name in RUNTIMES for line in runtime(name).lines for flavour in runtime(name).images
]


def test_every_file_is_the_table_of_a_runtime_or_of_tools() -> None:
    with_lines = {path.stem for path in FOLDER.glob("*.toml") if "\n[lines]\n" in path.read_text(encoding="utf-8")}
    assert with_lines == set(RUNTIMES)


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_table_says_where_it_is_from_and_when_it_was_read(name: str) -> None:
    table = runtime(name)
    assert len(table.source) > 20
    assert date(2026, 1, 1) < table.as_of < date(2030, 1, 1)
    assert table.examples


@pytest.mark.parametrize("name", RUNTIMES)
def test_the_default_is_a_line_that_had_support_on_the_day_of_the_table(name: str) -> None:
    table = runtime(name)
    assert table.is_supported(table.default_line)
    assert not is_dead(name, table.default)


@pytest.mark.parametrize("name", RUNTIMES)
def test_lines_are_newest_first_and_their_facts_agree(name: str) -> None:
    table = runtime(name)
    assert [line.numbers for line in table.lines] == sorted((line.numbers for line in table.lines), reverse=True)
    for line in table.lines:
        assert line.latest[: len(line.numbers)] == line.numbers, line
        assert line.released <= table.as_of, line
        assert line.eol is None or line.eol > line.released, line
        assert line.lts is None or line.lts >= line.released, line
        assert [since for since, _ in line.suites] == sorted((s for s, _ in line.suites), reverse=True), line
        assert all(since <= line.latest for since, _ in line.suites[-1:]), line


@pytest.mark.parametrize("name", RUNTIMES)
def test_images_exist_for_the_two_common_architectures(name: str) -> None:
    assert {"linux/amd64", "linux/arm64"} <= set(runtime(name).platforms)


@pytest.mark.parametrize("name", [name for name in RUNTIMES if name != "go"])
def test_a_runtime_has_the_flavour_that_is_taken_when_none_is_named(name: str) -> None:
    assert ":" in image(name, runtime(name).default)


@pytest.mark.parametrize(("name", "version", "flavour"), EVERY_IMAGE)
def test_every_image_names_its_version_and_its_suite(name: str, version: str, flavour: str) -> None:
    reference = image(name, version, flavour)
    assert re.fullmatch(r"[a-z0-9./-]+:[a-z0-9][a-zA-Z0-9._-]+", reference)
    assert "latest" not in reference
    repository, _, tag = reference.partition(":")
    if runtime(name).no_suite is None:
        assert re.search(rf"(?:^|-){SUITES}(?:-|$)", tag), reference
    if repository != "debian" and not repository.endswith(f"-debian{version}"):
        assert re.search(rf"(?:^|[a-z-]){re.escape(version)}", tag), reference


@pytest.mark.parametrize("name", RUNTIMES)
def test_what_has_no_suite_in_its_tags_says_why(name: str) -> None:
    table = runtime(name)
    assert (table.no_suite is None) == any("{suite}" in template for template in table.images.values())


@pytest.mark.parametrize(
    ("name", "version", "flavour", "expected"),
    [
        ("node", "24", "slim", "node:24-trixie-slim"),
        ("node", "24", "full", "node:24-trixie"),
        ("node", "22.11.0", "slim", "node:22.11.0-bookworm-slim"),
        ("node", "22.17", "slim", "node:22.17-bookworm-slim"),
        ("node", "22.18", "slim", "node:22.18-trixie-slim"),
        ("node", "24.4.1", "slim", "node:24.4.1-bookworm-slim"),
        ("node", "24.5.0", "slim", "node:24.5.0-trixie-slim"),
        ("node", "20", "slim", "node:20-trixie-slim"),
        ("node", "20.19.3", "slim", "node:20.19.3-bookworm-slim"),
        ("node", "20.1.0", "slim", "node:20.1.0-bullseye-slim"),
        ("node", "18", "slim", "node:18-bookworm-slim"),
        ("node", "8.9.4", "slim", "node:8.9.4-slim"),
        ("node", "30", "slim", "node:30-trixie-slim"),
        ("python", "3.13", "slim", "python:3.13-slim-trixie"),
        ("python", "3.12.4", "slim", "python:3.12.4-slim-bookworm"),
        ("python", "3.8", "full", "python:3.8-bookworm"),
        ("python", "3.16.0a1", "slim", "python:3.16.0a1-slim-trixie"),
        ("go", "1.27", "full", "golang:1.27-trixie"),
        ("go", "1.22", "full", "golang:1.22-bookworm"),
        ("rust", "1.87", "slim", "rust:1.87-slim-bookworm"),
        ("rust", "1.88.0", "slim", "rust:1.88.0-slim-trixie"),
        ("java", "21", "slim", "eclipse-temurin:21-jre-noble"),
        ("java", "21", "full", "eclipse-temurin:21-jdk-noble"),
        ("dotnet", "10.0", "slim", "mcr.microsoft.com/dotnet/aspnet:10.0-noble"),
        ("dotnet", "10.0", "full", "mcr.microsoft.com/dotnet/sdk:10.0-noble"),
        ("php", "8.4", "frankenphp", "dunglas/frankenphp:1-php8.4-trixie"),
        ("php", "8.4", "fpm", "php:8.4-fpm-trixie"),
        ("ruby", "3.4", "slim", "ruby:3.4-slim-trixie"),
        ("elixir", "1.19", "slim", "elixir:1.19-otp-28-slim"),
        ("elixir", "1.17.3-otp-26", "slim", "elixir:1.17.3-otp-26-slim"),
        ("erlang", "28", "slim", "erlang:28-slim"),
        ("bun", "1.4", "slim", "oven/bun:1.4-slim"),
        ("deno", "2.9", "slim", "denoland/deno:debian-2.9.6"),
        ("deno", "2.4.4", "slim", "denoland/deno:debian-2.4.4"),
        ("nginx", "1.30", "slim", "nginxinc/nginx-unprivileged:1.30-alpine3.24-slim"),
        ("caddy", "2.11", "slim", "caddy:2.11-alpine"),
        ("debian", "13", "slim", "debian:trixie-slim"),
        ("distroless", "13", "slim", "gcr.io/distroless/static-debian13:nonroot"),
        ("distroless", "13", "glibc", "gcr.io/distroless/base-nossl-debian13:nonroot"),
        ("debian", "12", "full", "debian:bookworm"),
    ],
)
def test_the_tag_is_one_that_existed_when_the_version_was_released(
    name: str, version: str, flavour: str, expected: str
) -> None:
    assert image(name, version, flavour) == expected


def test_the_suite_of_a_version_is_known_where_the_tag_names_it() -> None:
    assert suite("node", "24") == "trixie"
    assert suite("node", "22.11.0") == "bookworm"
    assert suite("bun", "1.4") is None


def test_an_unknown_flavour_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(PluginError, match=r"Node\.js has no image `huge`") as caught:
        image("node", "24", "huge")
    assert caught.value.hint == "ask for one of slim, full"


def test_an_unknown_runtime_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(PluginError, match=r"there is no runtime `\.\./\.\./etc/passwd`"):
        runtime("../../etc/passwd")


@pytest.mark.parametrize(
    "version", ["24\nRUN id", "24 AS x", "", "24-slim", "latest", "24.1.2.3", "24@sha256:0", "24rc1"]
)
def test_what_cannot_stand_in_a_tag_never_reaches_one(version: str) -> None:
    with pytest.raises(VersionError, match=r"is no version of an image of Node\.js"):
        image("node", version)


def test_a_distribution_of_another_version_is_never_put_in_place_of_an_unknown_one() -> None:
    with pytest.raises(VersionError, match="`99` is no version of an image of Debian"):
        image("debian", "99")


def test_end_of_life_is_that_of_the_line_and_judged_by_the_day_of_the_table() -> None:
    assert end_of_life("node", "20.9.0") == date(2026, 4, 30)
    assert end_of_life("go", "1.27") is None
    assert end_of_life("node", "99") is None
    assert is_dead("node", "20")
    assert is_dead("python", "3.10.4")
    assert is_dead("dotnet", "9.0")
    assert not is_dead("node", "26.1.0")
    assert not is_dead("node", "99")


def test_long_term_support_begins_on_its_day() -> None:
    table = runtime("node")
    assert [line.name for line in table.lines if table.is_lts(line) and table.is_supported(line)] == ["26", "24", "22"]


@pytest.mark.parametrize(
    ("tool", "request_text", "version"),
    [
        ("pnpm", "10", "10.34.9"),
        ("pnpm", "^9.1.0", "9.15.9"),
        ("pnpm", "10.12.1", "10.12.1"),
        ("pnpm", "pnpm@8", "8.15.9"),
        ("pnpm", "10.12.1+sha512.abc", "10.12.1"),
        ("pnpm", "~9.1", "9.1.0"),
        ("pnpm", ">=8 <10", "9.15.9"),
        ("pnpm", "latest", "12.21.0"),
        ("pnpm", "*", "12.21.0"),
        ("pnpm", "banana", None),
        ("pnpm", "9 $(id)", None),
        ("pnpm", ">9 <9", None),
        ("npm", "10.x", "10.9.9"),
        ("yarn", "1", "1.22.22"),
        ("yarn", "^4", "4.18.1"),
        ("yarn", "3.6.1", "3.6.1"),
        ("bun", "1.3", "1.3.14"),
        ("corepack", "*", "0.36.0"),
        ("uv", "0.12", "0.12.24"),
        ("uv", ">=0.5", "0.13.9"),
        ("poetry", ">=1.8,<2", "1.8.5"),
        ("poetry", "2", "2.5.1"),
        ("pdm", "2", "2.29.4"),
        ("pipenv", "2024", "2024.4.1"),
    ],
)
def test_a_tool_is_installed_in_an_exact_version(tool: str, request_text: str, version: str | None) -> None:
    assert tool_version(tool, request_text) == version


@pytest.mark.parametrize(
    ("tool", "request_text", "on", "version"),
    [
        ("npm", ">=9", "20", "11.21.2"),
        ("npm", ">=9", "24", "12.2.0"),
        ("npm", ">=9", "24.1.0", "11.21.2"),
        ("pnpm", "11 || 10", "20", "10.34.9"),
        ("pnpm", "11", "20", None),
        ("corepack", "*", "18", "0.31.0"),
        ("poetry", "*", "3.9", "2.2.1"),
    ],
)
def test_a_tool_that_does_not_run_on_the_runtime_is_left_out(
    tool: str, request_text: str, on: str, version: str | None
) -> None:
    assert tool_version(tool, request_text, on=on) == version


@pytest.mark.parametrize("tool", tools())
def test_tools_are_known_in_exact_versions_newest_first_that_run_on_a_supported_runtime(tool: str) -> None:
    data = table_file("tools")[tool]
    versions = [tuple(map(int, version.split("."))) for version in data["versions"]]
    assert all(len(version) == 3 for version in versions)
    assert versions == sorted(versions, reverse=True)
    assert all(intervals(runs_on, "npm") for runs_on in data["versions"].values())
    default = runtime(data["runtime"]).default
    assert tool_version(tool, "latest", on=default) is not None


def test_an_unknown_tool_is_an_error() -> None:
    with pytest.raises(PluginError, match="there is no tool `cargo`"):
        tool_version("cargo", "1")


def test_no_table_names_the_host_of_a_package_registry() -> None:
    hosts = re.compile(r"npmjs|pypi\.org|yarnpkg|pythonhosted|rubygems\.|crates\.io")
    assert [path.name for path in FOLDER.glob("*.toml") if hosts.search(path.read_text("utf-8"))] == []
