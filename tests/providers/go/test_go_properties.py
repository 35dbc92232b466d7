"""Random and hostile Go trees: a plan or a typed error, and never a word that the tree wrote in a build step."""

from __future__ import annotations

import shlex

import dockerfile
from go_trees import SERVER
from hostile import EVIL, examine, slowly, words
from hypothesis import given
from hypothesis import strategies as st

import buildplan
from buildplan.errors import BuildplanError

verbs = st.sampled_from(
    ("module", "go", "toolchain", "require", "replace", "use", "tool", "exclude", "retract", ")", "(")
)
lines = st.builds(
    lambda verb, rest: f"{verb} {rest}", verbs, st.one_of(words, st.sampled_from(("1.26", "a => ./b", "(")))
)
manifests = st.lists(lines, max_size=6).map(lambda found: "module x\n" + "\n".join(found))
pieces = st.sampled_from(
    ('"C"', "import (", ")", "//go:embed ", "//go:build ", "`", '"', "/*", "*/", "func main() {}", "package main", "\n")
)
code = st.lists(st.one_of(pieces, words), max_size=20).map("".join)
directories = st.one_of(st.just("cmd/x"), words.map(lambda word: f"cmd/{word}"))


@slowly(200)
@given(manifests, code)
def test_any_module_and_any_code_give_a_plan_or_a_typed_error(manifest: str, text: str) -> None:
    examine({"go.mod": manifest, "main.go": SERVER, "other.go": text, "b/go.mod": manifest}, "go")


@slowly(100)
@given(manifests)
def test_any_workspace_gives_a_plan_or_a_typed_error(text: str) -> None:
    examine({"go.work": text.removeprefix("module x\n"), "go.mod": "module x\n", "main.go": SERVER}, "go")


@slowly(150)
@given(directories, words)
def test_names_of_the_tree_are_quoted_where_they_enter_a_command(directory: str, module: str) -> None:
    tree = {"go.mod": f'module "{module}"\n', f"{directory}/main.go": SERVER}
    try:
        text = buildplan.plan(tree, buildplan.Options(provider=("go",))).dockerfile()
    except BuildplanError:
        return
    for command in dockerfile.parse_string(text):
        if command.cmd.upper() == "RUN" and EVIL in " ".join(command.value):
            line = command.value[-1]
            assert f"./{directory}" in shlex.split(line), line


@slowly(100)
@given(words.filter(lambda word: "\n" not in word))
def test_any_start_command_gives_a_plan_or_a_typed_error(line: str) -> None:
    examine({"go.mod": "module x\n", "main.go": SERVER, "Procfile": f"web: {line}\n"}, "go")
