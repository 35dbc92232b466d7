"""What is expected of the fixtures `elixir-*`."""

from __future__ import annotations

from fixture_expectation import Expected

TABLE = {
    "elixir-escript": Expected("elixir", None, "server", "/app/echo-server", "a `main_module`, and no application"),
    "elixir-heroku-phoenix": Expected(
        "elixir", "phoenix", "server", "mix phx.server", "its configuration reads variables, and no runtime.exs does"
    ),
    "elixir-liveview-ecto": Expected("elixir", "phoenix", "server", "/app/bin/ledger start", "Phoenix, as a release"),
    "elixir-mix-run": Expected("elixir", None, "server", "mix run --no-halt", "prod.exs reads PORT"),
    "elixir-npm-assets": Expected("elixir", None, "server", "/app/bin/board start", "an OTP app with a Node bundler"),
    "elixir-oban-worker": Expected("elixir", None, "worker", "/app/bin/courier start", "it listens on no port"),
    "elixir-otp": Expected("elixir", None, "server", "/app/bin/hello start", "a plain OTP app that reads PORT"),
    "elixir-phoenix-esbuild": Expected("elixir", "phoenix", "server", "/app/bin/garden start", "Phoenix, as a release"),
    "elixir-phoenix-npm": Expected("elixir", "phoenix", "server", "/app/bin/harbor start", "Phoenix, as a release"),
    "elixir-plug-bandit": Expected("elixir", "bandit", "server", "/app/bin/ping start", "Plug, as a release"),
    "elixir-poncho": Expected("elixir", None, "server", "/app/bin/server start", "the folder that needs the other"),
    "elixir-runtime-config": Expected("elixir", None, "server", "/app/bin/greeter start", "runtime.exs reads PORT"),
    "elixir-tool-versions": Expected("elixir", None, "server", "/app/bin/shop start", "the release that mix.exs names"),
    "elixir-umbrella": Expected("elixir", None, "server", "/app/bin/shop_web start", "the app that needs the other"),
    "elixir-umbrella-releases": Expected("elixir", None, "server", "/app/bin/mail start", "the default release"),
}
