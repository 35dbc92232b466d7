"""Where a Rust server listens, and what a platform trips over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import planned
import pytest
from rust_trees import APP, AXUM, package

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan


def plan(code: str, more: dict[str, str] | None = None, manifest: str = AXUM) -> BuildPlan:
    return planned.plan({"Cargo.toml": manifest, "src/main.rs": f"fn main() {{ {code} }}", **(more or {})})


def port(made: BuildPlan) -> int | None:
    process = made.process(made.start)
    assert process is not None
    return process.port


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ('let p = env::var("PORT").unwrap_or_else(|_| "4000".to_string());', 4000),
        ('let p: u16 = env::var("PORT").ok().and_then(|p| p.parse().ok()).unwrap_or(4001);', 4001),
        ('let p = env::var("PORT").map(|p| p.parse().unwrap()).unwrap_or(4002);', 4002),
        ('let p = env::var("PORT").expect("set it");', 8080),
        ('} struct A { #[arg(long, env = "PORT", default_value = "4003")] port: u16 } fn f() {', 4003),
        ('} struct A { #[arg(long, default_value_t = 4004, env = "PORT")] port: u16 } fn f() {', 4004),
        ('} struct A {\n #[clap(long, env, default_value = "4005")]\n pub port: u16 } fn f() {', 4005),
        ("envy::from_env::<A>(); } struct A { pub port: u16 } fn f() {", 8080),
    ],
)
def test_port_decides_and_its_default_is_found(code: str, number: int) -> None:
    made = plan(code)
    assert port(made) == number
    assert ("PORT", str(number)) in made.run.environment
    assert planned.codes(made) == {"BP612"}


@pytest.mark.parametrize(
    ("code", "number", "codes"),
    [
        ('TcpListener::bind("0.0.0.0:4000");', 4000, {"BP647"}),
        ('TcpListener::bind("127.0.0.1:4000");', 4000, {"BP647", "BP649"}),
        ("let a = SocketAddr::from(([127, 0, 0, 1], 4000));", 4000, {"BP647", "BP649"}),
        ("serve(r).run(([0, 0, 0, 0], 4000));", 4000, {"BP647"}),
        ("let a = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(0, 0, 0, 0)), 4000);", 4000, {"BP647"}),
        ('b.set_default("metrics.port", 4001).set_default("port", 4000);', 4000, {"BP647"}),
        ('HttpServer::new(f).bind(("0.0.0.0", 4000));', 4000, {"BP647"}),
        ("let a = (Ipv4Addr::UNSPECIFIED, 4000);", 4000, {"BP647"}),
        ("const PORT: u16 = 4000;", 4000, {"BP647"}),
        ('builder.set_default("port", 4000);', 4000, {"BP647"}),
        ("} fn default_port() -> u16 { 4000 } fn f() {", 4000, {"BP647"}),
        ("} struct A { #[default(4000)] pub port: u16 } fn f() {", 4000, {"BP647"}),
        ('} struct A { #[builder(default = "4000")] pub http_port: u16 } fn f() {', 4000, {"BP647"}),
        ("let s = Settings { port: 4000, name };", 4000, {"BP647"}),
        ('let p = env::var("HTTP_PORT").unwrap_or("4000".into());', 4000, {"BP648"}),
        # Of a database, of a word that only looks like it, of a test, of a comment.
        ("let d = Database { port: 5432, name };", 8080, set()),
        ("const IMPORTANT: u16 = 4000;", 8080, set()),
        ('}\n#[cfg(test)]\nmod t { fn g() { bind("127.0.0.1:4000"); } }\nfn f() {', 8080, set()),
        ('/* bind("127.0.0.1:4000") */', 8080, set()),
    ],
)
def test_a_fixed_port_is_exposed_and_reported(code: str, number: int, codes: set[str]) -> None:
    made = plan(code)
    assert port(made) == number
    assert planned.codes(made) == {"BP612", *codes}


def test_a_host_that_is_local_without_a_variable_gets_the_variable() -> None:
    made = plan(
        'let h = env::var("HOST").unwrap_or("127.0.0.1".into()); let p = env::var("PORT").unwrap_or("4000".into());'
    )
    assert ("HOST", "0.0.0.0") in made.run.environment  # noqa: S104  # inside of a container
    assert "BP649" not in planned.codes(made)


def test_an_address_that_is_local_without_its_variable_gets_the_variable() -> None:
    made = plan('const V: &str = "SHOP_HTTP_ADDR"; const D: &str = "localhost:4000";')
    assert ("SHOP_HTTP_ADDR", "0.0.0.0:4000") in made.run.environment
    assert planned.codes(made) == {"BP612", "BP648"}


def test_the_configuration_that_is_shipped_names_the_port() -> None:
    code = 'config::File::with_name("configuration/base");'
    files = {"configuration/base.yaml": "application:\n  port: 4000\ndatabase:\n  port: 5432\n"}
    made = plan(code, files)
    assert port(made) == 4000
    assert planned.diagnostic(made, "BP647").origin is not None
    assert "configuration/" in planned.copied(made)


def test_rocket_gets_its_port_and_its_address() -> None:
    rocket = package("shop", 'rocket = "0.5"')
    made = plan("rocket::build();", {"Rocket.toml": "[default]\nport = 4000\n"}, rocket)
    assert planned.started(made) == 'ROCKET_PORT="$PORT" exec /app/bin/shop'
    assert made.run.environment == (("PORT", "4000"), ("ROCKET_ADDRESS", "0.0.0.0"))  # noqa: S104
    assert "Rocket.toml" in planned.copied(made)
    own = plan('rocket::build(); env::var("PORT");', None, rocket)
    assert planned.started(own) == "/app/bin/shop"


def test_the_authors_dockerfile_says_what_the_code_does_not() -> None:
    docker = "FROM rust\nENV BUILDER=1\nFROM debian\nENV SHOP_MODE=production OTHER=x\nEXPOSE 4000\nCMD shop\n"
    made = plan('env::var("SHOP_MODE"); env::var("BUILDER");', {"Dockerfile": docker})
    assert port(made) == 4000
    assert dict(made.run.environment) == {"SHOP_MODE": "production"}


def test_a_program_without_a_socket_is_a_worker() -> None:
    made = planned.plan({"Cargo.toml": package("shop"), "src/main.rs": "fn main() { loop {} }"})
    assert made.start == "worker"
    assert port(made) is None


@pytest.mark.parametrize(
    ("dependency", "code", "init"),
    [
        ('axum = "0.8"', "", True),
        ('axum = "0.8"', "signal(SignalKind::terminate());", False),
        ('actix-web = "4"', "", False),
        ('actix-web = "4"', "server.disable_signals();", True),
        ('rocket = "0.5"', "", False),
        ('rocket = "0.4"', "", True),
    ],
)
def test_an_init_stands_before_what_ignores_sigterm(dependency: str, code: str, init: bool) -> None:  # noqa: FBT001
    made = plan(f'env::var("PORT"); {code}', None, package("shop", dependency))
    assert made.run.init is init
    assert made.run.runtime.name == ("debian" if init else "distroless")


def test_a_plain_app_ships_without_a_shell() -> None:
    made = planned.plan({**APP, "src/main.rs": 'fn main() { SignalKind::terminate(); env::var("PORT"); }'})
    assert (made.run.runtime.name, made.run.runtime.flavour, made.run.apt_packages) == ("distroless", "cxx", ())


@pytest.mark.parametrize(
    ("code", "start", "number"),
    [
        (
            '} struct A { #[clap(short, long, env = "SHOP_PORT", default_value_t = 4000)] pub port: u16 } fn f() {',
            'SHOP_PORT="${SHOP_PORT:-$PORT}" exec /app/bin/%s',
            4000,
        ),
        (
            "} struct A { #[arg(short, long, default_value_t = 4001)] port: u16 } fn f() {",
            'exec /app/bin/%s --port "${PORT}"',
            4001,
        ),
        (
            '} struct A { #[arg(long = "listen", default_value = "4002")] http_port: u16 } fn f() {',
            'exec /app/bin/%s --listen "${PORT}"',
            4002,
        ),
        (
            'Command::new("x").arg(Arg::new("port").env("SHOP_PORT").long("port").default_value("4003"));',
            'SHOP_PORT="${SHOP_PORT:-$PORT}" exec /app/bin/%s',
            4003,
        ),
        (
            'Command::new("x").arg(Arg::new("port").long("port").default_value("4004"));',
            'exec /app/bin/%s --port "${PORT}"',
            4004,
        ),
    ],
)
def test_the_start_gives_port_to_what_clap_takes_it_from(code: str, start: str, number: int) -> None:
    made = plan(code)
    process = made.process(made.start)
    assert process is not None
    assert process.shell == start % (process.text.partition("/app/bin/")[2].split()[0])
    assert process.port == number
    assert "BP648" in planned.codes(made)


def test_an_option_that_may_be_that_of_a_subcommand_is_not_given() -> None:
    code = (
        "} #[derive(Subcommand)] enum C { A(A) } struct A { #[arg(long, default_value_t = 4000)] port: u16 } fn f() {"
    )
    made = plan(code)
    process = made.process(made.start)
    assert process is not None
    assert process.shell is None
