from __future__ import annotations

import json

import pytest
from dotnet_trees import project
from planned import codes, decision, plan

from buildplan.errors import FileError


def sdk(version: str, policy: str | None = None) -> str:
    found = {"version": version}
    if policy is not None:
        found["rollForward"] = policy
    return json.dumps({"sdk": found})


@pytest.mark.parametrize(
    ("target", "pin", "expected", "found"),
    [
        ("net10.0", None, ("10.0", "10.0"), set()),
        ("net8.0", None, ("8.0", "8.0"), {"BP601"}),
        ("net10.0", sdk("10.0.100", "latestFeature"), ("10.0", "10.0"), set()),
        ("net10.0", sdk("10.0.100"), ("10.0", "10.0"), {"BP850"}),
        ("net10.0", sdk("10.0.x", "latestFeature"), ("10.0", "10.0"), set()),
        ("net10.0", sdk("8.0.100", "latestMajor"), ("10.0", "10.0"), set()),
        ("net10.0", sdk("11.0.100-preview.1.2", "latestFeature"), ("10.0", "11.0"), set()),
        ("net10.0", sdk("8.0.100", "latestFeature"), ("10.0", "10.0"), {"BP606", "BP850"}),
        ("net10.0", "{}", ("10.0", "10.0"), set()),
        ("netcoreapp3.0", sdk("3.0.100", "latestFeature"), ("3.1", "3.1"), {"BP601", "BP850"}),
        ("netcoreapp2.0", None, ("2.1", "2.1"), {"BP601"}),
        ("$(Unknown)", sdk("10.0.100", "latestFeature"), ("10.0", "10.0"), {"BP851"}),
    ],
)
def test_the_target_names_the_runtime_and_global_json_the_sdk(
    target: str, pin: str | None, expected: tuple[str, str], found: set[str]
) -> None:
    files = {"Web.csproj": project(target=target)}
    if pin is not None:
        files["global.json"] = pin
    made = plan(files)
    assert (decision(made, "dotnet.version").value, decision(made, "dotnet.sdk").value) == expected
    assert codes(made) == found


def test_a_file_that_would_refuse_the_sdk_is_left_out_of_the_build() -> None:
    made = plan({"Web.csproj": project(), "global.json": sdk("10.0.100", "latestPatch")})
    assert "global.json" in made.dockerignore().splitlines()
    assert "global.json" not in made.dockerfile()


def test_an_asked_version_is_that_of_the_sdk() -> None:
    made = plan({"Web.csproj": project(target="net9.0")}, set=('versions.dotnet="10"',))
    assert (decision(made, "dotnet.version").value, decision(made, "dotnet.sdk").value) == ("9.0", "10.0")


@pytest.mark.parametrize("text", ["{", '{"sdk": 3}', sdk("newest"), sdk("")])
def test_a_broken_global_json_is_an_error_with_its_name(text: str) -> None:
    with pytest.raises(FileError) as raised:
        plan({"Web.csproj": project(), "global.json": text})
    assert raised.value.origin is not None
    assert raised.value.origin.path == "global.json"
