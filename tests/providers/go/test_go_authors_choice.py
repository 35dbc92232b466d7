"""Commands that the authors themselves build: GoReleaser, and the build of their own image."""

from __future__ import annotations

import pytest
from go_trees import LIBRARY, MOD, SERVER, TOOL
from planned import decision, plan

TREE = {
    "go.mod": MOD,
    "shop.go": LIBRARY,
    "plugins/internal/types/main.go": SERVER,
    "examples/base/main.go": SERVER,
    "cmd/a/main.go": SERVER,
    "cmd/b/main.go": SERVER,
}


def chosen(**files: str) -> tuple[str, str]:
    found = decision(plan({**TREE, **files}), "go.package")
    return found.value, str(found.origin)


@pytest.mark.parametrize(
    ("text", "directory", "line"),
    [
        ("builds:\n  - main: ./examples/base\n", "examples/base", 2),
        ("builds:\n  - id: x\n    dir: cmd\n    main: ./b/main.go\n", "cmd/b", 2),
        ("builds:\n  - main: ./cmd/a\n    skip: true\n  - main: cmd/b\n", "cmd/b", 4),
    ],
)
def test_what_is_released_is_the_app(text: str, directory: str, line: int) -> None:
    found, origin = chosen(**{".goreleaser.yml": text})
    assert (found, origin.split(" ")[0]) == (directory, f".goreleaser.yml:{line}")


@pytest.mark.parametrize(
    "step",
    [
        "RUN go build -o /shop ./cmd/b",
        "RUN --mount=type=cache,target=/x CGO_ENABLED=0 go build \\\n    -trimpath \\\n    -o /shop cmd/b/main.go",
        "RUN go install ./cmd/b && rm -r /src",
    ],
)
def test_what_the_authors_image_builds_is_the_app(step: str) -> None:
    assert chosen(Dockerfile=f"FROM golang:1.26\n{step}\nCMD /shop\n") == ("cmd/b", "Dockerfile:2")


@pytest.mark.parametrize(
    "files",
    [
        {".goreleaser.yml": "builds: [{{ x }}]\n"},
        {".goreleaser.yml": "builds:\n  - main: ./gone\n"},
        {"Dockerfile": "FROM golang\nRUN go build ./...\n"},
        {"Dockerfile": "FROM golang\nRUN go build $TARGET\n"},
    ],
)
def test_what_says_nothing_changes_nothing(files: dict[str, str]) -> None:
    assert chosen(**files)[0] == "cmd/a"


def test_of_several_that_are_built_the_server_is_taken() -> None:
    tree = {"go.mod": MOD, "cmd/tool/main.go": TOOL, "cmd/zoo/main.go": SERVER, "cmd/app/main.go": SERVER}
    builds = "builds:\n  - main: ./cmd/tool\n  - main: ./cmd/zoo\n"
    found = decision(plan({**tree, ".goreleaser.yaml": builds}), "go.package")
    assert found.value == "cmd/zoo"
    assert {item.value: item.reason for item in found.runners_up} == {
        "cmd/tool": "it does not listen",
        "cmd/app": "the authors build another",
    }


def test_a_release_of_a_client_alone_does_not_choose_over_the_server_of_the_modules_name() -> None:
    server = 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":80", nil) }\n'
    files = {
        "go.mod": "module example.com/shop\n\ngo 1.26\n",
        "cmd/shop/main.go": server,
        "cmd/shopctl/main.go": "package main\n\nfunc main() {}\n",
        ".goreleaser.yml": "builds:\n  - main: ./cmd/shopctl\n",
    }
    assert decision(plan(files), "go.package").value == "cmd/shop"
