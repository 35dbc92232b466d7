from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from buildplan.providers.node import install
from node_installs import (
    MONOREPO,
    NPM_LOCK,
    PNPM_LOCK,
    YARN_1_LOCK,
    YARN_4_LOCK,
    Files,
    monorepo,
    project,
)

from buildplan.language.javascript import build_scripts

if TYPE_CHECKING:
    from buildplan.providers.node.install import Needs


def needs(text: str, event: str = "postinstall", **files: Any) -> Needs:
    scripts = {event: text, "generate": "prisma generate", "loop": "npm run loop"}
    found = project({"package.json": {"scripts": scripts}, "package-lock.json": NPM_LOCK, **files})
    hooks = install.install_hooks(found.manager, found.tree, found.workspace)
    assert [hook.event for hook in hooks] == [event]
    return hooks[0].needs


@pytest.mark.parametrize(
    "text",
    [
        "husky",
        "husky install",
        "husky || true",
        "is-ci || husky install",
        "npx only-allow pnpm",
        "lefthook install",
        "simple-git-hooks",
        "nuxt prepare",
        "svelte-kit sync || echo ''",
    ],
)
def test_what_an_image_does_not_miss_is_known(text: str) -> None:
    found = needs(text)
    assert (found.files, found.dispensable, found.absent) == ((), True, False)


def test_a_script_whose_program_is_not_in_the_image_is_known() -> None:
    assert needs("git config core.hooksPath .githooks").absent


def test_patches_are_what_patch_package_needs() -> None:
    found = needs("patch-package", **{"patches/a+1.0.0.patch": "x"})
    assert (found.files, found.dispensable, found.programs) == (("patches/",), False, ("patch-package",))


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("prisma generate", ("prisma/",)),
        ("npx prisma generate", ("prisma/",)),
        ("npm run generate", ("prisma/",)),
        ("husky && prisma generate", ("prisma/",)),
        ("prisma generate --schema=./db/schema.prisma", ("db/schema.prisma", "prisma/")),
        ("prisma generate --schema db/schema.prisma", ("db/schema.prisma", "prisma/")),
        ("prisma generate --schema", ("prisma/",)),
        ("prisma generate --schema=missing.prisma", None),
        ("prisma generate --schema=../out.prisma", None),
    ],
)
def test_the_schema_is_what_prisma_needs(text: str, files: tuple[str, ...] | None) -> None:
    found = needs(text, **{"prisma/schema.prisma": "x", "db/schema.prisma": "x"})
    assert found.files == files
    assert not found.dispensable


@pytest.mark.parametrize(
    "text",
    [
        "node scripts/setup.js",
        "tsc",
        "npm run build",
        "cd client && npm install",
        "npm install --prefix client",
        "npm --prefix client ci && npm run build --prefix client",
        "patch-package && npm run scss",
        "prisma generate",
        "patch-package",
        "if [ x ]; then y; fi",
        "sh -c 'x'",
        "npm run loop",
    ],
)
def test_any_other_script_may_read_the_whole_tree(text: str) -> None:
    found = needs(text) if "patch-package" not in text or "&&" in text else needs("patch-package --patch-dir $X && x")
    assert found.files is None
    assert not found.dispensable


@pytest.mark.parametrize(
    ("lock", "events"),
    [
        ({"package-lock.json": NPM_LOCK}, ["postinstall", "prepare"]),
        ({"pnpm-lock.yaml": PNPM_LOCK}, ["postinstall", "prepare"]),
        ({"yarn.lock": YARN_1_LOCK}, ["postinstall", "prepare"]),
        ({"yarn.lock": YARN_4_LOCK}, ["postinstall"]),
    ],
)
def test_each_manager_has_its_own_events(lock: Files, events: list[str]) -> None:
    scripts = {"prepare": "husky", "postinstall": "husky", "postbuild": "x"}
    found = project({"package.json": {"scripts": scripts}, **lock})
    assert [hook.event for hook in install.install_hooks(found.manager, found.tree, found.workspace)] == events


def test_scripts_of_packages_count_when_the_app_needs_them() -> None:
    shared = {**MONOREPO["packages/shared/package.json"], "scripts": {"prepare": "tsc"}}
    other = {"name": "@x/other", "scripts": {"prepare": "tsc"}}
    files = monorepo(**{"packages/shared/package.json": shared, "packages/other/package.json": other})
    found = project({**files, "package-lock.json": NPM_LOCK})
    hooks = install.install_hooks(found.manager, found.tree, found.workspace)
    assert [hook.title for hook in hooks] == ["`prepare` of `@x/shared`"]


def test_yarn_1_runs_the_scripts_of_the_root_alone() -> None:
    shared = {**MONOREPO["packages/shared/package.json"], "scripts": {"prepare": "tsc"}}
    found = project(monorepo(**{"packages/shared/package.json": shared, "yarn.lock": YARN_1_LOCK}))
    assert install.install_hooks(found.manager, found.tree, found.workspace) == ()


def test_no_package_is_in_both_lists() -> None:
    known = build_scripts.known_packages()
    assert len(known) == len(set(known))
    assert build_scripts.needing_builds(frozenset({"bcrypt", "esbuild", "left-pad"})) == ("bcrypt",)
    assert build_scripts.with_scripts(frozenset({"bcrypt", "esbuild", "left-pad"})) == ("bcrypt", "esbuild")
