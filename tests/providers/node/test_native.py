from __future__ import annotations

import json
from typing import Any

import pytest
from buildplan.providers.node.tables import NEEDS, lower_bound
from node_plans import Planned, app, planned
from planned import plan

from buildplan.language.packages import Need

TOOLCHAIN = {"g++", "make", "python3"}


def using(files: dict[str, Any] | None = None, **fields: Any) -> Planned:
    return planned(app("node server.js", files, **fields))


def build(found: Planned) -> set[str]:
    return set(found.phase("setup").apt_packages)


def run(found: Planned) -> set[str]:
    return set(found.run.apt_packages)


def test_each_package_has_one_row_that_says_something() -> None:
    seen: set[str] = set()
    for row in NEEDS:
        assert row != Need(row.names), row
        assert seen.isdisjoint(row.names), row
        seen.update(row.names)


def test_a_package_with_binaries_in_the_registry_needs_nothing() -> None:
    found = using(dependencies={"sharp": "0.34", "bcrypt": "6", "argon2": "0.44"})
    assert (build(found), run(found)) == (set(), set())


@pytest.mark.parametrize(("range_", "compiled"), [("^1.20.1", True), ("1.22.4", False), ("latest", False)])
def test_a_compiler_is_there_when_no_binary_fits_the_node_version(range_: str, *, compiled: bool) -> None:
    found = using(dependencies={"re2": range_}, engines={"node": "24"})
    assert build(found) == (TOOLCHAIN if compiled else set())
    assert run(found) == set()


def test_a_package_without_binaries_is_compiled_in_the_build_alone() -> None:
    found = using(dependencies={"pg-native": "3"})
    assert build(found) == {*TOOLCHAIN, "libpq-dev"}
    assert run(found) == {"libpq5"}
    assert str(found.decision("apt.run.libpq5").origin).endswith("dependencies.pg-native")


def test_a_name_that_only_looks_alike_needs_nothing() -> None:
    assert build(using(dependencies={"canvas-confetti": "1", "prismarine": "1"})) == set()


def test_a_browser_comes_from_debian_and_is_not_fetched() -> None:
    found = using(dependencies={"puppeteer": "24"})
    assert run(found) == {"chromium", "fonts-liberation"}
    assert found.environment["PUPPETEER_EXECUTABLE_PATH"] == "/usr/bin/chromium"
    assert ("PUPPETEER_SKIP_DOWNLOAD", "true") in found.phase("install").environment
    assert "--no-sandbox" in found.diagnostic("BP625").text


def test_a_browser_for_tests_is_left_out() -> None:
    found = using(devDependencies={"puppeteer": "24", "cypress": "15"}, scripts={"build": "tsc"})
    assert run(found) == set()
    assert dict(found.phase("install").environment) == {
        "PUPPETEER_SKIP_DOWNLOAD": "true",
        "CYPRESS_INSTALL_BINARY": "0",
    }


def test_names_of_packages_follow_the_debian_release() -> None:
    new, old = (using(dependencies={"playwright": "1.55"}, engines={"node": node}) for node in ("24", "18"))
    assert "libcups2t64" in run(new)
    assert "libcups2" in run(old)
    assert not [name for name in run(old) if name.endswith("t64")]


def test_playwrights_browser_is_fetched_in_the_build_and_shipped() -> None:
    found = using(dependencies={"playwright": "1.55"})
    assert found.commands("build") == ("npx --no-install playwright install --only-shell chromium",)
    assert found.environment["PLAYWRIGHT_BROWSERS_PATH"] == "/app/.playwright"


def test_prisma_up_to_six_needs_openssl_and_a_generated_client() -> None:
    schema = {"prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n}\n'}
    found = using(schema, dependencies={"@prisma/client": "6"}, devDependencies={"prisma": "6"})
    assert (build(found), run(found)) == ({"openssl"}, {"openssl"})
    assert found.commands("build") == ("npx --no-install prisma generate",)
    assert found.copies == [". < prune"]
    seven = using(schema, dependencies={"@prisma/client": "7"}, devDependencies={"prisma": "7"})
    assert run(seven) == set()


def test_a_script_that_generates_the_client_is_enough() -> None:
    schema = {"prisma/schema.prisma": ""}
    found = using(
        schema, dependencies={"@prisma/client": "6", "prisma": "6"}, scripts={"postinstall": "prisma generate"}
    )
    assert found.commands("build") == ()


@pytest.mark.parametrize("dependencies", [{"better-sqlite3": "12"}, {"multer": "2"}, {"lowdb": "7"}])
def test_packages_that_write_files_get_a_place_to_write(dependencies: dict[str, str]) -> None:
    assert using(dependencies=dependencies).run.writable == (".",)


def test_a_sqlite_schema_gets_a_place_to_write() -> None:
    schema = {"prisma/schema.prisma": 'datasource db {\n  provider = "sqlite"\n}\n'}
    found = using(schema, dependencies={"@prisma/client": "6"})
    assert found.run.writable == (".",)
    assert found.decision("run.writable").origin.path == "prisma/schema.prisma"


def test_a_git_dependency_needs_git_in_the_build() -> None:
    found = using(dependencies={"x": "github:a/b"})
    assert build(found) == {"ca-certificates", "git"}
    assert run(found) == set()


def test_a_native_module_of_the_repository_needs_a_compiler() -> None:
    assert build(using({"binding.gyp": "{}"})) == TOOLCHAIN


def test_a_package_deep_in_the_lock_file_is_found_where_it_matters() -> None:
    packages: dict[str, dict[str, str]] = {"node_modules/node-expat": {}, "node_modules/node-sass": {}}
    found = using({"package-lock.json": {"lockfileVersion": 3, "packages": packages}})
    assert build(found) == set()


def test_a_bundled_program_replaces_the_systems() -> None:
    assert run(using(dependencies={"fluent-ffmpeg": "2"})) == {"ffmpeg"}
    assert run(using(dependencies={"fluent-ffmpeg": "2", "ffmpeg-static": "5"})) == set()


@pytest.mark.parametrize(
    ("text", "expected"), [("^9.1.0", (9, 1, 0)), (">=2 <3", (2, 0, 0)), ("latest", None), ("*", None), ("", None)]
)
def test_the_lower_end_of_a_range(text: str, expected: tuple[int, int, int] | None) -> None:
    assert lower_bound(text) == expected


def test_no_browser_is_fetched_for_files_that_another_language_serves() -> None:
    manifest = {"scripts": {"build": "vite build"}, "dependencies": {"playwright": "1.55", "vite": "^7"}}
    files = {"package.json": json.dumps(manifest), "vite.config.js": "", "index.php": "<?php"}
    made = plan(files, provider=("php", "node"))
    assert not any("playwright" in command for phase in made.phases for command in phase.commands)
