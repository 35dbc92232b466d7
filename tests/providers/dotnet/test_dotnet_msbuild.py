from __future__ import annotations

import planned
import pytest
from buildplan.providers.dotnet import conditions, msbuild, source_code
from dotnet_trees import project
from planned import of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("'a' == 'A'", True),
        ("'a' != 'a'", False),
        ("'' == '' and !('1' == '2')", True),
        ("'a' == 'b' or 'x' == 'x'", True),
        ("Exists('there')", True),
        ("!Exists('gone')", True),
        ("HasTrailingSlash('a/')", True),
        ("'10.0' >= '9.0'", True),
        ("2 < 10", True),
        ("true", True),
        ("'False'", False),
        ("'a' == ", False),
        ("((((", False),
        ("!" * 5000, False),
        ("Unknown('x')", False),
        ("'a' < 'b'", False),
    ],
)
def test_a_condition_holds_or_not(text: str, expected: bool) -> None:  # noqa: FBT001
    assert conditions.holds(text, lambda path: path == "there") is expected


def test_properties_are_read_in_the_order_of_evaluation() -> None:
    facts = msbuild.read(
        of(
            {
                "Directory.Build.props": "<Project><PropertyGroup><A>1</A><B>$(A)2</B></PropertyGroup></Project>",
                "x/P.csproj": project(
                    "<C>$(B)3$(None)</C>",
                    "<D Condition=\"'$(C)' == '123'\">yes</D>",
                    "<D Condition=\"'$(C)' == '0'\">no</D>",
                    "<N>$(MSBuildProjectName)</N>",
                    "<L>$([MSBuild]::IsOSPlatform('Linux'))$([System.String]::Copy('x'))</L>",
                ),
                "Directory.Build.targets": "<Project><PropertyGroup><E>$(D)!</E></PropertyGroup></Project>",
            }
        ),
        "x/P.csproj",
    )
    assert [facts.get(name) for name in ("B", "c", "D", "N", "L", "E")] == ["12", "123", "yes", "P", "True", "yes!"]
    assert str(facts.origin("A")) == "Directory.Build.props:1 A"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("$(MSBuildProjectName.EndsWith('Tests'))", False),
        ("$(MSBuildProjectName.EndsWith('Api'))", True),
        ("$(MSBuildProjectName.Contains('.Test')) or $(MSBuildProjectName.StartsWith(\"Shop\"))", True),
        ("!$(MSBuildProjectFullPath.Contains('src$([System.IO.Path]::DirectorySeparatorChar)Shop'))", False),
        ("'$(MSBuildProjectName.Equals('Shop.Api'))' == 'true'", True),
        ("'$(IsTest)' == 'true'", False),
        ("'$(Late)' == 'yes'", True),
        ("$([Some.Type]::Unknown($(X)))", False),
        ("   ", True),
    ],
)
def test_items_are_conditional_on_what_all_files_say(condition: str, expected: bool) -> None:  # noqa: FBT001
    attribute = condition.replace('"', "&quot;")
    tree = {
        "Directory.Build.props": f'<Project><ItemGroup Condition="{attribute}">'
        '<PackageReference Include="xunit" Version="2" /></ItemGroup></Project>',
        "src/Shop.Api/Shop.Api.csproj": project("<Late>yes</Late>"),
    }
    assert ("xunit" in msbuild.read(of(tree), "src/Shop.Api/Shop.Api.csproj").packages) is expected


def test_one_branch_of_a_choice_is_taken_and_imports_are_followed() -> None:
    choice = (
        "<Choose><When Condition=\"'a' == 'b'\"><PropertyGroup><X>1</X></PropertyGroup></When>"
        "<Otherwise><PropertyGroup><X>2</X></PropertyGroup></Otherwise></Choose>"
    )
    facts = msbuild.read(
        of(
            {
                "P.csproj": f'<Project Sdk="Microsoft.NET.Sdk"><Import Project="a.props" />{choice}</Project>',
                "a.props": '<Project><Import Project="P.csproj" /><Import Project="gone.props" /></Project>',
            }
        ),
        "P.csproj",
    )
    assert facts.get("X") == "2"
    assert list(facts.files) == ["P.csproj", "a.props"]
    assert list(facts.missing) == ["gone.props"]


def test_properties_cannot_grow() -> None:
    lines = ["<A0>aaaaaaaaaa</A0>", *(f"<A{i + 1}>{f'$(A{i})' * 10}</A{i + 1}>" for i in range(12))]
    facts = msbuild.read(of({"P.csproj": project(*lines)}), "P.csproj")
    assert max(len(item.value) for item in facts.properties.values()) <= 4000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("..\\b\\B.csproj", "b/B.csproj"),
        ("c/../C.csproj", "a/C.csproj"),
        ("../../out.csproj", None),
        ("/x.props", "x.props"),
        ("C:\\x.props", None),
        ("", None),
        ("a\nb", None),
    ],
)
def test_a_path_stays_in_the_tree(text: str, expected: str | None) -> None:
    assert msbuild.inside(text, "a") == expected


def test_comments_count_in_no_language() -> None:
    reads = 'Environment.GetEnvironmentVariable("SHOP_PORT")'
    tree = planned.of(
        {
            "A.cs": f"// {reads}\n/* {reads} */ var a = {reads};",
            "A.fs": f"// {reads}\n(* {reads}\n *) let a = {reads}\n",
        }
    )
    for path, line in (("A.cs", 2), ("A.fs", 3)):
        code = source_code.read(tree, path)
        assert code is not None
        assert [(item.value, item.origin.line) for item in code.variables] == [("SHOP_PORT", line)]


def test_an_address_of_development_does_not_count() -> None:
    code = """
if (app.Environment.IsDevelopment()) { app.Run("http://localhost:5000"); }
if (!app.Environment.IsDevelopment()) { app.Urls.Add("http://0.0.0.0:5001"); }
builder.WebHost.UseKestrel(o => o.ListenAnyIP(5002));
list.Add("http://a:5003");
"""
    found = source_code.read(planned.of({"A.cs": code}), "A.cs")
    assert found is not None
    assert [(item.host, item.port) for item in found.addresses] == [("0.0.0.0", 5001), ("0.0.0.0", 5002)]  # noqa: S104


@pytest.mark.parametrize("piece", ["/*", '"""', '@"', "(*", '"', '.Run("http://a:1");', "if (IsDevelopment) {"])
@pytest.mark.parametrize("ending", ["cs", "fs"])
def test_hostile_code_is_read_in_one_pass(piece: str, ending: str) -> None:
    code = source_code.read(planned.of({f"A.{ending}": piece * (400_000 // len(piece))}), f"A.{ending}")
    assert code is not None
    assert code.variables == ()
