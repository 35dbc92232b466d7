"""Random and hostile Deno trees: a plan or a typed error, and never a word that the tree wrote in a build step."""

from __future__ import annotations

import json
from typing import Any

from hostile import examine, slowly, words
from hypothesis import given
from hypothesis import strategies as st

values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(words, st.none(), st.booleans(), st.integers(-5, 5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)
lines = st.one_of(
    words,
    st.sampled_from(
        (
            "deno run -A main.ts",
            "deno run --allow-net --watch main.ts",
            "deno serve main.ts",
            "deno task start",
            "deno task build && deno run main.ts",
            "vite build",
        )
    ),
)
tasks = st.dictionaries(
    st.one_of(words, st.sampled_from(("start", "serve", "build", "dev", "preview"))),
    st.one_of(lines, st.fixed_dictionaries({"command": lines, "dependencies": st.lists(words, max_size=2)}), values),
    max_size=4,
)
manifests = st.fixed_dictionaries(
    {},
    optional={
        "tasks": st.one_of(tasks, values),
        "imports": st.one_of(st.dictionaries(words, words, max_size=3), values),
        "workspace": st.one_of(st.lists(words, max_size=3), values),
        "lock": values,
        "exports": values,
        "nodeModulesDir": values,
    },
)
pieces = st.sampled_from(
    (
        "Deno.serve(",
        "{ port: 80",
        "{ hostname: '127.0.0.1' ",
        'Deno.env.get("PORT")',
        "import { Hono } from 'npm:hono';",
        "/*",
        "`",
        "'",
        ")",
        "\n",
    )
)
code = st.lists(st.one_of(pieces, words), max_size=15).map("".join)


@slowly(200)
@given(manifests, code, words)
def test_any_manifest_and_any_code_give_a_plan_or_a_typed_error(manifest: Any, text: str, version: str) -> None:
    examine({"deno.json": json.dumps(manifest), "main.ts": text, ".deno-version": version}, "deno")


@slowly(100)
@given(st.text(max_size=80), words)
def test_any_text_as_a_manifest_gives_a_plan_or_a_typed_error(text: str, package: str) -> None:
    examine({"deno.jsonc": text, "main.ts": "Deno.serve(() => new Response());", "package.json": package}, "deno")


@slowly(100)
@given(words.filter(lambda word: "\n" not in word))
def test_any_start_command_gives_a_plan_or_a_typed_error(line: str) -> None:
    examine({"deno.json": "{}", "main.ts": "Deno.serve(() => new Response());", "Procfile": f"web: {line}\n"}, "deno")


@slowly(100)
@given(
    st.one_of(lines, st.lists(st.one_of(words, st.sampled_from(("run", "-A", "main.ts"))), max_size=4).map(json.dumps))
)
def test_any_command_of_a_dockerfile_gives_a_plan_or_a_typed_error(text: str) -> None:
    tree = {"deno.json": "{}", "main.ts": "Deno.serve(f);", "Dockerfile": f"FROM denoland/deno:2.9.1\nCMD {text}\n"}
    examine(tree, "deno")


@slowly(150)
@given(manifests, manifests, st.dictionaries(words, st.one_of(lines, values), max_size=3), words, words)
def test_any_workspace_with_any_scripts_gives_a_plan_or_a_typed_error(
    root: Any, member: Any, scripts: Any, rules: str, target: str
) -> None:
    tree = {
        "deno.json": json.dumps(root | {"workspace": ["./a"], "importMap": "map.json"}),
        "map.json": json.dumps({"imports": {"@/": target, "x": target}}),
        "a/deno.json": json.dumps(member),
        "a/main.ts": "import '@/b.ts';\nimport 'x';\nDeno.serve(f);",
        "package.json": json.dumps({"scripts": scripts}),
        "deno.lock": rules,
        ".npmrc": rules,
    }
    examine(tree, "deno")


@slowly(60)
@given(words, st.sampled_from(("dest", "outDir")), st.sampled_from(("_config.ts", "vite.config.ts")))
def test_any_folder_of_a_site_gives_a_plan_or_a_typed_error(folder: str, key: str, file: str) -> None:
    named = {"build": "vite build"} if key == "outDir" else {"build": "deno run lume/cli.ts"}
    imports = {"lume/": "https://deno.land/x/lume@v3/"} if key == "dest" else {}
    tree = {
        "deno.json": json.dumps({"tasks": named, "imports": imports}),
        "index.html": "<p>",
        file: f"export default f({{ {key}: {json.dumps(folder)} }});",
    }
    examine(tree, "deno")
