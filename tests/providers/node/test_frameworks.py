from __future__ import annotations

from typing import Any

import pytest
from buildplan.providers.node import frameworks
from buildplan.providers.node import manifest as manifests
from buildplan.providers.node.tables import FRAMEWORKS, Framework, Variant
from node_installs import tree
from node_plans import planned

ROWS = FRAMEWORKS
IDS = [row.id for row in ROWS]
VARIANTS = [(row, index) for row in ROWS for index in range(len(row.variants))]


def files_of(row: Framework, variant: Variant | None = None) -> dict[str, Any]:
    """Return the smallest tree that the row, or its variant, matches."""
    version = f"^{int(row.below) - 1}.1.0" if row.below else "^99.0.0"
    names = [*row.all, *row.any[:1]] if row.any or row.all else []
    dependencies = dict.fromkeys(names, version)
    scripts: dict[str, str] = {}
    found: dict[str, Any] = {}
    if row.build_script or row.last_resort:
        scripts["build"] = row.build
        found["index.html"] = "<div id=app></div>"
    if not names:
        found[row.files[0]] = "METEOR@3.1\n"
    if variant is not None:
        dependencies.update(dict.fromkeys(variant.when.has[:1], "^99.0.0"))
        if variant.when.script:
            scripts["build"] = f"{row.build} {variant.when.script}"
        for name in variant.when.files[:1]:
            found[name if "." in name.rpartition("/")[2][1:] and name.startswith(".") else f"{name}.js"] = "export {}\n"
        if variant.when.literal:
            key, value = variant.when.literal["key"], variant.when.literal["equals"]
            literal = "false" if value is False else f"'{value}'"
            found[f"{row.config[0]}.js"] = f"export default {{ {key}: {literal} }}\n"
    return {"package.json": {"name": "app", "scripts": scripts, "dependencies": dependencies}, **found}


def matched(files: dict[str, Any]) -> list[Framework]:
    source = tree(files)
    return [entry.framework for entry in frameworks.match(source, manifests.read(source))]


def test_a_variant_changes_only_known_fields() -> None:
    for row in ROWS:
        for variant in row.variants:
            assert variant.changes.keys() <= set(Framework._fields), row.id


def test_no_id_is_used_twice_and_what_is_superseded_exists() -> None:
    assert len(set(IDS)) == len(IDS)
    for row in ROWS:
        assert set(row.supersedes) <= set(IDS), row.id
        assert row.id not in row.supersedes, row.id


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_minimal_manifest_is_enough_for_every_row(row: Framework) -> None:
    found = matched(files_of(row))
    assert found[0].id == row.id
    assert found[0].kind == row.kind or row.variants


@pytest.mark.parametrize(("row", "index"), VARIANTS, ids=[f"{row.id}-{index}" for row, index in VARIANTS])
def test_every_variant_changes_what_it_says(row: Framework, index: int) -> None:
    variant = row.variants[index]
    found = next(entry for entry in matched(files_of(row, variant)) if entry.id == row.id)
    for key, value in variant.changes.items():
        assert getattr(found, key) == value, key


@pytest.mark.parametrize("row", [row for row in ROWS if row.kind == "static"], ids=lambda row: row.id)
def test_every_static_row_says_how_to_build_and_where_the_files_are(row: Framework) -> None:
    assert row.build
    assert row.output
    assert not (row.fallback and row.not_found)
    plan = planned(files_of(row))
    assert plan.start == "site"
    assert plan.commands("build")
    folder = row.output.replace("{root}/", "")
    assert plan.copies[0].startswith(folder)
    assert plan.run.site is not None
    assert (plan.run.site.fallback or "") == row.fallback
    assert (plan.run.site.not_found or "") == row.not_found
    assert plan.main.port == 8080


@pytest.mark.parametrize("row", [row for row in ROWS if row.kind == "server"], ids=lambda row: row.id)
def test_every_server_row_has_a_start_or_says_why_not(row: Framework) -> None:
    assert row.start or row.start_shell or (row.no_start and row.no_start_fix)
    assert row.port is not None
    if row.no_start:
        return
    plan = planned(files_of(row))
    output = row.output.replace("{root}/", "")
    words = [word.replace("{output}", output) for word in row.start]
    assert plan.start == (" ".join(words) if words else f"exec {row.start_shell}")
    assert plan.main.port == row.port
    assert plan.environment["PORT"] == str(row.port)
    assert plan.environment.items() >= row.environment.items()
    assert plan.run.init is not row.sigterm


@pytest.mark.parametrize("row", [row for row in ROWS if row.kind in {"code", "worker"}], ids=lambda row: row.id)
def test_every_library_row_is_started_by_the_code_of_the_app(row: Framework) -> None:
    assert not row.output
    files = files_of(row)
    files["package.json"]["scripts"]["start"] = "node lib/run.js"
    plan = planned(files)
    assert plan.start == "node lib/run.js"
    assert (plan.main.port is None) == (row.kind == "worker")
    assert plan.main.name == ("worker" if row.kind == "worker" else "web")


def test_a_more_specific_framework_is_not_beaten_by_its_bundler() -> None:
    found = matched(
        {"package.json": {"dependencies": {"vite": "7", "@sveltejs/kit": "2", "@sveltejs/adapter-node": "5"}}}
    )
    assert [row.id for row in found] == ["sveltekit"]


def test_a_server_framework_comes_before_the_library_beside_it() -> None:
    found = matched({"package.json": {"dependencies": {"express": "5", "next": "16"}}})
    assert [row.id for row in found] == ["next", "express"]


def test_a_bundler_that_only_tests_need_is_no_framework() -> None:
    files = {"package.json": {"scripts": {"build": "tsc"}, "devDependencies": {"vite": "7", "vitest": "3"}}}
    assert matched(files) == []


def test_a_bundler_without_a_build_script_needs_a_page() -> None:
    files: dict[str, Any] = {"package.json": {"devDependencies": {"vite": "7"}}}
    assert matched(files) == []
    assert [row.id for row in matched({**files, "index.html": "<p>"})] == ["vite"]


def test_a_name_that_only_looks_alike_is_no_match() -> None:
    assert matched({"package.json": {"dependencies": {"next-themes": "1", "my-express": "1"}}}) == []


def test_a_dependency_of_the_workspace_root_counts_when_the_build_calls_it() -> None:
    files = tree(
        {
            "package.json": {"workspaces": ["apps/*"], "devDependencies": {"vite": "7", "gatsby": "5"}},
            "apps/web/package.json": {"name": "web", "scripts": {"build": "vite build"}},
        }
    )
    found = frameworks.match(files, manifests.read(files, "apps/web"))
    assert [(entry.framework.id, entry.origin.path) for entry in found] == [("vite", "package.json")]


def test_the_evidence_names_the_line_of_the_dependency() -> None:
    source = tree({"package.json": '{\n  "dependencies": {\n    "next": "16"\n  }\n}\n'})
    (entry,) = frameworks.match(source, manifests.read(source))
    assert str(entry.origin) == "package.json:3 dependencies.next"
    assert entry.text == "`next` is a dependency"


@pytest.mark.parametrize(
    ("text", "command", "is_call"),
    [
        ("vite build", "vite build", True),
        ("tsc && vite --debug build", "vite build", True),
        ("./node_modules/.bin/vite build", "vite build", True),
        ("vite preview && astro build", "vite build", False),
        ("vitest run build", "vite build", False),
        ("echo webpack-cli", "webpack", False),
        ("webpack --mode production", "webpack", True),
    ],
)
def test_a_script_calls_a_command_word_by_word(text: str, command: str, *, is_call: bool) -> None:
    assert frameworks.calls(text, command) is is_call


@pytest.mark.parametrize(
    ("range_", "expected"), [("2.17.3", "nuxt2"), ("^3.0.0", "nuxt"), ("latest", "nuxt"), ("", "nuxt")]
)
def test_the_version_of_a_framework_is_the_lower_end_of_its_range(range_: str, expected: str) -> None:
    assert matched({"package.json": {"dependencies": {"nuxt": range_}}})[0].id == expected


def test_the_kind_is_that_of_the_strongest_framework() -> None:
    source = tree({"package.json": {"dependencies": {"bullmq": "5", "express": "5"}}})
    assert frameworks.kind(source, manifests.read(source)) == "code"
    empty = tree({"package.json": {}})
    assert frameworks.kind(empty, manifests.read(empty)) is None
