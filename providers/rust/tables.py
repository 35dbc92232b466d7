"""Names that mean something in Rust projects, and the crates that make a program a server.

Sources, checked 2026-11-24: the crates' documentation on docs.rs; https://packages.debian.org/trixie/; names seen in
public repositories. Tried in containers: actix-web, axum, rocket.
"""

from __future__ import annotations

from typing import NamedTuple


class Framework(NamedTuple):
    """What makes a program a server; `crate` is the one that it comes from.

    `port` is the framework's own default. `signals`: it ends on SIGTERM by itself, since version `signals_since`.
    `folders` and `files` are what it reads by itself, `arguments` what its program is started with, `environment` what
    has to be set.
    """

    id: str
    name: str = ""
    crate_name: str = ""
    port: int | None = None
    signals: bool = False
    signals_since: str = ""
    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The name for people."""
        return self.name or self.id

    @property
    def crate(self) -> str:
        """The crate that it comes from."""
        return self.crate_name or self.id


class WebTool(NamedTuple):
    """A tool that builds what runs in a browser, and the server beside it.

    It is compiled from its source package, in a layer that only a new version changes. `version` is taken where the
    tree says none.
    """

    title: str
    package: str
    version: str
    build: str


# What says most about an app first.
FRAMEWORKS = (
    Framework(
        id="loco",
        name="Loco",
        crate_name="loco-rs",
        port=5150,
        signals=True,
        folders=("assets", "config"),
        arguments=("start",),
        environment=(("LOCO_ENV", "production"),),
    ),
    Framework(id="rocket", name="Rocket", port=8000, signals=True, signals_since="0.5", files=("Rocket.toml",)),
    Framework(id="actix-web", name="Actix Web", signals=True),
    Framework(id="axum", name="Axum"),
    Framework(id="poem", name="Poem"),
    Framework(id="salvo", name="Salvo"),
    Framework(id="ntex", name="ntex", signals=True),
    Framework(id="warp", name="warp"),
    Framework(id="tide", name="Tide"),
    Framework(id="gotham", name="Gotham"),
    Framework(id="pingora", name="Pingora", signals=True),
    Framework(id="rouille"),
    Framework(id="tiny_http"),
    Framework(id="iron"),
    Framework(id="trillium"),
    Framework(id="tonic"),
    Framework(id="jsonrpsee"),
    Framework(id="hyper"),
)

# Linkers that `.cargo/config.toml` names, and the packages of Debian that hold them.
LINKERS = {"clang": ("clang",), "lld": ("lld",), "mold": ("mold",)}

# Sources: the crates' own pages; https://trunkrs.dev/, https://book.leptos.dev/deployment/ssr.html,
# https://dioxuslabs.com/learn/0.7/
WEB_TARGET = "wasm32-unknown-unknown"
WEB_TOOLS = {
    "trunk": WebTool("Trunk", "trunk", "0.21.14", "trunk build --release"),
    "cargo-leptos": WebTool("Leptos", "cargo-leptos", "0.3.11", "cargo leptos build --release"),
    "dioxus": WebTool("Dioxus", "dioxus-cli", "0.7", "dx bundle --platform web --release"),
}

# fmt: off
# Names of programs that are servers, in order of preference.
SERVERS = (
    "server", "web", "api", "app", "backend", "http", "service", "site", "main", "gateway", "serve", "daemon",
    "node",
)
# Names of programs beside the app: they are run by hand, or as another process.
OTHER_PROGRAMS = (
    "admin", "bench", "benches", "benchmark", "benchmarks", "check", "cli", "client", "codegen", "consumer",
    "cron", "ctl", "debug", "demo", "dev", "e2e", "example", "examples", "export", "fixtures", "fuzz", "fuzzer",
    "gen", "generate", "generator", "import", "importer", "job", "jobs", "lint", "loadtest", "migrate",
    "migration", "migrations", "migrator", "mock", "playground", "proxy", "repl", "scheduler", "schema",
    "script", "scripts", "seed", "seeder", "setup", "sync", "test", "testing", "tests", "tool", "tools", "tui",
    "util", "utils", "worker", "xtask",
)
# Folders whose name alone says that a program reads them while it runs.
FOLDERS = (
    "assets", "config", "configuration", "locales", "migrations", "public", "static", "templates", "views",
    "www",
)
# Folders that a frontend's build writes.
OUTPUTS = ("dist", "build", "out", "public")
# Names of variables for the address that a server binds to.
ADDRESS_VARIABLES = (
    "HOST", "IP", "ADDRESS", "BIND_HOST", "BIND_IP", "LISTEN_HOST", "SERVER_HOST", "SERVER_IP", "APP_HOST",
    "HTTP_HOST", "API_HOST", "WEB_HOST",
)
# Subcommands that serve, in order of preference.
SUBCOMMANDS = ("serve", "server", "web", "start-web-server", "start-server", "http", "start", "run", "daemon", "api")
# Names of folders that hold a server, in order of preference, where the root holds none.
SERVER_FOLDERS = ("server", "backend", "api", "app", "service", "web", "rust", "src")
# Ports of what an app connects to.
OTHER_PORTS = (
    110, 143, 389, 465, 587, 993, 1433, 1521, 1883, 3306, 3890, 4222, 5432, 5672, 6379, 8125, 9042, 9092, 9200,
    11211, 27017,
)
# fmt: on
