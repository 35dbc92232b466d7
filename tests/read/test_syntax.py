"""What source code is asked for, and when it is parsed at all."""

from __future__ import annotations

import pytest
from planned import of, plan

from buildplan.read import syntax

GO = """// Package main: Listen(":1")
package main

import (
	"net/http"
	alias `raw/path`
)

const port = 8080

var addr string = ":90"

func main() {
	// Listen(":2")
	server := &http.Server{Addr: ":80"}
	server.Handler = nil
	flags.Flag("listen", "where").Default("a\\tb")
	http.ListenAndServe(":7000", handler(1, other))
}
"""


def go(text: str) -> syntax.Source:
    found = syntax.source(of({"main.go": text}), "main.go", "go")
    assert found is not None
    return found


def test_strings_are_what_they_hold_and_comments_are_none() -> None:
    assert [(item.text, item.line) for item in go(GO).strings()] == [
        ("net/http", 5), ("raw/path", 6), (":90", 11), (":80", 15), ("listen", 17), ("where", 17), ("a\tb", 17),
        (":7000", 18),
    ]  # fmt: skip


def test_a_call_has_its_receiver_and_arguments() -> None:
    call = go(GO).calls(("ListenAndServe",))[0]
    assert (call.full_name, call.line) == ("http.ListenAndServe", 18)
    assert [(item.kind, item.text) for item in call.arguments] == [("string", ":7000"), ("call", "handler(1, other)")]


def test_a_call_on_the_result_of_another_knows_it() -> None:
    call = go(GO).calls(("Default",))[0]
    assert call.on is not None
    assert (call.on.full_name, call.on.arguments[0].text) == ("flags.Flag", "listen")


def test_bindings_are_variables_constants_fields_and_keys() -> None:
    found = go(GO).bindings(("port", "addr", "Addr", "Handler"))
    assert [(item.name, item.value.kind, item.value.text) for item in found] == [
        ("port", "number", "8080"), ("addr", "string", ":90"), ("Addr", "string", ":80"),
        ("server.Handler", "other", "nil"),
    ]  # fmt: skip


def test_imports_are_paths() -> None:
    assert [item.text for item in go(GO).imports()] == ["net/http", "raw/path"]


def test_a_file_is_parsed_only_when_one_of_the_words_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    file = go(GO)

    def fail(*_: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(syntax, "_read", fail)
    assert file.calls(("Absent",)) == ()
    assert file.bindings(("absent",)) == ()
    assert file.strings(("absent",)) == ()
    assert file.matches("numbers", ("absent",)) == ()
    with pytest.raises(AssertionError, match="parsed"):
        file.calls(("ListenAndServe",))


def test_syntax_errors_leave_the_rest_readable() -> None:
    file = go('package a\nfunc f( {\n}\nfunc g() { Listen(":80") }\n')
    assert [call.arguments[0].text for call in file.calls(("Listen",))] == [":80"]


def test_bytes_that_are_not_utf8_do_no_harm() -> None:
    tree = of({"main.go": b'package a\n// \xe9\nvar x = f("\xe9")\n'})  # type: ignore[dict-item]  # bytes are hostile
    file = syntax.source(tree, "main.go", "go")
    assert file is not None
    assert file.strings()[0].text == "\ufffd"


@pytest.mark.parametrize("content", [b"\0package", b"\xff\xfea\0b\0"])
def test_what_is_not_text_is_not_a_source(content: bytes) -> None:
    assert syntax.source(of({"main.go": content}), "main.go", "go") is None  # type: ignore[dict-item]


def test_of_a_large_file_the_beginning_counts_and_the_user_is_told() -> None:
    tree = of({"main.go": "package a\nfunc f() { Listen(1) }\n" + 'var x = g("y", 2)\n' * 20_000})
    file = syntax.source(tree, "main.go", "go")
    assert file is not None
    assert len(file.calls(("Listen",))) == 1
    assert tree.unread["main.go"][0] == "info"
    assert "only the first" in tree.unread["main.go"][1]


def test_a_tree_has_one_budget_and_errors_take_more_of_it() -> None:
    files = {"a.go": GO, "b.go": GO, "c.go": GO + "\nfunc ((((\n"}
    tree = of(files)
    costs = []
    for path in files:
        before = syntax.budget(tree).units
        file = syntax.source(tree, path, "go")
        assert file is not None
        file.imports()
        costs.append(before - syntax.budget(tree).units)
    assert costs[0] == costs[1] > 0
    assert costs[2] > 3 * costs[0]


def test_a_file_that_the_budget_does_not_last_for_says_nothing() -> None:
    tree = of({"a.go": GO, "b.go": GO})
    syntax.budget(tree).units = 1
    for path in ("a.go", "b.go"):
        file = syntax.source(tree, path, "go")
        assert file is not None
        assert file.imports() == ()
    assert set(tree.unread) == {"a.go", "b.go"}


def test_the_plan_reports_a_file_that_was_not_parsed_to_its_end() -> None:
    slow = "package main\n" + "func f() { g((((((((((((\n" * 4000
    main = 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":80", nil) }\n'
    found = plan({"go.mod": "module a\n\ngo 1.26\n", "main.go": main, "slow.go": slow + 'var x = "PORT"\n'})
    assert [item.origin.path for item in found.diagnostics if item.origin and item.code == "BP915"] == ["slow.go"]
