"""`[mirrors]` and `ca_certificates`: what each package manager is told, and what is refused."""

from __future__ import annotations

import re

import pytest

import buildplan
from buildplan.catalogue.mirrors import mirrors
from buildplan.errors import ConfigError

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
URL = "https://mirror.corp/x"
NODE = '{"dependencies": {"x": "1"}, "scripts": {"start": "node a.js"}}'
APPS: dict[str, dict[str, str | bytes]] = {
    "npm": {
        "package.json": NODE,
        "package-lock.json": "{}",
        "a.js": "",
    },
    "pnpm": {
        "package.json": NODE,
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
        "a.js": "",
    },
    "yarn": {
        "package.json": NODE[:-1] + ', "packageManager": "yarn@4.9.0"}',
        "yarn.lock": "__metadata:\n  version: 8\n",
        "a.js": "",
    },
    "bun": {
        "package.json": '{"dependencies": {"x": "1"}, "scripts": {"start": "bun a.ts"}}',
        "bun.lock": "{}",
        "a.ts": "",
    },
    "deno": {
        "deno.json": '{"imports": {"x": "npm:x@1"}, "tasks": {"start": "deno run -A main.ts"}}',
        "main.ts": "Deno.serve(() => new Response())",
    },
    "pip": {"requirements.txt": "flask\n", "app.py": "from flask import Flask\napp = Flask(__name__)\n"},
    "uv": {
        "pyproject.toml": '[project]\nname = "a"\nversion = "1"\ndependencies = ["flask"]\n',
        "uv.lock": f'version = 1\n[[package]]\nname = "flask"\nsource = {{ registry = "{URL}" }}\n',
        "app.py": "from flask import Flask\napp = Flask(__name__)\n",
    },
    "poetry": {
        "pyproject.toml": '[tool.poetry]\nname = "a"\nversion = "1"\n[tool.poetry.dependencies]\nflask = "3"\n',
        "poetry.lock": "",
        "app.py": "from flask import Flask\napp = Flask(__name__)\n",
    },
    "go": {"go.mod": "module a\n\ngo 1.26\n", "main.go": "package main\nfunc main() {}\n"},
    "rust": {"Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\n', "src/main.rs": "fn main() {}\n"},
    "maven": {
        "pom.xml": "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId>"
        "<version>1</version></project>",
        "src/main/java/A.java": "public class A { public static void main(String[] a) {} }",
    },
    "gradle": {
        "build.gradle": "plugins { id 'application' }\napplication { mainClass = 'A' }\n",
        "settings.gradle": "rootProject.name = 'a'\n",
        "src/main/java/A.java": "public class A { public static void main(String[] a) {} }",
    },
    "ruby": {"Gemfile": 'gem "rack"\ngem "puma"\n', "config.ru": "run ->(env) { [200, {}, []] }\n"},
    "php": {"composer.json": '{"require": {"php": ">=8.3", "slim/slim": "4"}}', "public/index.php": "<?php\n"},
    "dotnet": {
        "A.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net10.0</TargetFramework>'
        "</PropertyGroup></Project>",
        "Program.cs": 'var app = WebApplication.CreateBuilder(args).Build(); app.MapGet("/", () => ""); app.Run();',
    },
    "elixir": {
        "mix.exs": 'defmodule A.MixProject do\n  use Mix.Project\n  def project, do: [app: :a, version: "1.0.0", '
        'deps: [{:plug, "~> 1.0"}]]\n  def application, do: [mod: {A, []}]\nend\n',
        "lib/a.ex": "defmodule A do\n  use Application\n  def start(_, _), do: {:ok, self()}\nend\n",
    },
}
TOLD = [
    ("npm", "npm", f"NPM_CONFIG_REGISTRY={URL}/"),
    ("pnpm", "npm", f"pnpm_config_registry={URL}/"),
    ("yarn", "npm", f"YARN_NPM_REGISTRY_SERVER={URL}"),
    ("bun", "npm", f"BUN_CONFIG_REGISTRY={URL}/"),
    ("deno", "npm", f"NPM_CONFIG_REGISTRY={URL}/"),
    ("deno", "jsr", f"JSR_URL={URL}"),
    ("pip", "pypi", f"PIP_INDEX_URL={URL}"),
    ("uv", "pypi", f"UV_DEFAULT_INDEX={URL}"),
    ("poetry", "pypi", f"POETRY_PYPI_MIRROR_URL={URL}/"),
    ("poetry", "pypi", " poetry-plugin-pypi-mirror\n"),
    ("go", "go", f"GOPROXY={URL}"),
    ("rust", "cargo", f"'registry = \"sparse+{URL}/\"' > /.cargo/config.toml"),
    ("maven", "maven", "MAVEN_ARGS=--settings=/etc/mirror/settings.xml"),
    ("maven", "maven", f"<mirrorOf>*</mirrorOf><url>{URL}</url>"),
    ("gradle", "maven", "gradle --init-script /etc/mirror/init.gradle --no-daemon"),
    ("gradle", "maven", f'def mirror = uri("{URL}")'),
    ("ruby", "rubygems", f"BUNDLE_MIRROR__ALL={URL}"),
    ("php", "composer", f'"url": "{URL}"}}, {{"packagist": false}}'),
    ("dotnet", "nuget", f'<clear /><add key="mirror" value="{URL}" />'),
    ("elixir", "hex", f"HEX_MIRROR={URL}"),
]


def planned(config: str, app: str = "npm", **files: str) -> buildplan.BuildPlan:
    tree = {**APPS[app], "buildplan.toml": config}
    tree |= {name.replace("__", "/"): text for name, text in files.items()}
    return buildplan.plan(tree)


def refused(config: str, **files: str) -> str:
    with pytest.raises(ConfigError) as caught:
        planned(config, **files)
    assert caught.value.origin is not None
    return str(caught.value)


@pytest.mark.parametrize(("app", "kind", "expected"), TOLD, ids=[f"{app}-{kind}" for app, kind, _ in TOLD])
def test_each_package_manager_is_told_of_its_mirror_before_it_installs(app: str, kind: str, expected: str) -> None:
    text = planned(f'[mirrors]\n{kind} = "{URL}"\n', app).dockerfile()
    assert expected in text
    shipped = text.rpartition("\nFROM ")[2]
    assert expected not in shipped
    installs = re.search(r"--mount=type=cache|deno (?:cache|install)|cargo build", text)
    assert installs is not None
    assert text.index(URL) < installs.start()


@pytest.mark.parametrize("kind", sorted(mirrors()))
def test_every_kind_of_package_has_a_test_and_an_example_that_is_accepted(kind: str) -> None:
    assert kind in {row[1] for row in TOLD} | {"apt", "apk"}
    row = mirrors()[kind]
    assert planned(f'[mirrors]\n{kind} = "{row.example}"\n').mirrors == ((kind, row.example),)


def test_apt_asks_the_mirror_in_every_stage_that_installs_packages() -> None:
    text = planned(f'[mirrors]\napt = "{URL}"\n[apt]\nbuild = ["gcc"]\nrun = ["ffmpeg"]\n').dockerfile()
    for stage in text.split("\nFROM ")[1:]:
        assert 0 < stage.index(f"!{URL}!") < stage.index("apt-get update")


def test_a_plan_without_packages_says_nothing_of_a_mirror_for_them() -> None:
    plan = planned(f'[mirrors]\nrubygems = "{URL}"\ngo = "{URL}"\n')
    assert URL not in plan.dockerfile()
    assert not [item for item in plan.diagnostics if item.code == "BP948"]


def test_a_mirror_has_its_reason_and_survives_json() -> None:
    plan = planned(f'[mirrors]\nnpm = "{URL}/"\n')
    decision = plan.decision("mirrors.npm")
    assert decision is not None
    assert (str(decision.origin), decision.value) == ("buildplan.toml:2 mirrors.npm", URL)
    again = buildplan.BuildPlan.from_json(plan.to_json())
    assert again.dockerfile() == plan.dockerfile()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('npm = "mirror.corp/npm"', "`mirrors.npm` is `mirror.corp/npm`; expected a URL that begins with `https://`"),
        ('npm = "not a url"', "expected a URL"),
        ('npm = "ftp://mirror.corp"', "expected a URL"),
        ('npm = "https://me:secret@mirror.corp/npm"', "expected an address without a user and a password"),
        ('npm = "https://mirror.corp/$(id)"', "expected a URL"),
        ('pip = "https://mirror.corp"', "write `pypi`, which serves pdm, pip, pipenv, poetry, python, uv"),
        ('nmp = "https://mirror.corp"', "did you mean `npm`?"),
        ('"docker.io" = "https://mirror.corp/hub"', "images are named without `https://`"),
        ('"docker.io" = "Mirror Corp"', "expected a registry for `docker.io`"),
    ],
)
def test_a_mirror_that_cannot_be_one_is_an_error_with_its_line(line: str, expected: str) -> None:
    message = refused(f"[mirrors]\n{line}\n")
    assert expected in message
    assert message.startswith("buildplan.toml:2: BP201 ")
    assert "secret@" not in message


def test_a_lock_file_that_holds_other_addresses_is_reported() -> None:
    lock = 'version = 1\n[[package]]\nname = "flask"\nsource = { registry = "https://elsewhere.example/simple" }\n'
    plan = planned(f'[mirrors]\npypi = "{URL}"\n', "uv", **{"uv.lock": lock})
    found = [item for item in plan.diagnostics if item.code == "BP948"]
    assert [str(item.origin) for item in found] == ["uv.lock"]
    assert not [item for item in planned(f'[mirrors]\npypi = "{URL}"\n', "uv").diagnostics if item.code == "BP948"]


@pytest.mark.parametrize(
    ("app", "build", "run"),
    [
        ("npm", {"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"}, {"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"}),
        ("pip", {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"}, {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}),
        ("rust", {"SSL_CERT_FILE", "CARGO_HTTP_CAINFO"}, {"SSL_CERT_FILE"}),
        ("deno", {"SSL_CERT_FILE", "DENO_CERT"}, {"SSL_CERT_FILE", "DENO_CERT"}),
        ("elixir", {"SSL_CERT_FILE", "HEX_CACERTS_PATH"}, {"SSL_CERT_FILE"}),
        ("go", {"SSL_CERT_FILE"}, {"SSL_CERT_FILE"}),
    ],
)
def test_certificates_are_trusted_by_what_runs_in_a_stage(app: str, build: set[str], run: set[str]) -> None:
    text = planned('ca_certificates = ["corp.crt"]\n', app, **{"corp.crt": CERTIFICATE}).dockerfile()
    first, _, last = text.rpartition("\nFROM ")
    named = re.compile(r"(\w+)=/etc/ssl/certs/ca-certificates.crt")
    assert set(named.findall(first)) == build
    assert set(named.findall(last)) == run


def test_java_gets_certificates_into_its_own_store() -> None:
    text = planned('ca_certificates = ["corp.crt"]\n', "maven", **{"corp.crt": CERTIFICATE}).dockerfile()
    assert text.count("keytool -importcert -noprompt -trustcacerts -cacerts") == 2


def test_two_certificates_of_one_name_are_two_files() -> None:
    config = 'ca_certificates = ["a/corp.crt", "b/corp.crt"]\n'
    text = planned(config, a__corp_crt="", **{"a/corp.crt": CERTIFICATE, "b/corp.crt": CERTIFICATE}).dockerfile()
    assert "COPY a/corp.crt /usr/local/share/ca-certificates/corp.crt" in text
    assert "COPY b/corp.crt /usr/local/share/ca-certificates/corp-2.crt" in text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0\x82", "is not a certificate in the PEM format"),
        ("-----BEGIN PRIVATE KEY-----\n", "holds a private key, which would be in the image"),
    ],
)
def test_a_file_that_is_not_a_certificate_is_refused(content: str, expected: str) -> None:
    assert expected in refused('ca_certificates = ["corp.crt"]\n', **{"corp.crt": content})
