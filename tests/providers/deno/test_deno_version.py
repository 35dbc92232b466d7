from __future__ import annotations

import json

import pytest
from deno_trees import SERVER
from planned import decision, diagnostic, plan

from buildplan.errors import VersionError

TREE = {"deno.json": "{}", "main.ts": SERVER}


@pytest.mark.parametrize(
    ("files", "version", "origin"),
    [
        ({}, "2.9", "<catalogue> deno.default"),
        ({".deno-version": "2.4.5\n"}, "2.4.5", ".deno-version:1"),
        ({".dvmrc": "v2.3.1"}, "2.3.1", ".dvmrc:1"),
        ({".dvmrc": "1.40.5"}, "1.40.5", ".dvmrc:1"),
        ({".tool-versions": "nodejs 22.1.0\ndeno 2.1.4\n"}, "2.1.4", ".tool-versions:2 deno"),
        ({"mise.toml": '[tools]\ndeno = "2.7"\n'}, "2.7", "mise.toml:2 tools.deno"),
        ({"package.json": json.dumps({"engines": {"deno": "^2.4"}})}, "2.9", "package.json:1 engines.deno"),
        (
            {"package.json": json.dumps({"devEngines": {"runtime": {"name": "deno", "version": "2.6.x"}}})},
            "2.6",
            "package.json:1 devEngines.runtime.version",
        ),
        ({"Dockerfile": "FROM denoland/deno:alpine-2.2.10\n"}, "2.2.10", "Dockerfile:1 FROM"),
        ({"Dockerfile": "FROM denoland/deno:1.46.3 AS build\nFROM debian\n"}, "1.46.3", "Dockerfile:1 FROM"),
    ],
)
def test_every_place_where_a_version_is_pinned_is_read(files: dict[str, str], version: str, origin: str) -> None:
    found = decision(plan(TREE | files, provider=("deno",)), "deno.version")
    assert (found.value, str(found.origin)) == (version, origin)


def test_the_strongest_place_wins_and_a_contradiction_is_reported() -> None:
    made = plan(TREE | {".deno-version": "2.7.12", "Dockerfile": "FROM denoland/deno:2.1.4\n"})
    assert decision(made, "deno.version").value == "2.7.12"
    assert str(diagnostic(made, "BP603").origin) == "Dockerfile:1 FROM"


@pytest.mark.parametrize(
    "text", ["canary", "pr 36606", "deno 1.0.0-rc3", "2.0.0-rc.10", "0123456789abcdef0123456789abcdef01234567"]
)
def test_a_build_without_an_image_is_left_out_and_reported(text: str) -> None:
    made = plan(TREE | {".deno-version": text})
    assert decision(made, "deno.version").value == "2.9"
    assert str(diagnostic(made, "BP842").origin) == ".deno-version:1"


def test_a_version_that_cannot_be_understood_is_an_error() -> None:
    with pytest.raises(VersionError):
        plan(TREE | {".deno-version": "newest and best"})


def test_an_exact_release_is_the_tag_of_the_image() -> None:
    assert "FROM denoland/deno:debian-1.42.4\n" in plan(TREE | {".dvmrc": "1.42.4"}).dockerfile()
