from __future__ import annotations

import pytest
from buildplan.providers.go import modules
from planned import of

from buildplan.errors import FileError, PlanError


def read(files: dict[str, str]) -> modules.Workspace:
    found = modules.read(of(files))
    assert found is not None
    return found


def test_a_tree_without_modules_is_none() -> None:
    assert modules.read(of({"main.go": "package main\n"})) is None


def test_directives_and_blocks_are_read_with_their_lines() -> None:
    text = (
        'module "example.com/shop/v2" // the shop\n\ngo 1.25.0\ntoolchain go1.26.5\n\nrequire (\n'
        "\tgithub.com/a/b v1.2.3\n\tgithub.com/c/d v0.1.0 // indirect\n)\n"
        "require github.com/e/f v1.0.0\ntool github.com/g/h/cmd\n"
    )
    module = read({"go.mod": text}).modules[0]
    assert module.path == "example.com/shop/v2"
    assert module.base == "shop"
    assert module.language is not None
    assert (module.language.value, str(module.language.origin)) == ("1.25.0", "go.mod:3 go")
    assert module.toolchain is not None
    assert module.toolchain.value == "go1.26.5"
    assert [(item.path, item.indirect, item.origin.line) for item in module.requirements] == [
        ("github.com/a/b", False, 7),
        ("github.com/c/d", True, 8),
        ("github.com/e/f", False, 10),
    ]
    assert module.tools == ("github.com/g/h/cmd",)


@pytest.mark.parametrize(
    ("path", "base"),
    [("example.com/shop", "shop"), ("miniflux.app/v2", "miniflux.app"), ("shop", "shop"), ("v2", "v2"), ("a/v10", "a")],
)
def test_the_program_in_the_root_is_called_as_go_calls_it(path: str, base: str) -> None:
    assert read({"go.mod": f"module {path}\n"}).modules[0].base == base


@pytest.mark.parametrize("text", ["", "go 1.26\n", "// module x\n", "module\n", "\ufeff"])
def test_a_go_mod_that_names_no_module_is_an_error(text: str) -> None:
    with pytest.raises(FileError, match="it names no module") as caught:
        read({"go.mod": text})
    assert str(caught.value).startswith("go.mod:1: BP102 it names no module; expected a line `module example.com/app`")
    assert caught.value.hint == "write it anew with `go mod init`"


def test_strange_lines_are_passed_over() -> None:
    text = "module a\n)\nrequire\nreplace => x\nreplace a =>\nrequire (\nonly-a-path\n`\n"
    module = read({"go.mod": text}).modules[0]
    assert module.path == "a"
    assert module.requirements == ()


def test_a_module_in_a_folder_that_replaces_one_takes_part() -> None:
    files = {
        "go.mod": "module a\n\nrequire b v0.0.0\n\nreplace b => ./lib/b\n\nreplace c => github.com/c/fork v1.0.0\n",
        "lib/b/go.mod": "module b\n",
    }
    found = read(files)
    assert [module.directory for module in found.modules] == [""]
    assert [module.directory for module in found.replaced] == ["lib/b"]


@pytest.mark.parametrize("target", ["../b", "/etc", "./x/../../b"])
def test_a_replacement_outside_of_the_tree_is_an_error(target: str) -> None:
    with pytest.raises(PlanError, match="is outside of the tree, so the build cannot have it") as caught:
        read({"go.mod": f"module a\n\nreplace b => {target}\n"})
    assert str(caught.value.origin) == "go.mod:3 replace"
    assert caught.value.hint == "plan the folder that holds both, or require a released version of the module"


def test_a_replacement_that_is_not_committed_is_an_error() -> None:
    with pytest.raises(PlanError, match=r"`b` is replaced by `lib/b`, which holds no go\.mod"):
        read({"go.mod": "module a\n\nreplace b v1.0.0 => ./lib/b\n", "lib/b/x.go": ""})


def test_a_workspace_reads_the_modules_that_it_uses() -> None:
    files = {
        "go.work": "go 1.26\n\ntoolchain go1.26.5\n\nuse (\n\t./worker\n\t./api\n\t.\n)\n",
        "go.mod": "module root\n",
        "api/go.mod": "module api\n",
        "worker/go.mod": "module worker\n",
        "other/go.mod": "module other\n",
    }
    found = read(files)
    assert found.work
    assert [module.path for module in found.modules] == ["root", "worker", "api"]
    assert found.language is not None
    assert found.language.value == "1.26"


def test_a_workspace_that_uses_a_missing_module_is_an_error() -> None:
    with pytest.raises(PlanError, match=r"the workspace uses `api`, which holds no go\.mod") as caught:
        read({"go.work": "go 1.26\nuse ./api\n"})
    assert str(caught.value.origin) == "go.work:2 use"


def test_a_workspace_without_modules_is_an_error() -> None:
    with pytest.raises(PlanError, match="the workspace uses no module"):
        read({"go.work": "go 1.26\n"})
