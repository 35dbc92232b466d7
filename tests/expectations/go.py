"""What is expected of the fixtures `go-*`."""

from __future__ import annotations

from fixture_expectation import Expected


def go(framework: str, start: str, why: str) -> Expected:
    return Expected("go", framework, "server", start, why)


TABLE = {
    "go-build-tags": go("net-http", "/app/bin/go-build-tags", "the only command; build tags are an option"),
    "go-cgo-own-code": go("net-http", "/app/bin/go-cgo-own-code", "the only command; it imports C"),
    "go-cmd-layout": go("net-http", "/app/bin/server", "the Procfile names one of the commands below `cmd/`"),
    "go-embed": go("net-http", "/app/bin/go-embed", "the only command; files are embedded"),
    "go-embed-frontend": go("net-http", "/app/bin/go-embed-frontend", "Go embeds what package.json builds"),
    "go-embed-frontend-folder": go("net-http", "/app/bin/app", "Go embeds what a folder's package.json builds"),
    "go-gin": go("gin", "/app/bin/go-gin", "the only command"),
    "go-net-http": go("gorilla-mux", "/app/bin/go-net-http", "the only command"),
    "go-nixpacks": go("net-http", "/app/out", "the configuration starts what it calls `out`"),
    "go-private-module": go("net-http", "/app/bin/go-private-module", "the only command; a module is private"),
    "go-replace-local": go("net-http", "/app/bin/go-replace-local", "the only command; a module lies in the tree"),
    "go-shell-start": go("net-http", '/app/bin/go-shell-start -addr ":$PORT"', "only a shell can fill in the port"),
    "go-single-file": go("net-http", "/app/bin/app", "one file without a module"),
    "go-sqlite-cgo": go("net-http", "/app/bin/go-sqlite-cgo", "the only command; its database driver needs C"),
    "go-templates": go("net-http", "/app/bin/go-templates", "the only command; it reads templates"),
    "go-vendor": go("net-http", "/app/bin/go-vendor", "the only command; dependencies are vendored"),
    "go-worker": Expected("go", None, "worker", "/app/bin/go-worker", "nothing listens"),
    "go-workspace": go("chi", "/app/bin/api", "the only command of the workspace that listens"),
}
