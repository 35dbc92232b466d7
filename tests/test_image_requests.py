"""Labels, entry point, volumes, working directory, signal, platforms: keys of buildplan.toml instead of hand edits."""

from __future__ import annotations

import dockerfile
import pytest

import buildplan
from buildplan.api import Options
from buildplan.errors import ConfigError
from buildplan.model.build_plan import BuildPlan

NODE = {
    "package.json": '{"engines": {"node": "24"}, "scripts": {"start": "node server.js"}, "dependencies": {"pg": "8"}}',
    "package-lock.json": '{"lockfileVersion": 3}',
    "server.js": "require('http').createServer().listen(process.env.PORT)",
}
PYTHON = {"requirements.txt": "flask==3.1.0\n", "app.py": "from flask import Flask\napp = Flask(__name__)\n"}
CONFIG = """\
user = "2000:2000"
entrypoint = ["./entry.sh"]
volumes = ["/data", "/var/lib/shop"]
workdir = "packages/web"
stop_signal = "SIGQUIT"
platforms = ["linux/amd64", "linux/arm64"]
[labels]
team = "shop floor"
"org.opencontainers.image.source" = "https://example.com/$shop"
"""


def planned(config: str, files: dict[str, str] = NODE) -> BuildPlan:
    return buildplan.plan({**files, "buildplan.toml": config})


def test_every_key_is_in_the_dockerfile() -> None:
    text = planned(CONFIG).dockerfile()
    end = text[text.index("WORKDIR /app/packages/web") :]
    assert end.splitlines() == [
        "WORKDIR /app/packages/web",
        'VOLUME ["/data", "/var/lib/shop"]',
        "USER 2000:2000",
        "EXPOSE 3000",
        "STOPSIGNAL SIGQUIT",
        'LABEL team="shop floor" \\',
        '    org.opencontainers.image.source="https://example.com/\\$shop"',
        'ENTRYPOINT ["tini", "--", "./entry.sh"]',
        'CMD ["node", "server.js"]',
    ]
    assert "install -d -o 2000 -g 2000 /data /var/lib/shop" in text
    dockerfile.parse_string(text)


def test_the_plan_round_trips_and_every_key_has_its_reason() -> None:
    plan = planned(CONFIG)
    again = BuildPlan.from_json(plan.to_json())
    assert again == plan
    assert again.platforms == ("linux/amd64", "linux/arm64")
    fields = ("run.labels.team", "run.entrypoint", "run.volumes", "run.start_dir", "run.stop_signal", "run.user")
    for field in fields:
        decision = plan.decision(field)
        assert decision is not None
        assert decision.origin.path == "buildplan.toml"
    from buildplan.render.explanation import setting

    assert [setting(plan, field) for field in fields] == [
        *("labels.team", "entrypoint", "volumes", "workdir", "stop_signal", "user")
    ]


def test_nothing_that_is_not_asked_for_is_in_the_plan() -> None:
    text = buildplan.plan(NODE).to_json()
    assert not any(f'"{name}"' in text for name in ("labels", "entrypoint", "volumes", "start_dir", "platforms"))


@pytest.mark.parametrize(
    "line",
    [
        'volumes = ["data"]',
        'volumes = ["/data/../etc"]',
        'workdir = "../other"',
        'stop_signal = "QUIT NOW"',
        'platforms = ["arm"]',
        'entrypoint = "a && b"',
        'labels = { "a b" = "c" }',
        'labels = "x"',
    ],
)
def test_a_wrong_value_is_an_error_with_its_line(line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        planned(f"{line}\n")
    assert str(caught.value).startswith("buildplan.toml:1: BP201 ")


def test_a_key_can_be_set_for_one_call() -> None:
    plan = buildplan.plan(NODE, Options(set=("labels.team=shop", "workdir=/srv", 'entrypoint=["sh", "-x"]')))
    text = plan.dockerfile()
    assert "\nLABEL team=shop\n" in text
    assert "\nWORKDIR /srv\n" in text
    assert '["tini", "--", "sh", "-x"]' in text


@pytest.mark.parametrize(
    ("files", "image"),
    [
        (PYTHON, "nvidia/cuda:12.8.1-runtime-ubuntu24.04"),
        (PYTHON, "ubuntu"),
        (NODE, "debian:13-slim"),
        (NODE, "mirror.corp/library/alpine:3.22"),
        (NODE, "gcr.io/distroless/static-debian12:nonroot"),
    ],
)
def test_a_base_image_without_the_language_is_an_error(files: dict[str, str], image: str) -> None:
    with pytest.raises(ConfigError, match="and the app needs it to start") as caught:
        planned(f'[base_images]\nrun = "{image}"\n', files)
    assert caught.value.origin is not None
    assert caught.value.origin.line == 2


@pytest.mark.parametrize(
    ("files", "config"),
    [
        (PYTHON, '[base_images]\nrun = "python:3.13-slim"\n'),
        (PYTHON, '[base_images]\nrun = "corp/ubuntu-python:3"\n'),
        (PYTHON, '[base_images]\nrun = "nvidia/cuda:12"\nbuild = "nvidia/cuda:12"\n'),
        (NODE, '[base_images]\nrun = "debian:13-slim"\n[apt]\nrun = ["...", "nodejs"]\n'),
    ],
)
def test_an_image_that_has_it_or_gets_it_is_taken(files: dict[str, str], config: str) -> None:
    assert "FROM " in planned(config, files).dockerfile()


def test_a_secret_that_no_step_reads_is_told_where_it_could_go() -> None:
    plan = planned('secrets = ["SENTRY_AUTH_TOKEN"]\n')
    (found,) = [item for item in plan.diagnostics if item.code == "BP941"]
    assert found.severity == "info"
    assert found.origin is not None
    assert found.origin.line == 1
    assert '`[phases.install]` with `secrets = ["...", "SENTRY_AUTH_TOKEN"]`' in (found.fix or "")
    read = planned('secrets = ["SENTRY_AUTH_TOKEN"]\n[phases.install]\nsecrets = ["...", "SENTRY_AUTH_TOKEN"]\n')
    assert not [item for item in read.diagnostics if item.code == "BP941"]
    assert "--mount=type=secret,id=SENTRY_AUTH_TOKEN" in read.dockerfile()
