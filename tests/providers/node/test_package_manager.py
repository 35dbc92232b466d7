from __future__ import annotations

from typing import Any

import pytest
from buildplan.providers.node import package_manager
from node_installs import (
    BUN_LOCK,
    NPM_LOCK,
    PNPM_LOCK,
    YARN_1_LOCK,
    YARN_4_LOCK,
    Files,
    monorepo,
    pnpm_monorepo,
    project,
)

from buildplan.errors import FileError
from buildplan.model.origin import Origin, Sourced, option
from buildplan.model.requests import Overrides


def manager(files: Files, node: str = "24") -> package_manager.PackageManager:
    return project({"package.json": {}, **files}, node=node).manager


@pytest.mark.parametrize(
    ("files", "name", "version", "lockfile"),
    [
        ({}, "npm", None, None),
        ({"package-lock.json": NPM_LOCK}, "npm", None, "package-lock.json"),
        ({"pnpm-lock.yaml": "lockfileVersion: 5.4\n"}, "pnpm", "7.33.7", "pnpm-lock.yaml"),
        ({"pnpm-lock.yaml": "lockfileVersion: '6.0'\n"}, "pnpm", "8.15.9", "pnpm-lock.yaml"),
        ({"pnpm-lock.yaml": PNPM_LOCK}, "pnpm", "10.34.9", "pnpm-lock.yaml"),
        ({"yarn.lock": YARN_1_LOCK}, "yarn", "1.22.22", "yarn.lock"),
        ({"yarn.lock": "__metadata:\n  version: 6\n"}, "berry", "3.8.7", "yarn.lock"),
        ({"yarn.lock": YARN_4_LOCK}, "berry", "4.13.0", "yarn.lock"),
        ({"yarn.lock": "__metadata:\n  version: 10\n"}, "berry", "4.18.1", "yarn.lock"),
        ({"bun.lock": BUN_LOCK}, "bun", "1.4.5", "bun.lock"),
        ({"bun.lockb": "\x00"}, "bun", "1.4.5", "bun.lockb"),
        ({".yarnrc.yml": "nodeLinker: node-modules\n"}, "berry", "4.18.1", None),
        ({"pnpm-workspace.yaml": "packages: [a]\n", "a/package.json": {}}, "pnpm", "10.34.9", None),
    ],
)
def test_the_files_tell_the_manager_and_its_version(
    files: Files, name: str, version: str | None, lockfile: str | None
) -> None:
    found = manager(files)
    assert (found.name, found.version, found.lockfile) == (name, version, lockfile)


@pytest.mark.parametrize(
    ("root", "name", "version"),
    [
        ({"packageManager": "pnpm@9.1.2"}, "pnpm", "9.1.2"),
        ({"packageManager": "pnpm@9.1.2+sha512.0a1b2c/=="}, "pnpm", "9.1.2"),
        ({"packageManager": " yarn@1.22.19 "}, "yarn", "1.22.19"),
        ({"packageManager": "yarn@4.5.0"}, "berry", "4.5.0"),
        ({"packageManager": "yarn@2.4.3-rc.1"}, "berry", "2.4.3-rc.1"),
        ({"packageManager": "npm@11.6.0"}, "npm", "11.6.0"),
        ({"packageManager": "bun@1.2.3"}, "bun", "1.2.3"),
        ({"packageManager": "pnpm@8"}, "pnpm", "8.15.9"),
        ({"packageManager": "pnpm@^9.1"}, "pnpm", "9.15.9"),
        ({"packageManager": "pnpm"}, "pnpm", "10.34.9"),
        ({"packageManager": "yarn@https://r.example/yarn.js"}, "yarn", "1.22.22"),
        ({"devEngines": {"packageManager": {"name": "pnpm", "version": "9.0.0"}}}, "pnpm", "9.0.0"),
        ({"devEngines": {"packageManager": [{"name": "bun"}]}}, "bun", "1.4.5"),
        ({"engines": {"pnpm": ">=9 <10"}}, "pnpm", "9.15.9"),
        ({"engines": {"npm": ">=9"}}, "npm", None),
        ({"engines": ["node >= 8"]}, "npm", None),
        ({"volta": {"node": "20.1.0", "yarn": "1.22.10"}}, "yarn", "1.22.10"),
        ({"volta": {"npm": "bundled"}}, "npm", None),
    ],
)
def test_the_manifest_names_the_manager(root: dict[str, Any], name: str, version: str | None) -> None:
    found = manager({"package.json": root})
    assert (found.name, found.version) == (name, version)


@pytest.mark.parametrize(
    ("files", "name", "version"),
    [
        ({"package.json": {"engines": {"yarn": "*"}}, "yarn.lock": YARN_1_LOCK}, "yarn", "1.22.22"),
        ({"package.json": {"engines": {"yarn": "*"}}}, "yarn", "1.22.22"),
        (
            {"package.json": {"engines": {"pnpm": "*"}}, "pnpm-lock.yaml": "lockfileVersion: '6.0'\n"},
            "pnpm",
            "8.15.9",
        ),
        ({"package.json": {"engines": {"bun": "x"}}, "bun.lock": BUN_LOCK}, "bun", "1.4.5"),
        ({"mise.toml": '[tools]\nyarn = "latest"\n', "yarn.lock": YARN_1_LOCK}, "yarn", "1.22.22"),
        ({".tool-versions": "yarn 1.22.19\n", "yarn.lock": YARN_4_LOCK}, "berry", "4.13.0"),
    ],
)
def test_a_request_that_says_nothing_of_this_manager_leaves_the_choice_to_the_lock_file(
    files: Files, name: str, version: str
) -> None:
    found = manager(files)
    assert (found.name, found.version) == (name, version)


@pytest.mark.parametrize(
    ("engines", "lock", "version"),
    [
        ({"pnpm": ">=8"}, "lockfileVersion: '6.1'\n", "8.15.9"),
        ({"pnpm": ">=9"}, "lockfileVersion: '6.0'\n", "10.34.9"),
        ({"pnpm": ">=9"}, PNPM_LOCK, "10.34.9"),
        ({"pnpm": "^9"}, PNPM_LOCK, "9.15.9"),
        ({"pnpm": ">=11"}, PNPM_LOCK, "12.21.0"),
    ],
)
def test_a_wide_range_is_answered_with_what_reads_the_lock_file(
    engines: dict[str, str], lock: str, version: str
) -> None:
    assert manager({"package.json": {"engines": engines}, "pnpm-lock.yaml": lock}).version == version


def test_a_floor_for_yarn_does_not_make_a_new_yarn_an_old_one() -> None:
    found = manager({"package.json": {"engines": {"yarn": ">=1.22"}}, "yarn.lock": YARN_4_LOCK})
    assert (found.name, found.version) == ("berry", "4.13.0")
    assert manager({"package.json": {"engines": {"yarn": ">=4"}}}).name == "berry"


def test_of_several_lock_files_the_one_in_step_is_used() -> None:
    lock = '{\n  "lockfileVersion": 3,\n  "packages": {\n    "": {"dependencies": {"a": "1"}}\n  }\n}\n'
    files: Files = {"package.json": {"dependencies": {"a": "1"}}, "yarn.lock": YARN_1_LOCK, "package-lock.json": lock}
    found = project(files)
    assert (found.manager.name, found.manager.lockfile) == ("npm", "package-lock.json")
    assert found.decision("node.package_manager").rule == "the package manager whose lock file is up to date"


def test_the_declared_manager_beats_the_lock_file_and_says_so() -> None:
    found = project({"package.json": {"packageManager": "pnpm@9.1.2"}, "yarn.lock": YARN_1_LOCK})
    assert (found.manager.name, found.manager.lockfile) == ("pnpm", None)
    diagnostic = found.diagnostic("BP611")
    assert diagnostic.text == "the manifest names pnpm, which does not read the only lock file, `yarn.lock`"
    assert str(diagnostic.origin) == "package.json:1 packageManager"


def test_several_lock_files_are_all_named_with_the_one_that_is_used() -> None:
    found = project({"package.json": {}, "package-lock.json": NPM_LOCK, "pnpm-lock.yaml": PNPM_LOCK})
    assert found.diagnostic("BP610").text == (
        "there are several lock files: `pnpm-lock.yaml`, `package-lock.json`; `pnpm-lock.yaml` is used"
    )
    assert found.decision("node.package_manager").runners_up[0].value == "package-lock.json"


def test_the_lock_file_of_the_declared_manager_is_the_one_that_is_used() -> None:
    files: Files = {
        "package.json": {"packageManager": "npm@11.6.0"},
        "package-lock.json": NPM_LOCK,
        "pnpm-lock.yaml": PNPM_LOCK,
    }
    found = project(files)
    assert found.manager.lockfile == "package-lock.json"
    assert "`package-lock.json` is used" in found.diagnostic("BP610").text


@pytest.mark.parametrize(
    ("pinned", "path", "lock"),
    [
        ("pnpm@8.1.0", "pnpm-lock.yaml", PNPM_LOCK),
        ("pnpm@10.1.0", "pnpm-lock.yaml", "lockfileVersion: '6.0'\n"),
        ("yarn@4.18.1", "yarn.lock", YARN_4_LOCK),
        ("yarn@4.5.0", "yarn.lock", YARN_1_LOCK),
        ("yarn@1.22.22", "yarn.lock", YARN_4_LOCK),
        ("npm@6.14.18", "package-lock.json", NPM_LOCK),
        ("bun@1.2.0", "bun.lock", '{"lockfileVersion": 2}'),
    ],
)
def test_a_lock_file_that_the_pinned_version_does_not_take_is_reported(pinned: str, path: str, lock: str) -> None:
    found = project({"package.json": {"packageManager": pinned}, path: lock})
    diagnostic = found.diagnostic("BP613")
    assert "does not take as it is" in diagnostic.text
    assert diagnostic.origin is not None
    assert diagnostic.origin.path == path


def test_a_lock_file_that_the_pinned_version_wrote_is_not_reported() -> None:
    assert "BP613" not in project({"package.json": {"packageManager": "yarn@4.5.0"}, "yarn.lock": YARN_4_LOCK}).codes


def test_a_format_from_the_future_is_reported_and_the_newest_release_is_taken() -> None:
    found = project({"package.json": {}, "pnpm-lock.yaml": "lockfileVersion: '42.0'\n"})
    assert "newer than this release" in found.diagnostic("BP613").text
    assert found.manager.name == "pnpm"


@pytest.mark.parametrize(
    "text", ["pnpm@../../x; rm -rf /", "pnpm@$(id)", "PNPM@9", "pnpm@9 && x", "@x/y@1", "pnpm@9\n@8", "'", "pnpm@`x`"]
)
def test_a_manager_that_a_shell_would_read_is_an_error_with_its_line(text: str) -> None:
    with pytest.raises(FileError) as caught:
        manager({"package.json": {"packageManager": text}})
    assert caught.value.origin == Origin("package.json", 1, "packageManager")
    assert "\n" not in caught.value.problem


@pytest.mark.parametrize(
    ("root", "problem"),
    [
        ({"packageManager": 5}, "`packageManager` is a number; expected a text"),
        ({"packageManager": ["pnpm@9.0.0"]}, "`packageManager` is a list; expected a text"),
        ({"devEngines": "x"}, "`devEngines` is a text; expected a table"),
        (
            {"devEngines": {"packageManager": "pnpm"}},
            "`devEngines.packageManager` is a text; expected a table with `name` and `version`",
        ),
        (
            {"devEngines": {"packageManager": {"name": 5}}},
            "`devEngines.packageManager.name` is a number; expected a text",
        ),
    ],
)
def test_a_wrong_type_is_an_error(root: dict[str, Any], problem: str) -> None:
    with pytest.raises(FileError) as caught:
        manager({"package.json": root})
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    "root",
    [
        {"packageManager": "cnpm@9.0.0"},
        {"packageManager": "pnpm@latest"},
        {"devEngines": {"packageManager": {"name": "vlt", "version": "1"}}},
        {"devEngines": {"packageManager": {"name": "pnpm", "version": "; rm -rf /"}}},
        {"engines": {"pnpm": "whatever"}},
    ],
)
def test_what_is_no_manager_or_version_is_reported(root: dict[str, Any]) -> None:
    found = project({"package.json": root})
    assert "BP614" in found.codes
    assert all(";" not in command for command in package_manager.setup_commands(found.manager, "24"))


def test_an_option_for_the_version_wins() -> None:
    overrides = Overrides(versions={"pnpm": Sourced("9", option("pnpm"))})
    found = project({"package.json": {"packageManager": "pnpm@10.1.0"}, "pnpm-lock.yaml": PNPM_LOCK}, overrides)
    assert found.manager.version == "9.15.9"
    assert str(found.decision("pnpm.version").origin) == "<option> pnpm"


def test_version_files_count_for_the_manager_too() -> None:
    assert manager({"pnpm-lock.yaml": PNPM_LOCK, ".tool-versions": "pnpm 9.4.0\n"}).version == "9.4.0"
    assert manager({"pnpm-lock.yaml": PNPM_LOCK, "mise.toml": '[tools]\n"npm:pnpm" = "9.5"\n'}).version == "9.5.0"


def test_a_manager_that_does_not_run_on_this_node_is_reported() -> None:
    found = project({"package.json": {"packageManager": "pnpm@11.1.0"}}, node="20")
    assert found.diagnostic("BP616").text == "pnpm 11 does not run on Node 20"


def test_the_manager_of_an_old_node_is_one_that_runs_there() -> None:
    assert manager({"package-lock.json": NPM_LOCK}, node="14").version == "9.9.4"
    assert manager({"package-lock.json": NPM_LOCK}, node="16").version is None


def test_a_vendored_yarn_is_used_and_nothing_is_installed_for_it() -> None:
    found = manager({".yarnrc.yml": "yarnPath: .yarn/releases/yarn-3.6.0.cjs\n", ".yarn/releases/yarn-3.6.0.cjs": "x"})
    assert (found.name, found.version, found.vendored, found.major) == (
        "berry",
        None,
        ".yarn/releases/yarn-3.6.0.cjs",
        3,
    )
    assert package_manager.setup_commands(found, "24") == ()
    assert package_manager.setup_commands(found, "26") == ("npm install -g yarn@1.22.22",)


@pytest.mark.parametrize("path", ["../yarn.cjs", ".yarn/releases/missing.cjs"])
def test_a_vendored_yarn_that_is_missing_is_reported(path: str) -> None:
    found = project({"package.json": {}, ".yarnrc.yml": f"yarnPath: {path}\n"})
    assert found.manager.vendored is None
    assert str(found.diagnostic("BP617").origin) == ".yarnrc.yml:1 yarnPath"


def test_a_vendored_yarn_with_a_shell_in_its_name_is_an_error() -> None:
    with pytest.raises(FileError):
        manager({".yarnrc.yml": 'yarnPath: "$(id)"\n'})


@pytest.mark.parametrize(
    ("settings", "linker"),
    [
        ("", "pnp"),
        ("nodeLinker: pnp\n", "pnp"),
        ("nodeLinker: node-modules\n", "node-modules"),
        ("nodeLinker: 5\n", "node-modules"),
    ],
)
def test_the_linker_of_yarn_is_read(settings: str, linker: str) -> None:
    assert manager({".yarnrc.yml": settings, "yarn.lock": YARN_4_LOCK}).linker == linker


def test_packages_in_the_repository_are_a_zero_install() -> None:
    assert manager({"yarn.lock": YARN_4_LOCK, ".yarn/cache/a.zip": b"PK"}).zero_install
    assert not manager({"yarn.lock": YARN_4_LOCK}).zero_install


@pytest.mark.parametrize(
    ("files", "can_focus"),
    [
        ({"yarn.lock": YARN_4_LOCK}, True),
        ({"yarn.lock": "__metadata:\n  version: 6\n"}, False),
        ({"yarn.lock": "__metadata:\n  version: 6\n", ".yarn/plugins/@yarnpkg/plugin-workspace-tools.cjs": "x"}, True),
        ({"yarn.lock": YARN_1_LOCK}, False),
    ],
)
def test_whether_yarn_can_install_for_one_package_is_known(files: Files, *, can_focus: bool) -> None:
    assert manager(files).can_focus is can_focus


@pytest.mark.parametrize(
    ("root", "node", "commands"),
    [
        ({}, "24", ()),
        ({"packageManager": "npm@11.6.0"}, "24", ("npm install -g npm@11.6.0",)),
        ({"packageManager": "pnpm@10.1.0"}, "26.1.0", ("npm install -g pnpm@10.1.0",)),
        ({"packageManager": "bun@1.3.0"}, "24", ("npm install -g bun@1.3.0",)),
        ({"packageManager": "yarn@1.22.22"}, "24", ()),
        ({"packageManager": "yarn@1.22.22"}, "26", ("npm install -g yarn@1.22.22",)),
        ({"packageManager": "yarn@1.22.19"}, "22", ("npm install -g --force yarn@1.22.19",)),
        ({"packageManager": "yarn@4.5.0"}, "24", ("npm install -g --force @yarnpkg/cli-dist@4.5.0",)),
        ({"packageManager": "yarn@4.5.0"}, "26", ("npm install -g @yarnpkg/cli-dist@4.5.0",)),
    ],
)
def test_the_manager_is_installed_in_its_exact_version(root: Any, node: str, commands: tuple[str, ...]) -> None:
    found = manager({"package.json": root}, node=node)
    assert package_manager.setup_commands(found, node) == commands


def test_force_has_its_reason() -> None:
    found = manager({"package.json": {"packageManager": "yarn@4.5.0"}})
    assert package_manager.setup_comment(found, "24") == "Yarn 4 replaces the Yarn 1 that comes with the image"
    assert package_manager.setup_comment(found, "26") == ""


def test_a_workspace_that_the_manager_does_not_read_is_reported() -> None:
    found = project(monorepo(**{"pnpm-lock.yaml": PNPM_LOCK}))
    found.install()
    assert found.diagnostic("BP678").text.startswith("pnpm 10 does not read `workspaces` of `package.json`")
    right = project(pnpm_monorepo())
    right.install()
    assert "BP678" not in right.codes


def test_every_choice_has_its_reason() -> None:
    found = project({"package.json": {}, "pnpm-lock.yaml": PNPM_LOCK})
    decision = found.decision("node.package_manager")
    assert (decision.value, str(decision.origin)) == ("pnpm 10", "pnpm-lock.yaml")
    assert decision.rule == "the package manager whose lock file is committed"
    assert str(found.decision("pnpm.version").origin) == "pnpm-lock.yaml:1"


def test_the_version_file_of_bun_counts_before_engines() -> None:
    files = {"package.json": {"engines": {"bun": ">=1"}}, ".bun-version": "1.3.14\n", "bun.lock": BUN_LOCK}
    found = manager(files)
    assert (found.name, found.version) == ("bun", "1.3.14")
