"""Apps in a folder, with nothing at the root: who claims them, and where their files come from and go to."""

from __future__ import annotations

import pytest
from planned import commands, copied, plan

import buildplan
from buildplan.errors import NoProviderError

POM = """<project><artifactId>shop</artifactId><version>1.0</version><packaging>jar</packaging>
<dependencies><dependency><groupId>io.javalin</groupId><artifactId>javalin</artifactId><version>6</version></dependency>
</dependencies></project>
"""
MAIN = "package app;\n\npublic class Main {\n    public static void main(String[] args) {}\n}\n"
JAVA = {"pom.xml": POM, "src/main/java/app/Main.java": MAIN}
GO = {
    "go.mod": "module example.com/shop\n\ngo 1.26\n\nrequire github.com/a/b v1.0.0\n",
    "main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", http.FileServer('
    'http.Dir("static"))) }\n',
    "static/index.html": "hi",
}


def below(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {"README.md": "# Shop\n", **{f"{folder}/{path}": text for path, text in files.items()}}


@pytest.mark.parametrize(("files", "provider"), [(JAVA, "java"), (GO, "go")])
def test_the_only_app_in_a_folder_is_planned_as_if_it_were_alone(files: dict[str, str], provider: str) -> None:
    made, alone = plan(below("backend", files)), plan(files)
    assert made.providers[0].name == provider
    assert commands(made) == commands(alone)
    assert made.process(made.start) == alone.process(alone.start)
    assert made.providers[0].evidence[0].origin.path.startswith("backend/")


def test_what_is_copied_comes_from_the_folder_and_goes_where_the_app_is() -> None:
    text = plan(below("backend", GO)).dockerfile()
    assert "COPY backend/go.mod ./\n" in text
    assert "COPY backend ./\n" in text
    assert "COPY --chown=65532:65532 backend/static ./static\n" in text


def test_every_reason_names_the_file_in_the_folder() -> None:
    made = plan(below("backend", JAVA))
    assert copied(made)[0] == "target/dependency/"
    found = made.decision("java.main_class")
    assert found is not None
    assert str(found.origin).startswith("backend/src/main/java/app/Main.java:")


def test_of_two_apps_none_is_taken() -> None:
    tree = {**below("shop", JAVA), **below("stock", JAVA)}
    with pytest.raises(NoProviderError):
        plan(tree)


@pytest.mark.parametrize("folder", ["examples/shop", "a/b/c", "tools"])
def test_an_example_a_tool_and_what_lies_deep_is_no_app(folder: str) -> None:
    with pytest.raises(NoProviderError):
        plan(below(folder, JAVA))


def test_an_app_at_the_root_is_the_app() -> None:
    root = {"package.json": '{"name": "x", "scripts": {"start": "node server.js"}}', "server.js": "listen()\n"}
    found = buildplan.detect({**below("backend", JAVA), **root})
    assert [item.provider.name for item in found] == ["node", "java"]


def test_a_start_command_for_the_root_is_not_put_into_a_folder() -> None:
    found = buildplan.detect({**below("backend", JAVA), "Procfile": "web: java -jar backend/target/shop-1.0.jar\n"})
    assert "java" not in [item.provider.name for item in found]


RUBY = {"Gemfile": "source 'https://rubygems.org'\ngem 'sinatra'\ngem 'puma'\n", "app.rb": "require 'sinatra'\n"}
PHP = {"composer.json": '{"require": {"slim/slim": "4"}}', "public/index.php": "<?php\n"}
DOTNET = {
    "Api.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup>'
    "<TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>",
    "Program.cs": "var app = WebApplication.CreateBuilder(args).Build();\n",
}


@pytest.mark.parametrize(
    ("files", "provider"), [(RUBY, "ruby"), (PHP, "php"), (DOTNET, "dotnet")], ids=["ruby", "php", "dotnet"]
)
def test_an_app_in_a_folder_is_found_in_these_languages_too(files: dict[str, str], provider: str) -> None:
    made = plan(below("api", files))
    assert made.providers[0].name == provider
    assert made.providers[0].evidence[0].origin.path.startswith("api/")
    assert "COPY api" in made.dockerfile()


@pytest.mark.parametrize("files", [RUBY, PHP], ids=["ruby", "php"])
def test_the_folder_is_planned_as_the_tree_would_be(files: dict[str, str]) -> None:
    made, alone = plan(below("api", files)), plan(files)
    assert [phase.commands for phase in made.phases] == [phase.commands for phase in alone.phases]
    assert made.process(made.start) == alone.process(alone.start)
    assert made.run.environment == alone.run.environment


def test_an_app_of_another_language_at_the_root_wins_against_ruby_in_a_folder() -> None:
    root = {"package.json": '{"name": "x", "scripts": {"start": "node server.js"}}', "server.js": "listen()\n"}
    assert plan({**below("api", RUBY), **root}).providers[0].name == "node"
