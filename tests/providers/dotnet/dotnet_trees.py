"""What the tests of the .NET provider share: trees in memory and the plan of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planned import of

from buildplan.language import registry
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides

if TYPE_CHECKING:
    from buildplan.language.contract import Detection
    from buildplan.model.build_plan import BuildPlan

PROVIDER = registry.named("dotnet", Origin("<test>"))
MAIN = 'var app = WebApplication.CreateBuilder(args).Build();\napp.MapGet("/", () => "hello");\napp.Run();\n'


def project(*lines: str, sdk: str = "Microsoft.NET.Sdk.Web", target: str = "net10.0", items: str = "") -> str:
    """Return a project with these properties."""
    properties = "".join(f"\n    {line}" for line in lines)
    framework = f"\n    <TargetFramework>{target}</TargetFramework>" if target else ""
    return (
        f'<Project Sdk="{sdk}">\n  <PropertyGroup>{framework}{properties}\n  </PropertyGroup>\n'
        f"  <ItemGroup>{items}</ItemGroup>\n</Project>\n"
    )


def references(*paths: str) -> str:
    return "".join(f'<ProjectReference Include="{path}" />' for path in paths)


def packages(*names: str) -> str:
    return "".join(f'<PackageReference Include="{name}" Version="1.0.0" />' for name in names)


def detected(files: dict[str, str]) -> Detection | None:
    return PROVIDER.detect(of(files), Overrides())


def command(made: BuildPlan, phase: str = "build") -> str:
    found = made.phase(phase)
    assert found is not None
    return found.commands[0]
