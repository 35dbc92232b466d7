"""An app that reads its port from another variable than PORT still listens where the platform says."""

from __future__ import annotations

import pytest
from planned import diagnostic, plan, started

from buildplan.language.ports import forward
from buildplan.model.build_plan import Process


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        (Process("web", ("node", "a b.js"), None, 80), "A=\"${A:-$PORT}\" exec node 'a b.js'"),
        (Process("web", (), "cd x && node y", 80), 'export A="${A:-$PORT}"; cd x && node y'),
    ],
)
def test_a_shell_hands_the_port_on_and_the_owners_own_value_comes_first(process: Process, expected: str) -> None:
    assert forward(process, "A").text == expected


@pytest.mark.parametrize("variable", ["PORT", "A-B", "A B", "$(x)", ""])
def test_what_is_port_itself_or_no_name_changes_nothing(variable: str) -> None:
    process = Process("web", ("node", "x.js"), None, 80)
    assert forward(process, variable) == process


SERVER = "require('http').createServer().listen(process.env.API_PORT || 4000)\n"
NODE = {"package.json": '{"scripts": {"start": "node server.js"}}', "server.js": SERVER}


def test_a_node_app_gets_it_in_the_variable_that_its_code_reads() -> None:
    made = plan(NODE)
    assert started(made) == 'API_PORT="${API_PORT:-$PORT}" exec node server.js'
    assert "PORT=4000" in made.dockerfile()
    assert "`API_PORT`" in diagnostic(made, "BP648").text


def test_a_start_of_the_owner_is_taken_as_it_is_written() -> None:
    assert started(plan(NODE, start_cmd="node server.js")) == "node server.js"
    both = {**NODE, "server.js": SERVER.replace("process.env.API_PORT", "process.env.PORT || process.env.API_PORT")}
    assert started(plan(both)) == "node server.js"


def test_a_rust_app_gets_a_shell_for_it() -> None:
    port = 'let port = std::env::var("HTTP_PORT").unwrap_or("4000".to_string());'
    main = f"fn main() {{\n    {port}\n    serve(port);\n}}\n"
    cargo = '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\ntiny_http = "0.12"\n'
    made = plan({"Cargo.toml": cargo, "src/main.rs": main})
    assert started(made) == 'HTTP_PORT="${HTTP_PORT:-$PORT}" exec /app/bin/shop'
    assert made.run.runtime.image == "debian:trixie-slim"


def test_a_java_app_gets_it_too() -> None:
    pom = (
        "<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>shop</artifactId>"
        "<version>1</version><dependencies><dependency><groupId>io.javalin</groupId><artifactId>javalin</artifactId>"
        "<version>6.7.0</version></dependency></dependencies></project>\n"
    )
    code = (
        "package app;\nimport io.javalin.Javalin;\npublic class Main {\n  public static void main(String[] args) {\n"
        '    int port = Integer.parseInt(System.getenv().getOrDefault("HTTP_PORT", "7000"));\n'
        "    Javalin.create().start(port);\n  }\n}\n"
    )
    made = plan({"pom.xml": pom, "src/main/java/app/Main.java": code})
    assert started(made).startswith('HTTP_PORT="${HTTP_PORT:-$PORT}" exec java ')


def go(*statements: str) -> dict[str, str]:
    body = "".join(f"\t{line}\n" for line in statements)
    text = f'package main\n\nimport (\n\t"net/http"\n\t"os"\n)\n\nfunc main() {{\n{body}}}\n'
    return {"go.mod": "module shop\n\ngo 1.26\n", "main.go": text}


def test_a_go_app_gets_a_shell_for_it() -> None:
    made = plan(go('port := getenv("HTTP_PORT", "4000")', 'http.ListenAndServe(":"+port, nil)'))
    assert started(made) == 'HTTP_PORT="${HTTP_PORT:-$PORT}" exec /app/bin/shop'
    assert made.run.runtime.image == "debian:trixie-slim"
    assert "PORT=4000" in made.dockerfile()


def test_a_variable_for_an_address_gets_one() -> None:
    made = plan(go('addr := os.Getenv("LISTEN_ADDR")', "http.ListenAndServe(addr, nil)"))
    assert started(made) == 'LISTEN_ADDR="${LISTEN_ADDR:-0.0.0.0:$PORT}" exec /app/bin/shop'
    host = plan(go('addr := getenv("LISTEN_ADDR", "127.0.0.1")', 'http.ListenAndServe(addr+":3000", nil)'))
    assert "LISTEN_ADDR" not in started(host)


@pytest.mark.parametrize(
    "statement",
    ['x := getenv("METRICS_HTTP_PORT", "9100")', 'x := "HTTP_PORT"', 'x := getenv("DATABASE_PORT", "5432")'],
)
def test_a_name_that_is_not_read_or_not_the_apps_gets_nothing(statement: str) -> None:
    made = plan(go(statement, 'http.ListenAndServe(":3000", nil)'))
    assert started(made) == "/app/bin/shop"
    assert "BP647" in {item.code for item in made.diagnostics}


def test_a_go_start_of_the_owner_is_taken_as_it_is_written() -> None:
    made = plan(go('http.ListenAndServe(os.Getenv("HTTP_ADDR"), nil)'), start_cmd="./shop")
    assert started(made) == "/app/bin/shop"
    assert diagnostic(made, "BP648").text == "the code reads where it listens from `HTTP_ADDR`, not from `PORT`"


def test_a_python_script_gets_it_too() -> None:
    script = (
        "import os\nfrom http.server import HTTPServer, SimpleHTTPRequestHandler\n"
        'HTTPServer(("127.0.0.1", int(os.environ.get("APP_PORT", 8100))), SimpleHTTPRequestHandler).serve_forever()\n'
    )
    made = plan({"requirements.txt": "", "main.py": script})
    assert started(made) == 'APP_PORT="${APP_PORT:-$PORT}" exec python main.py'
    assert "PORT=8100" in made.dockerfile()
    assert "`APP_PORT`" in diagnostic(made, "BP648").text
    assert "127.0.0.1" in diagnostic(made, "BP649").text


def test_a_sinatra_app_gets_it_too() -> None:
    app = 'require "sinatra"\nset :bind, "localhost"\nset :port, ENV.fetch("APP_PORT", 4567)\nget("/") { "x" }\n'
    made = plan({"Gemfile": 'source "https://rubygems.org"\ngem "sinatra"\ngem "rackup"\n', "app.rb": app})
    assert started(made) == 'APP_PORT="${APP_PORT:-$PORT}" exec bundle exec ruby app.rb'
    assert "localhost" in diagnostic(made, "BP649").text


def test_a_php_program_gets_it_too() -> None:
    code = "<?php\n$s = new Server('127.0.0.1:' . (getenv('HTTP_PORT') ?: 8000));\n"
    made = plan({"composer.json": '{"require": {"react/http": "^1.9"}}', "server.php": code})
    assert started(made) == 'HTTP_PORT="${HTTP_PORT:-$PORT}" exec php server.php'
    assert "127.0.0.1" in diagnostic(made, "BP649").text


def test_an_aspnet_app_gets_it_beside_the_variable_of_aspnet() -> None:
    target = "<PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>"
    project = f'<Project Sdk="Microsoft.NET.Sdk.Web">{target}</Project>'
    code = 'var port = Environment.GetEnvironmentVariable("APP_PORT") ?? "5000";\napp.Run($"http://*:{port}");\n'
    made = plan({"shop.csproj": project, "Program.cs": code})
    assert started(made) == 'APP_PORT="${APP_PORT:-$PORT}" ASPNETCORE_HTTP_PORTS="$PORT" exec dotnet shop.dll'


def test_a_deno_app_gets_it_where_deno_itself_cannot_give_it() -> None:
    code = (
        'const port = Number(Deno.env.get("APP_PORT") ?? 8100);\nDeno.serve({ port }, () => new Response("a"));\n'
        'Deno.serve({ port: 9000 }, () => new Response("b"));\n'
    )
    made = plan({"deno.json": '{"tasks": {"start": "deno run -A main.ts"}}', "main.ts": code})
    assert started(made) == 'env APP_PORT="${APP_PORT:-$PORT}" deno run -A main.ts'


@pytest.mark.parametrize(
    ("config", "start", "port"),
    [
        ('env = os.environ\nbind = "0.0.0.0:%s" % env.get("APP_PORT", "8100")', "APP_PORT", 8100),
        ("port = os.getenv('APP_PORT', 8100)\nbind = f'0.0.0.0:{port}'", "APP_PORT", 8100),
        ('bind = "0.0.0.0:" + str(os.environ["APP_PORT"])', "APP_PORT", 8000),
    ],
)
def test_gunicorns_configuration_says_the_variable_and_the_default(config: str, start: str, port: int) -> None:
    app = "from flask import Flask\napp = Flask(__name__)\n"
    files = {"requirements.txt": "flask\ngunicorn==23.0.0\n", "app.py": app}
    made = plan({**files, "gunicorn.conf.py": f"import os\n{config}\n"})
    assert started(made) == f'{start}="${{{start}:-$PORT}}" exec gunicorn app:app'
    assert f"EXPOSE {port}" in made.dockerfile()


def test_a_variable_for_all_of_gunicorns_address_gets_an_address() -> None:
    app = "from flask import Flask\napp = Flask(__name__)\n"
    files = {"requirements.txt": "flask\ngunicorn==23.0.0\n", "app.py": app}
    made = plan({**files, "gunicorn.conf.py": 'import os\nbind = os.getenv("BIND", "0.0.0.0:8100")\n'})
    assert started(made) == 'BIND="${BIND:-0.0.0.0:$PORT}" exec gunicorn app:app'
    assert "EXPOSE 8100" in made.dockerfile()
    plain = plan({**files, "gunicorn.conf.py": "import os\nbind = f\"0.0.0.0:{os.environ.get('PORT', 8100)}\"\n"})
    assert started(plain) == "gunicorn app:app"
    assert "PORT=8100" in plain.dockerfile()
