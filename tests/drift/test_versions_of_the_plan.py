"""What a plan knows of a version, `check` knows too: both ask the declarations of the languages.

Before `check` had expressions of its own for single lines of manifests, which found few of these.
"""

from __future__ import annotations

import pytest
from conftest import FIXTURE_NAMES, FIXTURES

import buildplan
from buildplan.drift.check import check
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

Files = dict[str, str]

POM = "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>shop</artifactId>{}</project>"
MIX = "defmodule Shop.MixProject do\n  use Mix.Project\n{}\n  def project do\n    [app: :shop, {}]\n  end\nend\n"
PROJECT = '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup>{}</PropertyGroup></Project>'
PROPS = "<Project><PropertyGroup><TargetFramework>net{}</TargetFramework></PropertyGroup></Project>"
CRATE = '[package]\nname = "shop"\nversion = "1.0.0"\n{}\n'
LOCKED = '{{"packages": [{{"name": "a/b", "version": "1.0.0", "require": {{"php": "{}"}}}}], "packages-dev": []}}'

# Files, the image that agrees with them, and one that does not.
CASES: dict[str, tuple[Files, str, str]] = {
    "a pom's level is a property of its own": (
        {
            "pom.xml": POM.format(
                "<properties><jdk>21</jdk><maven.compiler.release>${jdk}</maven.compiler.release></properties>"
            )
        },
        "eclipse-temurin:25-jre",
        "eclipse-temurin:17-jre",
    ),
    "a pom's level is in the plugin of its parent": (
        {
            "pom.xml": POM.format(
                "<packaging>pom</packaging><build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId>"
                "<configuration><release>21</release></configuration></plugin></plugins></build>"
            ),
            "server/pom.xml": POM.format("").replace(
                "<groupId>", "<parent><groupId>a</groupId><artifactId>shop</artifactId></parent><groupId>", 1
            ),
        },
        "maven:3.9-eclipse-temurin-21",
        "maven:3.9-eclipse-temurin-17",
    ),
    "Gradle's toolchain is in the version catalog": (
        {
            "settings.gradle.kts": 'rootProject.name = "shop"\n',
            "build.gradle.kts": "kotlin { jvmToolchain(libs.versions.java.get().toInt()) }\n",
            "gradle/libs.versions.toml": '[versions]\njava = "21"\n',
        },
        "gradle:9-jdk21",
        "gradle:9-jdk17",
    ),
    "Gradle's level is compatibility with a release": (
        {"build.gradle": "sourceCompatibility = JavaVersion.VERSION_21\n", "settings.gradle": ""},
        "gradle:9-jdk25",
        "gradle:9-jdk17",
    ),
    "a target framework for all projects": (
        {"Shop.csproj": PROJECT.format(""), "Directory.Build.props": PROPS.format("10.0")},
        "mcr.microsoft.com/dotnet/aspnet:10.0",
        "mcr.microsoft.com/dotnet/aspnet:11.0",
    ),
    "an SDK older than a target framework for all projects": (
        {"Shop.csproj": PROJECT.format(""), "Directory.Build.props": PROPS.format("10.0")},
        "mcr.microsoft.com/dotnet/sdk:11.0",
        "mcr.microsoft.com/dotnet/sdk:9.0",
    ),
    "the newest of several target frameworks": (
        {"Shop.csproj": PROJECT.format("<TargetFrameworks>net8.0;net10.0</TargetFrameworks>")},
        "mcr.microsoft.com/dotnet/sdk:10.0",
        "mcr.microsoft.com/dotnet/sdk:9.0",
    ),
    "no image runs a target framework that is not among several": (
        {"Shop.csproj": PROJECT.format("<TargetFrameworks>net8.0;net10.0</TargetFrameworks>")},
        "mcr.microsoft.com/dotnet/aspnet:8.0",
        "mcr.microsoft.com/dotnet/aspnet:9.0",
    ),
    "global.json asks for a newer SDK": (
        {
            "global.json": '{"sdk": {"version": "10.0.100", "rollForward": "latestMinor"}}',
            "Shop.csproj": PROJECT.format("<TargetFramework>net8.0</TargetFramework>"),
        },
        "mcr.microsoft.com/dotnet/sdk:10.0",
        "mcr.microsoft.com/dotnet/sdk:9.0",
    ),
    "a module attribute of mix.exs": (
        {"mix.exs": MIX.format('  @elixir "~> 1.18"', "elixir: @elixir")},
        "elixir:1.19",
        "elixir:1.16",
    ),
    "several ranges in mix.exs": (
        {"mix.exs": MIX.format("", 'elixir: "~> 1.17.0 or ~> 1.18"')},
        "elixir:1.19",
        "elixir:1.16",
    ),
    "the configuration of Heroku's buildpack": (
        {"elixir_buildpack.config": "elixir_version=1.18.4\nerlang_version=27.1\n", "mix.exs": MIX.format("", "")},
        "elixir:1.18",
        "elixir:1.17",
    ),
    "several ranges of Ruby": (
        {"Gemfile": "source 'https://gems.test'\nruby '>= 3.4', '< 4'\n"},
        "ruby:3.4",
        "ruby:3.3",
    ),
    "a Gemfile reads the version file of another name": (
        {"Gemfile": "ruby file: '.ruby'\n", ".ruby": "3.4.5\n"},
        "ruby:3.4",
        "ruby:3.3",
    ),
    "the lock file names a Ruby": (
        {"Gemfile": "gem 'rack'\n", "Gemfile.lock": "GEM\n  specs:\n\nRUBY VERSION\n   ruby 3.4.5p51\n"},
        "ruby:3.4.7",
        "ruby:3.3",
    ),
    "a version file names a Ruby with its name": (
        {".ruby-version": "ruby-3.4.5\n"},
        "ruby:3.4.5",
        "ruby:3.3",
    ),
    "a locked package needs a newer PHP": (
        {"composer.json": '{"require": {"a/b": "*"}}', "composer.lock": LOCKED.format(">=8.3")},
        "php:8.4-cli",
        "php:8.2-cli",
    ),
    "a locked package does not run on a newer PHP": (
        {"composer.json": '{"require": {"a/b": "*"}}', "composer.lock": LOCKED.format("~8.2.0 || ~8.3.0")},
        "php:8.3-cli",
        "php:8.4-cli",
    ),
    "a constraint of Composer": (
        {"composer.json": '{"require": {"php": "8.3 - 8.4"}}'},
        "php:8.4-cli",
        "php:8.5-cli",
    ),
    "setup.py": (
        {"setup.py": "from setuptools import setup\nsetup(name='shop', python_requires='>=3.12')\n"},
        "python:3.13",
        "python:3.11",
    ),
    "setup.cfg": (
        {"setup.cfg": "[metadata]\nname = shop\n\n[options]\npython_requires = >=3.12\n"},
        "python:3.13",
        "python:3.11",
    ),
    "a version file in the words of CPython": (
        {".python-version": "cpython-3.13.2\n"},
        "python:3.13.2",
        "python:3.12",
    ),
    "a go.work of several modules": (
        {"go.work": "go 1.27\nuse ./api\n", "api/go.mod": "module a.test/api\n\ngo 1.25\n"},
        "golang:1.27",
        "golang:1.26",
    ),
    "the go line of a module that is replaced by a folder": (
        {
            "go.mod": "module a.test/shop\n\ngo 1.25\n\nrequire a.test/lib v0.0.0\n\nreplace a.test/lib => ./lib\n",
            "lib/go.mod": "module a.test/lib\n\ngo 1.27\n",
        },
        "golang:1.27",
        "golang:1.26",
    ),
    "a toolchain of Go": (
        {"go.mod": "module a.test/shop\n\ngo 1.25\n\ntoolchain go1.27.1\n"},
        "golang:1.27.0",
        "golang:1.26",
    ),
    "the edition of a crate": (
        {"Cargo.toml": CRATE.format('edition = "2024"')},
        "rust:1.85",
        "rust:1.80",
    ),
    "a crate inherits from the workspace above it": (
        {
            "Cargo.toml": '[workspace]\nmembers = ["api"]\n\n[workspace.package]\nrust-version = "1.90"\n',
            "api/Cargo.toml": CRATE.format("rust-version.workspace = true"),
        },
        "rust:1.90",
        "rust:1.80",
    ),
    "the format of Cargo.lock": (
        {"Cargo.toml": CRATE.format(""), "Cargo.lock": "# by cargo\nversion = 4\n"},
        "rust:1.80",
        "rust:1.70",
    ),
    "the older toolchain file of Rust": (
        {"Cargo.toml": CRATE.format(""), "rust-toolchain": "1.90.0\n"},
        "rust:1.90",
        "rust:1.80",
    ),
    "a runtime for developers": (
        {"package.json": '{"devEngines": {"runtime": {"name": "node", "version": ">=24"}}}'},
        "node:24",
        "node:22",
    ),
    "the old form of engines": (
        {"package.json": '{"engines": ["node >= 24"]}'},
        "node:24",
        "node:22",
    ),
    "an alias in a version file": (
        {".nvmrc": "lts/jod\n", "package.json": "{}"},
        "node:22",
        "node:24",
    ),
    "a range in a version file": (
        {".node-version": ">=24\n", "package.json": "{}"},
        "node:26",
        "node:22",
    ),
    "the version file of Bun": (
        {"package.json": "{}", ".bun-version": "1.4.5\n"},
        "oven/bun:1.4.5",
        "oven/bun:1.3.0",
    ),
    "engines of Deno": (
        {"deno.json": "{}", "package.json": '{"engines": {"deno": ">=2.5"}}'},
        "denoland/deno:2.6.0",
        "denoland/deno:2.1.0",
    ),
}
FOLDERS = {
    "a pom's level is in the plugin of its parent": "server",
    "a crate inherits from the workspace above it": "api",
}


def codes(files: Files, image: str, folder: str) -> list[str]:
    path = f"{folder}/Dockerfile".lstrip("/")
    tree = SourceTree(MemoryBackend({**files, path: f"FROM {image}\nUSER 1000\n"}))
    return [item.code for item in check(tree, path).findings if item.code in {"BP710", "BP711"}]


@pytest.mark.parametrize("name", CASES)
def test_an_image_that_the_plan_would_not_choose_is_found(name: str) -> None:
    files, good, bad = CASES[name]
    folder = FOLDERS.get(name, "")
    assert (codes(files, good, folder), len(codes(files, bad, folder))) == ([], 1)


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_the_images_that_a_plan_chooses_agree_with_what_check_reads(name: str) -> None:
    root = FIXTURES / name
    files: dict[str, str | bytes] = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }
    # Without the line that names the generator it is anybody's Dockerfile.
    text = buildplan.plan(root).dockerfile().partition("\n")[2]
    found = check(SourceTree(MemoryBackend({**files, "Dockerfile": text}))).findings
    assert [str(item) for item in found if item.code in {"BP710", "BP711"}] == []
