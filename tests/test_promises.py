"""The promises of the design, over every fixture."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import dockerfile
import pytest
from conftest import FIXTURE_NAMES, FIXTURES, ROOT

import buildplan
from buildplan.model.build_plan import BuildPlan
from buildplan.render.dockerfile import render
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend
from buildplan.source.tree import Directory, Listing

every_fixture = pytest.mark.parametrize("name", FIXTURE_NAMES)

# Why a rule of hadolint is not for us: DL3008 wants versions of apt packages, which vanish from Debian's mirrors with
# the next point release. SC2016 warns of `$` in single quotes, which is how a web server's template must be written.
HADOLINT_IGNORED = ("DL3008", "SC2016")
# DL3064 takes its name for that of a secret; it is a pattern of module paths.
HARMLESS = "ENV GOPRIVATE="


def files_of(name: str) -> dict[str, bytes]:
    root = FIXTURES / name
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@every_fixture
def test_the_same_tree_gives_the_same_bytes_in_another_process_with_another_hash_seed(name: str) -> None:
    code = "import buildplan,sys; p = buildplan.plan(sys.argv[1]); print(p.to_json(), p.dockerfile(), p.dockerignore())"
    outputs = set()
    for seed in ("1", "4242"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C",
            "TZ": f"UTC-{seed[0]}",
        }
        done = subprocess.run(
            [sys.executable, "-c", code, str(FIXTURES / name)], env=environment, capture_output=True, check=True
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


class Shuffled(MemoryBackend):
    """The same tree, its directories in another order."""

    def listing(self) -> Listing:
        original = super().listing()
        names = list(original.directories)
        random.Random(7).shuffle(names)
        return Listing({name: Directory(*_parts(original.directories[name])) for name in names}, original.blocked)


def _parts(directory: Directory) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return directory.files, directory.directories


@every_fixture
def test_the_order_in_which_directories_are_met_does_not_matter(name: str) -> None:
    files = files_of(name)
    ordered = buildplan.plan(SourceTree(MemoryBackend(files)))
    shuffled = buildplan.plan(SourceTree(Shuffled(files)))
    assert ordered.to_json() == shuffled.to_json()


@every_fixture
def test_a_directory_and_the_same_files_in_memory_give_the_same_plan(name: str) -> None:
    assert buildplan.plan(FIXTURES / name).to_json() == buildplan.plan(files_of(name)).to_json()


@every_fixture
def test_a_dirty_laptop_gives_the_same_plan_as_a_clean_checkout(name: str, tmp_path: Path) -> None:
    for path, content in files_of(name).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    clean = buildplan.plan(tmp_path).to_json()
    for junk in ("node_modules/left-pad/package.json", ".venv/pyvenv.cfg", ".git/HEAD", ".idea/a.xml", ".DS_Store"):
        target = tmp_path / junk
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("{}")
    assert buildplan.plan(tmp_path).to_json() == clean


@every_fixture
def test_a_plan_survives_json_and_renders_to_the_same_dockerfile(name: str) -> None:
    plan = buildplan.plan(FIXTURES / name)
    again = BuildPlan.from_json(plan.to_json())
    assert again == plan
    assert again.dockerfile() == plan.dockerfile()
    assert again.dockerignore() == plan.dockerignore()


def undecided(plan: BuildPlan) -> set[str]:
    """Return the fields of a plan that no decision gives a reason for."""
    fields = {"providers", "start", "run.user", "run.image", "run.copies"}
    for phase in plan.phases:
        field = f"phases.{phase.name}"
        if phase.runtime is not None:
            fields |= {f"{phase.runtime.name}.version", f"{field}.image"}
        parts = ("commands", "inputs", "caches", "outputs", "secrets", "paths")
        fields |= {f"{field}.{part}" for part in parts if getattr(phase, part)}
        fields |= {f"{field}.environment.{key}" for key, _ in phase.environment}
        fields |= {f"apt.build.{package}" for package in phase.apt_packages}
    run = plan.run
    fields |= {f"apt.run.{package}" for package in run.apt_packages}
    fields |= {f"run.environment.{key}" for key, _ in run.environment if key != "PORT"}
    fields |= {f"run.{part}" for part in ("init", "site", "writable", "paths", "health_check") if getattr(run, part)}
    fields |= {f"variables.{variable.name}" for variable in plan.variables}
    for process in plan.processes:
        if process.name != plan.start:
            fields.add(f"processes.{process.name}")
        if process.port is not None:
            fields.add("port")
    decided = {decision.field for decision in plan.decisions}
    # A reason for each item of a list is a reason for the list.
    return {field for field in fields - decided if not any(item.startswith(f"{field}.") for item in decided)}


@every_fixture
def test_every_value_has_a_reason(name: str) -> None:
    plan = buildplan.plan(FIXTURES / name)
    assert undecided(plan) == set()


@every_fixture
def test_every_origin_in_a_file_names_a_line_that_is_there(name: str) -> None:
    files = files_of(name)
    plan = buildplan.plan(FIXTURES / name)
    for decision in plan.decisions:
        path, line = decision.origin.path, decision.origin.line
        if path.startswith("<") or path == ".":
            continue
        assert path in files or any(file.startswith(f"{path.rstrip('/')}/") for file in files), decision
        assert line is None or 1 <= line <= files[path].count(b"\n") + 1, decision


@every_fixture
def test_no_value_of_a_secret_is_anywhere(name: str) -> None:
    plan = buildplan.plan(
        FIXTURES / name, buildplan.Options(env={"NPM_TOKEN": "s3cret-value", "API_KEY": "s3cret-value"})
    )
    assert "s3cret-value" not in plan.to_json() + plan.dockerfile() + plan.dockerignore()


@every_fixture
def test_the_official_parser_reads_the_dockerfile_and_finds_only_our_instructions(name: str) -> None:
    rendered = render(buildplan.plan(FIXTURES / name))
    commands = dockerfile.parse_string(rendered.text)
    assert commands[0].cmd.upper() == "FROM"
    assert [command.cmd.upper() for command in commands if command.cmd.upper() == "CMD"] == ["CMD"]
    starts = {line.first for line in rendered.lines if not rendered.text.split("\n")[line.first - 1].startswith("#")}
    assert {command.start_line for command in commands} == starts


@every_fixture
def test_hadolint_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text(buildplan.plan(FIXTURES / name).dockerfile())
    hadolint = Path(sys.executable).with_name("hadolint")
    ignored = [word for rule in HADOLINT_IGNORED for word in ("--ignore", rule)]
    done = subprocess.run(
        [hadolint, "--failure-threshold", "warning", "--format", "json", *ignored, file],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = file.read_text().split("\n")
    findings = [
        item
        for item in json.loads(done.stdout)
        if item["level"] in {"error", "warning"} and not lines[item["line"] - 1].startswith(HARMLESS)
    ]
    assert findings == []


@every_fixture
def test_the_dockerfile_stands_alone_and_ships_a_numeric_user(name: str) -> None:
    text = buildplan.plan(FIXTURES / name).dockerfile()
    assert not re.search(r"(?m)^ARG |^# syntax|^ADD ", text)
    for image in re.findall(r"(?m)^FROM (\S+)", text):
        assert ":latest" not in image
    users = re.findall(r"(?m)^USER (\S+)", text)
    assert users, "no USER"
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    assert re.search(r"(?m)^CMD \[", text)
    assert not re.search(r'(?m)^CMD \["(npm|yarn|pnpm)"', text) or "npm" in name


@every_fixture
def test_no_stage_is_dead(name: str) -> None:
    text = buildplan.plan(FIXTURES / name).dockerfile()
    for stage in re.findall(r"(?m)^FROM \S+ AS (\S+)", text):
        assert re.search(rf"(?m)^(FROM {stage}\b|COPY --from={stage}\b)", text), stage
