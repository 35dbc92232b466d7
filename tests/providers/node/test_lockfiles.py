from __future__ import annotations

import json

import pytest
from buildplan.providers.node import manifest as manifests
from buildplan.providers.node import package_manager
from buildplan.providers.node.package_manager import accepts
from node_installs import BUN_LOCK, NPM_LOCK, PNPM_LOCK, YARN_1_LOCK, YARN_4_LOCK, Files, tree

from buildplan.errors import FileError
from buildplan.model.origin import Origin

NPM_LOCK_OF_A = {
    "lockfileVersion": 3,
    "packages": {
        "": {"dependencies": {"a": "^1"}, "devDependencies": {"b": "2"}},
        "node_modules/a": {"version": "1.2.0"},
    },
}
PNPM_LOCK_OF_A = """lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      a:
        specifier: ^1
        version: 1.2.0
      '@x/b':
        specifier: '>=2'
        version: 2.0.0

  apps/web:
    dependencies:
      c:
        specifier: ^3
        version: 3.0.0

packages:

  a@1.2.0:
    resolution: {integrity: sha512-x}
"""


def found(files: Files) -> list[tuple[str, str, str | None]]:
    return [(lock.path, lock.manager, lock.format) for lock in package_manager.found_lockfiles(tree(files))]


@pytest.mark.parametrize(
    ("path", "text", "manager", "number"),
    [
        ("package-lock.json", NPM_LOCK, "npm", "3"),
        ("package-lock.json", '{"name":"a","lockfileVersion":1}', "npm", "1"),
        ("npm-shrinkwrap.json", NPM_LOCK, "npm", "3"),
        ("pnpm-lock.yaml", PNPM_LOCK, "pnpm", "9.0"),
        ("pnpm-lock.yaml", "lockfileVersion: 5.4\n", "pnpm", "5.4"),
        ("yarn.lock", YARN_1_LOCK, "yarn", "1"),
        ("yarn.lock", YARN_4_LOCK, "berry", "8"),
        ("yarn.lock", "", "yarn", None),
        ("bun.lock", BUN_LOCK, "bun", "1"),
        ("bun.lockb", "\x00", "bun", None),
        ("package-lock.json", "garbage", "npm", None),
    ],
)
def test_a_lock_file_tells_its_manager_and_format(path: str, text: str, manager: str, number: str | None) -> None:
    assert found({path: text}) == [(path, manager, number)]


def test_an_empty_yarn_lock_beside_the_settings_of_yarn_2_is_not_yarn_1() -> None:
    assert found({"yarn.lock": "", ".yarnrc.yml": ""}) == [("yarn.lock", "berry", None)]


def test_each_manager_counts_once_and_the_text_lock_of_bun_wins() -> None:
    files = {"bun.lock": BUN_LOCK, "bun.lockb": "", "package-lock.json": NPM_LOCK, "npm-shrinkwrap.json": NPM_LOCK}
    assert [path for path, _, _ in found(files)] == ["bun.lock", "npm-shrinkwrap.json"]


def test_the_format_knows_its_line() -> None:
    assert package_manager.found_lockfiles(tree({"package-lock.json": NPM_LOCK}))[0].origin == Origin(
        "package-lock.json", 2
    )


def test_a_lock_file_that_is_no_text_is_an_error() -> None:
    with pytest.raises(FileError):
        package_manager.found_lockfiles(tree({"yarn.lock": b"\xff\xfe"}))


@pytest.mark.parametrize(
    ("manager", "number", "version", "is_read"),
    [
        ("pnpm", "6.0", "8.15.9", True),
        ("pnpm", "6.0", "9.1.0", True),
        ("pnpm", "6.0", "10.1.0", False),
        ("pnpm", "9.0", "8.15.9", False),
        ("pnpm", "9.0", "12.1.0", True),
        ("berry", "8", "4.13.0", True),
        ("berry", "8", "4.18.1", False),
        ("berry", "10", "4.13.0", False),
        ("npm", "3", "6.14.18", False),
        ("bun", "2", "1.3.0", False),
    ],
)
def test_the_table_says_which_release_reads_a_format(
    manager: package_manager.Name, number: str, version: str, *, is_read: bool
) -> None:
    row = package_manager.known_format(manager, number)
    assert row is not None
    assert accepts(row.reads, version) is is_read


def test_install_scripts_are_found_without_parsing_a_file_that_has_none() -> None:
    source = tree({"package-lock.json": '{"lockfileVersion": 3, this is no JSON'})
    assert package_manager.with_install_scripts(source, "package-lock.json") == ()


def test_packages_with_install_scripts_are_named_with_their_lines() -> None:
    packages = {
        "": {"hasInstallScript": True},
        "apps/web": {"hasInstallScript": True},
        "node_modules/esbuild": {"hasInstallScript": True},
        "node_modules/x/node_modules/@y/z": {"hasInstallScript": True},
        "node_modules/alias": {"name": "real", "hasInstallScript": True},
        "node_modules/odd": 5,
    }
    source = tree({"package-lock.json": json.dumps({"lockfileVersion": 3, "packages": packages}, indent=1)})
    named = package_manager.with_install_scripts(source, "package-lock.json")
    assert [item.value for item in named] == ["@y/z", "esbuild", "real"]
    assert named[1].origin == Origin("package-lock.json", 10)


@pytest.mark.parametrize(
    "range_",
    ["git+https://r.example/x.git", "git@r.example:x/y.git", "github:a/b", "a/b", "a/b#v1", "git://r.example/x"],
)
def test_a_dependency_from_git_is_found_in_the_manifest_without_a_lock(range_: str) -> None:
    source = tree({"package.json": {"dependencies": {"x": range_}}})
    origin = package_manager.from_git(source, None, (manifests.read(source),))
    assert origin is not None
    assert origin.key == "dependencies.x"


@pytest.mark.parametrize(
    "range_", ["^1", "npm:a@1", "file:../a", "../a", "./a", "workspace:*", "https://r.example/a.tgz"]
)
def test_other_dependencies_need_no_git(range_: str) -> None:
    source = tree({"package.json": {"dependencies": {"x": range_}}})
    assert package_manager.from_git(source, None, (manifests.read(source),)) is None


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("package-lock.json", '{"a":\n"git+ssh://git@github.com/a/b.git#123"}', 2),
        ("yarn.lock", '"x@a/b":\n  resolution: "x@https://github.com/a/b.git#commit=1"\n', 2),
        ("pnpm-lock.yaml", "a:\n  resolution: {commit: x, repo: y, type: git}\n", 2),
        ("pnpm-lock.yaml", "a:\n  resolution: {tarball: https://codeload.github.com/a/b/tar.gz/1}\n", None),
    ],
)
def test_the_lock_file_knows_whether_git_is_needed(path: str, text: str, line: int | None) -> None:
    source = tree({"package.json": {"dependencies": {"x": "a/b"}}, path: text})
    origin = package_manager.from_git(source, path, (manifests.read(source),))
    assert origin == (None if line is None else Origin(path, line))


def unlocked(files: Files, *local: str) -> list[str]:
    source = tree(files)
    lock = package_manager.found_lockfiles(source)[0]
    packages = tuple(
        manifests.read(source, path) for path in ("", "apps/web") if source.has(f"{path}/package.json".lstrip("/"))
    )
    return [item.value for item in package_manager.unlocked(source, lock, packages, frozenset(local))]


def npm(**dependencies: str) -> Files:
    return {"package.json": {"dependencies": dependencies}, "package-lock.json": json.dumps(NPM_LOCK_OF_A, indent=2)}


def test_an_npm_lock_in_step_lacks_nothing() -> None:
    assert unlocked(npm(a="^1", b="2")) == []


def test_npm_takes_another_range_when_the_locked_version_fits_it() -> None:
    assert unlocked(npm(a=">=1.1")) == []
    assert unlocked(npm(a="latest")) == []


def test_what_an_npm_lock_lacks_is_named() -> None:
    assert unlocked(npm(a="^2", c="1")) == ["a@^2", "c@1"]


def test_an_npm_lock_of_the_first_format_tells_the_versions_alone() -> None:
    lock = json.dumps({"lockfileVersion": 1, "dependencies": {"a": {"version": "1.2.0"}}}, indent=2)
    files: Files = {"package.json": {"dependencies": {"a": "^1", "b": "2"}}, "package-lock.json": lock}
    assert unlocked(files) == ["b@2"]


def test_overrides_protocols_and_own_packages_are_not_compared() -> None:
    assert unlocked({**npm(), "package.json": {"dependencies": {"c": "1"}, "overrides": {"c": "2"}}}) == []
    assert unlocked(npm(c="npm:d@1", d="file:./d", e="x/y", own="*"), "own") == []


@pytest.mark.parametrize(
    ("lock", "missing"),
    [
        (YARN_1_LOCK + '\na@^1, "a@>=1 <2":\n  version "1"\n\n"@x/b@2":\n  version "2"\n', []),
        (YARN_1_LOCK + "\na@^1.0.0:\n  version 1\n", ["a@^1", "@x/b@2"]),
        (YARN_4_LOCK + '\n"a@npm:^1, a@npm:^1.1":\n  version: 1\n\n"@x/b@npm:2":\n  version: 2\n', []),
        (YARN_4_LOCK + '\n"za@npm:^1":\n  version: 1\n', ["a@^1", "@x/b@2"]),
    ],
)
def test_a_yarn_lock_is_compared_entry_by_entry(lock: str, missing: list[str]) -> None:
    assert unlocked({"package.json": {"dependencies": {"a": "^1", "@x/b": "2"}}, "yarn.lock": lock}) == missing


def test_a_pnpm_lock_is_compared_package_by_package() -> None:
    files: Files = {"pnpm-lock.yaml": PNPM_LOCK_OF_A, "package.json": {"dependencies": {"a": "^1", "@x/b": ">=2"}}}
    assert unlocked({**files, "apps/web/package.json": {"dependencies": {"c": "^3"}}}) == []
    assert unlocked({**files, "apps/web/package.json": {"dependencies": {"a": "^1"}}}) == ["a@^1"]
    assert unlocked({**files, "package.json": {"dependencies": {"a": "^2"}}}) == ["a@^2"]


def test_a_bun_lock_is_compared_too() -> None:
    lock = '{\n  "lockfileVersion": 1,\n  "workspaces": {"": {"dependencies": {"a": "^1",},},},\n  "packages": {\n'
    assert unlocked({"package.json": {"dependencies": {"a": "^1", "b": "2"}}, "bun.lock": lock}) == ["b@2"]


def test_a_broken_lock_file_is_not_compared() -> None:
    deep = '{\n  "lockfileVersion": 3,\n  "packages": {\n    "": {"a":' + "[" * 100_000
    assert unlocked({"package.json": {"dependencies": {"a": "1"}}, "package-lock.json": deep}) == []
