"""The authors' compose file and Dockerfile: they fill what the code leaves open, and never change the rest."""

from __future__ import annotations

import pytest

import buildplan
from buildplan.errors import BuildplanError
from buildplan.read import compose_file, own_dockerfile
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

COMPOSE = """\
x-base: &base
  environment: &env
    DEBUG: "0"
  restart: always
services:
  web:
    <<: *base
    build:
      context: .
      dockerfile: docker/app.Dockerfile
      target: final
    command: ["node", "serve.js", "--port", "4000"]
    ports:
      - "127.0.0.1:80:4000"
      - target: 9000
        published: 9000
    environment:
      <<: *env
      MODE: live
      SECRET: ${SECRET}
  tests:
    build: .
    profiles: [test]
    command: npm test
  worker:
    build: ./jobs
    command: node job.js $$HOME
  db:
    image: postgres:17
    ports: ["5432"]
"""


def tree_of(files: dict[str, str]) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def test_services_are_facts() -> None:
    found = {item.name: item for item in compose_file.services(tree_of({"compose.yaml": COMPOSE}))}
    web = found["web"]
    assert (web.context, web.dockerfile, web.target) == ("", "docker/app.Dockerfile", "final")
    assert [port.value for port in web.ports] == [4000, 9000]
    assert str(web.ports[0].origin) == "compose.yaml:14 services.web.ports[0]"
    assert web.environment == (("DEBUG", "0"), ("MODE", "live"))
    assert web.command is not None
    assert web.command.value.argv == ("node", "serve.js", "--port", "4000")
    assert found["worker"].context == "jobs"
    assert found["worker"].command is not None
    assert found["worker"].command.value.shell == "node job.js $HOME"
    assert found["tests"].is_for_developers
    assert (found["db"].context, found["db"].image) == (None, "postgres:17")


def test_only_what_the_root_builds_is_about_the_root() -> None:
    assert [item.name for item in compose_file.built(tree_of({"compose.yaml": COMPOSE}))] == ["web"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "services: 3",
        "services:\n  web: text",
        "services:\n  web: {build: 3, ports: x, command: 1}",
        "a: [",
        "a: &a [*a]",
        "services:\n  web: {build: {context: ../x}}",
        "services:\n  web: {build: 'https://example.com/x.git'}",
        "services:\n  web: {build: ., ports: ['99999', '${P}:${Q}', 0, null, {}], environment: [A, B=1, 3]}",
        "services: {<<: {web: 1}}",
        "\x00",
        "services:\n" + "".join(f"  s{n}: {{image: x}}\n" for n in range(500)),
    ],
)
def test_another_file_says_nothing_and_breaks_nothing(text: str) -> None:
    files = {"package.json": '{"scripts": {"start": "node a.js"}}', "a.js": "require('http')\n", "compose.yaml": text}
    without = {name: content for name, content in files.items() if name != "compose.yaml"}
    assert buildplan.plan(files).dockerfile() == buildplan.plan(without).dockerfile()


SERVER = "require('http').createServer((q, s) => s.end('x')).listen(4000)\n"


@pytest.mark.parametrize(
    "file",
    [
        {"compose.yaml": "services:\n  web:\n    build: .\n    command: node lib/boot.js\n"},
        {"Dockerfile": 'FROM node:24\nCOPY . .\nCMD ["node", "lib/boot.js"]\n'},
        {"Dockerfile": 'FROM node:24\nCOPY . .\nENTRYPOINT ["tini", "-g", "--", "node", "lib/boot.js"]\n'},
        {
            "compose.yml": "services: {a: {build: {dockerfile: ops/Dockerfile}}}",
            "ops/Dockerfile": "FROM x\nCMD node lib/boot.js\n",
        },
    ],
)
def test_the_authors_start_an_app_whose_code_does_not_say_how(file: dict[str, str]) -> None:
    app = {
        "package.json": '{"dependencies": {"ws": "^8"}}',
        "package-lock.json": '{"lockfileVersion": 3}',
        "lib/boot.js": SERVER,
    }
    with pytest.raises(BuildplanError):
        buildplan.plan(app)
    plan = buildplan.plan({**app, **file})
    assert plan.providers[0].name == "node"
    start = plan.process("web")
    assert start is not None
    assert start.text == "node lib/boot.js"


@pytest.mark.parametrize(
    "command",
    [
        "nodemon lib/boot.js",
        "npm run dev",
        "node dist/lib/boot.js",
        "/entrypoint.sh",
        "sleep infinity",
        "/usr/bin/other",
    ],
)
def test_a_command_that_is_for_developers_or_for_another_image_is_not_taken(command: str) -> None:
    app = {
        "package.json": '{"dependencies": {"ws": "^8"}}',
        "package-lock.json": '{"lockfileVersion": 3}',
        "lib/boot.js": SERVER,
    }
    with pytest.raises(BuildplanError):
        buildplan.plan({**app, "compose.yaml": f"services:\n  web:\n    build: .\n    command: {command}\n"})


def test_what_the_code_says_is_not_changed() -> None:
    app = {"package.json": '{"scripts": {"start": "node serve.js"}}', "serve.js": SERVER, "other.js": SERVER}
    told = {"compose.yaml": "services:\n  web:\n    build: .\n    command: node other.js\n"}
    assert buildplan.plan({**app, **told}).dockerfile() == buildplan.plan(app).dockerfile()


def test_another_port_than_the_image_listens_on_is_reported() -> None:
    app = {"package.json": '{"scripts": {"start": "node serve.js"}}', "serve.js": SERVER}
    told = {"compose.yaml": 'services:\n  web:\n    build: .\n    ports: ["80:3000"]\n'}
    found = [item for item in buildplan.plan({**app, **told}).diagnostics if item.code == "BP956"]
    assert [item.text for item in found] == [
        "the service `web` publishes port 3000 of the container, and this image listens on 4000"
    ]
    told = {"compose.yaml": 'services:\n  web:\n    build: .\n    ports: ["80:4000"]\n'}
    assert not [item for item in buildplan.plan({**app, **told}).diagnostics if item.code == "BP956"]


def test_the_dockerfile_is_where_compose_builds_the_root_with_it() -> None:
    text = "FROM python:3.12\n"
    compose = "services:\n  web: {build: {context: ., dockerfile: docker/Dockerfile}}\n"
    files = {"compose.yaml": compose, "docker/Dockerfile": text}
    assert own_dockerfile.path_of(tree_of(files)) == "docker/Dockerfile"
    assert own_dockerfile.path_of(tree_of({**files, "Dockerfile": text})) == "Dockerfile"
    two = compose + "  jobs: {build: {context: ., dockerfile: jobs.Dockerfile}}\n"
    assert own_dockerfile.path_of(tree_of({**files, "compose.yaml": two, "jobs.Dockerfile": text})) == "Dockerfile"


@pytest.mark.parametrize(
    ("script", "command", "image"),
    [
        ('#!/bin/bash\nset -e\nexec python3 -m http.server "$PORT"\n', "bash start.sh", "FROM python:"),
        ("exec node tool\n", "sh start.sh", "FROM node:"),
        ("echo hello\n", "sh start.sh", "FROM debian:"),
    ],
)
def test_a_start_script_starts_a_tree_that_nobody_knows(script: str, command: str, image: str) -> None:
    plan = buildplan.plan({"start.sh": script})
    assert [item.name for item in plan.providers] == ["shell"]
    assert plan.processes[0].text == command
    assert image in plan.dockerfile()


def test_a_script_that_runs_what_the_image_does_not_have_is_reported() -> None:
    plan = buildplan.plan({"start.sh": "node a\nexec gunicorn app:app\n"})
    assert [item.code for item in plan.diagnostics] == ["BP911"]


def test_another_script_can_be_named() -> None:
    plan = buildplan.plan({"go.sh": "echo x\n"}, buildplan.Options(env={"RAILPACK_SHELL_SCRIPT": "go.sh"}))
    assert plan.processes[0].text == "sh go.sh"
    with pytest.raises(BuildplanError, match=r"there is no script `run\.sh`"):
        buildplan.plan({"go.sh": "echo x\n"}, buildplan.Options(env={"RAILPACK_SHELL_SCRIPT": "run.sh"}))


def test_a_language_that_knows_how_to_start_does_not_need_the_script() -> None:
    app = {"package.json": '{"scripts": {"start": "node serve.js"}}', "serve.js": SERVER}
    assert buildplan.plan({**app, "start.sh": "exit 1\n"}).process("web") == buildplan.plan(app).process("web")
