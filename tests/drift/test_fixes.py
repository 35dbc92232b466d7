"""The safe fixes: they mend the finding, change nothing else, and are not offered where a person has to decide."""

from __future__ import annotations

import pytest

from buildplan.drift.check import check
from buildplan.drift.findings import Edit, Finding
from buildplan.drift.fixes import fixable, fixed
from buildplan.model.origin import Origin
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

MANIFEST = '{ "engines": { "node": "%s" }, "dependencies": { "a": "1" } }'


def mended(dockerfile: str, **files: str) -> str:
    tree = SourceTree(MemoryBackend({"Dockerfile": dockerfile, **files}))
    text = fixed(dockerfile, check(tree).findings)
    again = check(SourceTree(MemoryBackend({"Dockerfile": text, **files})))
    assert fixable(again.findings) == ()
    return text


def with_node(wanted: str, dockerfile: str) -> str:
    return mended(dockerfile, **{"package.json": MANIFEST % wanted})


TWO_STAGES = "ARG NODE=%s\nFROM node:${NODE}-slim AS a\nFROM node:${NODE}-slim\n"
WITH_FLAG = "from --platform=linux/amd64 docker.io/library/node:%s\n"


@pytest.mark.parametrize(
    ("wanted", "before", "after"),
    [
        (">=22.22", "FROM node:22.19-slim\n", "FROM node:22.23-slim\n"),
        (">=22.22", "FROM node:22.19.0-bookworm AS x\n", "FROM node:22.23.4-bookworm AS x\n"),
        (">=24", "FROM node:22-alpine\n", "FROM node:24-alpine\n"),
        ("24", WITH_FLAG % "22", WITH_FLAG % "24"),
        (">=24", TWO_STAGES % "22", TWO_STAGES % "24"),
        (">=24", "FROM node:22 AS a\nFROM node:22 AS b\n", "FROM node:24 AS a\nFROM node:24 AS b\n"),
        ("<23", "FROM node:24-slim\n", "FROM node:22-slim\n"),
    ],
)
def test_the_version_of_an_image_is_raised_within_image_and_distribution(wanted: str, before: str, after: str) -> None:
    assert with_node(wanted, before) == after


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM node:22-buster\n",
        "FROM node:22-alpine3.18\n",
        "FROM node:22@sha256:0123456789abcdef\n",
        "FROM gcr.io/distroless/nodejs22-debian12\n",
        "FROM hexpm/erlang:22\n",
        "FROM node:22 # node:22\n",
        "ARG A=2\nFROM node:2${A}\n",
    ],
)
def test_what_might_not_exist_or_is_not_clear_is_left_to_a_person(dockerfile: str) -> None:
    tree = SourceTree(MemoryBackend({"Dockerfile": dockerfile, "package.json": MANIFEST % ">=24"}))
    assert fixed(dockerfile, check(tree).findings) == dockerfile


def test_a_pin_is_taken_as_exactly_as_the_tag_is() -> None:
    assert mended("FROM node:22.1.0\n", **{".nvmrc": "24.3.1\n"}) == "FROM node:24.3.1\n"
    assert mended("FROM node:22\n", **{".nvmrc": "24.3.1\n"}) == "FROM node:24\n"
    assert mended("FROM python:3.12-slim\n", **{".python-version": "3.13\n"}) == "FROM python:3.13-slim\n"


def test_a_port_is_corrected() -> None:
    before = 'FROM python:3.13\nEXPOSE 80 # web\nCMD ["uvicorn", "a:b", "--port", "8000"]\n'.replace(" # web", "")
    assert mended(before) == before.replace("EXPOSE 80\n", "EXPOSE 8000\n")


def test_a_port_among_others_is_left_alone() -> None:
    text = 'FROM python:3.13\nEXPOSE 80 81\nCMD ["uvicorn", "a:b", "--port", "8000"]\n'
    assert mended(text) == text


def test_npm_ci_without_a_lock_file_becomes_npm_install() -> None:
    before = "FROM node:24\nWORKDIR /a\nCOPY . .\nRUN npm ci --omit=dev \\\n && npm cache clean --force\n"
    after = before.replace("npm ci --omit=dev", "npm install --omit=dev")
    assert mended(before, **{"package.json": '{ "dependencies": { "a": "1" } }'}) == after


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    before = "\ufeffARG A=1\r\nFROM node:22\r\nUSER 1\r\n"
    tree = SourceTree(MemoryBackend({"Dockerfile": before, "package.json": MANIFEST % ">=24"}))
    assert fixed(before, check(tree).findings) == before.replace("node:22", "node:24")


def test_an_edit_whose_line_has_changed_is_left_out() -> None:
    finding = Finding("BP710", "error", "x", Origin("Dockerfile", 1), edits=(Edit(1, ":22", ":24"),))
    assert fixed("FROM node:23\n", [finding]) == "FROM node:23\n"
    assert fixed("", [finding]) == ""
    assert fixed("FROM node:22\n", [finding, finding]) == "FROM node:24\n"
    assert fixed("FROM a\rFROM node:22\n", [finding]) == "FROM a\rFROM node:22\n"
