from __future__ import annotations

import pytest
from go_trees import MOD, SERVER
from planned import codes, decision, diagnostic, plan

from buildplan.errors import FileError, VersionError


def module(*lines: str) -> str:
    return "\n".join(("module example.com/shop", "", *lines, ""))


def version(files: dict[str, str]) -> str:
    return decision(plan({"main.go": SERVER, **files}), "go.version").value


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("go 1.26",), "1.26"),
        (("go 1.26.0",), "1.26"),
        (("go 1.25.3",), "1.25"),
        (("go 1.21",), "1.21"),
        (("go 1.20",), "1.27"),
        (("go 1.13",), "1.27"),
        (("go 1.8",), "1.27"),
        (("go 1.27rc1",), "1.27"),
        (("go 1.25.0", "toolchain go1.26.5"), "1.26.5"),
        (("go 1.25.0", "toolchain go1.26.5-custom"), "1.26.5"),
        (("go 1.26", "toolchain default"), "1.26"),
        ((), "1.27"),
    ],
)
def test_go_mod_says_the_version(lines: tuple[str, ...], expected: str) -> None:
    assert version({"go.mod": module(*lines)}) == expected


def test_the_line_of_a_go_line_is_taken_in_its_newest_patch() -> None:
    made = plan({"main.go": SERVER, "go.mod": module("go 1.26.1")})
    found = decision(made, "go.version")
    assert (found.value, str(found.origin)) == ("1.26", "go.mod:3 go")
    assert found.rule == "the line of `go 1.26.1`, in its newest patch"
    runtime = made.phases[0].runtime
    assert runtime is not None
    assert (runtime.requested, runtime.image) == ("1.26.1", "golang:1.26-trixie")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".go-version", "1.26.5\n", "1.26.5"),
        (".tool-versions", "nodejs 22\ngolang 1.26.4\n", "1.26.4"),
        ("mise.toml", '[tools]\ngo = "1.27"\n', "1.27"),
        ("Dockerfile", "FROM golang:1.27-alpine AS build\nFROM scratch\n", "1.27"),
    ],
)
def test_a_pin_beats_the_go_line(path: str, text: str, expected: str) -> None:
    made = plan({"main.go": SERVER, "go.mod": MOD, path: text})
    assert decision(made, "go.version").value == expected
    assert "BP603" not in codes(made)


def test_an_option_beats_every_file() -> None:
    made = plan({"main.go": SERVER, "go.mod": MOD, ".go-version": "1.26.5"}, set=('versions.go="1.27"',))
    found = decision(made, "go.version")
    assert found.value == "1.27"
    assert any(loser.value == "1.26.5" for loser in found.runners_up)


def test_a_pin_that_is_older_than_the_go_line_cannot_build_and_is_not_taken() -> None:
    made = plan({"main.go": SERVER, "go.mod": module("go 1.26.2"), ".go-version": "1.25.1"})
    assert decision(made, "go.version").value == "1.26"
    found = diagnostic(made, "BP606")
    assert found.text == "`1.25.1` asks for a Go that cannot build this: `1.26.2` in go.mod:3 go needs Go 1.26.2"
    assert str(found.origin) == ".go-version:1"
    assert decision(made, "go.version").runners_up[-1].value == "1.25.1"


def test_the_highest_go_line_of_a_workspace_counts() -> None:
    files = {
        "go.work": "go 1.26\nuse ./api\nuse ./lib\n",
        "api/go.mod": "module api\ngo 1.25\n",
        "api/main.go": SERVER,
        "lib/go.mod": "module lib\ngo 1.27\n",
        "lib/lib.go": "package lib\n",
    }
    assert decision(plan(files), "go.version").value == "1.27"


def test_a_go_line_from_before_go_kept_it_up_is_a_minimum_only() -> None:
    made = plan({"main.go": SERVER, "go.mod": module("go 1.13")})
    found = decision(made, "go.version")
    assert (found.rule, str(found.origin)) == ("`go 1.13` is a minimum, and any later Go builds it", "go.mod:3 go")
    runtime = made.phases[0].runtime
    assert runtime is not None
    assert (runtime.requested, codes(made)) == ("1.13", set())


def test_a_line_past_its_end_of_life_is_honoured_and_reported() -> None:
    made = plan({"main.go": SERVER, "go.mod": module("go 1.22")})
    assert made.phases[0].runtime is not None
    assert made.phases[0].runtime.image == "golang:1.22-bookworm"
    assert diagnostic(made, "BP601").text == "Go 1.22 reached its end of life on 2025-02-11"


def test_a_version_that_is_none_is_an_error_with_its_place() -> None:
    with pytest.raises(VersionError, match="`newest please` cannot be understood as a version of Go") as caught:
        plan({"main.go": SERVER, "go.mod": MOD, ".go-version": "newest please"})
    assert str(caught.value.origin) == ".go-version:1"


@pytest.mark.parametrize("line", ["banana", "1", "go1.26", "1.26.x", "latest"])
def test_a_go_line_that_go_refuses_is_an_error_with_its_line(line: str) -> None:
    with pytest.raises(FileError, match="is no version of Go") as caught:
        plan({"go.mod": f"module shop\n\ngo {line}\n", "main.go": "package main\n\nfunc main() {}\n"})
    assert str(caught.value.origin) == "go.mod:3 go"
