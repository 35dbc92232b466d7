"""Every regular expression of the package, how it is used, and texts that make a bad one slow.

Collected from the source: every `re.…("…")` and every compiled global, together with the methods that call it in
its module, so that one which is only ever matched at the beginning of a text is not searched for in it.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from conftest import ROOT

ANCHORED = frozenset({"match", "fullmatch"})
SEARCHING = frozenset({"search", "finditer", "findall", "sub", "subn", "split"})
_FUNCTIONS = ANCHORED | SEARCHING
_BREAKERS = ("", "\0", "!", "\n", '"')


@dataclass(frozen=True)
class Expression:
    """A compiled expression, where it stands, and the methods it is called by."""

    place: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]


def collected() -> list[Expression]:
    """Return all expressions of the package, each once for each place."""
    found: dict[tuple[str, str], Expression] = {}
    for file in sorted([*(ROOT / "buildplan").rglob("*.py"), *(ROOT / "providers").rglob("*.py")]):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        name = name if name.startswith("buildplan") else f"buildplan.{name}"
        if name == "buildplan.__main__":
            continue
        name = name.removesuffix(".__init__")
        module = importlib.import_module(name)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        compiled = list(_of_globals(module, name, tree))
        known = {str(item.pattern.pattern) for item in compiled}
        calls = [item for item in _of_calls(name, tree) if str(item.pattern.pattern) not in known]
        for expression in (*compiled, *calls):
            key = (str(expression.pattern.pattern), expression.place)
            found[key] = expression
    return list(found.values())


def _of_globals(module: Any, name: str, tree: ast.Module) -> Iterator[Expression]:
    used: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in _FUNCTIONS:
            used.setdefault(node.value.id, set()).add(node.attr)
    for key, value in list(vars(module).items()):
        for pattern in _patterns(value):
            if key.startswith("__"):
                continue
            methods = used.get(key, set()) if isinstance(value, re.Pattern) else set()
            yield Expression(f"{name}.{key}", pattern, frozenset(methods) or _FUNCTIONS)


def _patterns(value: Any, depth: int = 0) -> Iterable[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        return (value,)
    if depth < 4:  # tables of tables of rows
        if isinstance(value, dict):
            return [item for inner in value.values() for item in _patterns(inner, depth + 1)]
        if isinstance(value, (tuple, list, set, frozenset)):
            return [item for inner in value for item in _patterns(inner, depth + 1)]
        if hasattr(type(value), "__dataclass_fields__"):
            names = type(value).__dataclass_fields__
            return [item for inner in names for item in _patterns(getattr(value, inner), depth + 1)]
    return ()


def _of_calls(name: str, tree: ast.Module) -> Iterator[Expression]:
    for node in ast.walk(tree):
        is_re = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _FUNCTIONS | {"compile"}
        )
        if not is_re or not node.args or not isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
            continue
        flags = 0
        for word in [*node.args[1:], *(item.value for item in node.keywords)]:  # type: ignore[attr-defined]
            for inner in ast.walk(word):
                if isinstance(inner, ast.Attribute) and isinstance(getattr(re, inner.attr, None), re.RegexFlag):
                    flags |= getattr(re, inner.attr)
        method = node.func.attr  # type: ignore[attr-defined]
        methods = frozenset({method}) if method != "compile" else _FUNCTIONS
        yield Expression(f"{name}:{node.lineno}", re.compile(node.args[0].value, flags), methods)  # type: ignore[attr-defined]


# --- texts ----------------------------------------------------------------------------------------------------------


def attacks(pattern: re.Pattern[Any], size: int) -> Iterator[str]:
    """Yield texts of about `size` characters that make the matcher of an expression go back as far as it can."""
    seen = set()
    flags = pattern.flags
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(text, flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else flags)
    for sample, marks in _samples(tree):
        for start, end in marks:
            body = sample[start:end]
            if body:
                for breaker in _BREAKERS:
                    seen.add(sample[:start] + body * (size // len(body)) + breaker)
        for cut in range(1, min(len(sample), 40) + 1):
            prefix = sample[:cut]
            seen.add(prefix * (size // cut))
            seen.add(prefix + " " * size)
            seen.add(prefix + prefix[-1] * size + "\0")
            seen.add((prefix + " " * 50) * (size // (cut + 50)))
    yield from sorted(seen)


def _samples(tree: Any) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield short texts that an expression fits, and where in them something repeats."""
    for choice in range(4):
        out: list[str] = []
        marks: list[tuple[int, int]] = []
        _write(tree, choice, out, marks, {})
        yield "".join(out), marks


def _write(tree: Any, choice: int, out: list[str], marks: list[tuple[int, int]], groups: dict[int, str]) -> None:
    for code, value in tree:
        length = sum(map(len, out))
        if code is sre.LITERAL:
            out.append(chr(value))
        elif code is sre.NOT_LITERAL:
            out.append("a" if value != ord("a") else "b")
        elif code is sre.ANY:
            out.append("a. "[choice % 3])
        elif code is sre.IN:
            out.append(_member(value, choice))
        elif code in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, inner = value
            count = min(max(least, 1 if choice % 2 else least), 3) or (1 if int(most) > 1 else 0)
            for _ in range(count):
                start = sum(map(len, out))
                _write(inner, choice, out, marks, groups)
                if int(most) > 8:  # a short bound is no danger
                    marks.append((start, sum(map(len, out))))
        elif code is sre.SUBPATTERN:
            _write(value[3], choice, out, marks, groups)
            if value[0] is not None:
                groups[value[0]] = "".join(out)[length:]
        elif code is sre.ATOMIC_GROUP:
            _write(value, choice, out, marks, groups)
        elif code is sre.BRANCH:
            branches = value[1]
            _write(branches[choice % len(branches)], choice, out, marks, groups)
        elif code is sre.GROUPREF:
            out.append(groups.get(value, ""))


def _member(items: Any, choice: int) -> str:
    negated = bool(items) and items[0][0] is sre.NEGATE
    expression = _class(items)
    wanted = " a1.-_/\"'\t(\\:=,x0" if choice % 2 == 0 else "a1 .-_/\"'\t(\\:=,x0"
    for char in wanted[choice // 2 :] + wanted:
        if expression.fullmatch(char):
            return char
    if not negated:
        for code, value in items:
            if code is sre.LITERAL:
                return chr(value)
            if code is sre.RANGE:
                return chr(value[0])
    return next((chr(code) for code in range(1, 300) if expression.fullmatch(chr(code))), "")


def _class(items: Any) -> re.Pattern[str]:
    text = ""
    categories = {
        sre.CATEGORY_DIGIT: r"\d",
        sre.CATEGORY_NOT_DIGIT: r"\D",
        sre.CATEGORY_SPACE: r"\s",
        sre.CATEGORY_NOT_SPACE: r"\S",
        sre.CATEGORY_WORD: r"\w",
        sre.CATEGORY_NOT_WORD: r"\W",
    }
    for code, value in items:
        if code is sre.NEGATE:
            text += "^"
        elif code is sre.LITERAL:
            text += re.escape(chr(value))
        elif code is sre.RANGE:
            text += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        else:
            text += categories[value]
    return re.compile(f"[{text}]")


def run(expression: Expression, text: str | bytes) -> None:
    """Use an expression in the ways that the package does."""
    pattern = expression.pattern
    if expression.methods & SEARCHING:
        for _ in pattern.finditer(text):
            pass
    if "match" in expression.methods:
        pattern.match(text)
    if "fullmatch" in expression.methods:
        pattern.fullmatch(text)


def as_text(expression: Expression, text: str) -> str | bytes:
    """Return the text as what the expression takes."""
    return text.encode("latin-1", "replace") if isinstance(expression.pattern.pattern, bytes) else text


SOURCE = Path(__file__)
