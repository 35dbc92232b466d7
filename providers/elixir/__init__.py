"""Elixir: mix projects, Phoenix, and plain OTP apps, shipped as releases."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="elixir",
    title="Elixir",
    detect=late(".plan:detect", __package__),
    plan=late(".plan:plan", __package__),
    dependencies=late(".mix_project:dependencies", __package__),
    versions=late(".elixir_version:VERSIONS", __package__),
    members=late(".mix_project:members", __package__),
    start_help="a `mix.exs` at the root that names its `app`, or `releases` in that of an umbrella",
    manifests=("mix.exs",),
    code=(".ex", ".exs"),
    runtimes=("elixir", "erlang"),
    tools=("rebar3",),
    options={
        "app": "which release, app of an umbrella, or folder is the app",
    },
    app_option="app",
    programs=("elixir", "iex", "mix"),
)
