"""Elixir: what is fetched, compiled and built, with which caches, secrets and packages of the system."""

from __future__ import annotations

import pytest
from conftest import FIXTURES
from elixir_trees import LISTENS, PHOENIX, member, mix, umbrella
from planned import codes, commands, decision, diagnostic, plan

import buildplan
from buildplan.errors import FileError, VersionError

PACKAGE = '{"scripts": {"deploy": "webpack"}, "dependencies": {"phoenix": "file:../deps/phoenix"}}'
LOCK = '{"lockfileVersion": 3, "packages": {"": {"dependencies": {"phoenix": "file:../deps/phoenix"}}}}'


def inputs(made: buildplan.BuildPlan, phase: str) -> list[str]:
    found = made.phase(phase)
    assert found is not None
    return [item.path for item in found.inputs]


# --- dependencies ---------------------------------------------------------------------------------------------------
def test_dependencies_are_fetched_and_compiled_before_the_source_is_copied() -> None:
    made = plan(
        {
            "mix.exs": mix(deps=PHOENIX, project='version: File.read!("VERSION"), '),
            "mix.lock": "%{}\n",
            "VERSION": "1\n",
            "README.md": "",
            "config/config.exs": 'import Config\nimport_config "shared.exs"\nimport_config "#{config_env()}.exs"\n',
            "config/shared.exs": "",
            "config/prod.exs": "",
            "config/dev.exs": "",
            "config/runtime.exs": LISTENS,
        }
    )
    assert inputs(made, "install") == ["mix.exs", "mix.lock", "VERSION"]
    assert inputs(made, "deps") == ["config/config.exs", "config/prod.exs", "config/shared.exs"]
    assert commands(made, "install") == ("mix deps.get --only prod",)
    install, deps, build = (made.phase(name) for name in ("install", "deps", "build"))
    assert install is not None
    assert deps is not None
    assert build is not None
    assert [cache.target for cache in install.caches] == ["/root/.hex/packages"]
    assert [cache.target for cache in deps.caches] == ["/root/.cache"]
    # What is compiled has to stay in the layer.
    assert not build.caches


def test_without_packages_to_fetch_there_is_no_hex() -> None:
    made = plan({"mix.exs": mix(deps='{:core, path: "core"}'), "core/mix.exs": mix().replace(":shop", ":core")})
    assert made.phase("install") is None
    assert "local.hex" not in made.dockerfile()


def test_the_apps_of_an_umbrella_bring_their_manifests() -> None:
    files = umbrella(a=member("a"), web=member("web", f"{PHOENIX}, {{:a, in_umbrella: true}}"))
    made = plan({**files, "mix.lock": "%{}\n", "apps/web/config/config.exs": ""})
    assert inputs(made, "install") == ["mix.exs", "mix.lock", "apps/a/mix.exs", "apps/web/mix.exs"]
    assert inputs(made, "deps") == ["apps/web/config/config.exs"]


def test_dependencies_that_only_code_lists_are_known_by_the_lock() -> None:
    text = mix(deps="").replace("[]\n", 'Code.require_file("deps.ex", folder())\n    Shared.deps()\n')
    made = plan(
        {"mix.exs": text, "mix.lock": '%{\n  "plug": {:hex, :plug, "1.16.0", "a", [:mix], [], "hexpm", "b"},\n}\n'}
    )
    assert commands(made, "install") == ("mix deps.get --only prod",)
    assert inputs(made, "install") == ["."]


def test_a_path_that_is_not_in_the_tree_is_told() -> None:
    assert "BP674" in codes(plan({"mix.exs": mix(deps='{:core, path: "../core"}, ' + PHOENIX)}))


# --- private packages -----------------------------------------------------------------------------------------------
def test_packages_of_an_organization_are_fetched_with_a_secret() -> None:
    made = plan({"mix.exs": mix(deps='{:billing, "~> 1.0", organization: "acme"}')})
    install = made.phase("install")
    assert install is not None
    assert install.secrets == ("HEX_REPOS_KEY",)
    assert install.commands == ("mix deps.get --only prod",)
    assert "acme" in diagnostic(made, "BP623").text
    assert "--mount=type=secret,id=HEX_REPOS_KEY" in made.dockerfile()


def test_a_known_repository_is_added_and_removed_around_the_fetch() -> None:
    made = plan({"mix.exs": mix(deps='{:oban_pro, "~> 1.5", repo: "oban"}')})
    (command,) = commands(made, "install")
    assert command.startswith("mix hex.repo add oban https://repo.oban.pro --fetch-public-key SHA256:")
    assert '--auth-key "$OBAN_AUTH_KEY" && mix deps.get --only prod && mix hex.repo remove oban' in command
    assert made.secrets == ("OBAN_AUTH_KEY",)


@pytest.mark.parametrize("dependency", ['{:x, "~> 1.0", repo: "corp"}', '{:x, git: "git@example.org:x/x.git"}'])
def test_what_a_build_cannot_fetch_is_told(dependency: str) -> None:
    made = plan({"mix.exs": mix(deps=dependency)})
    assert diagnostic(made, "BP623").severity == "warning"
    assert made.secrets == ()


# --- assets ---------------------------------------------------------------------------------------------------------
SETUP = '"assets.setup": ["esbuild.install --if-missing"]'
ALIASES = f'  defp aliases, do: [{SETUP}, "assets.deploy": ["esbuild x", "phx.digest"]]'


def test_programs_are_downloaded_with_the_dependencies_and_that_is_told() -> None:
    made = plan({"mix.exs": mix(deps=PHOENIX + ', {:esbuild, "~> 0.8"}', body=ALIASES), "config/runtime.exs": LISTENS})
    assert commands(made, "deps") == ("mix deps.compile", "mix assets.setup")
    assert commands(made) == ("mix compile", "mix assets.deploy", "mix release")
    assert "esbuild" in diagnostic(made, "BP860").text


def test_packages_of_node_are_installed_in_a_stage_of_their_own() -> None:
    files = {
        "mix.exs": mix(deps=PHOENIX),
        "assets/package.json": PACKAGE,
        "assets/package-lock.json": LOCK,
        "config/config.exs": "",
        "config/prod.exs": 'config :shop, Shop.Endpoint, cache_static_manifest: "x"\n',
        "config/runtime.exs": LISTENS,
        ".tool-versions": "nodejs 22.12.0\n",
    }
    made = plan(files)
    install = made.phase("node:install")
    assert install is not None
    assert install.working_dir == "assets"
    assert [(item.path, item.phase) for item in install.inputs][-1] == ("deps/", "install")
    assert commands(made) == ("mix compile", "npm run deploy --prefix assets", "mix phx.digest", "mix release")
    assert ("assets/node_modules/", "node:install") in {(item.path, item.phase) for item in made.phases[-1].inputs}
    assert decision(made, "node.version").value == "22.12.0"
    assert "node" not in made.run.runtime.image
    # A stage stands before those that copy from it.
    text = made.dockerfile()
    assert (
        text.index("AS deps")
        < text.index("COPY --from=deps")
        < text.index("AS build")
        < text.index("--from=node-deps /app")
    )


@pytest.mark.parametrize(
    ("lock", "command"),
    [
        ("yarn.lock", "yarn --cwd assets run deploy"),
        ("pnpm-lock.yaml", "pnpm --dir assets run deploy"),
        ("bun.lock", "bun run --cwd assets deploy"),
    ],
)
def test_each_package_manager_runs_the_script_of_the_folder(lock: str, command: str) -> None:
    package = '{"scripts": {"deploy": "x"}, "dependencies": {"a": "1.0.0"}}'
    text = {"pnpm-lock.yaml": "lockfileVersion: '9.0'\n", "bun.lock": '{"lockfileVersion": 1}'}.get(lock, "")
    made = plan({"mix.exs": mix(deps=PHOENIX), "assets/package.json": package, f"assets/{lock}": text})
    assert command in commands(made)


def test_assets_that_nothing_builds_are_told() -> None:
    made = plan({"mix.exs": mix(deps=PHOENIX), "assets/package.json": '{"dependencies": {"a": "1.0.0"}}'})
    assert "BP866" in codes(made)


def test_a_package_json_that_is_about_tools_is_left_alone() -> None:
    made = plan({"mix.exs": mix(deps=PHOENIX), "package.json": '{"devDependencies": {"prettier": "3.0.0"}}'})
    assert made.phase("node:install") is None


def test_a_broken_package_json_is_named_where_it_lies() -> None:
    with pytest.raises(FileError) as caught:
        plan({"mix.exs": mix(deps=PHOENIX), "assets/package.json": "{"})
    assert caught.value.origin is not None
    assert caught.value.origin.path == "assets/package.json"


def test_a_node_that_has_no_image_is_told_where_a_buildpack_pins_it_and_an_error_where_the_app_does() -> None:
    files = {"mix.exs": mix(deps=PHOENIX), "assets/package.json": PACKAGE}
    made = plan({**files, "phoenix_static_buildpack.config": "node_version=4.2.1\n"})
    assert "BP605" in codes(made)
    with pytest.raises(VersionError):
        plan({**files, "assets/.nvmrc": "4.2.1\n"})


# --- the system -----------------------------------------------------------------------------------------------------
def test_packages_of_the_system_are_those_that_dependencies_need() -> None:
    made = plan({"mix.exs": mix(deps='{:mogrify, "~> 0.9"}, {:majic, "~> 1.0"}, {:enacl, "~> 1.2", only: :test}')})
    setup = made.phase("setup")
    assert setup is not None
    assert setup.apt_packages == ("libmagic-dev",)
    assert {"imagemagick", "libmagic1t64", "ca-certificates"} <= set(made.run.apt_packages)
    assert "libsodium23" not in made.run.apt_packages


def test_rust_compiles_nifs_of_the_tree() -> None:
    made = plan({"mix.exs": mix(deps='{:rustler, "~> 0.30"}'), "native/fast/Cargo.toml": "[package]\n"})
    deps = made.phase("deps")
    assert deps is not None
    assert deps.paths == ("/usr/local/cargo/bin",)
    assert ("/usr/local/cargo/", "rust") in {(item.path, item.phase) for item in deps.inputs}
    assert plan({"mix.exs": mix(deps='{:rustler, "~> 0.30"}')}).phase("rust") is None


def test_nothing_can_be_installed_on_a_debian_that_is_gone() -> None:
    made = plan({"mix.exs": mix(deps='{:mogrify, "~> 0.9"}'), ".tool-versions": "elixir 1.11.4\n"})
    assert "imagemagick" in diagnostic(made, "BP626").text
    assert made.run.runtime.image == "elixir:1.11.4-slim"
    assert "BP626" not in codes(plan({"mix.exs": mix(), ".tool-versions": "elixir 1.11.4\n"}))


def test_the_image_has_certificates_on_every_route() -> None:
    release = plan({"mix.exs": mix(deps='{:phoenix, "~> 1.8"}')})
    assert "ca-certificates" in release.run.apt_packages
    script = buildplan.plan(FIXTURES / "elixir-mix-run")
    assert script.run.runtime.name == "elixir"
    assert "ca-certificates" in script.run.apt_packages
