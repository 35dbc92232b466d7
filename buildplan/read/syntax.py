"""Source code, parsed: the one module that knows tree-sitter.

A `Source` is one file of a tree. Providers ask it for strings, calls, bindings, imports and attributes, and name the
words that they look for; **a file is parsed only when one of the words is in its bytes**. Comments are never part of an
answer. A file that is not text, or is left unread, answers every question with nothing: source code is only a hint.

Adding a language:
1. Add the official grammar wheel (`tree-sitter-NAME`) to the dependencies of pyproject.toml, never a package that
   downloads grammars.
2. Add a row to `_GRAMMARS`: the module of the wheel, and which kinds of nodes are strings, numbers and names. The
   module is imported when the first file of the language is parsed.
3. Write `queries/NAME.scm`. A line `;; NAME` begins a section, which is compiled when it is first asked for:
   - `strings`: `@string`
   - `calls`: `@call` (the whole), `@name`, `@arguments` (its named children are the arguments) or `@argument` (one
     argument each), `@receiver` (optional)
   - `bindings`: `@name`, `@value`: a variable, constant, field or key, and what it is set to
   - `imports`: `@path`
   - `attributes`: `@name`, `@arguments` (optional)
   - any other name: what only this language has; `Source.matches` gives its captures.
   Keep patterns local, a node and its children: a pattern that spans many levels can be slow on hostile text. Use no
   predicates (`#eq?`): they fail on text that is not UTF-8.
4. Add hostile text of the language to `tests/read/test_syntax_hostile.py`.

Work is bounded without a clock, so that plans are the same everywhere. tree-sitter reports its progress every 100 steps
and asks for the text in pieces of 1 kB; each report and each piece is a *unit*. Ordinary code takes a unit per 80 to
200 bytes, 11 microseconds each; text that drives the parser into error recovery takes up to 0.7 milliseconds a unit,
3 in TypeScript (measured 2026-11-24 on 6,000 files of real Go, Rust, Java and C# apps, 4,600 of JavaScript, TypeScript,
Ruby and Elixir, and on repetitions of 60 fragments a language). A file gets `_FILE_UNITS`: then the parser is told that
the text ends, so that the beginning of a large file counts. A tree gets `_TREE_UNITS`, of which a file with errors
takes several times its own. The files that were not read to their end are reported (`SourceTree.unread`, BP915).

Sources, checked 2026-11-24:
- https://tree-sitter.github.io/py-tree-sitter/ (`Parser.parse`, `progress_callback`, `QueryCursor`)
- https://tree-sitter.github.io/tree-sitter/using-parsers/queries/
"""

from __future__ import annotations

import bisect
import contextlib
import functools
import importlib
import itertools
import operator
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Language, Node, Point, Query

    from buildplan.model.build_plan import Severity
    from buildplan.source import SourceTree

# What follows in a larger file, which is generated or data, does not count.
MAX_BYTES = 512 * 1024
# One piece of text that the parser is given; small, so that a scanner that runs ahead again and again is noticed.
_PIECE = 1024
_FILE_UNITS = 500
_TREE_UNITS = 30_000
# What a unit of a file with errors counts of the tree's. Of 6,000 real files 33 have errors; so has what is cut.
_OF_ERRORS = 4
# No code nests type arguments deeper, within one statement.
_MOST_ANGLES = 100
_ANGLES = re.compile(rb"[<>;{}]")
# The longest text of a receiver or another expression that an answer repeats.
_MAX_TEXT = 300
_MATCH_LIMIT = 4096
# Queries look no deeper: on a node at depth n each step of theirs can cost n.
_MAX_DEPTH = 300
_MAX_ROW = 2000
_SECTION = re.compile(r"^;; ([a-z]+)$", re.MULTILINE)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_CONTINUED = re.compile(r"\\\n\s*")


class Value(NamedTuple):
    """An expression of the code.

    `kind` is `string`, `template` (a string with parts that only the running program knows), `number`, `name` (also
    `a.b.c`), `call` or `other`. `text` is what a string holds, and for the rest the source text. `start` and `end` are
    offsets in the bytes of the file. `key` is the name of a named argument.
    """

    kind: str
    text: str
    line: int
    start: int
    end: int
    key: str = ""


class Call(NamedTuple):
    """A call `receiver.name(arguments)`.

    `receiver` is the source text before the name, `on` the call whose result is the receiver: `Flag("x")` of
    `Flag("x").Default("y")`.
    """

    receiver: str
    name: str
    arguments: tuple[Value, ...]
    line: int
    start: int
    end: int
    on: Call | None = None

    @property
    def full_name(self) -> str:
        """The name with its receiver: `http.ListenAndServe`."""
        return f"{self.receiver}.{self.name}" if self.receiver else self.name


class Binding(NamedTuple):
    """A name (`port`, `server.Addr`) and what it is set to."""

    name: str
    value: Value
    line: int
    start: int


class Attribute(NamedTuple):
    """An attribute or annotation: `@GetMapping("/x")`, `#[tokio::main]`."""

    name: str
    arguments: tuple[Value, ...]
    line: int
    start: int
    end: int


class Leaf(NamedTuple):
    """A piece of a file: its kind of node (empty for a keyword or sign), text, first and last line, and offsets."""

    kind: str
    text: str
    line: int
    last_line: int
    start: int
    end: int


class _Grammar(NamedTuple):
    """A row a language: kinds of nodes of its grammar.

    `strings` maps the kind to the function that gives the value of its source text. `templates` are kinds of children
    that make a string a template. `wrappers` are kinds that only hold an expression, perhaps after its name: `name:
    value`. `opens` is what always stands right behind the name of a function that is called. `units` is the budget of a
    file. `angles`: type arguments that do not end take the parser a megabyte a unit, so such a file is not parsed.
    """

    module: str
    strings: dict[str, Callable[[str], str]]
    numbers: frozenset[str]
    names: frozenset[str]
    calls: frozenset[str]
    function: str = "language"
    templates: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()
    opens: str = ""
    units: int = _FILE_UNITS
    angles: bool = False


def unescape(text: str) -> str:
    """Return the text between quotes with its escapes replaced."""
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), text) if "\\" in text else text


def _quoted(text: str) -> str:
    return unescape(text[1:-1])


def _raw(text: str) -> str:
    return text[1:-1]


def _of_rust(text: str) -> str:
    """Return what `"…"`, `b"…"` and `c"…"` hold; a line that ends in a backslash goes on at the next word."""
    return unescape(_CONTINUED.sub("", text.lstrip("bc")[1:-1]))


def _raw_of_rust(text: str) -> str:
    return text.partition('"')[2].rpartition('"')[0]


def _leaves_only(module: str, function: str = "language") -> _Grammar:
    """Return the row of a language whose files are asked for their leaves or nodes, and not for calls or bindings."""
    nothing: frozenset[str] = frozenset()
    return _Grammar(module, {}, nothing, nothing, nothing, function)


_GRAMMARS = {
    "go": _Grammar(
        module="tree_sitter_go",
        strings={"interpreted_string_literal": _quoted, "raw_string_literal": _raw},
        numbers=frozenset({"int_literal", "float_literal"}),
        names=frozenset({"identifier", "field_identifier", "package_identifier", "selector_expression"}),
        calls=frozenset({"call_expression"}),
        wrappers=frozenset({"literal_element", "parenthesized_expression"}),
        opens="(",
    ),
    "rust": _Grammar(
        module="tree_sitter_rust",
        strings={"string_literal": _of_rust, "raw_string_literal": _raw_of_rust},
        numbers=frozenset({"integer_literal", "float_literal"}),
        names=frozenset({"identifier", "field_identifier", "type_identifier", "scoped_identifier", "field_expression"}),
        calls=frozenset({"call_expression", "macro_invocation"}),
        wrappers=frozenset({"parenthesized_expression", "reference_expression"}),
    ),
    "csharp": _Grammar(
        module="tree_sitter_c_sharp",
        strings={
            "string_literal": _quoted,
            "verbatim_string_literal": lambda text: text[2:-1].replace('""', '"'),
            "raw_string_literal": lambda text: text.strip('"').strip(),
            "interpolated_string_expression": lambda text: unescape(text.lstrip('$@"').rstrip('"')),
        },
        numbers=frozenset({"integer_literal"}),
        names=frozenset({"identifier", "generic_name", "member_access_expression"}),
        calls=frozenset({"invocation_expression"}),
        templates=frozenset({"interpolation"}),
        wrappers=frozenset({"argument", "parenthesized_expression"}),
        angles=True,
        units=250,  # the error recovery of this grammar takes up to 2.3 milliseconds a unit
    ),
    "javascript": _leaves_only("tree_sitter_javascript"),
    "typescript": _leaves_only("tree_sitter_typescript", "language_typescript"),
    "tsx": _leaves_only("tree_sitter_typescript", "language_tsx"),
    "ruby": _leaves_only("tree_sitter_ruby"),
    "elixir": _leaves_only("tree_sitter_elixir"),
}


class Budget:
    """How much parsing a tree may still cost, in units, and which files it did not last for; one for all files."""

    def __init__(self, unread: dict[str, tuple[Severity, str]], units: int = _TREE_UNITS) -> None:
        self.unread = unread
        self.units = units


class _Meter:
    """Counts the units of one file; `spent` is true when its text must end."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.units = 0

    @property
    def spent(self) -> bool:
        return self.units >= self._limit

    def stop(self, _offset: int, _has_error: bool) -> bool:  # noqa: FBT001  # the parser calls it so
        """Count a report, and return whether to stop at once: the end of the text alone did not end the work."""
        self.units += 1
        return self.units > 2 * self._limit


class _Facts(NamedTuple):
    """Everything that one pass over a file gives; the tree of the parser is not kept, since it is large."""

    strings: tuple[Value, ...] = ()
    calls: tuple[Call, ...] = ()
    bindings: tuple[Binding, ...] = ()
    imports: tuple[Value, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    others: dict[str, tuple[dict[str, tuple[Value, ...]], ...]] = {}  # noqa: RUF012  # nobody changes it


class Source:
    """One file of source code. It is parsed at the first question that its bytes do not answer."""

    def __init__(self, path: str, language: str, content: bytes, budget: Budget) -> None:
        self.path = path
        self.content = content
        self.body = 0  # where the words that are asked for begin to count
        self._language = language
        self._budget = budget
        self._known: _Facts | None = None
        self._texts: list[tuple[int, int]] | None = None

    @property
    def name(self) -> str:
        """The file name without its directory."""
        return posixpath.basename(self.path)

    def origin(self, line: int | None, key: str | None = None) -> Origin:
        """Return a place in the file."""
        return Origin(self.path, line, key)

    def part(self, end: int) -> Source:
        """Return the file up to an offset, as a file of its own."""
        return Source(self.path, self._language, self.content[:end], self._budget)

    def line_at(self, offset: int) -> int:
        """Return the line of an offset."""
        return self.content.count(b"\n", 0, offset) + 1

    def text(self, start: int, end: int) -> str:
        """Return the source text between two offsets."""
        return self.content[start:end].decode(errors="replace")

    def mentions(self, words: tuple[str, ...]) -> bool:
        """Return whether one of the words is in the file, wherever: asked before anything is parsed."""
        content, body = self.content, self.body
        return any(content.find(word, body) >= 0 for word in _encoded(words))

    def fits(self, trigger: re.Pattern[bytes]) -> bool:
        """Return whether a pattern fits somewhere, for words that are too common alone.

        It only decides whether to parse; what counts is what the parser finds.
        """
        return trigger.search(self.content, self.body) is not None

    def strings(self, words: tuple[str, ...] | None = None) -> tuple[Value, ...]:
        """Return all strings, in their order, when one of the words is in the file; None: in any case."""
        return self._facts.strings if words is None or self.mentions(words) else ()

    def words(self, words: tuple[str, ...]) -> tuple[int, ...]:
        """Return where the words stand in the code, outside of strings and comments, in their order.

        It is for a language whose queries have a section `comments`.
        """
        if not self.mentions(words):
            return ()
        found: set[int] = set()
        for word in _encoded(words):
            place = self.content.find(word, self.body)
            while place >= 0:
                found.add(place)
                place = self.content.find(word, place + 1)
        return tuple(place for place in sorted(found) if not self._is_text(place))

    def _is_text(self, offset: int) -> bool:
        """Return whether a place is in a string or a comment."""
        if self._texts is None:
            comments = (item["comment"][0] for item in self.matches("comments"))
            self._texts = sorted((item.start, item.end) for item in (*self._facts.strings, *comments))
        at = bisect.bisect_right(self._texts, (offset, len(self.content))) - 1
        return at >= 0 and offset < self._texts[at][1]

    def strings_within(self, start: int, end: int) -> tuple[Value, ...]:
        """Return the strings between two offsets."""
        found = self._facts.strings
        first = bisect.bisect_left(found, start, key=operator.attrgetter("start"))
        return tuple(itertools.takewhile(lambda item: item.end <= end, found[first:]))

    def calls(self, names: tuple[str, ...]) -> tuple[Call, ...]:
        """Return the calls of functions and methods with one of these names (without a receiver), in their order."""
        opens = _GRAMMARS[self._language].opens
        if not self.mentions(tuple(name + opens for name in names) if opens else names):
            return ()
        return tuple(call for call in self._facts.calls if call.name in names)

    def calls_like(self, words: tuple[str, ...]) -> tuple[Call, ...]:
        """Return the calls whose name has one of the words in it, in their order."""
        if not self.mentions(words):
            return ()
        return tuple(call for call in self._facts.calls if any(word in call.name for word in words))

    def bindings(self, words: tuple[str, ...]) -> tuple[Binding, ...]:
        """Return what is set under a name that has one of the words in it, in its order."""
        if not self.mentions(words):
            return ()
        return tuple(item for item in self._facts.bindings if any(word in item.name for word in words))

    def imports(self) -> tuple[Value, ...]:
        """Return the paths or names that are imported, in their order."""
        return self._facts.imports

    def attributes(self, words: tuple[str, ...]) -> tuple[Attribute, ...]:
        """Return the attributes whose name has one of the words in it, in their order."""
        if not self.mentions(words):
            return ()
        return tuple(item for item in self._facts.attributes if any(word in item.name for word in words))

    def matches(self, section: str, words: tuple[str, ...] | None = None) -> tuple[dict[str, tuple[Value, ...]], ...]:
        """Return the captures of a section of the language's queries, when one of the words is in the file."""
        if words is not None and not self.mentions(words):
            return ()
        return self._facts.others.get(section, ())

    def leaves(self, whole: frozenset[str], left_out: frozenset[str], opened_by: str = "") -> tuple[Leaf, ...]:
        """Return the pieces of the file in their order: nodes of the kinds `whole`, and what has no children.

        A `whole` node with a child of the kind `opened_by` is given in its pieces, too.
        """
        root = _parse(self._language, self.path, self.content, self._budget)
        return () if root is None else tuple(_leaves(root, self.content, whole, left_out, opened_by))

    def nodes(self, kinds: frozenset[str]) -> tuple[Node, ...]:
        """Return the nodes of these kinds in the order of the text, for a reader that evaluates expressions.

        The file is parsed at each call, and the nodes keep its tree: keep what you make of them. For files of some
        hundred lines this takes less than a millisecond, and queries take 30 to be compiled.
        """
        root = _parse(self._language, self.path, self.content, self._budget)
        return () if root is None else tuple(_nodes(root, kinds))

    @property
    def _facts(self) -> _Facts:
        if self._known is None:
            self._known = _read(self._language, self.path, self.content, self._budget)
        return self._known


def source(
    tree: SourceTree, path: str, language: str, prepare: Callable[[bytes], bytes] | None = None
) -> Source | None:
    """Return a file of the tree, read and not yet parsed; None when it is missing or not text.

    `prepare` blanks out what does not count before anything is looked for; it keeps the number of lines.
    """
    return tree.memo(f"syntax {language}", path, lambda: _open(tree, path, language, prepare))


def budget(tree: SourceTree) -> Budget:
    """Return the budget that all files of a tree share."""
    return tree.memo("syntax budget", "", lambda: Budget(tree.unread))


def _open(tree: SourceTree, path: str, language: str, prepare: Callable[[bytes], bytes] | None) -> Source | None:
    content = tree.hint(path)
    if content is None or b"\0" in content[:_PIECE]:
        return None
    content = content[:MAX_BYTES]
    return Source(path, language, content if prepare is None else prepare(content), budget(tree))


@functools.lru_cache(maxsize=256)
def _encoded(words: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(word.encode() for word in words)


@functools.cache
def _language(name: str) -> Language:
    from tree_sitter import Language

    grammar = _GRAMMARS[name]
    return Language(getattr(importlib.import_module(grammar.module), grammar.function)())


class _Queries(NamedTuple):
    """The compiled queries of a language; `sections` are the names of its patterns, by their index."""

    query: Query
    sections: tuple[str, ...]


@functools.cache
def _queries(name: str) -> _Queries:
    from tree_sitter import Query

    text = (Path(__file__).parent / "queries" / f"{name}.scm").read_text(encoding="utf-8")
    query = Query(_language(name), text)
    starts = [(match.start(), match[1]) for match in _SECTION.finditer(text)]
    places = [bisect.bisect(starts, (query.start_byte_for_pattern(index), "")) for index in range(query.pattern_count)]
    return _Queries(query, tuple(starts[place - 1][1] for place in places))


def _read(language: str, path: str, content: bytes, budget: Budget) -> _Facts:
    """Parse a file and return what its queries find, as far as the budget lasts."""
    from tree_sitter import QueryCursor

    root = _parse(language, path, content, budget)
    if root is None:
        return _Facts()
    cursor = QueryCursor(_queries(language).query, match_limit=_MATCH_LIMIT)
    cursor.set_max_start_depth(_MAX_DEPTH)
    return _Reader(language, content).facts(cursor.matches(root))


def _opens_angles(content: bytes) -> bool:
    """Return whether many `<` of one statement have no `>`."""
    if content.count(b"<") <= _MOST_ANGLES:
        return False
    is_open = 0
    for mark in _ANGLES.findall(content):
        is_open = is_open + 1 if mark == b"<" else max(is_open - 1, 0) if mark == b">" else 0
        if is_open > _MOST_ANGLES:
            return True
    return False


def _parse(language: str, path: str, content: bytes, budget: Budget) -> Node | None:
    """Return the syntax tree of a file, None where that takes too long; the budget knows of both."""
    from tree_sitter import Parser

    meter = _Meter(min(_GRAMMARS[language].units, budget.units))
    end = 0

    def piece(offset: int, _point: Point) -> bytes:
        nonlocal end
        meter.units += 1
        if not meter.spent:
            end = max(end, min(offset + _PIECE, len(content)))
        # The end must stay where it is: the parser never comes to an end in a text that shrinks.
        return content[offset : min(offset + _PIECE, end)]

    root: Node | None = None
    if not meter.spent and not (_GRAMMARS[language].angles and _opens_angles(content)):
        with contextlib.suppress(ValueError):  # what the parser raises when it is stopped
            root = Parser(_language(language)).parse(piece, progress_callback=meter.stop).root_node
    budget.units -= meter.units * (1 if root is not None and not root.has_error else _OF_ERRORS)
    if root is None or _is_flat(root):
        budget.unread[path] = ("warning", "parsing this file takes too long, so what its code says does not count")
        return None
    if end < len(content):
        budget.unread[path] = ("info", f"only the first {end // 1024} kB of this file count; it is too long to parse")
    return root


def _leaves(
    root: Node, content: bytes, whole: frozenset[str], left_out: frozenset[str], opened_by: str
) -> Iterator[Leaf]:
    cursor = root.walk()
    enter, follow, leave = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
    while True:
        node = cursor.node
        assert node is not None  # noqa: S101  # a cursor is always at a node
        kind = node.type
        if not node.is_named:
            # A keyword or sign: its kind is its text. The parser makes up those that are missing, without a length.
            if not enter():
                start, end = node.byte_range
                if end > start:
                    line = node.start_point[0] + 1
                    yield Leaf("", kind, line, line, start, end)
            else:
                continue
        elif kind not in left_out:
            opened = kind not in whole or (opened_by and any(child.type == opened_by for child in node.children))
            if opened and enter():
                continue
            start, end = node.byte_range
            if end > start:
                text = content[start:end].decode(errors="replace")
                line = node.start_point[0] + 1
                last = line + text.count("\n") if kind in whole else line
                yield Leaf(kind, text, line, last, start, end)
        while not follow():
            if not leave():
                return


def _nodes(root: Node, kinds: frozenset[str]) -> Iterator[Node]:
    cursor = root.walk()
    while True:
        node = cursor.node
        if node is not None and node.type in kinds and node.is_named:
            yield node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _is_flat(root: Node) -> bool:
    """Return whether a node has a long row of bare signs as children, as `((((((` has.

    A query looks from each child for the next one that is more than a sign, so such a row takes quadratic time; what
    `QueryCursor.matches` has against that, a callback, crashes Python in tree-sitter 0.26.1.
    """
    pending = [root]
    visited = 0
    while pending:
        node = pending.pop()
        row = 0
        for child in node.children:
            row = 0 if child.is_named else row + 1
            if row > _MAX_ROW:
                return True
            if child.descendant_count > _MAX_ROW:
                pending.append(child)
        visited += 1
        if visited > _MAX_ROW:
            return True
    return False


class _Reader:
    """Turns the nodes that the queries of a file found into answers."""

    def __init__(self, language: str, content: bytes) -> None:
        self._grammar = _GRAMMARS[language]
        self._sections = _queries(language).sections
        self._content = content

    def facts(self, found: list[tuple[int, dict[str, list[Node]]]]) -> _Facts:
        """Return the answers, each kind in the order of the text."""
        by_section: dict[str, list[dict[str, list[Node]]]] = {}
        for index, captures in found:
            by_section.setdefault(self._sections[index], []).append(captures)
        order = operator.attrgetter("start")
        strings = (self.value(item["string"][0]) for item in by_section.pop("strings", ()))
        imports = (self.value(node) for item in by_section.pop("imports", ()) for node in item["path"])
        return _Facts(
            strings=tuple(sorted(strings, key=order)),
            calls=self._calls(by_section.pop("calls", [])),
            bindings=tuple(sorted(map(self._binding, by_section.pop("bindings", ())), key=order)),
            imports=tuple(sorted(imports, key=order)),
            attributes=tuple(sorted(map(self._attribute, by_section.pop("attributes", ())), key=order)),
            others={
                section: tuple({name: tuple(map(self.value, nodes)) for name, nodes in found.items()} for found in rest)
                for section, rest in by_section.items()
            },
        )

    def value(self, node: Node) -> Value:
        """Return the expression of a node."""
        grammar = self._grammar
        key = ""
        kind = node.type
        while kind in grammar.wrappers:
            children = node.named_children
            if not children:
                break
            if len(children) > 1:
                key = self._text(children[0])
            node = children[-1]
            kind = node.type
        line = node.start_point[0] + 1
        start, end = node.byte_range
        plain = grammar.strings.get(kind)
        if plain is not None:
            if grammar.templates and any(child.type in grammar.templates for child in node.named_children):
                return Value("template", self._content[start:end].decode(errors="replace"), line, start, end, key)
            return Value("string", plain(self._content[start:end].decode(errors="replace")), line, start, end, key)
        text = self._text(node)
        if kind in grammar.numbers:
            kind = "number"
        elif kind in grammar.names:
            kind = "name"
        else:
            kind = "call" if kind in grammar.calls else "other"
        return Value(kind, text, line, start, end, key)

    def _text(self, node: Node) -> str:
        """Return the source text of a node, in one line, its beginning when it is long."""
        start, end = node.byte_range
        text = self._content[start : min(end, start + _MAX_TEXT)].decode(errors="replace")
        return "".join(text.split()) if node.type in self._grammar.names else text

    def _arguments(self, captures: dict[str, list[Node]]) -> tuple[Value, ...]:
        nodes = [node for item in captures.get("arguments", ()) for node in item.named_children]
        nodes += captures.get("argument", ())
        return tuple(self.value(node) for node in nodes if "comment" not in node.type)

    def _calls(self, found: list[dict[str, list[Node]]]) -> tuple[Call, ...]:
        """Return the calls, each with the one that it goes on from, which is shorter."""
        raw = []
        for captures in found:
            name = captures["name"][0]
            whole = captures.get("call", [name])[0]
            last = captures.get("arguments", captures.get("argument", [whole]))[-1]
            raw.append((whole.start_byte, max(whole.end_byte, last.end_byte), name, captures))
        raw.sort(key=lambda item: item[1] - item[0])
        known: dict[tuple[int, int], Call] = {}
        for start, end, name, captures in raw:
            receivers = captures.get("receiver")
            receiver, on = "", None
            if receivers:
                receiver = self._text(receivers[0])
                on = known.get(receivers[0].byte_range)
            elif (start, end) in known:
                continue  # Two patterns fit, and the other one has the receiver.
            line = name.start_point[0] + 1
            known[start, end] = Call(receiver, self._text(name), self._arguments(captures), line, start, end, on)
        return tuple(sorted(known.values(), key=lambda call: (call.start, -call.end)))

    def _binding(self, captures: dict[str, list[Node]]) -> Binding:
        name = captures["name"][0]
        return Binding(self._text(name), self.value(captures["value"][0]), name.start_point[0] + 1, name.start_byte)

    def _attribute(self, captures: dict[str, list[Node]]) -> Attribute:
        name = captures["name"][0]
        end = captures.get("arguments", captures.get("argument", [name]))[-1].end_byte
        line = name.start_point[0] + 1
        return Attribute(self._text(name), self._arguments(captures), line, name.start_byte, end)
