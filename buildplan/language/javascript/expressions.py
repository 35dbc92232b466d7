"""JavaScript expressions as values: object and array literals, calls, functions, choices; nothing is evaluated.

The reader is tolerant: what it does not understand becomes `Opaque` and is skipped as a whole, so any text gives
a value. Nesting is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from .javascript import Token

Literal = str | int | float | bool
Value = Union["Plain", "Table", "Items", "Call", "Name", "Function", "Choice", "Opaque"]

END = Token("punctuation", "", 0)
MAX_DEPTH = 40
_OPENING = {"{": "}", "[": "]", "(": ")"}
_CLOSING = frozenset(_OPENING.values())
_ENDS = frozenset({"", ",", ";", ":", *_CLOSING})
_BOOLEANS = {"true": True, "false": False}
_TYPE_WORDS = ("as", "satisfies")
_OPERATOR_WORDS = ("in", "instanceof")
_PREFIXES = ("await", "async", "new")
# After a type, on the next line, one of these starts a statement.
_STATEMENTS = ("export", "module", "const", "let", "var", "return", "function", "import", "if")
_SHOWN_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Plain:
    """A string, number or boolean."""

    value: Literal
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """An object literal; `spreads` are the values that `...` pours into it."""

    entries: dict[str, Value]
    spreads: tuple[Value, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """An array literal."""

    values: tuple[Value, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call; `name` is the dotted name of what is called, `inner` the call whose result is called."""

    name: str
    arguments: tuple[Value, ...]
    line: int
    inner: Value | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """A name or a dotted chain of names."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function; `results` are what its `return` statements give."""

    results: tuple[Value, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Choice:
    """`condition ? first : second`, or `first || second` with an empty condition."""

    condition: str
    first: Value
    second: Value
    line: int


@dataclass(frozen=True, slots=True)
class Opaque:
    """Anything else."""

    text: str
    line: int


def at(tokens: tuple[Token, ...], index: int) -> Token:
    """Return a token, or an empty one behind the end."""
    return tokens[index] if index < len(tokens) else END


def read(tokens: tuple[Token, ...], position: int) -> Value:
    """Return the expression that starts at a token."""
    return _Reader(tokens, position).value()


class _Reader:
    """Reads one expression from a position on."""

    def __init__(self, tokens: tuple[Token, ...], position: int) -> None:
        self._tokens = tokens
        self._position = position
        self._depth = 0

    @property
    def _now(self) -> Token:
        return at(self._tokens, self._position)

    @property
    def _next(self) -> Token:
        return at(self._tokens, self._position + 1)

    @property
    def _more(self) -> bool:
        return self._position < len(self._tokens)

    def value(self) -> Value:
        """Read an expression up to the `,`, `;` or bracket that ends it."""
        start = self._position
        self._depth += 1
        if self._depth > MAX_DEPTH:
            line = self._now.line
            self._skip()
            value: Value = Opaque("…", line)
        else:
            value = self._rest(self._primary(), start)
        self._depth -= 1
        return value

    def _rest(self, value: Value, start: int) -> Value:
        """Read what follows a value: a type, operators, a choice."""
        while self._now.is_(*_TYPE_WORDS):
            self._over_type()
        token = self._now
        if token.is_("||", "??"):
            self._position += 1
            return Choice("", value, self.value(), token.line)
        if not self._is_operator(token):
            return value
        if not token.is_("?"):
            self._skip("?")
        if not self._now.is_("?"):
            return Opaque(self._text(start), token.line)
        condition = self._text(start)
        self._position += 1
        first = self.value()
        if self._now.is_(":"):
            self._position += 1
        return Choice(condition, first, self.value(), token.line)

    def _is_operator(self, token: Token) -> bool:
        if token.kind == "name":
            return token.text in _OPERATOR_WORDS
        return token.kind == "punctuation" and token.text not in _ENDS and token.text not in _OPENING

    def _text(self, start: int) -> str:
        end = min(self._position, start + _SHOWN_TOKENS)
        return "".join(
            f"'{token.text[:60]}'" if token.kind == "string" else token.text[:60] for token in self._tokens[start:end]
        )

    def _skip(self, *stops: str) -> None:
        """Go to the end of the expression, or to one of `stops` outside of all brackets."""
        depth = 0
        while self._more:
            token = self._now
            if token.is_(*_OPENING):
                depth += 1
            elif token.is_(*_CLOSING):
                if depth == 0:
                    return
                depth -= 1
            elif depth == 0 and token.is_(",", ";", *stops):
                return
            self._position += 1

    def _over_type(self) -> None:
        """Go over `as Type` or `satisfies Type<Of, Other>`."""
        self._position += 1
        depth = 0
        while self._more:
            token = self._now
            if token.is_("<", *_OPENING):
                depth += 1
            elif token.is_(">", *_CLOSING):
                if depth == 0:
                    return
                depth -= 1
            elif depth == 0 and (token.is_(*_STATEMENTS) or not (token.kind == "name" or token.is_(".", "|", "&"))):
                return
            self._position += 1

    def _primary(self) -> Value:
        while self._now.is_(*_PREFIXES):
            self._position += 1
        token = self._now
        if token.kind == "string":
            self._position += 1
            return Plain(token.text, token.line)
        if token.kind == "number":
            self._position += 1
            return _number(token)
        if token.is_("{"):
            return self._table()
        if token.is_("["):
            return Items(self._list("]"), token.line)
        if token.is_("("):
            return self._parenthesis()
        if token.is_("function"):
            return self._function()
        if token.kind == "name":
            return self._chain()
        if token.text not in _ENDS:  # a template, or an operator before a value
            self._position += 1
            if token.kind == "punctuation":
                self._skip("?")
        return Opaque(token.text[:60] or "…", token.line)

    def _chain(self) -> Value:
        """Read `a.b.c`, `f(…)`, `f(…)(…)` or `name => …`."""
        first = self._now
        self._position += 1
        if first.text in _BOOLEANS:
            return Plain(_BOOLEANS[first.text], first.line)
        if self._now.is_("=>"):
            return self._arrow()
        name = first.text
        value: Value = Name(name, first.line)
        while True:
            if self._now.is_(".", "?.") and self._next.kind == "name":
                name = f"{name}.{self._next.text}"
                self._position += 2
                value = Call(name, (), first.line, value) if isinstance(value, Call) else Name(name, first.line)
            elif self._now.is_("("):
                value = Call(name, self._list(")"), first.line, value if isinstance(value, Call) else None)
            elif self._now.is_("!"):
                self._position += 1
            else:
                return value

    def _list(self, close: str) -> tuple[Value, ...]:
        """Read values between brackets; the position is on the opening one."""
        self._position += 1
        values = []
        while self._more and not self._now.is_(close):
            if self._now.is_("..."):
                self._position += 1
            values.append(self.value())
            self._to_next(close)
        self._position += 1
        return tuple(values)

    def _to_next(self, close: str) -> None:
        """Go over what is left of an entry and the comma behind it."""
        while self._more and not self._now.is_(",", close):
            self._skip()
            if not self._now.is_(",", close):
                self._position += 1
        if self._now.is_(","):
            self._position += 1

    def _table(self) -> Value:
        line = self._now.line
        entries: dict[str, Value] = {}
        spreads: list[Value] = []
        self._position += 1
        while self._more and not self._now.is_("}"):
            if self._now.is_("..."):
                self._position += 1
                spreads.append(self.value())
            else:
                self._member(entries)
            self._to_next("}")
        self._position += 1
        return Table(entries, tuple(spreads), line)

    def _member(self, entries: dict[str, Value]) -> None:
        while self._now.is_("async", "get", "set", "*") and not self._next.is_(":", ",", "}", "("):
            self._position += 1
        key = self._now
        if key.kind not in {"name", "string", "number"}:  # a computed key
            return
        self._position += 1
        if self._now.is_(":"):
            self._position += 1
            entries[key.text] = self.value()
        elif self._now.is_("("):
            entries[key.text] = self._callable(key.line)
        else:
            entries[key.text] = Name(key.text, key.line)

    def _parenthesis(self) -> Value:
        close = self._matching(self._position)
        arrow = close + 1
        if at(self._tokens, arrow).is_(":"):
            arrow = self._arrow_after_type(arrow + 1)
        if at(self._tokens, arrow).is_("=>"):
            self._position = arrow
            return self._arrow()
        self._position += 1
        value = self.value()
        self._position = close + 1
        return value

    def _arrow_after_type(self, position: int) -> int:
        """Return where the type of a result ends: at `=>` when it is one."""
        depth = 0
        while position < len(self._tokens):
            token = self._tokens[position]
            if token.is_("<", *_OPENING):
                depth += 1
            elif token.is_(">", *_CLOSING):
                depth -= 1
            if depth < 0 or (depth == 0 and token.is_("=>", ",", ";", "=")):
                break
            position += 1
        return position

    def _arrow(self) -> Value:
        line = self._now.line
        self._position += 1
        return Function(self._body() if self._now.is_("{") else (self.value(),), line)

    def _function(self) -> Value:
        line = self._now.line
        while self._more and not self._now.is_("(", *_CLOSING):
            self._position += 1
        return self._callable(line)

    def _callable(self, line: int) -> Value:
        """Read parameters, a result type and a body."""
        self._position = self._matching(self._position) + 1
        if self._now.is_(":"):
            while self._more and not self._now.is_("{", ",", ";"):
                self._position += 1
        return Function(self._body() if self._now.is_("{") else (), line)

    def _body(self) -> tuple[Value, ...]:
        """Read a function's body; return what its `return` statements give, the last one first."""
        end = self._matching(self._position)
        results: list[Value] = []
        self._position += 1
        while self._position < end:
            self._position += 1
            if at(self._tokens, self._position - 1).is_("return"):
                results.append(self.value())
        self._position = end + 1
        return tuple(reversed(results))

    def _matching(self, position: int) -> int:
        """Return where the bracket at `position` is closed, or the end."""
        depth = 0
        for index in range(position, len(self._tokens)):
            token = self._tokens[index]
            if token.is_(*_OPENING):
                depth += 1
            elif token.is_(*_CLOSING):
                depth -= 1
                if depth <= 0:
                    return index
        return len(self._tokens)


def _number(token: Token) -> Value:
    text = token.text.replace("_", "").rstrip("n")
    try:
        return Plain(int(text, 0) if "." not in text and "e" not in text.lower() else float(text), token.line)
    except ValueError:
        return Opaque(token.text[:60], token.line)
