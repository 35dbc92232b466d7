from __future__ import annotations

import pytest
from go_trees import LIBRARY, MOD, SERVER, TOOL
from planned import codes, commands, decision, diagnostic, plan, started

from buildplan.errors import NoStartError, PlanError

WORKSPACE = {
    "go.work": "go 1.26\nuse ./api\nuse ./worker\n",
    "api/go.mod": "module example.com/api\n",
    "api/main.go": SERVER,
    "worker/go.mod": "module example.com/worker\n",
    "worker/main.go": TOOL,
}


def chosen(files: dict[str, str], **options: object) -> str:
    return decision(plan({"go.mod": MOD, **files}, **options), "go.package").value


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.go": SERVER}, "."),
        ({"hello.go": SERVER}, "."),
        ({"main.go": SERVER, "cmd/server/main.go": SERVER}, "."),
        ({"main.go": TOOL, "cmd/server/main.go": SERVER}, "cmd/server"),
        ({"shop.go": LIBRARY, "cmd/main.go": SERVER}, "cmd"),
        ({"cmd/shop/main.go": SERVER}, "cmd/shop"),
        ({"cmd/shop/main.go": SERVER, "cmd/shopd/main.go": SERVER}, "cmd/shopd"),
        ({"cmd/shop/main.go": TOOL, "cmd/other/main.go": SERVER}, "cmd/other"),
        ({"cmd/web/main.go": SERVER, "cmd/api/main.go": SERVER, "cmd/admin/main.go": SERVER}, "cmd/web"),
        ({"cmd/shop/main.go": SERVER, "cmd/worker/main.go": SERVER}, "cmd/shop"),
        ({"cmd/migrate/main.go": TOOL, "cmd/zebra/main.go": TOOL}, "cmd/zebra"),
        ({"cmd/a/deep/main.go": SERVER}, "cmd/a/deep"),
        ({"services/api/main.go": SERVER}, "services/api"),
        ({"tools/gen/main.go": TOOL, "backend/main.go": SERVER}, "backend"),
    ],
)
def test_the_command_that_is_most_like_an_app_is_built(files: dict[str, str], expected: str) -> None:
    assert chosen(files) == expected


@pytest.mark.parametrize(
    "path",
    [
        "main_test.go",
        "main_windows.go",
        "vendor/x/main.go",
        "testdata/main.go",
        "_old/main.go",
        ".hidden/main.go",
        "node_modules/x/main.go",
    ],
)
def test_what_go_does_not_build_is_no_command(path: str) -> None:
    with pytest.raises(NoStartError):
        plan({"go.mod": MOD, "lib.go": LIBRARY, path: SERVER})


def test_a_file_that_is_to_be_ignored_is_no_command() -> None:
    with pytest.raises(NoStartError):
        plan({"go.mod": MOD, "lib.go": LIBRARY, "gen/gen.go": "//go:build ignore\n\n" + TOOL})


def test_a_generator_beside_a_library_does_not_make_it_a_command() -> None:
    files = {"internal/store/a_gen.go": "//go:build ignore\n\n" + TOOL, "internal/store/store.go": "package store\n"}
    assert chosen({**files, "cmd/x/main.go": SERVER}) == "cmd/x"


def test_a_nested_module_is_not_searched() -> None:
    assert chosen({"tools/go.mod": "module tools\n", "tools/main.go": SERVER, "cmd/x/main.go": TOOL}) == "cmd/x"


def test_runners_up_are_kept_with_the_reason() -> None:
    made = plan({"go.mod": MOD, "cmd/web/main.go": SERVER, "cmd/api/main.go": SERVER, "cmd/seed/main.go": TOOL})
    found = decision(made, "start")
    assert found.rule == "the command whose name is most like an app's"
    assert str(found.origin) == "cmd/web/main.go:8 func main"
    assert [(loser.value, loser.reason) for loser in found.runners_up] == [
        ("cmd/api", "`web` sounds more like the app"),
        ("cmd/seed", "it does not listen"),
    ]
    report = diagnostic(made, "BP670")
    assert report.text == "several commands could be the app; `cmd/web` is built, not `cmd/api`"
    assert report.fix == 'choose one: `package = "cmd/api"` under `[go]` in buildplan.toml'


def test_a_clear_choice_is_not_reported() -> None:
    made = plan({"go.mod": MOD, "cmd/web/main.go": SERVER, "cmd/seed/main.go": TOOL})
    assert "BP670" not in codes(made)
    assert decision(made, "start").rule == "the only command that listens"


def test_a_server_is_known_by_the_packages_that_it_imports() -> None:
    web = 'package web\n\nimport "net/http"\n\nfunc Serve() { _ = http.ListenAndServe(":80", nil) }\n'
    files = {
        "cmd/one/main.go": TOOL,
        "cmd/two/main.go": 'package main\n\nimport "example.com/shop/web"\n\nfunc main() { web.Serve() }\n',
        "web/web.go": web,
    }
    assert chosen(files) == "cmd/two"


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("go.bin=seed", "cmd/seed"),
        ("go.package=cmd/seed", "cmd/seed"),
        ("go.package=./cmd/seed/", "cmd/seed"),
        ("go.package=example.com/shop/cmd/seed", "cmd/seed"),
        ("go.package=seed", "cmd/seed"),
        ("go.package=.", "."),
        ("go.package=examples/hello", "examples/hello"),
    ],
)
def test_an_option_chooses(assignment: str, expected: str) -> None:
    files = {"main.go": SERVER, "cmd/seed/main.go": TOOL, "examples/hello/main.go": SERVER}
    assert chosen(files, set=(assignment,)) == expected


def test_the_variable_of_nixpacks_chooses() -> None:
    files = {"go.mod": MOD, "main.go": SERVER, "cmd/seed/main.go": TOOL}
    made = plan(files, env={"NIXPACKS_GO_BIN": "seed"})
    assert commands(made) == ('go build -trimpath -ldflags="-s -w" -o /out/seed ./cmd/seed',)
    assert str(decision(made, "start").origin) == "<environment> NIXPACKS_GO_BIN"


def test_an_option_that_names_no_command_is_an_error_that_lists_them() -> None:
    with pytest.raises(PlanError, match=r"there is no command `api`; there are `\.`, `cmd/seed`") as caught:
        plan({"go.mod": MOD, "main.go": SERVER, "cmd/seed/main.go": TOOL}, set=("go.package=api",))
    assert caught.value.hint == "name a folder that holds `package main` with `func main`"


@pytest.mark.parametrize(
    "start", ["bin/seed", "./seed", "seed --all", "go run ./cmd/seed", "go run cmd/seed/main.go x"]
)
def test_the_start_command_chooses(start: str) -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER, "cmd/seed/main.go": TOOL}, start_cmd=start)
    assert decision(made, "go.package").value == "cmd/seed"
    assert started(made).startswith("/app/bin/seed")


def test_an_example_is_an_app_only_when_it_is_named() -> None:
    with pytest.raises(NoStartError, match="only examples and tests can be started: `examples/hello`") as caught:
        plan({"go.mod": MOD, "lib.go": LIBRARY, "examples/hello/main.go": SERVER})
    assert caught.value.hint == 'name one: `package = "examples/hello"` under `[go]` in buildplan.toml'


def test_a_library_has_nothing_to_start() -> None:
    with pytest.raises(NoStartError) as caught:
        plan({"go.mod": MOD, "lib.go": LIBRARY})
    text = "go.mod:1: BP303 no command was found: no `package main` with `func main` in `.` and below"
    assert str(caught.value).startswith(text)


def test_the_module_of_a_workspace_that_listens_is_the_app() -> None:
    made = plan(WORKSPACE)
    assert decision(made, "go.package").value == "api"
    assert commands(made) == ('go build -trimpath -ldflags="-s -w" -o /out/api ./api',)


@pytest.mark.parametrize("name", ["worker", "./worker", "example.com/worker"])
def test_the_module_of_a_workspace_can_be_named(name: str) -> None:
    assert decision(plan(WORKSPACE, set=(f"go.module={name}",)), "go.package").value == "worker"


def test_a_module_that_is_not_there_is_an_error() -> None:
    with pytest.raises(PlanError, match="there is no module `web`; there are `api`, `worker`"):
        plan(WORKSPACE, env={"RAILPACK_GO_WORKSPACE_MODULE": "web"})
