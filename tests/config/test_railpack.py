from __future__ import annotations

import json

import pytest

from buildplan.config.load import load
from buildplan.config.options import Options
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.model.requests import Extend, ListEdit, Overrides, Replace
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend


def text(content: str) -> Overrides:
    return load(SourceTree(MemoryBackend({"railpack.json": content})), Options())


def railpack(**data: object) -> Overrides:
    return text(json.dumps(data, indent=1))


def values(edit: ListEdit | None) -> list[str]:
    assert edit is not None
    items = edit.items if isinstance(edit, Replace) else (*edit.before, *edit.after)
    return [item.value for item in items]


def test_the_main_keys_have_a_home() -> None:
    result = text(
        """{
  "$schema": "https://schema.example.org",
  "provider": "golang",
  "packages": {"node": "22", "python": 3.12},
  "buildAptPackages": ["cmake"],
  "secrets": ["STRIPE_KEY", "..."],
  "steps": {
    "install": {"commands": ["npm ci"]},
    "build": {"commands": ["...", "./extra"], "variables": {"CI": true}}
  },
  "deploy": {
    "startCommand": "node dist/server.js",
    "variables": {"LOG": "info"},
    "paths": ["/app/bin"],
    "aptPackages": ["...", "ffmpeg"],
    "base": {"image": "debian:trixie-slim"}
  }
}"""
    )
    assert values(result.providers) == ["go"]
    assert {name: item.value for name, item in result.versions.items()} == {"node": "22", "python": "3.12"}
    assert isinstance(result.apt_build, Extend)
    assert values(result.apt_build) == ["cmake"]
    assert [item.value for item in result.secrets] == ["STRIPE_KEY"]
    assert values(result.phases["install"].commands) == ["npm ci"]
    assert isinstance(result.phases["build"].commands, Extend)
    assert result.phases["build"].environment["CI"].value == "true"
    assert values(result.phases["build"].paths) == ["/app/bin"]
    assert result.start is not None
    assert result.start.value.shell == "node dist/server.js"
    assert result.start.origin == Origin("railpack.json", 12, "deploy.startCommand")
    assert result.variables["LOG"].scope == "run"
    assert values(result.apt_run) == ["ffmpeg"]
    assert result.base_images["run"].value == "debian:trixie-slim"
    assert result.diagnostics == ()


def test_apt_packages_of_the_image_without_a_marker_replace() -> None:
    assert railpack(deploy={"aptPackages": []}).apt_run == Replace(())


def test_comments_and_trailing_commas_are_allowed() -> None:
    result = text('{\n  // why\n  "provider": "node", /* more */\n}\n')
    assert values(result.providers) == ["node"]
    other = load(SourceTree(MemoryBackend({"railpack.jsonc": '{"provider": "node",}'})), Options())
    assert values(other.providers) == ["node"]


def test_kinds_of_commands() -> None:
    result = railpack(
        steps={
            "build": {
                "commands": [
                    "make",
                    {"cmd": "make docs", "customName": "docs"},
                    {"path": "/app/bin"},
                    {"src": "docs", "dest": "docs"},
                    {"src": "/x", "dest": "/y", "image": "alpine"},
                    {"path": "/etc/x", "name": "asset"},
                    "",
                ]
            }
        }
    )
    phase = result.phases["build"]
    assert values(phase.commands) == ["make", "make docs"]
    assert values(phase.paths) == ["/app/bin"]
    assert values(phase.inputs) == ["docs"]
    assert [item.code for item in result.diagnostics] == ["BP664", "BP664"]


def test_inputs_of_a_step_are_earlier_phases_and_files() -> None:
    result = railpack(
        steps={
            "docs": {
                "inputs": [
                    {"step": "build"},
                    "$install",
                    {"step": "packages:mise"},
                    {"local": True, "include": ["docs"]},
                    "...",
                    {"image": "alpine"},
                ],
                "commands": ["make docs"],
                "deployOutputs": [{"include": ["docs/dist"]}],
            }
        }
    )
    phase = result.phases["docs"]
    assert values(phase.depends_on) == ["build", "install"]
    assert values(phase.inputs) == ["docs"]
    assert values(phase.outputs) == ["docs/dist"]
    assert "`steps.docs.inputs[5]`" in result.diagnostics[0].text


def test_what_the_image_takes_from_a_step_is_an_output() -> None:
    result = railpack(deploy={"inputs": ["...", {"step": "build", "include": ["dist", "public"]}, {"step": "x"}]})
    assert values(result.phases["build"].outputs) == ["dist", "public"]
    assert isinstance(result.phases["build"].outputs, Extend)
    assert "`deploy.inputs[2]` has no effect" in result.diagnostics[0].text


def test_caches_of_a_step_are_the_directories_that_the_root_names() -> None:
    result = railpack(
        caches={"next": {"directory": "/app/.next/cache", "type": "shared"}},
        steps={"build": {"caches": ["...", "next", "unknown"]}},
    )
    assert values(result.phases["build"].caches) == ["/app/.next/cache"]


def test_secrets_of_a_step_are_its_phases() -> None:
    result = railpack(steps={"build": {"secrets": ["NPM_TOKEN", "*"], "variables": {"API_KEY": "hunter2"}}})
    assert values(result.phases["build"].secrets) == ["NPM_TOKEN", "API_KEY"]
    assert "hunter2" not in repr(result)


@pytest.mark.parametrize(
    ("data", "fix"),
    [
        ({"build": {"command": "x"}}, '"steps"'),
        ({"start": {"command": "x"}}, '"startCommand"'),
        ({"type": "node"}, '"provider"'),
        ({"deploy": {"start": "x"}}, '"startCommand"'),
        ({"steps": {"build": {"command": "x"}}}, '"commands"'),
        ({"deploy": {"startComand": "x"}}, "did you mean `startCommand`?"),
    ],
)
def test_a_key_of_another_file_is_told_where_it_belongs(data: dict[str, object], fix: str) -> None:
    (diagnostic,) = railpack(**data).diagnostics
    assert diagnostic.code in {"BP661", "BP662"}
    assert fix in (diagnostic.fix or "")


@pytest.mark.parametrize(
    "data",
    [
        {"packages": {"npm:prettier": "3"}},
        {"exclude": ["docs"]},
        {"steps": {"packages:mise": {"commands": ["x"]}}},
        {"steps": {"build": {"assets": {"a": "b"}}}},
        {"deploy": {"base": {"step": "x"}}},
    ],
)
def test_what_has_no_effect_says_so(data: dict[str, object]) -> None:
    assert [item.code for item in railpack(**data).diagnostics] == ["BP664"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"steps": []}, "`steps` is a list; expected a table"),
        ({"steps": {"build": []}}, "`steps.build` is a list; expected a table"),
        (
            {"steps": {"build": {"commands": [3]}}},
            "`steps.build.commands[0]` is a number; expected a text or an object",
        ),
        ({"steps": {"build": {"inputs": {}}}}, "`steps.build.inputs` is a table; expected a list"),
        ({"packages": ["node"]}, "`packages` is a list; expected a table"),
        ({"deploy": 3}, "`deploy` is a number; expected a table"),
        ({"buildAptPackages": ["a;b"]}, "`a;b` is no apt package"),
        ({"secrets": ["A B"]}, "`A B` is no name for a variable"),
    ],
)
def test_what_cannot_be_understood_is_an_error(data: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        railpack(**data)
    assert problem in caught.value.problem
    assert caught.value.origin is not None
    assert caught.value.origin.line is not None


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, '{"a": }'], ids=repr)
def test_what_is_no_object_is_an_error_of_the_configuration(content: str) -> None:
    with pytest.raises(ConfigError):
        text(content)
