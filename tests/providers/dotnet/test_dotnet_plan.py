from __future__ import annotations

import pytest
from dotnet_trees import MAIN, command, detected, packages, project, references
from planned import codes, decision, plan, started

from buildplan.errors import FileError, NoStartError, PlanError
from buildplan.language.contract import Strength

WEB = project()
EXE = "<OutputType>Exe</OutputType>"
NODE_APP = '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "^5"}}'
NET48 = (
    '<Project ToolsVersion="15.0" xmlns="http://schemas.microsoft.com/developer/msbuild/2003">'
    "<PropertyGroup><TargetFrameworkVersion>v4.8</TargetFrameworkVersion></PropertyGroup></Project>"
)


# --- who claims a tree ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("files", "strength"),
    [
        ({"Web.csproj": WEB}, Strength.APP),
        ({"Shop.sln": "", "src/Web/Web.csproj": WEB}, Strength.APP),
        ({"Tool.csproj": project(EXE, sdk="Microsoft.NET.Sdk")}, Strength.MANIFEST),
        ({"src/Web/Web.csproj": WEB}, Strength.SITE),
        ({"a/b/c/Tool.csproj": project(EXE, sdk="Microsoft.NET.Sdk")}, Strength.STRAY),
        ({"global.json": "{}", "src/Web/Web.vbproj": WEB}, Strength.APP),
    ],
)
def test_evidence_weighs_where_the_project_lies(files: dict[str, str], strength: Strength) -> None:
    found = detected(files)
    assert found is not None
    assert found.strength is strength


@pytest.mark.parametrize("files", [{}, {"Shop.sln": ""}, {"a/b/c/d/e/X.csproj": WEB}, {"main.cs": ""}])
def test_a_tree_without_a_project_is_none(files: dict[str, str]) -> None:
    assert detected(files) is None


def test_a_stray_project_does_not_take_a_node_app() -> None:
    files = {"package.json": NODE_APP, "server.js": "require('express')().listen(3000)", "tools/x/X.csproj": WEB}
    assert plan(files).providers[0].name == "node"


def test_a_frontend_in_a_folder_does_not_take_the_app() -> None:
    exec_npm = '</ItemGroup><Target Name="Spa"><Exec Command="npm run build" /></Target><ItemGroup>'
    files = {"Web.csproj": project(items=exec_npm), "Program.cs": MAIN, "ClientApp/package.json": NODE_APP}
    made = plan(files)
    assert [item.name for item in made.providers] == ["dotnet"]
    assert "BP854" in codes(made)
    assert "FROM node:" in made.dockerfile()


def test_a_target_that_only_developers_run_needs_no_node() -> None:
    items = '</ItemGroup><Target Name="X" Condition=" \'$(Configuration)\' == \'Debug\' "><Exec Command="npm ci" />'
    made = plan({"Web.csproj": project(items=f"{items}</Target><ItemGroup>"), "Program.cs": MAIN})
    assert "BP854" not in codes(made)


# --- which project is the app ---------------------------------------------------------------------------------------
TEST = project(sdk="Microsoft.NET.Sdk", items=packages("xunit"))


def test_the_web_app_beats_console_apps_tests_and_what_it_is_made_of() -> None:
    made = plan(
        {
            "All.sln": 'Project("{A}") = "W", "src\\Shop.Web\\Shop.Web.csproj", "{B}"\n'
            'Project("{A}") = "C", "src\\Shop.Cli\\Shop.Cli.csproj", "{C}"\n'
            'Project("{A}") = "T", "tests\\T\\T.csproj", "{D}"\n',
            "src/Shop.Web/Shop.Web.csproj": project(items=references("..\\Core\\Core.csproj")),
            "src/Core/Core.csproj": project(sdk="Microsoft.NET.Sdk"),
            "src/Shop.Cli/Shop.Cli.csproj": project(EXE, sdk="Microsoft.NET.Sdk"),
            "tests/T/T.csproj": TEST,
        }
    )
    assert decision(made, "dotnet.project").value == "src/Shop.Web/Shop.Web.csproj"
    assert [item.value for item in decision(made, "dotnet.project").runners_up] == ["src/Shop.Cli/Shop.Cli.csproj"]
    install = made.phase("install")
    assert install is not None
    assert [item.path for item in install.inputs] == ["src/Core/Core.csproj", "src/Shop.Web/Shop.Web.csproj"]


def test_several_web_apps_are_reported_and_an_option_chooses() -> None:
    files = {"X.slnx": '<Solution><Project Path="Api/Api.csproj" /><Project Path="Web/Web.csproj" /></Solution>'}
    files |= {"Api/Api.csproj": WEB, "Web/Web.csproj": WEB}
    assert decision(plan(files), "dotnet.project").value == "Web/Web.csproj"
    assert "BP670" in codes(plan(files))
    for name in ("Api", "Api/Api.csproj", "Api\\Api.csproj"):
        chosen = plan(files, set=(f"dotnet.project={name}",))
        assert decision(chosen, "dotnet.project").value == "Api/Api.csproj"
        assert "BP670" not in codes(chosen)
    with pytest.raises(PlanError, match="there is no project"):
        plan(files, set=("dotnet.project=Nope",))


def test_a_browser_client_that_the_server_hosts_is_not_the_app() -> None:
    client = project(sdk="Microsoft.NET.Sdk.BlazorWebAssembly")
    made = plan({"Client/A.csproj": client, "Server/Z.csproj": project(items=references("..\\Client\\A.csproj"))})
    assert started(made).endswith("dotnet Z.dll")


def test_an_aspire_host_is_never_the_app() -> None:
    host = project("<IsAspireHost>true</IsAspireHost>", EXE, sdk="Microsoft.NET.Sdk", items=references("../W/W.csproj"))
    made = plan({"Host/Host.csproj": host, "W/W.csproj": WEB})
    assert started(made).endswith("dotnet W.dll")
    assert "developer's machine" in decision(made, "dotnet.project").runners_up[0].reason


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (NET48, "runs on Windows only"),
        (project(EXE, sdk="Microsoft.NET.Sdk", target="net48"), "runs on Windows only"),
        (project("<OutputType>WinExe</OutputType>", sdk="Microsoft.NET.Sdk", target="net8.0-windows"), "desktop"),
        (project("<AzureFunctionsVersion>v4</AzureFunctionsVersion>", EXE, sdk="Microsoft.NET.Sdk"), "Functions"),
    ],
)
def test_what_no_linux_container_runs_is_a_clear_error(text: str, part: str) -> None:
    with pytest.raises(PlanError, match=part):
        plan({"Old.csproj": text})


def test_only_libraries_have_no_start() -> None:
    with pytest.raises(NoStartError, match=r"looked at `Lib\.csproj`"):
        plan({"Lib.csproj": project(sdk="Microsoft.NET.Sdk")})


def test_a_broken_project_is_an_error_with_its_line() -> None:
    with pytest.raises(FileError, match="not XML") as raised:
        plan({"Web.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web">\n<a>\n</Project>'})
    assert raised.value.origin is not None
    assert raised.value.origin.line == 3


# --- how it is built and started ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("net10.0", 'ASPNETCORE_HTTP_PORTS="$PORT" exec dotnet Web.dll'),
        ("net6.0", 'ASPNETCORE_URLS="http://+:$PORT" exec dotnet Web.dll'),
    ],
)
def test_the_port_is_said_as_the_version_reads_it(target: str, expected: str) -> None:
    assert started(plan({"Web.csproj": project(target=target)})) == expected


@pytest.mark.parametrize(
    ("code", "expected", "found"),
    [
        ('app.Run("http://0.0.0.0:" + Environment.GetEnvironmentVariable("PORT"));', "dotnet Web.dll", set()),
        ('app.Run("http://localhost:5000");', "dotnet Web.dll", {"BP647", "BP649"}),
        ("o.ListenAnyIP(5005);", "dotnet Web.dll", {"BP647"}),
        ('// app.Run("http://localhost:5000");', 'ASPNETCORE_HTTP_PORTS="$PORT" exec dotnet Web.dll', set()),
        (
            "if (env.IsDevelopment()) { o.ListenAnyIP(5005); }",
            'ASPNETCORE_HTTP_PORTS="$PORT" exec dotnet Web.dll',
            set(),
        ),
    ],
)
def test_a_port_in_the_code_counts(code: str, expected: str, found: set[str]) -> None:
    made = plan({"Web.csproj": WEB, "Program.cs": code})
    assert (started(made), codes(made)) == (expected, found)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dotnet Web.dll", "dotnet Web.dll"),
        ("dotnet out/Web.dll --urls http://*:$PORT", 'exec dotnet Web.dll --urls "http://*:$PORT"'),
        ("cd bin/publish && ./Web --urls http://*:$PORT", 'exec dotnet Web.dll --urls "http://*:$PORT"'),
        ("ASPNETCORE_URLS=http://+:$PORT dotnet Web.dll", 'ASPNETCORE_URLS="http://+:$PORT" exec dotnet Web.dll'),
        ("dotnet run --project Web.csproj", "dotnet Web.dll"),
        ("dotnet Web.dll && echo done", "dotnet Web.dll && echo done"),
    ],
)
def test_a_procfile_means_what_is_published(line: str, expected: str) -> None:
    assert started(plan({"Web.csproj": WEB, "Program.cs": MAIN, "Procfile": f"web: {line}\n"})) == expected


def test_a_program_without_a_host_gets_an_init_where_the_runtime_leaves_signals_to_it() -> None:
    plain = {"A.csproj": project(EXE, sdk="Microsoft.NET.Sdk")}
    hosted = {"A.csproj": project(EXE, sdk="Microsoft.NET.Sdk", items=packages("Microsoft.Extensions.Hosting"))}
    older = {"A.csproj": project(EXE, sdk="Microsoft.NET.Sdk", target="net9.0")}
    assert [plan(files).run.init for files in (plain, hosted, older)] == [True, False, False]


@pytest.mark.parametrize(
    ("line", "flavour", "flags", "start"),
    [
        ("<PublishAot>true</PublishAot>", "native", "--use-current-runtime", "./Web"),
        ("<SelfContained>true</SelfContained>", "native", "--self-contained true", "./Web"),
        ("<PublishSingleFile>true</PublishSingleFile>", "slim", "--self-contained false", "./Web"),
        ("<AssemblyName>shop</AssemblyName>", "slim", "-p:UseAppHost=false", "dotnet shop.dll"),
    ],
)
def test_how_it_is_published_is_honoured(line: str, flavour: str, flags: str, start: str) -> None:
    made = plan({"Web.csproj": project(line)})
    assert made.run.runtime.flavour == flavour
    assert flags in command(made)
    assert started(made).endswith(f"exec {start}")


def test_a_lock_file_is_followed_and_several_targets_get_the_newest() -> None:
    made = plan(
        {
            "Web.csproj": project("<TargetFrameworks>net9.0;net10.0;net48</TargetFrameworks>", target=""),
            "packages.lock.json": "{}",
        }
    )
    assert command(made, "install") == "dotnet restore Web.csproj --locked-mode"
    assert "-f net10.0" in command(made)


def test_a_local_feed_and_all_settings_above_a_project_are_there_before_the_restore() -> None:
    feed = '<configuration><packageSources><add key="local" value="./feed" /></packageSources></configuration>'
    made = plan(
        {
            "NuGet.Config": feed,
            "feed/a.1.0.0.nupkg": "",
            "src/Directory.Build.props": "<Project><Import Project=\"$([MSBuild]::GetPathOfFileAbove('"
            "Directory.Build.props', '$(MSBuildThisFileDirectory)../'))\" /></Project>",
            "Directory.Build.props": "<Project><PropertyGroup><TargetFramework>net9.0</TargetFramework>"
            "</PropertyGroup></Project>",
            "src/Web/Web.csproj": project(target=""),
        }
    )
    install = made.phase("install")
    assert install is not None
    assert [item.path for item in install.inputs] == [
        "Directory.Build.props",
        "NuGet.Config",
        "src/Directory.Build.props",
        "src/Web/Web.csproj",
        "feed/",
    ]
    assert decision(made, "dotnet.version").value == "9.0"


def test_what_is_named_and_missing_is_reported() -> None:
    made = plan({"Web.csproj": project(items=references("..\\..\\out.csproj", "Gone\\Gone.csproj"))})
    assert [item.text for item in made.diagnostics if item.code == "BP853"] == [
        "`Gone/Gone.csproj` is not in the tree, so the build will stop"
    ]


# --- databases, feeds and libraries ---------------------------------------------------------------------------------
def test_the_folder_of_a_database_file_can_be_written() -> None:
    files = {"Web.csproj": project(items=packages("Microsoft.EntityFrameworkCore.Sqlite"))}
    for text, expected in (("Data Source=app.db", (".",)), ("DataSource=data/x.db;Cache=Shared", ("data",))):
        settings = f'{{"ConnectionStrings": {{"Main": "{text}"}}}}'
        assert plan({**files, "appsettings.json": settings}).run.writable == expected
    memory = {**files, "appsettings.json": '{"ConnectionStrings": {"Main": "Data Source=:memory:"}}'}
    assert plan(memory).run.writable == ()
    code = {**files, "Program.cs": 'var place = "Filename=data/shop.db";\n' + MAIN}
    assert plan(code).run.writable == ("data",)


def test_migrations_become_a_release_process_where_a_bundle_can_be_made() -> None:
    files = {
        "Web.csproj": project(),
        "Program.cs": MAIN,
        "Migrations/ShopModelSnapshot.cs": "class ShopModelSnapshot {}",
    }
    assert "BP855" in codes(plan(files))
    assert codes(plan({**files, "Startup.cs": "db.Database.Migrate();"})) == set()
    files["ShopFactory.cs"] = "class ShopFactory : IDesignTimeDbContextFactory<Shop> {}"
    made = plan({**files, ".config/dotnet-tools.json": '{"tools": {"dotnet-ef": {"version": "10.0.0"}}}'})
    release = made.process("release")
    assert release is not None
    assert release.argv == ("./efbundle",)
    assert made.start == "web"
    build = made.phase("build")
    assert build is not None
    assert build.commands[1] == (
        "dotnet tool restore && dotnet ef migrations bundle --project Web.csproj --startup-project Web.csproj "
        "--configuration Release --output /out/efbundle"
    )


def test_credentials_of_a_package_source_are_secrets_by_name() -> None:
    config = (
        "<configuration><packageSourceCredentials><feed>"
        '<add key="Username" value="me" /><add key="ClearTextPassword" value="{}" />'
        "</feed></packageSourceCredentials></configuration>"
    )
    made = plan({"Web.csproj": project(), "nuget.config": config.format("%FEED_TOKEN%")})
    assert made.secrets == ("FEED_TOKEN",)
    assert made.dockerfile().count("--mount=type=secret,id=FEED_TOKEN") == 2
    plain = plan({"Web.csproj": project(), "nuget.config": config.format("hunter2")})
    assert codes(plain) == {"BP622"}
    assert "hunter2" not in plain.to_json()


def test_packages_bring_what_they_need_of_the_system() -> None:
    made = plan({"Web.csproj": project(items=packages("SkiaSharp.NativeAssets.Linux", "PuppeteerSharp"))})
    assert made.run.apt_packages == ("libfontconfig1",)
    assert "BP625" in codes(made)


def test_a_dockerfile_of_the_authors_says_which_of_several_is_the_app() -> None:
    files = {"Api/Api.csproj": WEB, "Web/Web.csproj": WEB}
    own = 'FROM x AS a\nENTRYPOINT ["dotnet", "Web.dll"]\nFROM y\nENTRYPOINT ["dotnet", "Api.dll"]\n'
    made = plan({**files, "Dockerfile": own})
    assert decision(made, "dotnet.project").value == "Api/Api.csproj"
    assert str(decision(made, "dotnet.project").origin) == "Dockerfile:4"
    generated = plan({**files, "Dockerfile": f"# Generated by buildplan 0.1.0\n{own}"})
    assert decision(generated, "dotnet.project").value == "Web/Web.csproj"


def test_an_old_target_has_its_own_image() -> None:
    made = plan({"Web.csproj": project(target="netcoreapp3.1")})
    assert made.run.runtime.image == "mcr.microsoft.com/dotnet/aspnet:3.1-focal"
    assert "BP601" in codes(made)


def test_a_client_compiled_ahead_of_time_gets_its_workload() -> None:
    line = "<RunAOTCompilation>true</RunAOTCompilation>"
    made = plan({"Client.csproj": project(line, sdk="Microsoft.NET.Sdk.BlazorWebAssembly")})
    assert command(made, "setup") == "dotnet workload install wasm-tools"
    setup = made.phase("setup")
    assert setup is not None
    assert setup.apt_packages == ("python3",)


def test_a_program_that_starts_a_web_project_is_a_web_app() -> None:
    library = project("<OutputType>Library</OutputType>")
    program = project("<OutputType>Exe</OutputType>", sdk="Microsoft.NET.Sdk", items=references("../Host/Host.csproj"))
    dummy = project("<OutputType>Exe</OutputType>", sdk="Microsoft.NET.Sdk")
    made = plan({"A.Test.Dummy/A.Test.Dummy.csproj": dummy, "Host/Host.csproj": library, "Z.Run/Z.Run.csproj": program})
    assert decision(made, "dotnet.project").value == "Z.Run/Z.Run.csproj"
    assert decision(made, "run.base").value == "slim"
    assert made.start == "web"


def test_paket_is_restored_with_its_own_files_and_fable_is_reported() -> None:
    tools = '{"version": 1, "tools": {"paket": {"version": "8.0.0"}, "fable": {"version": "4.9.0"}}}'
    files = {
        "src/Server/Server.fsproj": project(),
        "src/Server/paket.references": "Giraffe\n",
        "src/Client/paket.references": "Fable.Core\n",
        "paket.dependencies": "",
        "paket.lock": "",
        ".paket/Paket.Restore.targets": "<Project/>",
        ".config/dotnet-tools.json": tools,
    }
    made = plan(files)
    install = made.phase("install")
    assert install is not None
    paths = {item.path for item in install.inputs}
    assert paths >= {"paket.dependencies", "paket.lock", ".paket/", "src/Server/paket.references"}
    assert "src/Client/paket.references" not in paths
    assert command(made, "install").startswith("dotnet tool restore && dotnet restore ")
    assert command(made).startswith("dotnet tool restore && dotnet publish ")
    assert "BP856" in codes(made)
    without = plan({name: text for name, text in files.items() if name != "paket.dependencies"})
    assert command(without, "install").startswith("dotnet restore ")
