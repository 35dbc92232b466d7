"""Start commands, other processes, subcommands, files beside the program, and tools for the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import planned
import pytest
from rust_trees import APP, AXUM, SERVER, package

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan

BINS = {
    "Cargo.toml": AXUM,
    "src/main.rs": SERVER,
    "src/bin/jobs.rs": "fn main() {}",
    "start.sh": "#!/bin/sh\n",
}


def plan(procfile: str, **more: str) -> BuildPlan:
    return planned.plan({**BINS, "Procfile": procfile, **more})


@pytest.mark.parametrize(
    ("line", "started"),
    [
        ("./target/release/shop", "/app/bin/shop"),
        ("target/release/shop --verbose", "/app/bin/shop --verbose"),
        ("cargo run --release", "/app/bin/shop"),
        ("cargo run -r --bin shop -- --port $PORT", "/app/bin/shop --port $PORT"),
        ("exec ./target/release/shop", "/app/bin/shop"),
        ("RUST_LOG=info ./target/release/shop", "RUST_LOG=info /app/bin/shop"),
        ("ROCKET_PORT=$PORT ./target/release/other", "ROCKET_PORT=$PORT /app/bin/shop"),
        ("cargo watch -x run", "/app/bin/shop"),
        ("./start.sh", "./start.sh"),
        ("sh -c 'if true; then shop; fi'", "sh -c 'if true; then shop; fi'"),
    ],
)
def test_a_start_command_means_the_built_program(line: str, started: str) -> None:
    assert planned.started(plan(f"web: {line}\n")) == started


def test_other_processes_build_their_programs_and_release_is_one() -> None:
    made = plan("web: ./target/release/shop\nrelease: cargo run --bin jobs -- migrate\n")
    release = made.process("release")
    assert release is not None
    assert release.argv == ("/app/bin/jobs", "migrate")
    assert " --bin shop --bin jobs" in planned.commands(made)[0]
    assert planned.copied(made)[:2] == ["target/release/shop", "target/release/jobs"]


def test_a_script_is_shipped_with_a_shell() -> None:
    made = plan("web: ./start.sh\n")
    assert "start.sh" in planned.copied(made)
    assert made.run.runtime.name == "debian"


CLAP = """
#[derive(Parser)]
struct Cli {{
    #[command(subcommand)]
    command: {0},
}}
#[derive(Subcommand)]
enum Command {{
    /// Serve("x")
    Migrate {{ #[arg(long)] Serve: bool }},
    #[command(about = "It runs")]
    StartServer(Options),
}}
"""


@pytest.mark.parametrize(
    ("kind", "started"), [("Command", "/app/bin/shop start-server"), ("Option<Command>", "/app/bin/shop")]
)
def test_a_program_that_needs_a_subcommand_gets_the_one_that_serves(kind: str, started: str) -> None:
    made = planned.plan({"Cargo.toml": AXUM, "src/main.rs": SERVER, "src/cli.rs": CLAP.format(kind)})
    assert planned.started(made) == started


def test_a_subcommand_of_a_subcommand_is_not_asked_for() -> None:
    code = "#[derive(Subcommand)]\nenum Top { Db { #[command(subcommand)] inner: Db } }\n"
    code += "#[derive(Subcommand)]\nenum Db { Run }\n"
    assert planned.started(planned.plan({**APP, "src/cli.rs": code})) == "/app/bin/shop"


@pytest.mark.parametrize(
    ("docker", "started"),
    [
        ('ENTRYPOINT ["/bin/shop"]\nCMD ["serve", "--quiet"]', "/app/bin/shop serve --quiet"),
        ('COPY --from=b /src/target/release/shop /bin/store\nENTRYPOINT ["store", "serve"]', "/app/bin/shop serve"),
        ('CMD ["shop", "--config", "/etc/shop.toml"]', "/app/bin/shop"),
        ('CMD ["shop", "$MODE"]', "/app/bin/shop"),
        ('CMD ["shop", "--help"]', "/app/bin/shop"),
        ('ENTRYPOINT ["/start.sh"]\nCMD ["shop"]', "/app/bin/shop"),
        ('CMD ["shop", "a; touch /tmp/evil"]', "/app/bin/shop"),
    ],
)
def test_arguments_of_the_authors_dockerfile(docker: str, started: str) -> None:
    assert planned.started(planned.plan({**APP, "Dockerfile": f"FROM rust\nFROM debian\n{docker}\n"})) == started


FILES = {
    "templates/page.html": "",
    "static/site.css": "",
    "assets/logo.txt": "",
    "migrations/1.sql": "",
    "config.toml": "",
    ".cache/x": "",
}


@pytest.mark.parametrize(
    ("code", "copied"),
    [
        ('ServeDir::new("static")', ["static/"]),
        ('Files::new("/static", "./static")', ["static/"]),
        ('FileServer::from(relative!("static"))', ["static/"]),
        ('Tera::new("templates/**/*.html")', ["templates/"]),
        ('fs::read_to_string("config.toml")', ["config.toml"]),
        ('Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")', ["assets/"]),
        ('Migrator::new(Path::new("./migrations"))', ["migrations/"]),
        ('include_str!("../templates/page.html")', []),
        ('sqlx::migrate!("./migrations")', []),
        ('#[derive(RustEmbed)]\n#[folder = "static/"]\nstruct A;', []),
        ('#[derive(Template)]\n#[template(path = "templates")]\nstruct A;', []),
        ('Path::new(".cache")', []),
        ('Path::new("../static")', []),
    ],
)
def test_what_the_code_reads_is_shipped_and_what_it_takes_in_is_not(code: str, copied: list[str]) -> None:
    made = planned.plan({**APP, **FILES, "src/more.rs": f"fn more() {{ {code}; }}"})
    assert planned.copied(made)[1:] == copied


def test_paths_that_are_right_in_the_package_only_decide_the_directory() -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["web"]\n',
        "web/Cargo.toml": package("web", 'axum = "0.8"'),
        "web/src/main.rs": SERVER + 'fn more() { ServeDir::new("static"); }',
        "web/static/site.css": "",
    }
    made = planned.plan(files)
    assert planned.copied(made)[1:] == ["web/static/"]
    assert made.run.working_dir == "/app/web"


def test_a_directory_that_the_code_writes_to_belongs_to_the_user() -> None:
    made = planned.plan({**APP, "src/more.rs": 'fn more() { fs::create_dir_all("data/uploads"); }'})
    assert made.run.writable == ("data/uploads",)
    assert made.run.runtime.name == "debian"


def test_queries_are_checked_by_files_where_there_are_some_and_reported_where_not() -> None:
    manifest = package("shop", 'axum = "0.8"\nsqlx = "0.8"')
    files = {"Cargo.toml": manifest, "src/main.rs": SERVER + 'fn q() { sqlx::query!("select 1"); }'}
    assert "BP832" in planned.codes(planned.plan(files))
    build = planned.plan({**files, ".sqlx/query-1.json": "{}"}).phase("build")
    assert build is not None
    assert build.environment == (("SQLX_OFFLINE", "true"),)


def test_a_frontend_that_the_program_embeds_is_built_first() -> None:
    files = {
        **APP,
        "src/more.rs": '#[derive(RustEmbed)]\n#[folder = "ui/dist"]\nstruct Ui;',
        "ui/package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "5"}}',
        "ui/index.html": "",
    }
    text = planned.plan(files).dockerfile()
    assert "npm run build" in text
    assert text.index("npm run build") < text.index("cargo build --release --bin shop\n")


LEPTOS = '[package.metadata.leptos]\noutput-name = "store"\nsite-root = "target/site"\n'


def test_leptos_is_built_by_its_own_tool() -> None:
    manifest = package("shop", 'leptos = "0.8"\naxum = { version = "0.8", optional = true }') + LEPTOS
    made = planned.plan({"Cargo.toml": manifest, "src/main.rs": "fn main() {}"})
    assert planned.commands(made) == ("cargo leptos build --release",)
    assert planned.started(made) == 'LEPTOS_SITE_ADDR="0.0.0.0:$PORT" exec /app/bin/shop'
    assert dict(made.run.environment)["LEPTOS_OUTPUT_NAME"] == "store"
    assert "BP835" in planned.codes(made)


def test_trunk_makes_a_site_unless_a_server_is_there() -> None:
    files = {
        "Cargo.toml": package("shop", 'yew = "0.21"'),
        "src/main.rs": "fn main() {}",
        "index.html": "<link data-trunk>",
    }
    made = planned.plan(files)
    assert made.run.site is not None
    assert made.providers[0].frameworks == ("trunk",)
    files["Cargo.toml"] = package("shop", 'yew = "0.21"\naxum = "0.8"')
    assert planned.plan(files).run.site is None


@pytest.mark.parametrize(("features", "site"), [('["fullstack"]', False), ('["web"]', True)])
def test_dioxus_is_bundled(features: str, site: bool) -> None:  # noqa: FBT001
    manifest = package("shop", f'dioxus = {{ version = "0.6", features = {features} }}')
    made = planned.plan({"Cargo.toml": manifest, "src/main.rs": "fn main() {}"})
    setup = made.phase("setup")
    assert setup is not None
    assert "cargo install dioxus-cli --version 0.6 --locked" in setup.commands[1]
    assert (made.run.site is not None) is site


def test_a_directory_that_the_configuration_names_belongs_to_the_user() -> None:
    config = '[server]\nupload_path = "./upload"\ntemplate_dir = "templates"\nlog_path = "/etc/passwd"\nfile = "x"\n'
    code = 'fn more() { fs::read_to_string("config.toml"); fs::create_dir_all(config.upload_path); }'
    made = planned.plan({**APP, "config.toml": config, "templates/a.html": "", "src/more.rs": code})
    assert made.run.writable == ("upload",)
    assert planned.plan({**APP, "config.toml": config, "src/more.rs": code[:44] + "}"}).run.writable == ()


def test_a_directory_that_an_option_names_belongs_to_the_user() -> None:
    code = '#[arg(long, env = "SHOP_DIR", default_value = "shop_data")]\npub data_dir: String,\n'
    made = planned.plan({**APP, "src/args.rs": f"struct Args {{ {code} }} fn a() {{ fs::create_dir_all(x); }}"})
    assert made.run.writable == ("shop_data",)
