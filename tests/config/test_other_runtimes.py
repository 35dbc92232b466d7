from __future__ import annotations

import pytest

import buildplan
from buildplan import Options

APP = {"package.json": '{"name": "x", "scripts": {"start": "node a.js"}}', "a.js": "require('http')"}


def dockerfile(*packages: str) -> str:
    return buildplan.plan(APP, Options(pkgs=packages)).dockerfile()


@pytest.mark.parametrize(
    ("package", "image"),
    [
        ("php82", "FROM php:8.2-cli-trixie AS php"),
        ("python39", "FROM python:3.9-slim-"),
        ("jdk8", "FROM eclipse-temurin:8-jdk-"),
        ("go_1_26", "FROM golang:1.26-"),
        ("ruby_3_4", "FROM ruby:3.4-slim-"),
    ],
)
def test_the_version_of_a_second_runtime_survives(package: str, image: str) -> None:
    text = dockerfile(package)
    name = image.rpartition(" AS ")[2] if " AS " in image else text.partition(image)[2].split("\n", 1)[0].split()[-1]
    assert image in text
    assert text.count(f"COPY --from={name} /") >= 1


def test_two_other_runtimes_are_both_in_the_last_stage() -> None:
    last = dockerfile("php82", "jdk8").rpartition("\nFROM ")[2]
    assert "COPY --from=php /usr/local/bin /usr/local/bin" in last
    assert "COPY --from=java /opt/java/openjdk /opt/java/openjdk" in last
    assert "JAVA_HOME=/opt/java/openjdk" in last


def test_a_second_runtime_without_a_version_is_debians() -> None:
    last = dockerfile("python3Packages.pip").rpartition("\nFROM ")[2]
    assert "python3-pip" in last
    assert "FROM python" not in dockerfile("python3Packages.pip")


def test_a_runtime_that_debian_does_not_have_comes_from_its_image() -> None:
    assert "COPY --from=bun /usr/local/bin/bun" in dockerfile("bun")


def test_the_own_runtime_is_not_copied() -> None:
    assert "AS node" not in dockerfile("nodejs_22")


def test_a_site_has_the_runtime_in_its_build_only() -> None:
    tree = {
        "package.json": '{"name": "x", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}',
        "index.html": "<p>x",
    }
    text = buildplan.plan(tree, Options(pkgs=("python312",))).dockerfile()
    assert "COPY --from=python" in text
    assert "python" not in text.rpartition("\nFROM ")[2]
