"""Image references and the runtimes in them; the table of images."""

from __future__ import annotations

import re
import tomllib
from datetime import date

import pytest
from conftest import ROOT

from buildplan.catalogue import RUNTIMES
from buildplan.drift.images import Held, held, parse

TABLE = tomllib.loads((ROOT / "buildplan" / "drift" / "images.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("node", ()),
        ("node:lts", ()),
        ("node:22", (Held("node", "22"),)),
        ("docker.io/library/node:22.19-alpine3.20@sha256:ab12", (Held("node", "22.19"),)),
        ("public.ecr.aws/docker/library/python:3.12-slim", (Held("python", "3.12"),)),
        ("localhost:5000/node:20", (Held("node", "20"),)),
        ("node:iron-slim", (Held("node", "20"),)),
        ("node:lts-krypton", (Held("node", "24"),)),
        ("debian:bookworm-slim", (Held("debian", "12"),)),
        ("python:3.13.0rc1-slim", (Held("python", "3.13.0"),)),
        ("gcr.io/distroless/nodejs22-debian12:nonroot", (Held("node", "22"),)),
        ("mcr.microsoft.com/dotnet/sdk:8.0.100-jammy", (Held("dotnet", "8.0"),)),
        ("maven:3.9-eclipse-temurin-21-alpine", (Held("java", "21"),)),
        ("gradle:8.5-jdk21", (Held("java", "21"),)),
        ("openjdk:8u151-jre", (Held("java", "8"),)),
        ("eclipse-temurin:17.0.9_9-jre", (Held("java", "17"),)),
        (
            "hexpm/elixir:1.15.7-erlang-26.1.2-debian-bookworm-20231009-slim",
            (Held("elixir", "1.15.7"), Held("erlang", "26.1.2")),
        ),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", (Held("python", "3.12"),)),
        ("ghcr.io/astral-sh/uv:0.9.1", ()),
        ("dunglas/frankenphp:1-php8.3-bookworm", (Held("php", "8.3"),)),
        ("ghcr.io/corp/node:3", ()),
        ("corp/node:3", ()),
    ],
)
def test_the_runtimes_in_an_image(text: str, expected: tuple[Held, ...]) -> None:
    image = parse(text)
    assert image is not None
    assert held(image) == expected


@pytest.mark.parametrize(
    "text", ["", "Node:22", "node:", "a//b", "node:22:23", "x" * 600, "$A", "node@sha256:zz", "a b"]
)
def test_what_is_no_reference(text: str) -> None:
    assert parse(text) is None


def test_every_row_names_a_runtime_and_has_a_version_in_one_place() -> None:
    for row in (*TABLE["official"].values(), *TABLE["vendors"]):
        assert row.get("runtime") is None or row["runtime"] in RUNTIMES, row
        groups = [re.compile(row[key]).groupindex for key in ("repository", "tag") if key in row]
        assert sum("version" in group for group in groups) <= 1, row


def test_the_table_has_a_source_and_a_date() -> None:
    assert TABLE["source"]
    assert isinstance(TABLE["as_of"], date)
    assert all(isinstance(end, date) for end in TABLE["debian-lts"].values())
