"""Files that buildplan wrote: in sync, drifted with the decision that changed, edited by hand."""

from __future__ import annotations

import pytest
from conftest import FIXTURE_NAMES, FIXTURES

import buildplan
from buildplan.drift.check import Report, check, check_all
from buildplan.errors import BuildplanError
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend
from buildplan.write.merge import regenerate

APP = {
    "package.json": '{\n  "engines": { "node": "24" },\n  "dependencies": { "express": "5" }\n}\n',
    "package-lock.json": '{ "lockfileVersion": 3 }',
    "server.js": 'require("express")().listen(process.env.PORT || 3000);\n',
}


def written(files: dict[str, str]) -> dict[str, str]:
    """Return the tree as `buildplan write` leaves it."""
    plan = buildplan.plan(files)
    ignore = regenerate(files.get(".dockerignore"), plan.dockerignore()).text
    return {**files, "Dockerfile": regenerate(None, plan.dockerfile()).text, ".dockerignore": ignore}


def report_of(files: dict[str, str], path: str = "Dockerfile") -> Report:
    return check(SourceTree(MemoryBackend(files)), path)


def lines(report: Report) -> list[str]:
    return [str(finding).split("\n")[0] for finding in report.findings]


def test_what_was_just_written_is_in_sync() -> None:
    assert report_of(written(APP)) == Report("Dockerfile", "in_sync")


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_every_fixture_is_in_sync_with_its_own_dockerfile(name: str) -> None:
    root = FIXTURES / name
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    try:
        plan = buildplan.plan(files)
    except BuildplanError:
        pytest.skip("no plan can be made of it")
    files["Dockerfile"] = regenerate(None, plan.dockerfile()).text.encode()
    report = check(SourceTree(MemoryBackend(files)), "Dockerfile")
    serious = [str(item) for item in report.findings if item.severity != "info" and item.code not in {"BP712", "BP761"}]
    assert serious == []


def test_a_version_that_moved_is_explained_by_its_decision() -> None:
    files = written(APP)
    files["package.json"] = files["package.json"].replace('"24"', '"26"')
    report = report_of(files)
    assert report.status == "drift"
    first = report.findings[0]
    assert (first.code, first.place.line, str(first.other)) == ("BP760", 3, "package.json:2 engines.node")
    said = "the plan says `FROM node:26-trixie-slim AS deps` now"
    assert first.text == f"{said}, since `node.version` is `26` (the version that was asked for)"
    assert {finding.code for finding in report.findings} == {"BP760"}


def test_lines_that_the_plan_does_not_have_any_more_are_named() -> None:
    files = written({**APP, "buildplan.toml": '[apt]\nrun = ["...", "ffmpeg"]\n[variables]\nMODE = "fast"\n'})
    files["buildplan.toml"] = ""
    assert "drift" in report_of(files).status


def test_edits_by_hand_are_no_drift() -> None:
    files = written(APP)
    files["Dockerfile"] = files["Dockerfile"].replace("USER 1000:1000\n", "LABEL team=shop\nUSER 1000:1000\n")
    report = report_of(files)
    assert report.status == "in_sync"
    assert lines(report) == ["Dockerfile:24: BP762 info: 1 line was edited by hand; `buildplan write` keeps it"]


def test_an_edit_and_a_change_of_the_plan_are_told_apart() -> None:
    files = written(APP)
    files["Dockerfile"] = files["Dockerfile"].replace("USER 1000:1000\n", "LABEL team=shop\nUSER 1000:1000\n")
    files["server.js"] = files["server.js"].replace("3000", "8080")
    codes = {finding.code for finding in report_of(files).findings}
    assert codes == {"BP760", "BP762"}


def test_the_safe_fixes_leave_our_own_files_alone() -> None:
    files = written(APP)
    files["package.json"] = files["package.json"].replace('"24"', '"26"')
    assert not any(finding.edits for finding in report_of(files).findings)


def test_a_file_without_its_stamp_is_still_ours_by_its_first_line() -> None:
    files = {**APP, "Dockerfile": buildplan.plan(APP).dockerfile()}
    assert report_of(files).status == "drift"  # the .dockerignore was never written
    files[".dockerignore"] = "node_modules\n"
    assert report_of(files).status == "in_sync"
    files["package.json"] = files["package.json"].replace('"24"', '"26"')
    assert {finding.code for finding in report_of(files).findings} == {"BP760"}


def test_another_release_of_buildplan_alone_is_no_drift() -> None:
    files = written(APP)
    files["Dockerfile"] = files["Dockerfile"].replace(
        f"by buildplan {buildplan.__version__};", "by buildplan 0.0.1;", 1
    )
    assert report_of(files).status == "in_sync"


def test_a_dockerignore_that_we_wrote_is_compared_and_another_one_is_not() -> None:
    files = written(APP)
    files[".dockerignore"] = "mine\n"
    assert report_of(files).status == "in_sync"
    del files[".dockerignore"]
    assert lines(report_of(files)) == ["Dockerfile:1: BP761 warning: .dockerignore is missing"]


def test_without_a_plan_nobody_can_tell() -> None:
    files = written(APP)
    del files["server.js"]
    report = report_of({**files, "Dockerfile": files["Dockerfile"].replace('"server.js"', '"$START"')})
    assert report.status == "unknown"
    assert lines(report)[0].startswith(
        "Dockerfile:1: BP702 error: buildplan wrote this file, and no plan can be made now"
    )


def test_an_app_in_a_folder_is_planned_as_if_it_were_alone() -> None:
    app = written(APP)
    tree = {f"services/shop/{path}": text for path, text in app.items()}
    assert check_all(SourceTree(MemoryBackend(tree))) == (Report("services/shop/Dockerfile", "in_sync"),)
    tree["services/shop/package.json"] = tree["services/shop/package.json"].replace('"24"', '"26"')
    report = report_of(tree, "services/shop/Dockerfile")
    assert str(report.findings[0].other) == "services/shop/package.json:2 engines.node"
