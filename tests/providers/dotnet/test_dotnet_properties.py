"""Random and hostile .NET trees: a plan or a typed error, and never a word that the tree wrote in a build step."""

from __future__ import annotations

import shlex
from xml.sax.saxutils import escape

import dockerfile
import hostile
from dotnet_trees import MAIN
from hostile import EVIL, examine, slowly
from hypothesis import given
from hypothesis import strategies as st

import buildplan
from buildplan.errors import BuildplanError

words = st.one_of(hostile.words, st.sampled_from(("net10.0", "true")))
names = st.sampled_from(
    (
        "TargetFramework",
        "TargetFrameworks",
        "AssemblyName",
        "OutputType",
        "SelfContained",
        "PublishAot",
        "RuntimeIdentifier",
        "SpaRoot",
        "A",
    )
)
properties = st.lists(st.builds(lambda name, text: f"<{name}>{escape(text)}</{name}>", names, words), max_size=6)
items = st.sampled_from(("PackageReference", "ProjectReference", "FrameworkReference", "Import", "Exec"))


def attribute(text: str) -> str:
    return escape(text, {'"': "&quot;", "\n": "&#10;"})


included = st.lists(
    st.builds(
        lambda name, text: (
            f'<{name} Include="{attribute(text)}" Project="{attribute(text)}" '
            f'Command="{attribute(text)}" Condition="{attribute(text)}" />'
        ),
        items,
        words,
    ),
    max_size=6,
)


@slowly(200)
@given(properties, included)
def test_any_project_gives_a_plan_or_a_typed_error(values: list[str], found: list[str]) -> None:
    body = (
        f"<PropertyGroup>{''.join(values)}</PropertyGroup><ItemGroup>{''.join(found)}</ItemGroup>"
        f'{"".join(found)}<Target Name="x">{"".join(found)}</Target>'
    )
    examine(
        {
            "Web.csproj": f'<Project Sdk="Microsoft.NET.Sdk.Web">{body}</Project>',
            "Directory.Build.props": f"<P>{body}</P>",
        }
    )


@slowly(100)
@given(words, words)
def test_any_json_and_any_code_give_a_plan_or_a_typed_error(text: str, code: str) -> None:
    web = (
        '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>'
    )
    examine(
        {"Web.csproj": f"{web}</Project>", "global.json": text, "appsettings.json": text, "Program.cs": code}, "dotnet"
    )


@slowly(150)
@given(words)
def test_names_of_the_tree_are_quoted_where_they_enter_a_command(name: str) -> None:
    path = f"{name}/Web.csproj"
    tree = {path: '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>', "Program.cs": MAIN}
    try:
        text = buildplan.plan(tree, buildplan.Options(provider=("dotnet",))).dockerfile()
    except BuildplanError:
        return
    for found in dockerfile.parse_string(text):
        if found.cmd.upper() == "RUN" and EVIL in " ".join(found.value):
            assert any(word.endswith("/Web.csproj") for word in shlex.split(found.value[-1])), found.value


@slowly(100)
@given(words.filter(lambda word: "\n" not in word))
def test_any_start_command_gives_a_plan_or_a_typed_error(line: str) -> None:
    examine({"Web.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>', "Procfile": f"web: {line}\n"}, "dotnet")
