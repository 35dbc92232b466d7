"""No value of a secret, no control character and no command of a CI runner is in any output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import buildplan
from buildplan.drift import formats
from buildplan.errors import BuildplanError
from buildplan.model.secret_spans import masked, referenced
from buildplan.model.secrets import looks_secret
from buildplan.model.visible_text import UNSEEN
from buildplan.render import redact, text

EXPRESS = {
    "package.json": '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "^4", "cross-env": "^7"}}',
    "server.js": "require('express')().listen(process.env.PORT)",
}
VALUE = "v4lue-of-a-s3cret"


def outputs(tree: dict[str, str]) -> str:
    plan = buildplan.plan(tree)
    source = buildplan.open_source(tree)
    from buildplan.render import html

    parts = [plan.dockerfile(), plan.to_json(), text.plan_text(plan), text.explain(plan), html.page(plan, source)]
    parts += [str(item) for item in plan.diagnostics]
    return "\n".join(parts)


@pytest.mark.parametrize(
    "start",
    [
        f"API_TOKEN={VALUE} node server.js",
        f"NODE_ENV=production API_TOKEN='{VALUE}' node server.js",
        f"cross-env DATABASE_PASSWORD={VALUE} node server.js",
        f"env JWT_SECRET={VALUE} node server.js",
        f"export PGPASSWORD={VALUE} && node server.js",
        f"DATABASE_URL=postgres://u:{VALUE}@h/db node server.js",
    ],
)
@pytest.mark.parametrize("place", ["script", "Procfile", "nixpacks.toml", "buildplan.toml"])
def test_a_secret_in_a_start_line_becomes_a_name_with_a_finding(start: str, place: str) -> None:
    tree = dict(EXPRESS)
    if place == "script":
        tree["package.json"] = tree["package.json"].replace("node server.js", start)
    elif place == "Procfile":
        tree["Procfile"] = f"web: {start}\n"
    elif place == "nixpacks.toml":
        tree["nixpacks.toml"] = f'[start]\ncmd = "{start}"\n'
    else:
        tree["buildplan.toml"] = f'start = "{start}"\n'
    plan = buildplan.plan(tree)
    name = next(
        word for word in ("API_TOKEN", "DATABASE_PASSWORD", "JWT_SECRET", "PGPASSWORD", "DATABASE_URL") if word in start
    )
    assert name in plan.secrets
    assert any(item.code == "BP665" and name in item.text for item in plan.diagnostics)
    assert VALUE not in plan.dockerfile() + plan.to_json() + text.explain(plan) + text.plan_text(plan)


def test_a_secret_of_a_build_command_is_mounted_instead() -> None:
    plan = buildplan.plan(EXPRESS, buildplan.Options(build_cmd=f"SENTRY_AUTH_TOKEN={VALUE} npm run build"))
    assert VALUE not in plan.dockerfile() + plan.to_json()
    assert "--mount=type=secret,id=SENTRY_AUTH_TOKEN" in plan.dockerfile()


@pytest.mark.parametrize(
    "name",
    [
        "PGPASSWORD",
        "JWT",
        "AUTH",
        "OAUTH",
        "REDISCLI_AUTH",
        "GH_PAT",
        "DB_PW",
        "STRIPE_SK",
        "APP_CREDS",
        "STRIPE_KEY",
        "LICENSE_KEY",
        "DOCKER_AUTH_CONFIG",
        "DB_CONNECTION_STRING",
        "SALT",
        "PIN",
        "PASSCODE",
        "BEARER",
        "API_TOKEN",
    ],
)
def test_the_name_of_a_secret_is_known(name: str) -> None:
    assert looks_secret(name, "x1y2")


@pytest.mark.parametrize(
    "name",
    [
        "JWT_EXPIRES_IN",
        "AUTH_METHOD",
        "PIN_COUNT",
        "SALT_ROUNDS",
        "PWD",
        "AUTHOR",
        "PATH",
        "SKIP",
        "PATTERN",
        "TOKEN_TTL",
    ],
)
def test_a_name_that_only_speaks_about_a_secret_is_none(name: str) -> None:
    assert not looks_secret(name, "x1y2")


@pytest.mark.parametrize(
    "value",
    [
        "https://TOKENTOKEN@host",
        " https://u:p@host",
        "jdbc:postgresql://h/d?user=a&password=x",
        "Server=h;Password=x",
        "ghp_" + "a" * 36,
    ],
)
def test_a_value_of_the_shape_of_a_secret_is_known(value: str) -> None:
    assert looks_secret("SETTING", value)
    assert not looks_secret("SETTING", "ssh://git@github.com/a/b")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".npmrc", f"_auth={VALUE}"),
        (".npmrc", f"//registry.example.com/:_authToken={VALUE}"),
        ("composer.json", f'{{"config": {{"github-oauth": {{\n"github.com": "{VALUE}"\n}}}}}}'),
        ("auth.json", f'{{"http-basic": {{"a.example.com": {{"username": "u", "password": "{VALUE}"}}}}}}'),
        ("NuGet.config", f'<add key="ClearTextPassword" value="{VALUE}" />'),
        ("requirements.txt", f"--password {VALUE}"),
        ("Dockerfile", f"CMD node server.js --api-token={VALUE}"),
        ("mix.exs", f"cookie: :{VALUE}"),
        ("pom.xml", f"<db.password>{VALUE}</db.password>"),
        (".env", f"A={VALUE}"),
    ],
)
def test_the_page_shows_no_secret_of_a_file(path: str, content: str) -> None:
    assert VALUE not in "\n".join(redact.shown(path, content))


def test_an_address_with_a_password_in_a_wrong_requirement_is_not_printed() -> None:
    tree = {"app.py": "import flask", "requirements.txt": f"flask==1 git+https://u:{VALUE}@h/\n"}
    try:
        said = outputs(tree)
    except BuildplanError as error:
        said = str(error)
    assert VALUE not in said
    assert VALUE not in masked(f"git+https://u:{VALUE}@h/")


def test_a_reference_to_a_variable_is_no_secret() -> None:
    line = "API_TOKEN=$TOKEN git clone https://oauth2:$TOKEN@host/x"
    assert referenced(line, {}) == line
    assert masked(line) == line


CONTROL = "\x1b[31m\x07\x9b2J\u202e"


@pytest.mark.parametrize(
    "tree",
    [
        {**EXPRESS, "Procfile": f"web: node server.js '{CONTROL}'\n"},
        {**EXPRESS, "Procfile": f"we{CONTROL}b: node x\n"},
        {
            "deno.json": '{"tasks": {"start": "deno run -A main.ts \'\\u001b[31m\\u202e\'"}}',
            "main.ts": "Deno.serve(() => new Response())",
        },
        {"app.py": "import flask", "requirements.txt": f"flask=={CONTROL}\n"},
        {"go.mod": f"module a\n\ngo {CONTROL}\n", "main.go": "package main\nfunc main() {}\n"},
        {**EXPRESS, "buildplan.toml": '[variables]\nA = "\\u001b[31m"\n'},
    ],
)
def test_no_output_holds_a_control_character(tree: dict[str, str]) -> None:
    try:
        said = outputs(tree)
    except BuildplanError as error:
        said = str(error)
    assert not UNSEEN.search(said)


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "buildplan", *words]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_no_line_of_an_output_is_a_command_of_a_runner(tmp_path: Path) -> None:
    (tmp_path / "deno.json").write_text(
        '{"tasks": {"start": "deno run -A main.ts \'x\\n::error file=a::pwned\\n##[error]x\'"}}'
    )
    (tmp_path / "main.ts").write_text("Deno.serve(() => new Response())")
    for words in (
        ("explain",),
        ("plan", "--format", "text"),
        ("plan",),
        (),
        ("check",),
        ("detect",),
        ("write", "--diff"),
    ):
        done = run(tmp_path, *words)
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
        assert not any(line.startswith("::") or "##[" in line for line in lines), words


@pytest.mark.parametrize("name", ["argparse.py", "json.py", "re.py", "dataclasses.py", "tomllib.py", "buildplan_x.py"])
def test_python_m_runs_no_code_of_the_folder_it_looks_at(tmp_path: Path, name: str) -> None:
    (tmp_path / "index.html").write_text("x")
    (tmp_path / name).write_text(f"import os; os.mkdir({str(tmp_path / 'pwned')!r})")
    done = run(tmp_path, "plan", PYTHONPATH="")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("file", ["deno.json", "railpack.json", "nixpacks.json", "package.json"])
def test_half_of_a_character_is_an_error_with_its_place(file: str) -> None:
    content = {
        "deno.json": '{"tasks": {"start": "deno run \\ud800"}}',
        "railpack.json": '{"deploy": {"startCommand": "node \\ud800"}}',
        "nixpacks.json": '{"start": {"cmd": "node \\udfff"}}',
        "package.json": '{"scripts": {"start": "node \\ud800"}}',
    }[file]
    with pytest.raises(BuildplanError, match="half of a character") as caught:
        buildplan.plan({**({} if file == "deno.json" else EXPRESS), "main.ts": "", file: content})
    str(caught.value).encode()


@pytest.mark.parametrize(
    "file", ["buildplan.toml", "nixpacks.toml", "mise.toml", "pyproject.toml", "Cargo.toml", "Pipfile"]
)
def test_an_integer_of_thousands_of_digits_is_a_typed_error(file: str) -> None:
    tree = {"app.py": "import flask", "src/main.rs": "fn main() {}", file: f"x = {'9' * 5_000}\n"}
    try:
        said = buildplan.plan(tree).to_json()
    except BuildplanError as error:
        said = str(error)
    assert "digits" in said or "9" * 5_000 not in said


GO = {
    "go.mod": "module a\n\ngo 1.24\n",
    "main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n',
}
LINES = (
    f"node server.js --password {VALUE}",
    f"node server.js -p {VALUE}1",
    f"node server.js --db postgres://u:{VALUE}@h/db",
    f"node server.js --header 'Authorization: Bearer {VALUE}'",
    f"sh -c 'API_TOKEN={VALUE} node server.js'",
    f"node server.js --token=${{TOKEN:-{VALUE}}}",
    f'node server.js --config \'{{"apiKey":"{VALUE}"}}\'',
    f"mysql -p{VALUE} -e x",
)


def trees_with(line: str) -> dict[str, dict[str, str]]:
    """Return trees with a shell line in every place that one can come from."""
    quoted = json.dumps(line)
    words = json.dumps(line.split(" "))
    scripts = {"scripts": {"start": line, "build": line, "postinstall": line}, "dependencies": {"express": "^4"}}
    own = f"FROM node:20\nARG NPM_TOKEN={VALUE}\nENV SETTING={quoted}\nLABEL a={quoted}\nRUN {line}\nCMD "
    variables = {"SETTING": line, "API_TOKEN": VALUE}
    railpack = {
        "deploy": {"startCommand": line, "variables": variables},
        "steps": {"build": {"commands": [line], "variables": variables}},
    }
    nixpacks = {
        "phases": {"build": {"cmds": [line]}, "more": {"cmds": [line], "dependsOn": ["build"]}},
        "start": {"cmd": line},
        "variables": variables,
    }
    return {
        "scripts": {**EXPRESS, "package.json": json.dumps(scripts)},
        "Procfile": {**EXPRESS, "Procfile": f"web: {line}\nworker: {line}\nrelease: {line}\n"},
        "Procfile of Go": {**GO, "Procfile": f"web: {line.replace('node server.js', './a')}\n"},
        "buildplan.toml": {
            **EXPRESS,
            "buildplan.toml": f"start = {quoted}\n[phases.build]\ncommands = [{quoted}]\n[variables]\nA = {quoted}"
            f"\n[processes]\nworker = {quoted}\n[labels]\na = {quoted}\n",
        },
        "nixpacks.json": {**EXPRESS, "nixpacks.json": json.dumps(nixpacks)},
        "railpack.json": {**EXPRESS, "railpack.json": json.dumps(railpack)},
        "Dockerfile": {**EXPRESS, "Dockerfile": f"{own}{line}\n"},
        "Dockerfile with words": {**EXPRESS, "Dockerfile": f"{own}{words}\n"},
        "deno.json": {
            "deno.json": json.dumps({"tasks": {"start": line.replace("node server.js", "deno run -A main.ts")}}),
            "main.ts": "Deno.serve(() => new Response())",
        },
        ".env": {**EXPRESS, ".env": f"API_TOKEN={VALUE}\nSETTING={line}\n"},
    }


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("place", trees_with(""))
def test_a_secret_of_any_shape_is_in_no_output(line: str, place: str) -> None:
    tree = trees_with(line)[place]
    said = outputs(tree)
    reports = buildplan.check(tree) if "Dockerfile" in tree else ()
    said += formats.text(reports) + formats.as_json(reports) + formats.sarif(reports) + formats.github(reports)
    said += "".join(str(app.start) for app in buildplan.apps(tree))
    assert VALUE not in said, next(text for text in said.splitlines() if VALUE in text)


def test_a_secret_of_a_replaced_dockerfile_is_not_kept(tmp_path: Path) -> None:
    for name, content in EXPRESS.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "Dockerfile").write_text(
        f'FROM node:20\nARG NPM_TOKEN={VALUE}\nCMD ["node", "x", "--token", "{VALUE}"]\n'
    )
    assert run(tmp_path, "write", "--force").returncode == 0
    assert "buildplan kept: CMD" in (tmp_path / "Dockerfile").read_text()
    assert VALUE not in (tmp_path / "Dockerfile").read_text()


def test_a_secret_of_an_option_is_not_recorded(tmp_path: Path) -> None:
    for name, content in EXPRESS.items():
        (tmp_path / name).write_text(content)
    written = run(tmp_path, "write", "--start-cmd", f"node server.js --password {VALUE}", "--env", f"A=--token={VALUE}")
    assert written.returncode == 0, written.stderr
    assert "--start-cmd" in (tmp_path / "Dockerfile").read_text()
    assert VALUE not in (tmp_path / "Dockerfile").read_text() + written.stdout + written.stderr
    before = (tmp_path / "Dockerfile").read_text()
    run(tmp_path, "write")
    assert (tmp_path / "Dockerfile").read_text() == before
