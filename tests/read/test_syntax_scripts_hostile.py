"""Hostile JavaScript, TypeScript, Ruby and Elixir: time and memory stay bounded, and what is left unread is said."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from buildplan.read import syntax
from buildplan.read.syntax import Budget, Source

if TYPE_CHECKING:
    from buildplan.model.build_plan import Severity

_SIZE = 100_000
# What drove a parser or its scanner the longest, of about 60 fragments a language.
_WORST = {
    "javascript": ("[", "<", "/*<//\n", "@a '\\", "${{", '"x=\n', "`${", "a?", "=/[", "async ", "{...", "'"),
    "typescript": (
        "[",
        "<",
        "export @a A|${{if(interface A{",
        "infer '\\",
        "type A=",
        "A extends <A>A|=/[...@a ",
        "a<b<",
    ),
    "tsx": ("<A>", "</A>", "<a b={", "export @a A|${{if(interface A{", "a;abstract typeof interface A{", "${{(a?:'\\"),
    "ruby": (
        "[",
        "<<~A\n",
        "<<-'A'",
        '<<~"#{',
        "`",
        "a: ",
        '":"',
        '\0:""#{',
        "do ?$",
        '%q("#{',
        "=begin\n",
        "a ? b : ",
    ),
    "elixir": ("[", "<<", '"""\n', '"#{', "~s(", "&1a\n", "a: ", '"a": ', "%1..", "<<\0", "fn -> ", "\\\n%1.."),
}
_WHOLE = frozenset({"string", "template_string", "regex", "heredoc_beginning", "sigil"})
_CASES = [(language, part * (_SIZE // len(part))) for language, parts in _WORST.items() for part in parts]


def read(language: str, text: str, budget: Budget) -> int:
    source = Source("a", language, text.encode(), budget)
    return len(source.leaves(_WHOLE, frozenset({"comment", "heredoc_body"}), "interpolation"))


@pytest.mark.parametrize(("language", "text"), _CASES, ids=[f"{name}-{text[:8]!r}" for name, text in _CASES])
def test_no_repetition_takes_long(language: str, text: str) -> None:
    unread: dict[str, tuple[Severity, str]] = {}
    begin = time.process_time()
    count = read(language, text, Budget(unread))
    assert time.process_time() - begin < 8
    # What was left out is said; what was not, was read.
    assert count or unread


@pytest.mark.parametrize("language", sorted(_WORST))
def test_random_mixtures_are_read_or_left_unread_within_the_budget_of_a_tree(language: str) -> None:
    mixer = random.Random(20261124)  # repeatable text, not a secret
    budget = Budget({})
    begin = time.process_time()
    for _ in range(12):
        read(language, "".join(mixer.choice(_WORST[language]) for _ in range(4_000)), budget)
    assert time.process_time() - begin < 20
    assert budget.units > -20_000


@pytest.mark.parametrize("language", ["javascript", "typescript"])
def test_captured_nodes_of_hostile_text_are_bounded_too(language: str) -> None:
    for part in ("require(", "export default ", "a.b(", "const a=", "import '", "new A("):
        begin = time.process_time()
        Source("a", language, (part * (_SIZE // len(part))).encode(), Budget({})).nodes()
        assert time.process_time() - begin < 8


def test_a_file_that_runs_into_the_budget_is_named() -> None:
    unread: dict[str, tuple[Severity, str]] = {}
    found = Source("big.ts", "typescript", b"export const a = [1, 2, 3, 4];\n" * 8_000, Budget(unread))
    leaves = found.leaves(_WHOLE, frozenset())
    assert leaves[0].text == "export"
    assert 10_000 < len(leaves) < 8_000 * 13
    assert "it is too long to parse" in unread["big.ts"][1]


def test_a_tree_without_any_budget_reads_nothing_more() -> None:
    unread: dict[str, tuple[Severity, str]] = {}
    assert read("ruby", "gem 'a'", Budget(unread, 0)) == 0
    assert list(unread) == ["a"]


@pytest.mark.parametrize("language", ["javascript", "typescript", "tsx"])
def test_the_queries_of_a_language_compile_and_find_what_they_are_for(language: str) -> None:
    text = b"import a from 'x'\nexport default f({ a: 1 })\nconst b = new C(1)\nmodule.exports = b\n"
    found = Source("a", language, text, Budget({})).nodes()
    assert {name: len(items) for name, items in found.items()} == {
        "calls": 2,
        "imports": 1,
        "declarations": 1,
        "exports": 2,
    }


def test_every_grammar_has_a_row_that_its_module_answers() -> None:
    for language in _WORST:
        assert read(language, "a", Budget({})) == 1
    assert syntax.MAX_BYTES > _SIZE
