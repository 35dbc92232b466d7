"""What is expected of the fixtures `config-*`."""

from __future__ import annotations

from fixture_expectation import Expected


def server(framework: str | None, start: str, why: str, directory: str = "/app") -> Expected:
    return Expected("node", framework, "server", start, why, directory)


TABLE = {
    "config-buildplan-toml": server("express", "node dist/server.js", "the start script; the configuration adds to it"),
    "config-nixpacks-json": server("express", "node dist/server.js", "`start.cmd` beats the dev server of the script"),
    "config-second-provider": server(None, "node server.js", "the start script; Python comes beside it"),
    "config-nixpacks-spread": server("express", "node dist/server.js", "the start script; the lists are extended"),
}
