from __future__ import annotations

import json
from typing import Any

import pytest
from buildplan.providers.node import install
from node_installs import NPM_LOCK, PNPM_LOCK, YARN_4_LOCK, Files, Project, project

NATIVE = {"dependencies": {"bcrypt": "6"}, "devDependencies": {"esbuild": "0.25"}}
MARKED = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/bcrypt": {"hasInstallScript": True}}}, indent=2)


def installed(root: dict[str, Any], files: Files) -> Project:
    found = project({"package.json": root, **files})
    found.install()
    return found


def pnpm(version: str, settings: str = "", **root: Any) -> Project:
    files: Files = {"pnpm-lock.yaml": PNPM_LOCK + "packages:\n  bcrypt@6.0.0:\n  esbuild@0.25.0:\n"}
    if settings:
        files["pnpm-workspace.yaml"] = settings
    return installed({**NATIVE, "packageManager": f"pnpm@{version}", **root}, files)


def test_a_project_without_a_lock_is_reported() -> None:
    diagnostic = installed({"dependencies": {"a": "1"}}, {}).diagnostic("BP612")
    assert (
        diagnostic.text == "there is no lock file for npm, so two builds of the same tree can hold different packages"
    )
    assert "BP612" not in installed({}, {}).codes


def test_a_lock_that_is_out_of_date_is_reported_before_the_install_stops_at_it() -> None:
    lock = json.dumps({"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "1"}}}}, indent=2)
    diagnostic = installed({"dependencies": {"a": "1", "b": "2"}}, {"package-lock.json": lock}).diagnostic("BP618")
    assert diagnostic.text == "`package-lock.json` is out of date, so the install will stop: it lacks `b@2`"
    assert str(diagnostic.origin) == "package.json:1 dependencies.b"


def test_npm_12_runs_only_the_install_scripts_that_are_allowed() -> None:
    root = {"packageManager": "npm@12.2.0", "dependencies": {"bcrypt": "6"}}
    diagnostic = installed(root, {"package-lock.json": MARKED}).diagnostic("BP620")
    assert diagnostic.text == (
        "npm 12 does not run the install scripts of `bcrypt`; without them `bcrypt` will not work"
    )
    assert diagnostic.fix == "name them in `allowScripts` of `package.json`"
    assert str(diagnostic.origin) == "package-lock.json:4"


@pytest.mark.parametrize("allowed", [{"bcrypt": True}, {"bcrypt@6.0.0": True}, {"bcrypt": False}])
def test_npm_12_is_silent_about_what_was_decided(allowed: dict[str, bool]) -> None:
    root = {"packageManager": "npm@12.2.0", "dependencies": {"bcrypt": "6"}, "allowScripts": allowed}
    assert "BP620" not in installed(root, {"package-lock.json": MARKED}).codes


@pytest.mark.parametrize("root", [{}, {"packageManager": "npm@11.6.0"}])
def test_an_older_npm_runs_all_of_them(root: dict[str, Any]) -> None:
    found = installed({**root, "dependencies": {"x": "github:a/b"}}, {"package-lock.json": MARKED})
    assert not {"BP620", "BP621"} & found.codes


@pytest.mark.parametrize(
    ("range_", "what", "setting"),
    [
        ("github:a/b", "git repositories", "allow-git=all"),
        ("https://r.example/x.tgz", "web addresses", "allow-remote=all"),
    ],
)
def test_npm_12_refuses_other_sources_than_registries(range_: str, what: str, setting: str) -> None:
    root = {"packageManager": "npm@12.2.0", "dependencies": {"x": range_}}
    diagnostic = installed(root, {}).diagnostic("BP621")
    assert diagnostic.text == f"npm 12 refuses dependencies from {what}, so the install will stop"
    assert diagnostic.fix is not None
    assert setting in diagnostic.fix
    assert "BP621" not in installed(root, {".npmrc": f"{setting}\n"}).codes


def test_pnpm_10_skips_scripts_and_says_what_will_not_work() -> None:
    diagnostic = pnpm("10.34.9").diagnostic("BP620")
    assert diagnostic.severity == "warning"
    assert (
        diagnostic.text == "pnpm 10 does not run the install scripts of `bcrypt`; without them `bcrypt` will not work"
    )
    assert str(diagnostic.origin) == "package.json:1 dependencies.bcrypt"


@pytest.mark.parametrize(
    ("settings", "root"),
    [
        ("onlyBuiltDependencies:\n  - bcrypt\n", {}),
        ("ignoredBuiltDependencies:\n  - bcrypt\n", {}),
        ("allowBuilds:\n  bcrypt: true\n", {}),
        ("dangerouslyAllowAllBuilds: true\n", {}),
        ("", {"pnpm": {"onlyBuiltDependencies": ["bcrypt"]}}),
    ],
)
def test_pnpm_10_knows_several_places_to_allow_them(settings: str, root: dict[str, Any]) -> None:
    assert "BP620" not in pnpm("10.34.9", settings, **root).codes


def test_pnpm_11_stops_at_every_script_that_is_not_decided() -> None:
    diagnostic = pnpm("11.28.11", "onlyBuiltDependencies:\n  - bcrypt\n").diagnostic("BP620")
    assert diagnostic.text == (
        "pnpm 11 does not run the install scripts of `bcrypt`, `esbuild`, and the install stops at them"
    )
    assert diagnostic.fix == "name them in `allowBuilds` of `pnpm-workspace.yaml`"


@pytest.mark.parametrize(
    "settings",
    [
        "allowBuilds:\n  bcrypt: true\n  esbuild: false\n",
        "strictDepBuilds: false\n",
        "dangerouslyAllowAllBuilds: true\n",
    ],
)
def test_pnpm_12_is_content_with_a_decision(settings: str) -> None:
    assert "BP620" not in pnpm("12.21.0", settings).codes


def test_pnpm_9_runs_all_of_them() -> None:
    assert "BP620" not in pnpm("9.15.9").codes


@pytest.mark.parametrize(
    ("version", "settings", "is_reported"),
    [
        ("4.18.1", "", True),
        ("4.18.1", "enableScripts: true\n", False),
        ("4.13.0", "", False),
    ],
)
def test_a_new_yarn_runs_scripts_only_when_told(version: str, settings: str, *, is_reported: bool) -> None:
    root = {**NATIVE, "packageManager": f"yarn@{version}"}
    found = installed(root, {"yarn.lock": YARN_4_LOCK, ".yarnrc.yml": settings})
    assert ("BP620" in found.codes) is is_reported


def test_bun_goes_by_its_own_list_until_the_project_has_one() -> None:
    assert "BP620" not in installed({**NATIVE, "packageManager": "bun@1.4.5"}, {}).codes
    found = installed({**NATIVE, "packageManager": "bun@1.4.5", "trustedDependencies": ["esbuild"]}, {})
    assert found.diagnostic("BP620").fix == "name them in `trustedDependencies` of `package.json`"


@pytest.mark.parametrize(
    "settings",
    ["allowBuilds: 5\n", "allowBuilds:\n  - bcrypt\n", "onlyBuiltDependencies: bcrypt\n", "strictDepBuilds: x\n"],
)
def test_settings_of_a_wrong_type_allow_nothing(settings: str) -> None:
    assert "BP620" in pnpm("11.1.0", settings).codes


def test_a_dependency_from_git_needs_git() -> None:
    found = project({"package.json": {"dependencies": {"x": "github:a/b"}}})
    origin = install.needs_git(found.manager, found.tree, found.workspace)
    assert str(origin) == "package.json:1 dependencies.x"
    plain = project({"package.json": {"dependencies": {"x": "1"}}, "package-lock.json": NPM_LOCK})
    assert install.needs_git(plain.manager, plain.tree, plain.workspace) is None


def test_a_long_list_is_cut() -> None:
    packages = {f"node_modules/p{index}": {"hasInstallScript": True} for index in range(20)}
    lock = json.dumps({"lockfileVersion": 3, "packages": packages})
    text = installed({"packageManager": "npm@12.2.0"}, {"package-lock.json": lock}).diagnostic("BP620").text
    assert text.endswith("and 12 more")
