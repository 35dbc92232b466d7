""".NET: ASP.NET, Blazor, worker services and console apps in C#, F# and Visual Basic."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="dotnet",
    title=".NET",
    detect=late(".detect:detect", __package__),
    plan=late(".plan:plan", __package__),
    dependencies=late(".dependencies:dependencies", __package__),
    versions=late(".dotnet_version:VERSIONS", __package__),
    members=late(".detect:members", __package__),
    start_help='a project of `Microsoft.NET.Sdk.Web` or with `<OutputType>Exe`, or `project = "…"` under `[dotnet]`',
    aliases=("c#", "csharp", "f#", "fsharp"),
    manifests=("*.csproj", "*.fsproj", "*.vbproj"),
    code=(".cs", ".fs", ".vb"),
    runtimes=("dotnet",),
    options={
        "project": "which project to build: its file, its folder or its name",
    },
    app_option="project",
    programs=("dotnet",),
)
