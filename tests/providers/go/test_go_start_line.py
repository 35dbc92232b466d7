from __future__ import annotations

import time

import pytest
from buildplan.providers.go import start_line


@pytest.mark.parametrize(
    ("text", "word", "arguments"),
    [
        ("bin/app", "bin/app", ()),
        ("exec ./app -a 'b c'", "./app", ("-a", "b c")),
        ('app "x y"', "app", ("x y",)),
    ],
)
def test_a_single_command_needs_no_shell(text: str, word: str, arguments: tuple[str, ...]) -> None:
    found = start_line.simple(text)
    assert found is not None
    assert (found.program.word, found.arguments) == (word, arguments)


def test_variables_before_a_command_are_told_apart() -> None:
    found = start_line.simple("A=b C='d e' app")
    assert found is not None
    assert found.environment == (("A", "b"), ("C", "d e"))


@pytest.mark.parametrize(
    ("text", "target", "arguments"),
    [
        ("go run .", "", ()),
        ("go run main.go util.go serve", "", ("serve",)),
        ("go run ./cmd/web -p 80", "cmd/web", ("-p", "80")),
        ("go run -race cmd/web/main.go", "cmd/web", ()),
    ],
)
def test_go_run_names_a_folder(text: str, target: str, arguments: tuple[str, ...]) -> None:
    found = start_line.simple(text)
    assert found is not None
    assert (found.program.target, found.arguments) == (target, arguments)


@pytest.mark.parametrize(
    "text", ["app -p $PORT", "a && b", "a | b", "app > log", "ls *.go", "app `x`", "", "'", "A=b", "go run"]
)
def test_what_takes_a_shell_is_not_simple(text: str) -> None:
    assert start_line.simple(text) is None


def test_the_programs_of_a_line_are_found_where_commands_begin() -> None:
    found = start_line.programs("./migrate up && A=b exec bin/app -x app; go run ./cmd/z | tee log")
    assert [start_line.key(program) for program in found] == ["./migrate", "bin/app", "run cmd/z", "tee"]


def test_only_programs_are_rewritten() -> None:
    text = "app up && exec app -name app; go run ./cmd/z $A"
    paths = {"app": "/app/bin/app", "run cmd/z": "/app/bin/z"}
    assert start_line.rewritten(text, paths) == "/app/bin/app up && exec /app/bin/app -name app; /app/bin/z $A"


@pytest.mark.parametrize("unit", ["exec ", "A=b ", "a;", "go run ", "(", "\\", "'"])
def test_a_hostile_line_takes_linear_time(unit: str) -> None:
    began = time.perf_counter()
    start_line.programs(unit * 20_000)
    assert time.perf_counter() - began < 2
