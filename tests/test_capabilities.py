"""What each language can do: a table of capabilities, filled by planning a small tree for each cell.

`pytest tests/test_capabilities.py -k table -s` prints it. A cell that is not filled has a reason; a `Gap` has a tree
too, and its test fails once the language can do it, so that the table follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from conftest import FIXTURES

import buildplan
from buildplan.api import Options
from buildplan.errors import BuildplanError
from buildplan.language import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildplan.model.build_plan import BuildPlan

    Files = dict[str, str]
    Check = Callable[[BuildPlan], bool]


class Cell(NamedTuple):
    """A tree, with what is asked for, of which a check holds."""

    files: Files
    check: Check
    options: Options = Options()
    fixture: str | None = None


class Gap(NamedTuple):
    """A cell that does not hold yet, and why."""

    reason: str
    cell: Cell


LANGUAGES = ("node", "python", "ruby", "php", "go", "rust", "java", "dotnet", "elixir", "deno", "crystal", "static")

NODE_CODE = "require('express')().listen(process.env.PORT || 3000)"
BASE: dict[str, Files] = {
    "node": {
        "package.json": '{"name": "shop", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}',
        "server.js": NODE_CODE,
    },
    "python": {
        "requirements.txt": "flask\ngunicorn\n",
        "app.py": "from flask import Flask\n\napp = Flask(__name__)\n",
    },
    "ruby": {
        "Gemfile": "source 'https://rubygems.org'\ngem 'sinatra'\ngem 'puma'\n",
        "app.rb": "require 'sinatra'\n\nget('/') { 'x' }\n",
    },
    "php": {"composer.json": '{"require": {"slim/slim": "4"}}', "public/index.php": "<?php\n"},
    "go": {
        "go.mod": "module example.com/shop\n\ngo 1.25\n",
        "main.go": 'package main\n\nimport (\n\t"net/http"\n\t"os"\n)\n\n'
        'func main() { http.ListenAndServe(":"+os.Getenv("PORT"), nil) }\n',
    },
    "rust": {
        "Cargo.toml": '[package]\nname = "shop"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\naxum = "0.8"\n',
        "src/main.rs": 'fn main() { let port = std::env::var("PORT").unwrap(); axum::serve(l, app); }\n',
    },
    "java": {
        "pom.xml": "<project><artifactId>shop</artifactId><version>1.0</version><packaging>jar</packaging>"
        "<dependencies><dependency><groupId>io.javalin</groupId><artifactId>javalin</artifactId><version>6</version>"
        "</dependency></dependencies></project>",
        "src/main/java/app/Main.java": "package app;\n\npublic class Main {\n"
        "    public static void main(String[] args) {\n"
        '        Javalin.create().start(Integer.valueOf(System.getenv("PORT")));\n    }\n'
        "}\n",
    },
    "dotnet": {
        "Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net10.0</TargetFramework>'
        "</PropertyGroup></Project>",
        "Program.cs": "var app = WebApplication.CreateBuilder(args).Build();\napp.Run();\n",
    },
    "elixir": {
        "mix.exs": "defmodule Shop.MixProject do\n  use Mix.Project\n\n  def project do\n"
        '    [app: :shop, version: "0.1.0", elixir: "~> 1.18", deps: deps()]\n  end\n\n'
        "  def application do\n    [mod: {Shop.Application, []}]\n  end\n\n"
        '  defp deps do\n    [{:bandit, "~> 1.5"}]\n  end\nend\n',
        "lib/shop.ex": "defmodule Shop do\nend\n",
    },
    "deno": {
        "deno.json": '{"tasks": {"start": "deno run --allow-net --allow-env main.ts"}}',
        "main.ts": 'Deno.serve({ port: Number(Deno.env.get("PORT")) }, () => new Response("x"));\n',
    },
    "crystal": {
        "shard.yml": "name: shop\nversion: 1.0.0\ntargets:\n  shop:\n    main: src/shop.cr\n",
        "src/shop.cr": 'server = HTTP::Server.new\nserver.listen("0.0.0.0", ENV["PORT"].to_i)\n',
    },
    "static": {"index.html": "<p>Hello</p>\n"},
}
ASDF = {
    "node": "nodejs 22.12.0",
    "python": "python 3.12.1",
    "ruby": "ruby 3.3.5",
    "php": "php 8.3.1",
    "go": "golang 1.26.1",
    "rust": "rust 1.84.0",
    "java": "java temurin-17.0.9+9",
    "dotnet": "dotnet 10.0.100",
    "elixir": "elixir 1.17.3",
    "deno": "deno 2.1.4",
    "crystal": "crystal 1.18.2",
}
FRONT = {
    "package.json": '{"name": "ui", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}',
    "package-lock.json": '{"lockfileVersion": 3, "packages": {"": {}}}',
    "index.html": "<p>",
    "vite.config.js": "export default {}",
}


RAILS = {
    "Gemfile": "source 'https://rubygems.org'\ngem 'rails', '~> 8.0'\ngem 'puma'\n",
    "config/application.rb": "module Shop\n  class Application < Rails::Application\n  end\nend\n",
    "config.ru": "run Rails.application\n",
    "bin/rails": "",
}
# Without a page of its own: what is built is for the app beside it.
ASSETS = {path: text for path, text in FRONT.items() if path != "index.html"}


def base(language: str, **more: str) -> Files:
    return {**BASE[language], **{name.replace("__", "/"): text for name, text in more.items()}}


def inside(folder: str, files: Files) -> Files:
    return {f"{folder}/{path}": text for path, text in files.items()}


def text_of(made: BuildPlan) -> str:
    return made.dockerfile()


def has(*words: str) -> Check:
    return lambda made: all(word in text_of(made) for word in words)


def found(code: str) -> Check:
    return lambda made: code in {item.code for item in made.diagnostics}


def is_language(name: str, folder: str = "") -> Check:
    def check(made: BuildPlan) -> bool:
        use = made.providers[0]
        return use.name == name and use.evidence[0].origin.path.startswith(folder)

    return check


def forwarded_or_told(made: BuildPlan) -> bool:
    """Return whether another variable than PORT gets its value, or the owner is told that it does not."""
    return "HTTP_PORT" in text_of(made) or found("BP648")(made)


def asked_by(field: str, path: str) -> Check:
    """Return whether a file decides, or is one of those that were weighed."""

    def check(made: BuildPlan) -> bool:
        decision = made.decision(field)
        assert decision is not None
        return path in {decision.origin.path, *(item.origin.path for item in decision.runners_up)}

    return check


def chose(field: str, value: str) -> Check:
    def check(made: BuildPlan) -> bool:
        decision = made.decision(field)
        return decision is not None and decision.value == value

    return check


def has_process(name: str) -> Check:
    return lambda made: made.process(name) is not None


def ships(path: str) -> Check:
    def check(made: BuildPlan) -> bool:
        around = {path, ".", *(f"{path[:index]}/" for index, letter in enumerate(path) if letter == "/")}
        return any(item.path in around or item.path.rstrip("/") in around for item in made.run.copies)

    return check


def asks_for_secret(name: str) -> Check:
    return lambda made: any(name in phase.secrets for phase in made.phases)


TABLE: dict[str, dict[str, Cell | Gap | str]] = {}


def fill(capability: str, cells: Mapping[str, Any]) -> None:
    TABLE[capability] = dict(cells)


fill(
    "version files",
    {
        **{
            name: Cell(
                {**BASE[name], ".tool-versions": f"{line}\n"},
                asked_by(f"{name}.version", ".tool-versions"),
            )
            for name, line in ASDF.items()
        },
        # Read, and refused with the reason.
        "dotnet": Cell({**BASE["dotnet"], ".tool-versions": "dotnet 9.0.100\n"}, found("BP606")),
        "static": "its web server is the newest: no app depends on its version",
    },
)
fill(
    "managers",
    {
        "node": Cell(base("node", **{"yarn.lock": "# yarn lockfile v1\n"}), has("yarn install")),
        "python": Cell(
            {
                "pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask", "gunicorn"]\n',
                "uv.lock": "version = 1\n",
                "app.py": BASE["python"]["app.py"],
            },
            has("uv sync"),
        ),
        "ruby": "Bundler is the only one",
        "php": "Composer is the only one",
        "go": "the go command is the only one",
        "rust": "Cargo is the only one",
        "java": Cell(
            {
                "build.gradle": "plugins { id 'application' }\napplication { mainClass = 'app.Main' }\n",
                "settings.gradle": "rootProject.name = 'shop'\n",
                "src/main/java/app/Main.java": BASE["java"]["src/main/java/app/Main.java"],
            },
            has("gradle"),
        ),
        "dotnet": Cell(base("dotnet", **{"paket.dependencies": "source x\n", "paket.lock": ""}), has("paket")),
        "elixir": "Mix is the only one",
        "deno": Cell(
            base("deno", **{"package.json": '{"dependencies": {"hono": "4"}}', "deno.lock": '{"version": "4"}'}),
            has("deno install"),
        ),
        "static": "plain pages have no packages; generators come with those of their language",
    },
)
MEMBER = {
    "node": Cell(
        {
            "package.json": '{"workspaces": ["apps/*"]}',
            **inside("apps/web", BASE["node"]),
            **inside("apps/api", {**BASE["node"], "package.json": BASE["node"]["package.json"].replace("shop", "api")}),
        },
        is_language("node", "apps/api"),
        Options(app="api"),
    ),
    "python": Cell(
        {
            "pyproject.toml": '[tool.uv.workspace]\nmembers = ["apps/*"]\n',
            "uv.lock": "version = 1\n",
            "apps/api/pyproject.toml": '[project]\nname = "api"\nversion = "1"\ndependencies = ["flask", "gunicorn"]\n',
            "apps/api/app.py": BASE["python"]["app.py"],
        },
        chose("python.app", "apps/api"),
        Options(app="api"),
    ),
    "ruby": "Bundler has no workspaces: a folder is an app by itself",
    "php": "Composer has no workspaces: a folder is an app by itself",
    "go": Cell(
        {**inside("cmd/api", {"main.go": BASE["go"]["main.go"]}), "go.mod": BASE["go"]["go.mod"]},
        has("/app/bin/api"),
        Options(app="api"),
    ),
    "rust": Cell(
        {
            "Cargo.toml": '[workspace]\nmembers = ["api", "shop"]\n',
            **inside("api", {**BASE["rust"], "Cargo.toml": BASE["rust"]["Cargo.toml"].replace('"shop"', '"api"')}),
            **inside("shop", BASE["rust"]),
        },
        has("/app/bin/api"),
        Options(app="api"),
    ),
    "java": Cell(
        {
            "pom.xml": "<project><artifactId>all</artifactId><version>1.0</version><packaging>pom</packaging>"
            "<modules><module>web</module><module>api</module></modules></project>",
            **inside("web", BASE["java"]),
            **inside("api", {**BASE["java"], "pom.xml": BASE["java"]["pom.xml"].replace("shop", "api")}),
        },
        has("-pl api"),
        Options(app="api"),
    ),
    "dotnet": Cell(
        {**inside("Web", BASE["dotnet"]), "Api/Api.csproj": BASE["dotnet"]["Shop.csproj"], "Api/Program.cs": ""},
        has("Api.dll"),
        Options(app="Api"),
    ),
    "elixir": Cell(
        {
            "mix.exs": "defmodule All.MixProject do\n  use Mix.Project\n\n  def project do\n"
            '    [apps_path: "apps", version: "0.1.0", deps: []]\n  end\nend\n',
            **inside("apps/shop", BASE["elixir"]),
        },
        has("/app/bin/shop"),
        Options(app="shop"),
    ),
    "deno": Cell(
        {
            "deno.json": '{"workspace": ["./api", "./web"]}',
            **inside("api", BASE["deno"]),
            **inside("web", BASE["deno"]),
        },
        chose("deno.app", "api"),
        Options(app="api"),
    ),
    "static": "pages have no workspaces",
}
fill("workspaces", MEMBER)
fill(
    "app in a folder",
    {
        **{name: Cell({"README.md": "", **inside("api", BASE[name])}, is_language(name, "api")) for name in LANGUAGES},
        "static": Gap(
            "a page below the root is often a template or a document, so that nothing says it is the site",
            Cell({"README.md": "", **inside("api", BASE["static"])}, is_language("static", "api")),
        ),
    },
)
fill(
    "--app",
    {
        name: Cell(
            {"README.md": "", **inside("one", BASE[name]), **inside("two", BASE[name])},
            is_language(name, "two"),
            Options(app="two"),
        )
        for name in LANGUAGES
    },
)
fill(
    "PORT forwarding",
    {
        "node": Cell(base("node", **{"server.js": NODE_CODE.replace("PORT", "HTTP_PORT")}), forwarded_or_told),
        "python": Cell(
            {
                "requirements.txt": "flask\n",
                "app.py": "import os\nfrom flask import Flask\n\napp = Flask(__name__)\n"
                'if __name__ == "__main__":\n    app.run(host="0.0.0.0", port=int(os.environ["HTTP_PORT"]))\n',
            },
            has("PORT"),
        ),
        "ruby": Cell(BASE["ruby"], has("PORT")),
        "php": Cell(BASE["php"], has("PORT")),
        "go": Cell(base("go", **{"main.go": BASE["go"]["main.go"].replace("PORT", "HTTP_PORT")}), forwarded_or_told),
        "rust": Cell(
            base("rust", **{"src/main.rs": BASE["rust"]["src/main.rs"].replace("PORT", "HTTP_PORT")}), forwarded_or_told
        ),
        "java": Cell(
            base(
                "java",
                **{
                    "src/main/java/app/Main.java": BASE["java"]["src/main/java/app/Main.java"].replace(
                        "PORT", "HTTP_PORT"
                    )
                },
            ),
            forwarded_or_told,
        ),
        "dotnet": Cell(BASE["dotnet"], has("ASPNETCORE_HTTP_PORTS")),
        "elixir": Cell(BASE["elixir"], has("PORT")),
        "deno": Cell(base("deno", **{"main.ts": BASE["deno"]["main.ts"].replace("PORT", "HTTP_PORT")}), has("$PORT")),
        "static": Cell(BASE["static"], has("PORT")),
    },
)
fill(
    "localhost finding",
    {
        "node": Cell(
            base("node", **{"server.js": "require('express')().listen(process.env.PORT, '127.0.0.1')"}), found("BP649")
        ),
        "python": Cell(
            {
                "app.py": "from http.server import BaseHTTPRequestHandler, HTTPServer\n\n"
                'HTTPServer(("127.0.0.1", 8000), BaseHTTPRequestHandler).serve_forever()\n'
            },
            found("BP649"),
        ),
        "ruby": Cell(
            {
                **RAILS,
                "config/puma.rb": "bind 'tcp://127.0.0.1:9292'\n",
            },
            found("BP649"),
        ),
        "php": "Apache listens, never the script",
        "go": Cell(
            base("go", **{"main.go": BASE["go"]["main.go"].replace('":"+os.Getenv("PORT")', '"127.0.0.1:8080"')}),
            found("BP649"),
        ),
        "rust": Cell(
            base(
                "rust",
                **{"src/main.rs": 'fn main() { let l = TcpListener::bind("127.0.0.1:3000"); axum::serve(l, app); }\n'},
            ),
            found("BP649"),
        ),
        "java": Gap(
            "an address in the code is not looked for; frameworks listen everywhere unless they are told",
            Cell(
                base(
                    "java",
                    **{
                        "src/main/java/app/Main.java": BASE["java"]["src/main/java/app/Main.java"].replace(
                            ".start(", '.start("127.0.0.1", '
                        )
                    },
                ),
                found("BP649"),
            ),
        ),
        "dotnet": Cell(
            base("dotnet", **{"Program.cs": 'var app = x.Build();\napp.Run("http://localhost:5000");\n'}),
            found("BP649"),
        ),
        "elixir": Cell(
            base(
                "elixir",
                **{
                    "mix.exs": BASE["elixir"]["mix.exs"].replace("{:bandit", '{:phoenix, "~> 1.7"}, {:bandit'),
                    "config/prod.exs": "import Config\nconfig :shop, Shop.Endpoint, http: [ip: {127, 0, 0, 1}]\n",
                },
            ),
            found("BP649"),
        ),
        "deno": Cell(
            base(
                "deno", **{"main.ts": 'Deno.serve({ hostname: "127.0.0.1", port: 8000 }, () => new Response("x"));\n'}
            ),
            has("tcp:0.0.0.0:$PORT"),
        ),
        "static": "its web server is ours",
    },
)
fill(
    "run-time files",
    {
        **{
            name: Cell({**BASE[name], "templates/a.html": "x"}, ships("templates/a.html"))
            for name in ("python", "ruby", "php", "deno", "static")
        },
        "node": Cell(
            base("node", **{"templates/a.html": "x", "server.js": NODE_CODE + "\nfs.readFileSync('templates/a.html')"}),
            ships("templates/a.html"),
        ),
        "go": Cell(
            base(
                "go",
                **{
                    "templates/a.html": "x",
                    "main.go": 'package main\n\nimport (\n\t"html/template"\n\t"net/http"\n)\n\n'
                    'func main() { template.ParseFiles("templates/a.html"); http.ListenAndServe(":8080", nil) }\n',
                },
            ),
            ships("templates/a.html"),
        ),
        "rust": Cell(
            base(
                "rust",
                **{
                    "templates/a.html": "x",
                    "src/main.rs": BASE["rust"]["src/main.rs"] + 'fn a() { ServeDir::new("templates"); }\n',
                },
            ),
            ships("templates/a.html"),
        ),
        "java": Gap(
            "what is read from the working directory is not looked for; resources are in the jar",
            Cell(
                base(
                    "java",
                    **{
                        "templates/a.html": "x",
                        "src/main/java/app/Main.java": BASE["java"]["src/main/java/app/Main.java"].replace(
                            "Javalin", 'Files.readString(Path.of("templates/a.html")); Javalin'
                        ),
                    },
                ),
                ships("templates/a.html"),
            ),
        ),
        "dotnet": "what is published holds `wwwroot` and the content of the project",
        "elixir": "a release holds `priv`, and nothing else is read",
    },
)
fill(
    "front end",
    {
        "node": "the front end is Node's own build",
        "static": "the front end is Node's own build",
        "python": Cell({**BASE["python"], **ASSETS}, has("npm run build")),
        "ruby": Cell({}, has("npm"), fixture="ruby-rails-vite"),
        "php": Cell({**BASE["php"], **FRONT}, has("npm run build")),
        "go": Cell(
            {
                **inside("ui", FRONT),
                "go.mod": BASE["go"]["go.mod"],
                "main.go": 'package main\n\nimport (\n\t"embed"\n\t"net/http"\n)\n\n'
                "//go:embed ui/dist\nvar files embed.FS\n\n"
                'func main() { http.ListenAndServe(":8080", http.FileServer(http.FS(files))) }\n',
            },
            has("npm run build"),
        ),
        "rust": Cell(
            {
                **inside("ui", FRONT),
                "Cargo.toml": BASE["rust"]["Cargo.toml"] + 'rust-embed = "8"\n',
                "src/main.rs": '#[derive(RustEmbed)]\n#[folder = "ui/dist"]\nstruct Ui;\n'
                + BASE["rust"]["src/main.rs"],
            },
            has("npm run build"),
        ),
        "java": Gap(
            "a front end without a plugin in the build is not joined with what the server reads",
            Cell({**BASE["java"], **FRONT}, has("npm run build")),
        ),
        "dotnet": Cell(
            {
                **inside("ClientApp", FRONT),
                **BASE["dotnet"],
                "Shop.csproj": BASE["dotnet"]["Shop.csproj"].replace(
                    "</Project>",
                    '<Target Name="Ui" AfterTargets="ComputeFilesToPublish"><Exec WorkingDirectory="ClientApp" '
                    'Command="npm run build" /></Target></Project>',
                ),
            },
            lambda made: "node" in text_of(made),
        ),
        "elixir": Cell(
            base(
                "elixir",
                **{
                    "mix.exs": BASE["elixir"]["mix.exs"]
                    .replace('{:bandit, "~> 1.5"}', '{:phoenix, "~> 1.7"}, {:bandit, "~> 1.5"}')
                    .replace(
                        "deps: deps()]",
                        'deps: deps(), aliases: ["assets.deploy": ["cmd --cd assets npm run build", "phx.digest"]]]',
                    ),
                    **inside("assets", FRONT),
                },
            ),
            has("npm"),
        ),
        "deno": Gap(
            "only Deno's own builds are run",
            Cell({**BASE["deno"], **inside("ui", FRONT)}, has("npm run build")),
        ),
    },
)
fill(
    "system packages",
    {
        "node": Cell(
            base("node", **{"package.json": BASE["node"]["package.json"].replace('"express": "5"', '"canvas": "2"')}),
            has("apt-get install"),
        ),
        "python": Cell(base("python", **{"requirements.txt": "flask\ngunicorn\npsycopg2\n"}), has("libpq")),
        "ruby": Cell(base("ruby", Gemfile=BASE["ruby"]["Gemfile"] + "gem 'pg'\n"), has("libpq")),
        "php": Cell(
            base("php", **{"composer.json": '{"require": {"slim/slim": "4", "ext-gd": "*"}}'}), has("libpng-dev")
        ),
        "go": Cell(
            base(
                "go",
                **{
                    "go.mod": BASE["go"]["go.mod"] + "\nrequire github.com/h2non/bimg v1.1.9\n",
                    "main.go": BASE["go"]["main.go"].replace('"os"', '"os"\n\t_ "github.com/h2non/bimg"'),
                },
            ),
            has("libvips"),
        ),
        "rust": Cell(
            base("rust", **{"Cargo.toml": BASE["rust"]["Cargo.toml"] + 'openssl = "0.10"\n'}), has("libssl-dev")
        ),
        "java": Gap(
            "jars hold their native code; programs that they call are not known", Cell(BASE["java"], has("apt-x"))
        ),
        "dotnet": Cell(
            base(
                "dotnet",
                **{
                    "Shop.csproj": BASE["dotnet"]["Shop.csproj"].replace(
                        "</Project>",
                        '<ItemGroup><PackageReference Include="FFMpegCore" Version="5.1.0" /></ItemGroup></Project>',
                    )
                },
            ),
            has("ffmpeg"),
        ),
        "elixir": Cell(
            base(
                "elixir",
                **{"mix.exs": BASE["elixir"]["mix.exs"].replace("{:bandit", '{:mogrify, "~> 0.9"}, {:bandit')},
            ),
            has("imagemagick"),
        ),
        "deno": Gap("packages of npm with native code are not asked for", Cell(BASE["deno"], has("apt-x"))),
        "static": "pages need no packages beside the web server",
    },
)
SERVES = tuple(name for name in LANGUAGES if name != "static")
START = {
    "node": "node server.js",
    "python": "gunicorn app:app",
    "ruby": "ruby app.rb",
    "php": "php public/index.php",
    "go": "shop",
    "rust": "shop",
    "java": "java -jar target/shop-1.0.jar",
    "dotnet": "dotnet Shop.dll",
    "elixir": "mix run",
    "deno": "deno run -A main.ts",
    "crystal": "bin/shop",
}
fill(
    "workers",
    {
        **{
            name: Cell({**BASE[name], "Procfile": f"worker: {START[name]}\n"}, has_process("worker")) for name in SERVES
        },
        "static": "a web server runs no program (BP634 says so)",
    },
)
fill(
    "release",
    {
        **{
            name: Cell({**BASE[name], "Procfile": f"release: {START[name]}\n"}, has_process("release"))
            for name in SERVES
        },
        "static": "a web server runs no program (BP634 says so)",
    },
)
NPMRC = "@acme:registry=https://npm.example.com/\n//npm.example.com/:_authToken=${NPM_TOKEN}\n"
fill(
    "private registries",
    {
        "node": Cell(base("node", **{".npmrc": NPMRC}), asks_for_secret("NPM_TOKEN")),
        "python": Cell(
            base(
                "python",
                **{"requirements.txt": "--extra-index-url https://${PIP_TOKEN}@pip.example.com/\nflask\ngunicorn\n"},
            ),
            asks_for_secret("PIP_TOKEN"),
        ),
        "ruby": Cell(
            base("ruby", Gemfile="source 'https://gems.example.com' do\n  gem 'own'\nend\n" + BASE["ruby"]["Gemfile"]),
            lambda made: any(phase.secrets for phase in made.phases),
        ),
        "php": Cell(
            base(
                "php",
                **{
                    "composer.json": '{"require": {"slim/slim": "4"}, "repositories": '
                    '[{"type": "composer", "url": "https://composer.example.com/"}]}'
                },
            ),
            asks_for_secret("COMPOSER_AUTH"),
        ),
        "go": Cell(
            base(
                "go",
                **{
                    "go.mod": BASE["go"]["go.mod"] + "\nrequire git.example.com/acme/own v1.0.0\n",
                    "main.go": BASE["go"]["main.go"].replace('"os"', '"os"\n\t_ "git.example.com/acme/own"'),
                    "buildplan.toml": '[variables]\nGOPRIVATE = "git.example.com"\n',
                },
            ),
            lambda made: any(phase.secrets for phase in made.phases),
        ),
        "rust": Cell(
            base(
                "rust",
                **{
                    ".cargo/config.toml": '[registries.acme]\nindex = "sparse+https://cargo.example.com/"\n',
                    "Cargo.toml": BASE["rust"]["Cargo.toml"] + 'own = { version = "1", registry = "acme" }\n',
                },
            ),
            lambda made: any(phase.secrets for phase in made.phases),
        ),
        "java": Gap(
            "settings of Maven and Gradle with a token are not read",
            Cell(
                base(
                    "java",
                    **{
                        "settings.xml": "<settings><servers><server><password>${env.MAVEN_TOKEN}</password></server>"
                        "</servers></settings>"
                    },
                ),
                asks_for_secret("MAVEN_TOKEN"),
            ),
        ),
        "dotnet": Cell(
            base(
                "dotnet",
                **{
                    "nuget.config": "<configuration><packageSources>"
                    '<add key="acme" value="https://nuget.example.com/" />'
                    '</packageSources><packageSourceCredentials><acme><add key="Username" value="u" />'
                    '<add key="ClearTextPassword" value="%NUGET_TOKEN%" /></acme>'
                    "</packageSourceCredentials></configuration>"
                },
            ),
            asks_for_secret("NUGET_TOKEN"),
        ),
        "elixir": Cell(
            base(
                "elixir",
                **{
                    "mix.exs": BASE["elixir"]["mix.exs"].replace(
                        "{:bandit", '{:own, "~> 1.0", organization: "acme"}, {:bandit'
                    )
                },
            ),
            lambda made: any(phase.secrets for phase in made.phases),
        ),
        "deno": Cell(
            base("deno", **{".npmrc": NPMRC, "package.json": '{"dependencies": {"@acme/own": "1"}}'}),
            asks_for_secret("NPM_TOKEN"),
        ),
        "static": "pages fetch nothing that needs a token",
    },
)
HEALTH = Options(set=('health_check="/healthz"',))
NO_CLIENT = "its image holds no program that can ask over HTTP; the error says so"
fill(
    "health check",
    {
        name: Gap(NO_CLIENT, cell) if name in {"java", "deno"} else cell
        for name in LANGUAGES
        for cell in (Cell(BASE[name], lambda made: made.run.health_check is not None, HEALTH),)
    },
)

# A language in rows: what it can do beside the rest is the engine's.
SHARDS = BASE["crystal"]["shard.yml"] + "dependencies:\n"
DECLARED: dict[str, Cell | Gap | str] = {
    "managers": "Shards is the only one",
    "workspaces": "Shards has no workspaces: a start command names one of the targets",
    "PORT forwarding": Cell(
        base("crystal", **{"src/shop.cr": BASE["crystal"]["src/shop.cr"].replace("PORT", "HTTP_PORT")}),
        forwarded_or_told,
    ),
    "localhost finding": Gap(
        "no grammar of Crystal says which string is an address that a server binds to",
        Cell(
            base("crystal", **{"src/shop.cr": BASE["crystal"]["src/shop.cr"].replace('("0.0.0.0"', '("127.0.0.1"')}),
            found("BP649"),
        ),
    ),
    "run-time files": Cell(
        base("crystal", **{"shard.yml": SHARDS + "  kemal:\n    github: x/y\n", "public/a.css": ""}),
        ships("public/a.css"),
    ),
    "front end": Gap(
        "what the code serves is not looked for, so that no folder is known to be built for it",
        Cell({**BASE["crystal"], **inside("ui", FRONT)}, has("npm run build")),
    ),
    "system packages": Cell(
        base("crystal", **{"shard.yml": SHARDS + "  sqlite3:\n    github: x/y\n"}), has("libsqlite3-dev")
    ),
    "private registries": Gap(
        "shards come from git hosts, and a token for a private one is not asked for",
        Cell(
            base("crystal", **{"shard.yml": SHARDS + "  own:\n    git: https://git.example.com/own.git\n"}),
            lambda made: any(phase.secrets for phase in made.phases),
        ),
    ),
}
for what, declared in DECLARED.items():
    TABLE[what]["crystal"] = declared


def holds(cell: Cell) -> bool:
    return cell.check(planned(cell))


def planned(cell: Cell) -> BuildPlan:
    return buildplan.plan(cell.files if cell.fixture is None else FIXTURES / cell.fixture, cell.options)


def cells() -> list[Any]:
    return [
        pytest.param(cell, id=f"{capability}-{language}")
        for capability, row in TABLE.items()
        for language, cell in row.items()
        if not isinstance(cell, str)
    ]


@pytest.mark.parametrize("cell", cells())
def test_a_cell_holds_or_says_why_not(cell: Cell | Gap) -> None:
    if isinstance(cell, Cell):
        assert holds(cell), planned(cell).dockerfile()
        return
    try:
        filled = holds(cell.cell)
    except BuildplanError:
        filled = False
    assert not filled, "the gap is closed: make it a Cell"


def test_the_table_has_a_cell_for_every_language_and_a_reason_in_each_empty_one() -> None:
    assert set(LANGUAGES) | {"shell"} == set(registry.languages())
    shown = {Cell: "yes", Gap: "-", str: "n/a"}
    width = max(map(len, TABLE))
    lines = ["".join([" " * width, *(f"  {name:<7}" for name in LANGUAGES)])]
    for capability, row in TABLE.items():
        assert set(row) == set(LANGUAGES), capability
        lines.append("".join([f"{capability:<{width}}", *(f"  {shown[type(row[name])]:<7}" for name in LANGUAGES)]))
        reasons = [
            cell if isinstance(cell, str) else cell.reason for cell in row.values() if not isinstance(cell, Cell)
        ]
        assert all(len(reason.split()) > 3 for reason in reasons), capability
        lines += [
            f"    {name}: {cell if isinstance(cell, str) else cell.reason}"
            for name, cell in row.items()
            if not isinstance(cell, Cell)
        ]
    print("\n" + "\n".join(lines))  # noqa: T201  # the table is for reading
