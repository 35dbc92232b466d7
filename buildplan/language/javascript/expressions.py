"""JavaScript expressions as values: object and array literals, calls, functions, choices; nothing is evaluated.

What is not understood becomes `Opaque`, so any text gives a value. Nesting is bounded, and each node is read once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Union

from .javascript import unescaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node

Literal = str | int | float | bool
Value = Union["Plain", "Table", "Items", "Call", "Name", "Function", "Choice", "Opaque"]

MAX_DEPTH = 40
# What only holds an expression.
_AROUND = frozenset(
    {"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "await_expression"}
)
_FUNCTIONS = frozenset(
    {"arrow_function", "function_expression", "function_declaration", "method_definition"}
    | {"generator_function", "generator_function_declaration"}
)
_NAMES = frozenset(
    {"identifier", "undefined", "null", "this", "super", "meta_property", "import", "property_identifier"}
)
_STRINGS = frozenset({"string", "template_string"})
# What goes on from another expression, and the field that holds it.
_LINKS = {"member_expression": "object", "call_expression": "function", "new_expression": "constructor"}
_WHOLE = _STRINGS | {"regex"}
_SHOWN_TOKENS = 12
_SHOWN = 60


class Plain(NamedTuple):
    """A string, number or boolean."""

    value: Literal
    line: int


class Table(NamedTuple):
    """An object literal; `spreads` are the values that `...` pours into it."""

    entries: dict[str, Value]
    spreads: tuple[Value, ...]
    line: int


class Items(NamedTuple):
    """An array literal."""

    values: tuple[Value, ...]
    line: int


class Call(NamedTuple):
    """A call; `name` is the dotted name of what is called, `inner` the call whose result is called."""

    name: str
    arguments: tuple[Value, ...]
    line: int
    inner: Value | None = None


class Name(NamedTuple):
    """A name or a dotted chain of names."""

    name: str
    line: int


class Function(NamedTuple):
    """A function; `results` are what its `return` statements give, the last one first."""

    results: tuple[Value, ...]
    line: int


class Choice(NamedTuple):
    """`condition ? first : second`, or `first || second` with an empty condition."""

    condition: str
    first: Value
    second: Value
    line: int


class Opaque(NamedTuple):
    """Anything else; `text` is how it begins."""

    text: str
    line: int


def read(node: Node, depth: int = 0) -> Value:
    """Return the expression of a node."""
    while node.type in _AROUND:
        inner = _first(node)
        if inner is None:
            break
        node = inner
    line = node.start_point[0] + 1
    if depth > MAX_DEPTH:
        return Opaque("…", line)
    reader = _READERS.get(node.type)
    if reader is not None:
        return reader(node, depth)
    if node.type in _FUNCTIONS:
        return Function(_results(node, depth), line)
    if node.type in _NAMES:
        return Name(_source(node), line)
    return Opaque(_shown(node) or "…", line)


def _text(node: Node, _depth: int) -> Value:
    text, line = string(node), node.start_point[0] + 1
    return Opaque(_source(node)[:_SHOWN], line) if text is None else Plain(text, line)


def _boolean(node: Node, _depth: int) -> Value:
    return Plain(node.type == "true", node.start_point[0] + 1)


def _items(node: Node, depth: int) -> Value:
    return Items(_values(node, depth), node.start_point[0] + 1)


def _ternary(node: Node, depth: int) -> Value:
    condition = node.child_by_field_name("condition")
    shown = "" if condition is None else _shown(condition)
    first, second = _field(node, "consequence", depth), _field(node, "alternative", depth)
    return Choice(shown, first, second, node.start_point[0] + 1)


def _binary(node: Node, depth: int) -> Value:
    if any(child.type in {"||", "??"} for child in node.children):
        return Choice("", _field(node, "left", depth), _field(node, "right", depth), node.start_point[0] + 1)
    return Opaque(_shown(node), node.start_point[0] + 1)


def _assigned(node: Node, depth: int) -> Value:
    return _field(node, "right", depth)


def string(node: Node) -> str | None:
    """Return what a string literal holds; None for a template that holds expressions, and for any other node."""
    if node.type not in _STRINGS or any(child.type == "template_substitution" for child in node.children):
        return None
    return unescaped(_source(node)[1:-1])


def _source(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def _children(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _first(node: Node) -> Node | None:
    return next(iter(_children(node)), None)


def _field(node: Node, name: str, depth: int) -> Value:
    child = node.child_by_field_name(name)
    return Opaque("…", node.start_point[0] + 1) if child is None else read(child, depth + 1)


def _values(node: Node, depth: int) -> tuple[Value, ...]:
    """Return the elements of an array or the arguments of a call; of `...x`, x."""
    found = ((_first(child) if child.type == "spread_element" else child) for child in _children(node))
    return tuple(read(child, depth + 1) for child in found if child is not None)


def _chain(node: Node, depth: int) -> Value:
    """Read `a.b.c`, `f(…)`, `f(…)(…)`, `f(…).g(…)`, however long."""
    whole, line = node, node.start_point[0] + 1
    links: list[Node] = []
    while node.type in _LINKS or node.type in _AROUND:
        if node.type in _LINKS:
            links.append(node)
        below = node.child_by_field_name(_LINKS[node.type]) if node.type in _LINKS else _first(node)
        if below is None:
            return Opaque(_shown(whole), line)
        node = below
    value = read(node, depth + 1)
    for link in reversed(links):
        if isinstance(value, Function) and link.type == "call_expression":
            continue  # what it returns is what the call gives
        if not isinstance(value, Name | Call):
            return Opaque(_shown(whole), line)
        inner = value if isinstance(value, Call) else None
        if link.type == "member_expression":
            part = link.child_by_field_name("property")
            name = f"{value.name}.{'' if part is None else _source(part)}"
            value = Name(name, line) if inner is None else Call(name, (), line, inner)
        else:
            arguments = link.child_by_field_name("arguments")
            given = () if arguments is None else _values(arguments, depth)
            value = Call(value.name, given, line, inner)
    return value


def _table(node: Node, depth: int) -> Table:
    entries: dict[str, Value] = {}
    spreads: list[Value] = []
    for child in _children(node):
        if child.type == "spread_element":
            spread = _first(child)
            if spread is not None:
                spreads.append(read(spread, depth + 1))
        elif child.type == "shorthand_property_identifier":
            entries[_source(child)] = Name(_source(child), child.start_point[0] + 1)
        elif child.type in {"pair", "method_definition"}:
            key = child.child_by_field_name("key" if child.type == "pair" else "name")
            if key is None or key.type == "computed_property_name":
                continue
            name = string(key)
            value = _field(child, "value", depth) if child.type == "pair" else read(child, depth + 1)
            entries[_source(key) if name is None else name] = value
    return Table(entries, tuple(spreads), node.start_point[0] + 1)


def _results(function: Node, depth: int) -> tuple[Value, ...]:
    """Return what a function gives: its expression, or what its own `return` statements give, the last one first."""
    body = function.child_by_field_name("body")
    if body is None:
        return ()
    if body.type != "statement_block":
        return (read(body, depth + 1),)
    found = [_first(node) for node in _returns(body)]
    return tuple(read(node, depth + 1) for node in reversed(found) if node is not None)


def _returns(body: Node) -> Iterator[Node]:
    pending = [body]
    while pending:
        node = pending.pop()
        if node.type == "return_statement":
            yield node
        elif node.type not in _FUNCTIONS and node.type != "class_body":
            pending += reversed(node.named_children)


def _number(node: Node, _depth: int) -> Value:
    text, line = _source(node), node.start_point[0] + 1
    plain = text.replace("_", "").rstrip("n")
    try:
        is_float = "." in plain or ("e" in plain.lower() and not plain.lower().startswith("0x"))
        return Plain(float(plain) if is_float else int(plain, 0), line)
    except ValueError:
        return Opaque(text[:_SHOWN], line)


def _shown(node: Node) -> str:
    """Return how an expression begins, without white space and comments."""
    parts: list[str] = []
    pending = [node]
    while pending and len(parts) < _SHOWN_TOKENS:
        item = pending.pop()
        if item.type == "comment":
            continue
        if item.type in _WHOLE or not item.children:
            text = string(item)
            parts.append(_source(item)[:_SHOWN] if text is None or item.type != "string" else f"'{text[:_SHOWN]}'")
        else:
            pending += reversed(item.children)
    return "".join(parts)


_READERS: dict[str, Callable[[Node, int], Value]] = {
    **dict.fromkeys(_LINKS, _chain),
    **dict.fromkeys(_STRINGS, _text),
    "true": _boolean,
    "false": _boolean,
    "number": _number,
    "object": _table,
    "array": _items,
    "assignment_expression": _assigned,
    "ternary_expression": _ternary,
    "binary_expression": _binary,
}
