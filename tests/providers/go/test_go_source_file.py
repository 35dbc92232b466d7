from __future__ import annotations

import time

import pytest
from buildplan.providers.go import source_file
from buildplan.providers.go.source_file import GoFile
from planned import of


def parsed(text: str | bytes) -> GoFile:
    found = source_file.read(of({"main.go": text}), "main.go")  # type: ignore[dict-item]  # bytes are for hostile input
    assert found is not None
    return found


def test_package_imports_and_main_are_found_with_their_lines() -> None:
    file = parsed(
        '// Package main.\npackage main\n\nimport "fmt"\nimport (\n\t_ "embed"\n\tx "os"\n)\n\nfunc main() {\n}\n'
    )
    assert file.package == "main"
    assert [(item.text, item.line) for item in file.imports] == [("fmt", 4), ("embed", 6), ("os", 7)]
    assert file.main_line == 10


@pytest.mark.parametrize(
    "text",
    [
        "package main\n\n// func main() {\n",
        "package main\n\n/*\nfunc main() {}\n*/\n",
        "package main\n\nconst x = `\nfunc main() {}\n`\n",
        'package main\n\nconst x = "func main() {"\n',
        "package main\n\nfunc mainly() {}\n",
        "package main\n\nfunc (a app) main() {}\n",
        "package main\n\nfunc main(args int) {}\n",
    ],
)
def test_what_only_looks_like_main_is_none(text: str) -> None:
    assert parsed(text).main_line is None


def test_the_package_clause_in_a_comment_does_not_count() -> None:
    assert parsed("/*\npackage wrong\n*/\n// package wrong\npackage right\n").package == "right"


def test_comments_above_the_package_are_kept_and_no_others() -> None:
    file = parsed("//go:build linux\n\n// Words.\npackage main\n\n//go:build windows\n")
    assert file.head == ("//go:build linux", "// Words.")


def test_embed_directives_are_patterns() -> None:
    file = parsed(
        'package main\n\n//go:embed static "my file" all:dist\n//go:embed `a b`\nvar f embed.FS\n// go:embed no\n'
    )
    assert [(item.text, item.line) for item in file.embeds] == [("static", 3), ("my file", 3), ("dist", 3), ("a b", 4)]


def test_strings_are_unescaped_and_raw_ones_are_not() -> None:
    file = parsed('package main\n\nvar a, b = "x\\"y\\n", `ra\\w`\nvar c = \'"\'\n')
    assert [item.text for item in file.code.strings()] == ['x"y\n', "ra\\w"]


def test_declarations_in_a_comment_do_not_hide_imports() -> None:
    assert [item.text for item in parsed('package a\n\n/*\nfunc x() {}\n*/\nimport "fmt"\n').imports] == ["fmt"]


def test_carriage_returns_and_a_byte_order_mark_do_no_harm() -> None:
    assert parsed(b"\xef\xbb\xbfpackage main\r\n\r\nfunc main() {\r\n}\r\n").main_line == 3


@pytest.mark.parametrize("text", [b"", b"// nothing", b"package", b"\xff\xfe\x00", b"\x00", b"packagemain"])
def test_what_is_no_go_file_is_none(text: bytes) -> None:
    assert source_file.read(of({"main.go": text}), "main.go") is None  # type: ignore[dict-item]


@pytest.mark.parametrize("unit", ["/*", "`", '"', "'", '"\\', "//go:embed ", "import (", "/*`\"'"])
def test_a_hostile_file_takes_linear_time(unit: str) -> None:
    began = time.perf_counter()
    source_file.read(of({"main.go": "package main\n" + unit * 100_000}), "main.go")
    assert time.perf_counter() - began < 2


def test_of_a_very_large_file_only_the_beginning_counts() -> None:
    file = parsed('package main\n\nimport "C"\n' + "// x\n" * 200_000 + "\nfunc main() {}\n")
    assert [item.text for item in file.imports] == ["C"]
    assert file.main_line is None
