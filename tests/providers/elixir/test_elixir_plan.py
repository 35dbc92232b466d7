"""Elixir: which app, how it is shipped, what is started, and where it listens."""

from __future__ import annotations

import pytest
from elixir_trees import LISTENS, PHOENIX, SERVES, member, mix, umbrella
from planned import codes, commands, copied, decision, diagnostic, plan, started

from buildplan.errors import NoStartError, PlanError


def test_phoenix_is_released_with_its_server_migrations_and_variables() -> None:
    made = plan(
        {
            "mix.exs": mix(deps=PHOENIX),
            "lib/shop/release.ex": "defmodule Shop.Release do\n  def migrate do\n  end\nend\n",
            "config/runtime.exs": LISTENS + 'config :shop, url: System.fetch_env!("DATABASE_URL")\n',
            "Procfile": "web: MIX_ENV=prod mix phx.server\n",
        }
    )
    release = made.process("release")
    assert release is not None
    assert started(made) == "/app/bin/shop start"
    assert release.argv == ("/app/bin/shop", "eval", "Shop.Release.migrate")
    assert dict(made.run.environment)["PHX_SERVER"] == "true"
    assert "DATABASE_URL" in diagnostic(made, "BP633").text
    assert "BP645" in codes(made)
    assert made.run.runtime.image == "debian:trixie-slim"


def test_an_endpoint_that_nothing_lets_listen_is_told_to() -> None:
    made = plan({"mix.exs": mix(deps=PHOENIX), "config/runtime.exs": "import Config\n"})
    assert dict(made.run.environment)["ERL_ZFLAGS"] == "-phoenix serve_endpoints true"
    assert "BP865" in codes(made)


@pytest.mark.parametrize("where", ["config/prod.exs", "config/runtime.exs"])
def test_an_endpoint_that_listens_by_itself_needs_no_variable(where: str) -> None:
    files = {"config/config.exs": "", where: "import Config\nconfig :shop, Shop.Endpoint, server: true\n"}
    made = plan({"mix.exs": mix(deps=PHOENIX), **files})
    assert not {"PHX_SERVER", "ERL_ZFLAGS"} & {name for name, _ in made.run.environment}


# --- how it is shipped ----------------------------------------------------------------------------------------------
EARLY = 'import Config\nconfig :shop, Shop.Endpoint, server: true, secret: System.get_env("SECRET_KEY_BASE")\n'


def test_variables_that_only_the_build_would_read_keep_mix_in_the_image() -> None:
    made = plan({"mix.exs": mix(deps=PHOENIX), "config/config.exs": EARLY, "mix.lock": "%{}\n"})
    assert started(made) == "mix phx.server"
    assert made.run.runtime.name == "elixir"
    assert dict(made.run.environment)["MIX_HOME"] == "/app/.mix"
    assert ("MIX_HOME", "/app/.mix") in made.phases[0].environment
    assert "SECRET_KEY_BASE" in decision(made, "elixir.shipped").rule


def test_with_a_runtime_configuration_it_is_a_release_and_what_is_baked_in_is_told() -> None:
    files = {"config/config.exs": EARLY, "config/runtime.exs": LISTENS}
    made = plan({"mix.exs": mix(deps=PHOENIX), **files})
    assert started(made) == "/app/bin/shop start"
    assert "SECRET_KEY_BASE" in diagnostic(made, "BP863").text


def test_an_owner_who_starts_mix_keeps_it_where_the_build_reads_variables() -> None:
    files = {"config/config.exs": EARLY, "config/runtime.exs": LISTENS, "Procfile": "web: mix phx.server\n"}
    assert started(plan({"mix.exs": mix(deps=PHOENIX), **files})) == "mix phx.server"


def test_before_mix_made_releases_mix_starts_the_app() -> None:
    made = plan({"mix.exs": mix(), ".tool-versions": "elixir 1.8.2\n", "lib/a.ex": 'System.get_env("PORT")\n'})
    assert started(made) == "mix run --no-halt"
    assert "1.8.2" in decision(made, "elixir.shipped").rule


def test_a_release_of_distillery_is_built_by_it() -> None:
    files = {
        "mix.exs": mix(deps='{:phoenix, "~> 1.3"}, {:distillery, "~> 2.1"}'),
        "rel/config.exs": "use Distillery.Releases.Config, default_release: :default\nrelease :shop do\nend\n",
    }
    made = plan(files)
    assert "mix distillery.release --env=prod --name=shop" in commands(made)
    assert started(made) == "/app/bin/shop foreground"


def test_an_escript_is_one_program() -> None:
    text = mix(project="escript: [main_module: Shop.CLI], ", application="extra_applications: [:logger]")
    made = plan({"mix.exs": text})
    assert commands(made) == ("mix escript.build",)
    assert (started(made), copied(made)) == ("/app/shop", ["shop"])
    both = plan({"mix.exs": mix(project="escript: [main_module: Shop.CLI], ")})
    assert started(both) == "/app/bin/shop start"


# --- which app ------------------------------------------------------------------------------------------------------
def test_the_app_of_an_umbrella_is_the_one_that_holds_the_others() -> None:
    files = umbrella(core=member("core"), web=member("web", f"{PHOENIX}, {{:core, in_umbrella: true}}"))
    made = plan({**files, "config/runtime.exs": LISTENS})
    assert decision(made, "elixir.app").value == "apps/web"
    assert started(made) == "/app/bin/web start"
    build = made.phase("build")
    assert build is not None
    assert (build.working_dir, build.commands) == ("apps/web", ("mix release --path /app/_build/prod/rel/web",))
    assert commands(made, "deps") == ("mix deps.compile --skip-umbrella-children",)


def test_an_umbrella_whose_apps_are_apart_is_started_as_a_whole() -> None:
    files = umbrella(a=member("a", PHOENIX), b=member("b"))
    made = plan({**files, "config/runtime.exs": LISTENS})
    assert started(made) == "mix phx.server"
    assert "apps/b" in decision(made, "elixir.shipped").rule
    one = plan({**files, "config/runtime.exs": LISTENS}, app="b")
    assert started(one) == "/app/bin/b start"


def test_releases_of_an_umbrella_are_told_apart() -> None:
    web, jobs = member("web", PHOENIX), member("jobs")
    every = "all: [applications: [web: :permanent, jobs: :permanent]]"
    listed = f"releases: [jobs: [applications: [jobs: :permanent]], {every}], "
    files = umbrella(listed, web=web, jobs=jobs)
    made = plan(files)
    assert started(made) == "/app/bin/all start"
    assert "BP670" in codes(made)
    assert started(plan(files, app="jobs")) == "/app/bin/jobs start"
    default = plan(umbrella(listed + "default_release: :jobs, ", web=web, jobs=jobs))
    assert started(default) == "/app/bin/jobs start"
    with pytest.raises(PlanError, match="nothing"):
        plan(files, app="nothing")


def test_an_umbrella_without_an_app_is_an_error_that_says_what_to_write() -> None:
    with pytest.raises(NoStartError, match="releases"):
        plan(umbrella())


def test_projects_next_to_each_other_are_built_where_they_lie() -> None:
    core = "defmodule C do\n def project, do: [app: :core]\n def application, do: []\nend\n"
    made = plan({"core/mix.exs": core, "ui/mix.exs": mix(deps='{:core, path: "../core"}, ' + PHOENIX)})
    install, build = made.phase("install"), made.phase("build")
    assert install is not None
    assert build is not None
    assert [item.path for item in install.inputs] == ["ui/mix.exs", "core/"]
    assert (build.working_dir, build.inputs[-1].path) == ("ui", ".")
    assert copied(made) == ["ui/_build/prod/rel/shop/"]
    assert "BP635" in codes(made)


# --- where it listens -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("config", "port", "code"),
    [
        ('http: [port: String.to_integer(System.get_env("PORT") || "8080")]', 8080, None),
        ('http: [port: System.get_env("HTTP_PORT", "5000")]', 5000, "BP648"),
        ("http: [port: 4040]", 4040, "BP647"),
        ("url: [host: 1]", 4000, "BP647"),
        ('http: [ip: {127, 0, 0, 1}, port: System.get_env("PORT")]', 4000, "BP649"),
    ],
)
def test_the_port_is_what_the_configuration_says(config: str, port: int, code: str | None) -> None:
    made = plan(
        {"mix.exs": mix(deps=PHOENIX), "config/runtime.exs": f"{SERVES}config :shop, Shop.Endpoint, {config}\n"}
    )
    assert [item.port for item in made.processes] == [port]
    assert codes(made) & {"BP647", "BP648", "BP649"} == ({code} if code else set())
    other = 'HTTP_PORT="${HTTP_PORT:-$PORT}" exec '
    assert made.processes[0].text == (other if code == "BP648" else "") + "/app/bin/shop start"


def test_what_listens_on_nothing_is_a_worker() -> None:
    made = plan({"mix.exs": mix(deps='{:oban, "~> 2.18"}')})
    assert [(item.name, item.port) for item in made.processes] == [("worker", None)]
    assert "PORT" not in dict(made.run.environment)


def test_a_missing_file_of_the_configuration_is_told_unless_it_is_asked_for() -> None:
    text = 'import Config\nimport_config "prod.secret.exs"\n'
    made = plan({"mix.exs": mix(), "config/config.exs": text})
    assert "prod.secret.exs" in diagnostic(made, "BP864").text
    guarded = 'import Config\nif File.exists?("config/prod.secret.exs"), do: import_config("prod.secret.exs")\n'
    assert "BP864" not in codes(plan({"mix.exs": mix(), "config/config.exs": guarded}))


# --- processes ------------------------------------------------------------------------------------------------------
def test_migrations_come_from_the_script_of_the_release_or_from_ecto() -> None:
    files = {
        "mix.exs": mix(deps='{:ecto_sql, "~> 3.0"}'),
        "config/config.exs": "config :shop, ecto_repos: [Shop.Repo]\n",
    }
    files["priv/repo/migrations/1_a.exs"] = ""
    release = plan(files).process("release")
    assert release is not None
    assert release.argv[:2] == ("/app/bin/shop", "eval")
    assert "Application.fetch_env!(:shop, :ecto_repos)" in release.argv[2]
    script = {"rel/overlays/bin/migrate": "#!/bin/sh\nexec ./shop eval Shop.Jobs.run_all\n"}
    release = plan({**files, **script}).process("release")
    assert release is not None
    assert release.argv == ("/app/bin/shop", "eval", "Shop.Jobs.run_all")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mix ecto.migrate", "/app/bin/shop eval Shop.Release.migrate"),
        ("_build/prod/rel/shop/bin/shop eval Shop.Release.migrate", "/app/bin/shop eval Shop.Release.migrate"),
        ("bin/shop eval Shop.Seeds.run", "/app/bin/shop eval Shop.Seeds.run"),
        ("mix ecto.migrate && mix run seeds.exs", "/app/bin/shop eval Shop.Release.migrate"),
        ("mix run priv/repo/seeds.exs && echo", None),
    ],
)
def test_lines_of_a_procfile_are_put_in_terms_of_the_release(line: str, expected: str | None) -> None:
    files = {
        "lib/shop/release.ex": "defmodule Shop.Release do\n  def migrate do\n  end\nend\n",
        "Procfile": f"release: {line}\n",
    }
    release = plan({"mix.exs": mix(deps=PHOENIX), **files}).process("release")
    assert (release.text if release is not None else None) == expected


def test_the_cookie_is_told_where_nodes_form_a_cluster() -> None:
    assert "RELEASE_COOKIE" in (diagnostic(plan({"mix.exs": mix(deps='{:libcluster, "~> 3.4"}')}), "BP862").fix or "")
    assert "BP862" not in codes(plan({"mix.exs": mix(deps=PHOENIX)}))


@pytest.mark.parametrize(
    ("line", "argv", "shell"),
    [
        ("MIX_ENV=prod mix phx.server", ("mix", "phx.server"), None),
        ("MIX_ENV=prod POOL_SIZE=2 mix phx.server", ("env", "POOL_SIZE=2", "mix", "phx.server"), None),
        ("MIX_ENV=prod elixir --name a@$HOST -S mix phx.server", (), "elixir --name a@$HOST -S mix phx.server"),
    ],
)
def test_a_call_of_mix_is_left_as_it_is_where_mix_is_shipped(
    line: str, argv: tuple[str, ...], shell: str | None
) -> None:
    made = plan({"mix.exs": mix(deps=PHOENIX), "config/config.exs": EARLY, "Procfile": f"web: {line}\n"})
    assert [(item.argv, item.shell) for item in made.processes if item.name == "web"] == [(argv, shell)]


def test_an_old_phoenix_has_tasks_of_other_names() -> None:
    lock = '%{\n  "phoenix": {:hex, :phoenix, "1.2.5", "a", [:mix], [], "hexpm", "b"},\n}\n'
    config = EARLY + 'config :shop, Shop.Endpoint, cache_static_manifest: "x"\n'
    made = plan({"mix.exs": mix(deps='{:phoenix, "~> 1.2"}'), "mix.lock": lock, "config/config.exs": config})
    assert started(made) == "mix phoenix.server"
    assert "mix phoenix.digest" in commands(made)


def test_a_cookie_that_is_written_down_is_told() -> None:
    made = plan({"mix.exs": mix(project='releases: [shop: [cookie: "secret"]], ')})
    assert "RELEASE_COOKIE" in (diagnostic(made, "BP622").fix or "")
    assert "secret" not in made.dockerfile()


def test_a_node_that_only_one_platform_names_is_told() -> None:
    line = 'export RELEASE_NODE="${FLY_APP_NAME}@${FLY_PRIVATE_IP}"\n'
    made = plan({"mix.exs": mix(deps=PHOENIX), "rel/env.sh.eex": f"#!/bin/sh\n{line}"})
    assert str(diagnostic(made, "BP868").origin) == "rel/env.sh.eex:2"
    other = plan({"mix.exs": mix(deps=PHOENIX), "rel/env.sh.eex": "export RELEASE_NODE=shop@$(hostname -i)\n"})
    assert "BP868" not in codes(other)


def test_a_framework_whose_server_is_a_task_is_started_by_mix() -> None:
    config = 'use Mix.Config\nconfig :kitto, port: {:system, "PORT", 4000}\n'
    made = plan(
        {"mix.exs": mix(deps='{:kitto, "~> 0.9"}', application="applications: [:kitto]"), "config/config.exs": config}
    )
    assert (started(made), [item.port for item in made.processes]) == ("mix kitto.server", [4000])
