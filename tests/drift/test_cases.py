"""The table of drift cases: each tree agrees with its Dockerfile, then something changes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from buildplan.drift.check import Report, check
from buildplan.read.dockerfile_reader import MAX_BYTES
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

HERE = Path(__file__).parent
TREES: dict[str, dict[str, str]] = tomllib.loads((HERE / "trees.toml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = tomllib.loads((HERE / "cases.toml").read_text(encoding="utf-8"))["case"]


def tree_of(name: str) -> dict[str, str]:
    return {path: text.removeprefix("\n") for path, text in TREES[name].items()}


def changed(case: dict[str, Any]) -> dict[str, str]:
    files = tree_of(case["tree"])
    for path, old, new in case.get("replace", ()):
        assert old in files[path], f"{old!r} is not in {path}"
        files[path] = files[path].replace(old, new)
    for old, new in case.get("rename", {}).items():
        files[new] = files.pop(old)
    for path in case.get("delete", ()):
        del files[path]
    files |= case.get("write", {})
    if case.get("crlf"):
        files = {path: text.replace("\n", "\r\n") for path, text in files.items()}
    return files


def report_of(files: dict[str, str], path: str = "Dockerfile") -> Report:
    return check(SourceTree(MemoryBackend(files)), path)


def found(report: Report) -> list[str]:
    return [f"{finding.code}:{finding.place.line}" for finding in report.findings]


@pytest.mark.parametrize("name", TREES)
def test_a_tree_that_agrees_with_its_dockerfile_has_no_finding(name: str) -> None:
    files = tree_of(name)
    for path in [path for path in files if path.rpartition("/")[2] == "Dockerfile"]:
        report = report_of(files, path)
        assert (found(report), report.status) == ([], "in_sync")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_change_is_found_and_nothing_else(case: dict[str, Any]) -> None:
    files = changed(case)
    report = report_of(files, case.get("dockerfile", "Dockerfile"))
    assert sorted(found(report)) == sorted(case["finds"]), "\n".join(map(str, report.findings))
    for finding in report.findings:
        assert finding.place.path == case.get("dockerfile", "Dockerfile")
        if finding.other is not None and not finding.other.path.startswith("<"):
            assert finding.other.path in files
            lines = files[finding.other.path].count("\n") + 1
            assert finding.other.line is None or 1 <= finding.other.line <= lines


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(CASES) >= 60
    assert len({case["name"] for case in CASES}) == len(CASES)
    codes = {code.partition(":")[0] for case in CASES for code in case["finds"]}
    assert {f"BP7{number}" for number in ("10", "11", "12", "13", "20", "21", "22", "30", "31", "40", "41")} <= codes
    assert MAX_BYTES >= 1024
