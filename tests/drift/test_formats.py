"""Reports as text, JSON, SARIF and GitHub's annotations."""

from __future__ import annotations

import json
from typing import Any

from buildplan.drift.check import Report
from buildplan.drift.findings import Edit, Finding
from buildplan.drift.formats import FORMATS, as_json, github, sarif, text
from buildplan.model.origin import Origin

REPORTS = (
    Report(
        "apps/my app/Dockerfile",
        "drift",
        (
            Finding(
                "BP710",
                "error",
                "`node:20` is below `engines.node >=24`",
                Origin("apps/my app/Dockerfile", 3),
                Origin("package.json", 7, "engines.node"),
                "write `node:24`",
                (Edit(3, ":20", ":24"),),
            ),
            Finding("BP712", "warning", "100% old,\nvery", Origin("apps/my app/Dockerfile", 3), Origin("<catalogue>")),
            Finding("BP752", "info", "root", Origin("apps/my app/Dockerfile")),
        ),
    ),
    Report("Dockerfile", "in_sync"),
)


def test_text_has_a_line_for_every_finding_and_every_file() -> None:
    assert text(REPORTS) == (
        "apps/my app/Dockerfile:3: BP710 error: `node:20` is below `engines.node >=24`\n"
        "  see: package.json:7 engines.node\n"
        "  fix: write `node:24`\n"
        "apps/my app/Dockerfile:3: BP712 warning: 100% old,\\nvery\n"
        "  see: <catalogue>\n"
        "apps/my app/Dockerfile: BP752 info: root\n"
        "apps/my app/Dockerfile: drift (1 error, 1 warning, 1 info)\n"
        "Dockerfile: in sync\n"
    )


def test_json_holds_everything() -> None:
    content = json.loads(as_json(REPORTS))
    assert content["version"] == 1
    first, second = content["reports"]
    assert second == {"path": "Dockerfile", "status": "in_sync", "failed": False, "findings": []}
    assert first["findings"][0] == {
        "code": "BP710",
        "severity": "error",
        "kind": "drift",
        "text": "`node:20` is below `engines.node >=24`",
        "place": {"path": "apps/my app/Dockerfile", "line": 3},
        "other": {"path": "package.json", "line": 7, "key": "engines.node"},
        "fix": "write `node:24`",
        "edits": [{"line": 3, "old": ":20", "new": ":24"}],
    }


# What the schema of SARIF 2.1.0 demands of the objects that we write: required keys, and the type of every key.
SHAPES: dict[str, tuple[set[str], dict[str, Any]]] = {
    "log": ({"version", "runs"}, {"$schema": str, "version": str, "runs": ["run"]}),
    "run": ({"tool"}, {"tool": "tool", "results": ["result"], "columnKind": str}),
    "tool": ({"driver"}, {"driver": "driver"}),
    "driver": ({"name"}, {"name": str, "version": str, "rules": ["rule"]}),
    "rule": (
        {"id"},
        {
            "id": str,
            "shortDescription": "message",
            "fullDescription": "message",
            "help": "message",
            "defaultConfiguration": "configuration",
            "properties": "properties",
        },
    ),
    "properties": (set(), {"tags": [str]}),
    "fingerprints": (set(), {"buildplan/v1": str}),
    "configuration": (set(), {"level": str}),
    "result": (
        {"message"},
        {
            "ruleId": str,
            "ruleIndex": int,
            "level": str,
            "message": "message",
            "locations": ["location"],
            "relatedLocations": ["location"],
            "partialFingerprints": "fingerprints",
        },
    ),
    "message": ({"text"}, {"text": str}),
    "location": (set(), {"id": int, "physicalLocation": "physical", "message": "message"}),
    "physical": ({"artifactLocation"}, {"artifactLocation": "artifact", "region": "region"}),
    "artifact": (set(), {"uri": str, "uriBaseId": str}),
    "region": (set(), {"startLine": int}),
}


def assert_shape(value: Any, shape: Any, path: str = "$") -> None:
    if isinstance(shape, list):
        assert isinstance(value, list | tuple), path
        for index, item in enumerate(value):
            assert_shape(item, shape[0], f"{path}[{index}]")
    elif isinstance(shape, str):
        required, keys = SHAPES[shape]
        assert isinstance(value, dict), path
        assert required <= value.keys() <= keys.keys(), path
        for key, item in value.items():
            assert_shape(item, keys[key], f"{path}.{key}")
    else:
        assert type(value) is shape, path


def test_sarif_has_the_structure_of_the_public_schema() -> None:
    content = json.loads(sarif(REPORTS))
    assert_shape(content, "log")
    assert content["version"] == "2.1.0"
    run = content["runs"][0]
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1


def test_sarif_names_files_as_relative_references() -> None:
    result = json.loads(sarif(REPORTS))["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "apps/my%20app/Dockerfile", "uriBaseId": "%SRCROOT%"}
    related = result["relatedLocations"][0]
    assert related["physicalLocation"]["region"]["startLine"] == 7
    assert related["message"]["text"] == "package.json:7 engines.node"


def test_github_annotations_are_escaped() -> None:
    assert github(REPORTS).splitlines() == [
        (
            "::error file=apps/my app/Dockerfile,line=3,title=BP710::`node:20` is below `engines.node >=24`"
            "%0Asee: package.json:7 engines.node%0Afix: write `node:24`"
        ),
        "::warning file=apps/my app/Dockerfile,line=3,title=BP712::100%25 old,%0Avery%0Asee: <catalogue>",
        "::notice file=apps/my app/Dockerfile,line=1,title=BP752::root",
    ]
    odd = Report("a,b", "drift", (Finding("BP712", "warning", "x", Origin("a:b,c\n", 1)),))
    assert github([odd]) == "::warning file=a%3Ab%2Cc%0A,line=1,title=BP712::x\n"


def test_nothing_to_report_is_valid_too() -> None:
    assert {name: bool(render(())) for name, render in FORMATS.items()} == {
        "text": False,
        "json": True,
        "sarif": True,
        "github": False,
    }
