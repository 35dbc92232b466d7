"""Random and hostile trees: a plan or a typed error, and never an instruction that the tree wrote."""

from __future__ import annotations

import json
import string

import dockerfile
from hostile import EVIL, examine, slowly, words
from hypothesis import given
from hypothesis import strategies as st

import buildplan
from buildplan.errors import BuildplanError

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)
names = st.sampled_from(["express", "next", "vite", "react", "nuxt", "astro", "prisma", "@nestjs/core", "typescript"])
scripts = st.sampled_from(["start", "build", "prestart", "postinstall", "dev", "start:prod"])
commands = st.one_of(
    words,
    st.sampled_from(
        ["node server.js", "npm run build", "next start", "vite build", "tsc && node dist/main.js", "npm start"]
    ),
)
manifests = st.one_of(
    st.dictionaries(st.sampled_from(["name", "scripts", "main", "engines", "workspaces", "dependencies"]), values),
    st.fixed_dictionaries(
        {"name": words, "dependencies": st.dictionaries(names, words, max_size=4)},
        optional={
            "scripts": st.dictionaries(scripts, commands, max_size=4),
            "devDependencies": st.dictionaries(names, words, max_size=4),
            "engines": st.dictionaries(st.sampled_from(["node", "npm", "pnpm"]), words, max_size=2),
            "packageManager": words,
            "main": words,
            "workspaces": st.lists(words, max_size=2),
            "volta": values,
        },
    ),
)
PATHS = (
    ".nvmrc",
    ".node-version",
    ".npmrc",
    ".tool-versions",
    "Procfile",
    "Staticfile",
    "index.html",
    "mise.toml",
    "next.config.js",
    "nixpacks.toml",
    "package-lock.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "railpack.json",
    "server.js",
    "vite.config.ts",
    "yarn.lock",
    ".yarnrc.yml",
    ".dockerignore",
    "turbo.json",
)
extras = st.dictionaries(st.sampled_from(PATHS), st.one_of(words, st.binary(max_size=40)), max_size=4)


@slowly(300)
@given(manifests, extras)
def test_any_manifest_gives_a_plan_or_a_typed_error(manifest: object, extra: dict[str, str | bytes]) -> None:
    examine({"package.json": json.dumps(manifest), "server.js": "require('express')", **extra})


@slowly(150)
@given(st.text(alphabet=string.printable, max_size=200), extras)
def test_any_text_as_a_manifest_gives_a_plan_or_a_typed_error(text: str, extra: dict[str, str | bytes]) -> None:
    examine({"package.json": text, **extra})


@slowly(150)
@given(st.sampled_from(("start", "build", "start:prod")), commands, commands)
def test_a_script_is_never_pasted_into_a_build_step(name: str, script: str, other: str) -> None:
    manifest = {
        "name": "x",
        "scripts": {"start": other, name: script},
        "dependencies": {"express": "^4.0.0"},
        "devDependencies": {"typescript": "5.0.0"},
    }
    tree: dict[str, str | bytes] = {"package.json": json.dumps(manifest), "server.js": "require('express')"}
    try:
        text = buildplan.plan(tree).dockerfile()
    except BuildplanError:
        return
    for command in dockerfile.parse_string(text):
        if command.cmd.upper() == "RUN":
            assert EVIL not in " ".join(command.value)
