"""Elixir: what mix.exs says, which version, and what is started."""

from __future__ import annotations

import dockerfile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import buildplan
from buildplan.errors import BuildplanError, NoStartError

MIX = 'defmodule S do\n def project do\n [app: :shop, elixir: "~> 1.15", deps: deps()]\n end\n%s\nend\n'
DEPS = ' defp deps, do: [{:phoenix, "~> 1.7"}]'


def version(files: dict[str, str]) -> str:
    found = buildplan.plan({"mix.exs": MIX % "", **files}).decision("elixir.version")
    assert found is not None
    return found.value


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "1.19"),
        ({".tool-versions": "erlang 27.2\nelixir 1.17.3\n"}, "1.17.3-otp-27"),
        ({".tool-versions": "elixir 1.17.3-otp-26\nerlang 26.1\n"}, "1.17.3-otp-26"),
        ({"mise.toml": '[tools]\nelixir = "1.18"\nerlang = "27"\n'}, "1.18-otp-27"),
        ({"elixir_buildpack.config": "elixir_version=1.16.3\nerlang_version=26.2\n"}, "1.16.3-otp-26"),
        ({".elixir-version": "1.18.4\n"}, "1.18.4"),
    ],
)
def test_a_pin_says_the_version(files: dict[str, str], expected: str) -> None:
    assert version(files) == expected


def test_phoenix_is_released_with_its_server_migrations_and_variables() -> None:
    plan = buildplan.plan(
        {
            "mix.exs": MIX % DEPS,
            "lib/shop/release.ex": "defmodule Shop.Release do\n  def migrate do\n  end\nend\n",
            "config/runtime.exs": 'System.fetch_env!("DATABASE_URL")\n',
            "Procfile": "web: mix phx.server\n",
        }
    )
    web, release = plan.process("web"), plan.process("release")
    assert web is not None
    assert release is not None
    assert web.argv == ("/app/bin/shop", "start")
    assert release.argv == ("/app/bin/shop", "eval", "Shop.Release.migrate")
    assert ("PHX_SERVER", "true") in plan.run.environment
    assert {item.code for item in plan.diagnostics} >= {"BP633", "BP645"}
    assert "mix deps.get --only prod" in plan.dockerfile()


def test_an_umbrella_without_a_release_is_an_error_that_says_what_to_write() -> None:
    with pytest.raises(NoStartError, match="releases"):
        buildplan.plan({"mix.exs": 'defmodule U do\n def project, do: [apps_path: "apps"]\nend\n'})


PIECES = st.sampled_from(
    (
        "app: :",
        'elixir: "',
        "releases: [",
        "{:",
        "}",
        '"""',
        '"',
        "#",
        "\n",
        "$(touch /tmp/evil)",
        "\\",
        ", path: ",
        "x",
    )
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=25).map("".join))
def test_any_mix_file_gives_a_plan_or_a_typed_error(text: str) -> None:
    try:
        made = buildplan.plan({"mix.exs": text}, buildplan.Options(provider=("elixir",))).dockerfile()
    except BuildplanError:
        return
    for command in dockerfile.parse_string(made):
        assert command.cmd.upper() in {"FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "EXPOSE", "CMD"}
        assert command.cmd.upper() != "RUN" or "evil" not in " ".join(command.value)


def test_assets_are_deployed_and_what_that_downloads_is_said() -> None:
    alias = ' defp deps, do: [{:phoenix, "~> 1.7"}, {:esbuild, "~> 0.8"}]\n defp aliases, do: ["assets.deploy": ["x"]]'
    plan = buildplan.plan({"mix.exs": MIX % alias, "config/config.exs": "", "config/runtime.exs": ""})
    install, build = plan.phase("install"), plan.phase("build")
    assert install is not None
    assert build is not None
    assert build.commands == ("mix compile", "mix assets.deploy", "mix release")
    assert [item.path for item in install.inputs] == ["mix.exs", "config/config.exs"]
    assert "BP860" in {item.code for item in plan.diagnostics}
