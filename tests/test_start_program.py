"""A start command never makes detection worse: the language that can run it is the app, not a plain Debian."""

from __future__ import annotations

import pytest
from planned import started

import buildplan
from buildplan.api import Options
from buildplan.errors import PlanError
from buildplan.language import start_program
from buildplan.model.requests import CommandRequest

NODE = "require('http').createServer((q, r) => r.end('x')).listen(process.env.PORT || 3000)"
GO = 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n'
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
PIPFILE = '[packages]\nflask = "*"\ngunicorn = "*"\n'


@pytest.mark.parametrize(
    ("files", "command", "provider"),
    [
        ({"server.js": NODE}, "node server.js", "node"),
        ({"index.js": "console.log(1)"}, "node index.js", "node"),
        ({"main.go": GO}, "main", "go"),
        ({"main.go": GO, "vendor/x/x.go": "package x\n"}, "./app", "go"),
        ({"main.py": "print(1)"}, "python main.py", "python"),
        ({"app.rb": "require 'sinatra'\n"}, "ruby app.rb", "ruby"),
    ],
)
def test_a_lone_file_is_its_language_with_and_without_a_start_command(
    files: dict[str, str], command: str, provider: str
) -> None:
    for made in (
        buildplan.plan({**files, "Procfile": f"web: {command}\n"}),
        buildplan.plan(files, Options(start_cmd=command)),
        buildplan.plan({**files, "buildplan.toml": f'start = "{command}"\n'}),
    ):
        assert made.providers[0].name == provider
        assert not made.run.runtime.image.startswith("debian:")


def test_a_tree_from_before_go_modules_is_refused_and_not_run_without_go() -> None:
    with pytest.raises(PlanError, match=r"there is no go\.mod"):
        buildplan.plan({"Gopkg.toml": "", "cmd/x/main.go": GO, "Procfile": "web: x\n"})


def test_a_script_without_a_language_still_runs_on_debian() -> None:
    made = buildplan.plan({"run.sh": "#!/bin/sh\n", "Procfile": "web: ./run.sh\n"})
    assert made.providers[0].name == "shell"
    assert made.run.runtime.image.startswith("debian:")


def test_a_page_beside_a_start_command_does_not_become_a_site() -> None:
    made = buildplan.plan({"index.html": "<p>", "Procfile": "web: ./run\n", "run": ""})
    assert made.providers[0].name == "shell"


def test_a_program_that_a_language_brings_is_in_the_image() -> None:
    made = buildplan.plan({"shop.jar": "", "Procfile": "web: java -jar shop.jar\n"})
    assert made.providers[0].name == "shell"
    assert made.run.runtime.name == "java"
    assert "-jre-" in made.run.runtime.image
    asked = Options(set=("versions.java=17",))
    assert ":17-" in buildplan.plan({"shop.jar": "", "Procfile": "web: java -jar shop.jar\n"}, asked).run.runtime.image


@pytest.mark.parametrize("start", ["gunicorn app:app", "exec gunicorn app:app", "PORT=1 gunicorn app:app"])
def test_the_program_of_the_start_command_breaks_a_tie(start: str) -> None:
    package = '{"name": "x", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}'
    files = {"package.json": package, "server.js": NODE, "Pipfile": PIPFILE, "app.py": FLASK}
    made = buildplan.plan({**files, "Procfile": f"web: {start}\n"})
    assert made.providers[0].name == "python"
    assert "BP679" not in [item.code for item in made.diagnostics]
    other = buildplan.plan({**files, "Procfile": "web: node server.js\n"})
    assert other.providers[0].name == "node"


def test_what_lies_in_a_folder_is_not_where_the_command_was_written_for() -> None:
    package = '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}'
    files = {"README.md": "", "api/package.json": package, "api/server.js": NODE}
    made = buildplan.plan({**files, "Procfile": "web: ./run.sh\n"})
    assert made.providers[0].name == "shell"


def test_a_dockerfile_that_fetches_deno_for_its_tools_does_not_make_a_python_app_a_deno_app() -> None:
    dockerfile = (
        "FROM denoland/deno:bin-2.1.4 AS deno\n"
        "FROM python:3.12\n"
        "COPY --from=deno /deno /usr/bin/deno\n"
        "COPY . .\n"
        'ENTRYPOINT ["tini", "-g", "--", "./docker-entrypoint.sh"]\n'
    )
    made = buildplan.plan(
        {
            "requirements.txt": "flask\ngunicorn\n",
            "app.py": FLASK,
            "frontend/main.ts": "",
            "frontend/package.json": '{"scripts": {"build": "ng build"}, "dependencies": {"@angular/core": "17"}}',
            "Dockerfile": dockerfile,
            "docker-entrypoint.sh": "#!/bin/sh\nexec gunicorn app:app\n",
        }
    )
    assert made.providers[0].name == "python"
    assert "gunicorn" in started(made)
    assert "deno" not in made.dockerfile()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cd api && exec /usr/bin/python3 -m x", ("python3",)),
        ("A=1 env B=2 gunicorn x", ("gunicorn",)),
        ("sh -c 'rails db:migrate && puma'", ("rails", "puma")),
        ("", ()),
    ],
)
def test_programs_are_named_without_what_only_starts_them(text: str, expected: tuple[str, ...]) -> None:
    assert start_program.programs(CommandRequest(shell=text)) == expected
