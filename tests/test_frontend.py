"""A folder whose build makes what the app embeds or serves, planned as a tree by itself."""

from __future__ import annotations

import pytest

import buildplan
from buildplan.errors import FileError
from buildplan.language import frontends
from buildplan.model.build_plan import Input
from buildplan.model.requests import Overrides
from buildplan.source import SourceTree
from buildplan.source.folder import FolderBackend
from buildplan.source.memory import MemoryBackend
from buildplan.source.tree import MAX_FILE_BYTES

VITE = '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "^8"}}'
PAGE = '<script type="module" src="/src/main.js"></script>'


def tree_of(files: dict[str, str]) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def test_a_folder_is_a_tree_of_its_own() -> None:
    whole = tree_of({"a.txt": "root", "ui/a.txt": "inner", "ui/src/b.txt": "deep", "uix/c.txt": "other"})
    inner = SourceTree(FolderBackend(whole, "ui"))
    assert list(inner.files) == ["a.txt", "src/b.txt"]
    assert inner.text("a.txt") == "inner"
    assert inner.directory("").directories == ("src",)
    assert not inner.has("c.txt")
    assert inner.label == "ui of the tree in memory"


def test_what_cannot_be_read_in_a_folder_is_an_error_there() -> None:
    inner = SourceTree(FolderBackend(tree_of({"ui/large.json": " " * (MAX_FILE_BYTES + 1)}), "ui"))
    with pytest.raises(FileError, match="it has more than 16 MB"):
        inner.read("large.json")


def test_inputs_come_from_the_folder_and_results_go_into_it() -> None:
    tree = tree_of({"ui/package.json": VITE, "ui/index.html": PAGE, "ui/package-lock.json": '{"lockfileVersion": 3}'})
    found = frontends.assets(tree, "ui", Overrides())
    assert found is not None
    name, plan = found
    assert name == "node"
    install, build = plan.phases[1:3]
    assert install.inputs == (Input("ui/package.json", dest=""), Input("ui/package-lock.json", dest=""))
    assert build.inputs == (Input("ui/", dest=""),)
    assert plan.assets == (Input("/app/dist/", phase="build", dest="ui/dist/"),)
    assert "ui/dist" in plan.artifacts
    assert "**/node_modules" in plan.artifacts


def test_places_are_those_of_the_whole_tree() -> None:
    tree = tree_of({"ui/package.json": VITE, "ui/index.html": PAGE, "ui/.nvmrc": "18\n"})
    found = frontends.assets(tree, "ui", Overrides())
    assert found is not None
    _, plan = found
    version = next(item for item in plan.decisions if item.field == "node.version")
    assert str(version.origin) == "ui/.nvmrc:1"
    dead = next(item for item in plan.diagnostics if item.code == "BP601")
    assert dead.origin is not None
    assert dead.origin.path == "ui/.nvmrc"


@pytest.mark.parametrize("files", [{"ui/readme.md": ""}, {"ui/package.json": "{}"}])
def test_a_folder_that_builds_nothing_gives_nothing(files: dict[str, str]) -> None:
    assert frontends.assets(tree_of(files), "ui", Overrides()) is None


def test_of_two_equal_claims_the_one_that_embeds_the_other_is_the_app() -> None:
    server = (
        'package main\n\nimport "net/http"\n\n//go:embed dist\nvar files embed.FS\n\n'
        'func main() { _ = http.ListenAndServe(":80", nil) }\n'
    )
    files = {"go.mod": "module x\n", "main.go": server, "package.json": VITE, "index.html": PAGE}
    plan = buildplan.plan(files)
    assert plan.providers[0].name == "go"
    assert not {item.code for item in plan.diagnostics} & {"BP671", "BP679"}
