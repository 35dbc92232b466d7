from __future__ import annotations

import pytest

import buildplan
from buildplan.config import environment
from buildplan.config.known import PROVIDER_OPTIONS
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.model.requests import Extend, ListEdit, Overrides, Replace


def read(**env: str) -> Overrides:
    return environment.read(env)


def values(edit: ListEdit | None) -> list[str]:
    assert edit is not None
    items = edit.items if isinstance(edit, Replace) else (*edit.before, *edit.after)
    return [item.value for item in items]


VERSIONS = [
    ("NIXPACKS_NODE_VERSION", "node"),
    ("NIXPACKS_PYTHON_VERSION", "python"),
    ("NIXPACKS_RUBY_VERSION", "ruby"),
    ("NIXPACKS_RUST_VERSION", "rust"),
    ("NIXPACKS_JDK_VERSION", "java"),
    ("NIXPACKS_GRADLE_VERSION", "gradle"),
    ("RAILPACK_GRADLE_VERSION", "gradle"),
    ("NIXPACKS_ELIXIR_VERSION", "elixir"),
    ("NIXPACKS_CSHARP_SDK_VERSION", "dotnet"),
    ("NIXPACKS_PHP_VERSION", "php"),
    ("NIXPACKS_POETRY_VERSION", "poetry"),
    ("NIXPACKS_PDM_VERSION", "pdm"),
    ("NIXPACKS_UV_VERSION", "uv"),
    ("RAILPACK_NODE_VERSION", "node"),
    ("RAILPACK_BUN_VERSION", "bun"),
    ("RAILPACK_GO_VERSION", "go"),
    ("RAILPACK_DENO_VERSION", "deno"),
    ("RAILPACK_ERLANG_VERSION", "erlang"),
    ("BUILDPLAN_NODE_VERSION", "node"),
    ("BUILDPLAN_PNPM_VERSION", "pnpm"),
]


@pytest.mark.parametrize(("name", "runtime"), VERSIONS)
def test_versions_have_their_runtime(name: str, runtime: str) -> None:
    result = read(**{name: " 22\n"})
    assert result.versions[runtime].value == "22"
    assert result.versions[runtime].origin == Origin("<environment>", None, name)
    assert result.variables == {}


OPTIONS = [
    ("NIXPACKS_TURBO_APP_NAME", "web", {"node.app": "web"}),
    ("NIXPACKS_NX_APP_NAME", "web", {"node.app": "web"}),
    ("NIXPACKS_MOON_APP_NAME", "web", {"node.app": "web"}),
    ("NIXPACKS_MOON_BUILD_TASK", "b", {"node.moon_build_task": "b"}),
    ("NIXPACKS_MOON_START_TASK", "s", {"node.moon_start_task": "s"}),
    ("NIXPACKS_SPA_OUT_DIR", "build", {"node.output": "build", "node.spa": "true"}),
    ("NIXPACKS_SPA_CADDY", "false", {"node.spa": "false"}),
    ("NIXPACKS_SPA_CADDY", "0", {"node.spa": "false"}),
    ("NIXPACKS_SPA_CADDY", "1", {}),
    ("NIXPACKS_STATICFILE_ROOT", "site", {"static.root": "site"}),
    ("NIXPACKS_GO_BIN", "server", {"go.bin": "server"}),
    ("NIXPACKS_RUST_BIN", "server", {"rust.bin": "server"}),
    ("NIXPACKS_CARGO_WORKSPACE", "api", {"rust.package": "api"}),
    ("NIXPACKS_NO_MUSL", "1", {"rust.musl": "false"}),
    ("NIXPACKS_NO_MUSL", "0", {}),
    ("NIXPACKS_PHP_ROOT_DIR", "/app/public", {"php.root": "/app/public"}),
    ("NIXPACKS_PHP_FALLBACK_PATH", "/index.php", {"php.fallback": "/index.php"}),
    ("NIXPACKS_PYTHON_PACKAGE_MANAGER", "uv", {"python.package_manager": "uv"}),
    ("RAILPACK_NO_SPA", "true", {"node.spa": "false"}),
    ("RAILPACK_SPA_OUTPUT_DIR", "out", {"node.output": "out", "node.spa": "true"}),
    ("RAILPACK_NX_APP", "web", {"node.app": "web"}),
    ("RAILPACK_ANGULAR_PROJECT", "web", {"node.angular_project": "web"}),
    ("RAILPACK_STATIC_FILE_ROOT", "site", {"static.root": "site"}),
    ("RAILPACK_PHP_EXTENSIONS", "gd, intl zip", {"php.extensions": "gd,intl,zip"}),
    ("RAILPACK_DJANGO_APP_NAME", "shop", {"python.django_app": "shop"}),
    ("RAILPACK_GO_WORKSPACE_MODULE", "api", {"go.module": "api"}),
    ("RAILPACK_SHELL_SCRIPT", "run.sh", {"shell.script": "run.sh"}),
    ("BUILDPLAN_NODE_OUTPUT", "dist", {"node.output": "dist"}),
    ("BUILDPLAN_STATIC_ROOT", "public", {"static.root": "public"}),
]


@pytest.mark.parametrize(("name", "value", "expected"), OPTIONS, ids=[f"{case[0]}={case[1]}" for case in OPTIONS])
def test_settings_of_providers_become_options(name: str, value: str, expected: dict[str, str]) -> None:
    result = read(**{name: value})
    assert {option: item.value for option, item in result.options.items()} == expected
    assert result.diagnostics == ()
    for option in expected:
        provider, _, key = option.partition(".")
        assert key in PROVIDER_OPTIONS[provider], "an option that no table describes"


@pytest.mark.parametrize("prefix", ["NIXPACKS_{}_CMD", "RAILPACK_{}_CMD", "BUILDPLAN_{}_COMMAND"])
@pytest.mark.parametrize("phase", ["install", "build"])
def test_commands_replace_those_of_the_phase(prefix: str, phase: str) -> None:
    result = read(**{prefix.format(phase.upper()): "make all"})
    commands = result.phases[phase].commands
    assert isinstance(commands, Replace)
    assert values(commands) == ["make all"]
    assert result.phases[phase].depends_on is None


@pytest.mark.parametrize("name", ["NIXPACKS_START_CMD", "RAILPACK_START_CMD", "BUILDPLAN_START"])
def test_a_start_command_is_a_line_for_the_shell(name: str) -> None:
    start = read(**{name: "node server.js"}).start
    assert start is not None
    assert start.value.shell == "node server.js"


def test_apt_packages_are_added_for_the_build_and_the_image() -> None:
    for name in ("NIXPACKS_APT_PKGS", "BUILDPLAN_APT"):
        result = read(**{name: "ffmpeg, libgl1-mesa-glx ,curl"})
        assert isinstance(result.apt_run, Extend)
        assert values(result.apt_run) == values(result.apt_build) == ["ffmpeg", "libgl1", "curl"]
        assert result.diagnostics[0].code == "BP669"


@pytest.mark.parametrize("prefix", ["RAILPACK_BUILD_APT_PACKAGES", "BUILDPLAN_APT_BUILD"])
def test_apt_packages_for_the_build_alone(prefix: str) -> None:
    result = read(**{prefix: "... cmake"})
    assert values(result.apt_build) == ["cmake"]
    assert result.apt_run is None


@pytest.mark.parametrize("prefix", ["RAILPACK_DEPLOY_APT_PACKAGES", "BUILDPLAN_APT_RUN"])
def test_apt_packages_for_the_image_alone(prefix: str) -> None:
    result = read(**{prefix: "... curl"})
    assert values(result.apt_run) == ["curl"]
    assert result.apt_build is None


@pytest.mark.parametrize("name", ["NIXPACKS_PKGS", "NIXPACKS_LIBS", "BUILDPLAN_PKGS"])
def test_nix_packages_are_translated(name: str) -> None:
    result = read(**{name: "nodejs_20 ffmpeg,zlib"})
    assert result.versions["node"].value == "20"
    assert values(result.apt_run) == ["ffmpeg", "zlib1g"]


def test_cache_directories_are_added_with_and_without_a_command() -> None:
    result = read(NIXPACKS_INSTALL_CACHE_DIRS="/root/.npm,/root/.cache", NIXPACKS_BUILD_CACHE_DIRS=".next/cache")
    assert isinstance(result.phases["install"].caches, Extend)
    assert values(result.phases["install"].caches) == ["/root/.npm", "/root/.cache"]
    assert values(result.phases["build"].caches) == [".next/cache"]


def test_other_settings_have_their_home() -> None:
    result = read(
        BUILDPLAN_PROVIDERS="node,static",
        BUILDPLAN_PORT="8080",
        BUILDPLAN_USER="1001",
        BUILDPLAN_HEALTH_CHECK="/healthz",
        RAILPACK_PACKAGES="node@22 bun",
        RAILPACK_NODE_PRUNE_CMD="npm prune",
        RAILPACK_SKIP_MIGRATIONS="true",
    )
    assert values(result.providers) == ["node", "static"]
    assert result.port is not None
    assert result.port.value == 8080
    assert result.user is not None
    assert result.health_check is not None
    assert {name: item.value for name, item in result.versions.items()} == {"node": "22", "bun": "latest"}
    assert values(result.phases["prune"].commands) == ["npm prune"]
    assert result.variables["RAILPACK_SKIP_MIGRATIONS"].scope == "run"


@pytest.mark.parametrize("value", ["http", "0", "65536", "-1", "٣", "9" * 400])
def test_a_port_that_is_none_is_a_mistake(value: str) -> None:
    with pytest.raises(ConfigError, match="is no port"):
        read(BUILDPLAN_PORT=value)


def test_all_other_variables_are_the_apps_own() -> None:
    result = read(NODE_ENV="development", EMPTY="", COOLIFY_URL="http://example.org/a=b")
    assert {name: (item.value, item.scope) for name, item in result.variables.items()} == {
        "NODE_ENV": ("development", "both"),
        "EMPTY": ("", "both"),
        "COOLIFY_URL": ("http://example.org/a=b", "both"),
    }
    assert result.diagnostics == ()


def test_a_secret_leaves_only_its_name() -> None:
    result = environment.read({"DATABASE_URL": "postgres://u:hunter2@db/x", "NPM_TOKEN": "hunter2"})
    assert [item.value for item in result.secrets] == ["DATABASE_URL", "NPM_TOKEN"]
    assert result.variables == {}
    assert "hunter2" not in repr(result)
    assert [item.code for item in result.diagnostics] == ["BP665", "BP665"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("NIXPACKS_NODE_VERSON", None),
        ("NIXPACKS_BUILD_CMDS", "NIXPACKS_BUILD_CMD"),
        ("BUILDPLAN_STRAT", "BUILDPLAN_START"),
    ],
)
def test_an_unknown_setting_is_reported_and_no_variable(name: str, near: str | None) -> None:
    result = read(**{name: "x"})
    (diagnostic,) = result.diagnostics
    assert diagnostic.code == "BP668"
    assert f"`{name}`" in diagnostic.text
    assert diagnostic.fix
    if near is not None:
        assert diagnostic.fix == f"did you mean `{near}`?"
    assert result.variables == {}


@pytest.mark.parametrize(
    "name", ["NIXPACKS_DEBIAN", "NIXPACKS_NO_CACHE", "NIXPACKS_RUN_IMAGE", "RAILPACK_DISABLE_CACHES"]
)
def test_what_has_no_effect_says_so(name: str) -> None:
    (diagnostic,) = read(**{name: "1"}).diagnostics
    assert (diagnostic.code, diagnostic.severity) == ("BP664", "info")


@pytest.mark.parametrize("name", ["NIXPACKS_METADATA", "NIXPACKS_PATH", "NIXPACKS_VERBOSE", "RAILPACK_VERSION"])
def test_what_the_tools_write_themselves_is_passed_over(name: str) -> None:
    assert read(**{name: "x"}) == Overrides()


def test_an_empty_setting_asks_for_nothing() -> None:
    assert read(NIXPACKS_BUILD_CMD="", BUILDPLAN_START=" ", NIXPACKS_NODE_VERSION="") == Overrides()


@pytest.mark.parametrize("name", ["A-B", "1A", "", "A B"])
def test_a_name_that_no_shell_knows_is_a_mistake(name: str) -> None:
    with pytest.raises(ConfigError, match="is no name for a variable") as caught:
        environment.read({name: "x"})
    assert caught.value.exit_code == 2


def test_a_value_of_several_lines_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="more than one line"):
        read(CERTIFICATE="a\nb")


def test_the_environment_of_the_process_is_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDPLAN_START", "node other.js")
    monkeypatch.setenv("NIXPACKS_NODE_VERSION", "18")
    assert environment.read({}) == Overrides()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("NIXPACKS_PYTHON_VERSION", "3.12", "chosen by a version of `python`"),
        ("NIXPACKS_STATICFILE_ROOT", "web", "`static` has no part in the plan"),
        ("RAILPACK_PHP_ROOT_DIR", "web", "`php` has no part in the plan"),
        ("NIXPACKS_BUILD_CACHE_DIRS", "x", "the settings of the phase `build` have no effect"),
    ],
)
def test_a_setting_for_what_is_not_in_the_plan_says_so(name: str, value: str, says: str) -> None:
    tree = {"package.json": '{"name": "x", "scripts": {"start": "node a.js"}}', "a.js": ""}
    plan = buildplan.plan(tree, buildplan.Options(env={name: value}))
    assert any(says in item.text for item in plan.diagnostics if item.code == "BP664")


def test_tools_of_another_language_are_added_and_programs_come_from_debian() -> None:
    tree = {"package.json": '{"name": "x", "scripts": {"start": "node a.js"}}', "a.js": ""}
    text = buildplan.plan(tree, buildplan.Options(env={"RAILPACK_PACKAGES": "python@3.12 jq"})).dockerfile()
    assert "FROM python:3.12-slim" in text
    assert "jq" in text.rpartition("\nFROM ")[2]
