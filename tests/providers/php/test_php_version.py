from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from buildplan.providers.php import php_version
from hypothesis import given
from hypothesis import strategies as st
from php_trees import INDEX, composer, lock
from planned import codes, decision, plan

from buildplan.errors import BuildplanError
from buildplan.model.version_ranges import NotUnderstoodError, intervals

if TYPE_CHECKING:
    from collections.abc import Mapping


def version(files: dict[str, str], **options: object) -> str:
    return decision(plan({"public/index.php": INDEX, **files}, **options), "php.version").value


def needs(php: str, name: str = "a/b") -> dict[str, object]:
    return {"name": name, "version": "1.0.0", "require": {"php": php}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^8.2", "8.4"),
        ("~8.2", "8.4"),
        ("~8.2.0", "8.2"),
        ("8.2.*", "8.2"),
        ("8.3", "8.3"),
        (">=8.1 <8.3", "8.2"),
        (">=8.1,<8.3", "8.2"),
        ("^7.4|^8.0", "8.4"),
        ("^7.4 || 8.0.*", "8.0"),
        ("8.1 - 8.3", "8.3"),
        (">=8.2 !=8.4.*", "8.5"),
        ("*", "8.4"),
        ("~8", "8.4"),
        (">=8.5", "8.5"),
        ("^8.2@stable", "8.4"),
    ],
)
def test_the_range_of_composer_json_picks_a_line(text: str, expected: str) -> None:
    assert version({"composer.json": composer({"php": text})}) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({".php-version": "8.3\n"}, "8.3"),
        ({".php-version": "8.3.1\n"}, "8.3.1"),
        ({".tool-versions": "php 8.2.20\n"}, "8.2.20"),
        ({"mise.toml": '[tools]\nphp = "8.3"\n'}, "8.3"),
        ({"Dockerfile": "FROM php:8.2-fpm-alpine\n"}, "8.2"),
        ({"Dockerfile": "FROM serversideup/php:8.3-fpm-nginx\n"}, "8.3"),
        ({"docker/php/Dockerfile": "FROM php:8.2-fpm\n"}, "8.2"),
        ({"docker/Dockerfile": "FROM php:8.2-fpm\n", "Dockerfile": "FROM php:8.3-fpm\n"}, "8.3"),
        ({}, "8.4"),
    ],
)
def test_each_place_of_a_version_is_read(files: dict[str, str], expected: str) -> None:
    assert version(files) == expected


def test_the_php_that_composer_is_told_to_assume_beats_the_range() -> None:
    manifest = composer({"php": "^8.1"}, config={"platform": {"php": "8.2.7"}})
    made = plan({"composer.json": manifest, "public/index.php": INDEX})
    assert decision(made, "php.version").value == "8.2"
    assert decision(made, "php.version").origin.key == "config.platform.php"


def test_the_assumed_php_of_the_lock_file_counts_too() -> None:
    files = {"composer.json": composer(), "composer.lock": lock(**{"platform-overrides": {"php": "8.3.0"}})}
    assert version(files) == "8.3"


def test_a_dockerfile_that_composer_json_refuses_is_not_followed() -> None:
    files = {"composer.json": composer({"php": "^8.3"}), "Dockerfile": "FROM php:8.1-apache\n"}
    assert version(files) == "8.4"


def test_what_a_locked_package_refuses_is_not_chosen_by_a_range() -> None:
    files = {"composer.json": composer({"php": ">=8.0"}), "composer.lock": lock(needs(">=8.0"), needs("8.0 - 8.3"))}
    made = plan({"public/index.php": INDEX, **files})
    assert decision(made, "php.version").value == "8.3"
    assert decision(made, "php.version").origin.path == "composer.lock"


def test_a_pin_that_a_locked_package_refuses_is_kept_and_reported() -> None:
    files = {".php-version": "8.1", "composer.json": composer(), "composer.lock": lock(needs("^8.3"))}
    made = plan({"public/index.php": INDEX, **files})
    assert decision(made, "php.version").value == "8.1"
    assert {"BP601", "BP606"} <= codes(made)


def test_two_files_that_contradict_each_other_are_reported() -> None:
    files = {".php-version": "8.2", "composer.json": composer({"php": "^8.4"}), "public/index.php": INDEX}
    assert "BP603" in codes(plan(files))


def test_a_constraint_that_cannot_be_understood_is_reported() -> None:
    made = plan({"composer.json": composer({"php": "dev-main"}), "public/index.php": INDEX})
    assert "BP605" in codes(made)
    assert decision(made, "php.version").value == "8.4"


def test_old_php_gets_the_last_composer_that_runs_on_it() -> None:
    files = {"composer.json": composer({"php": "7.1.*", "a/b": "1"}), "index.php": INDEX}
    made = plan(files)
    assert decision(made, "composer.version").value == "2.2"
    assert "archive.debian.org" in made.dockerfile()


def assumed(php: str, platform: str, *packages: Mapping[str, object], **files: str) -> str:
    manifest = composer({"php": php, "a/b": "1"}, config={"platform": {"php": platform}})
    return version({"composer.json": manifest, "composer.lock": lock(*packages), "public/index.php": INDEX, **files})


def test_the_image_of_the_authors_beats_the_oldest_php_that_they_choose_packages_for() -> None:
    assert assumed("^8.1", "8.2.0", Dockerfile="FROM php:8.3-fpm\n") == "8.3"
    assert assumed("^8.1", "8.3.0", Dockerfile="FROM php:8.2-fpm\n") == "8.3"


def test_an_assumed_php_out_of_support_is_a_lower_bound() -> None:
    assert assumed(">=7.4", "7.4.0") == "8.4"
    assert assumed("^7.4", "7.4.0") == "7.4"
    # There are no packages for the Debian of 7.1 any more.
    assert assumed("^7.1", "7.1.3") == "7.4"
    assert assumed(">=7.4", "7.4.0", needs("<8.3")) == "8.2"


def test_the_language_of_a_servers_image_is_read_and_not_the_servers_release() -> None:
    files = {"Dockerfile": "FROM dunglas/frankenphp:1-php8.3 AS base\nFROM dunglas/frankenphp:1\n", "index.php": INDEX}
    assert version(files) == "8.3"


@given(st.text(alphabet="0123456789.^~*|<>=! ,-@vx", max_size=24))
def test_a_constraint_is_translated_or_refused_and_never_stops(text: str) -> None:
    try:
        found = intervals(php_version.translated(text), "pep440")
    except NotUnderstoodError:
        return
    assert php_version.allowed_lines(text) == found
    if found:
        assert intervals(php_version.lines_written(found), "npm") == found


@given(st.text(max_size=30))
def test_any_version_file_gives_a_plan_or_a_typed_error(text: str) -> None:
    try:
        made = plan({".php-version": text, "index.php": INDEX})
    except BuildplanError:
        return
    assert re.search(r"(?m)^FROM php:[0-9.]+(?:alpha|beta|RC)?[0-9]*-apache(?:-[a-z]+)?( |$)", made.dockerfile())
