"""What is expected of the fixtures `elixir-*`."""

from __future__ import annotations

from fixture_expectation import Expected

TABLE = {
    "elixir-otp": Expected("elixir", None, "server", "/app/bin/hello start", "a plain OTP app that reads PORT"),
    "elixir-tool-versions": Expected("elixir", None, "server", "/app/bin/shop start", "the release that mix.exs names"),
}
