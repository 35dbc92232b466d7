"""What `mix.exs` says, read from its tokens: it is code, and is never run.

Source, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Project.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from buildplan.provenance import Origin, Sourced

PATH = "mix.exs"
_TOKEN = re.compile(
    r"(?P<space>[ \t\n]+)|(?P<comment>#[^\n]*)|(?P<heredoc>\"\"\")"
    r"|\"(?P<string>(?:[^\"\\]|\\.){0,2000})\"(?P<colon>:(?!:))?"
    r"|(?P<key>[A-Za-z_]\w{0,100}[?!]?):(?=[ \t\n])|:(?P<atom>[A-Za-z_]\w{0,100})|(?P<word>\w{1,200})|(?P<other>.)",
    re.ASCII | re.DOTALL,
)
_NAME = re.compile(r"[a-z_][a-zA-Z0-9_]{0,100}", re.ASCII)
_FRAMEWORKS = ("phoenix", "bandit", "plug_cowboy", "cowboy")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the file: `kind` is key, atom, string, word or other."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class MixFile:
    """The facts of a `mix.exs`; `fetched` are dependencies that do not lie in the tree."""

    app: Sourced[str] | None
    elixir: Sourced[str] | None
    apps_path: Sourced[str] | None
    release: Sourced[str] | None
    dependencies: dict[str, Origin]
    fetched: Origin | None
    aliases: dict[str, Origin]
    strings: tuple[str, ...]

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The web frameworks and servers among the dependencies, strongest first."""
        return tuple(name.replace("_", "-") for name in _FRAMEWORKS if name in self.dependencies)


def tokens(text: str) -> list[Token]:
    """Return the tokens of Elixir source, without comments and heredocs."""
    found: list[Token] = []
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            break
        end = match.end()
        kind = match.lastgroup or "other"
        if kind == "heredoc":
            close = text.find('"""', end)
            end = len(text) if close < 0 else close + 3
        elif match["string"] is not None:
            found.append(Token("key" if match["colon"] else "string", match["string"], line))
        elif kind not in {"space", "comment"}:
            found.append(Token(kind, match[kind], line))
        line += text.count("\n", position, end)
        position = end
    return found


def parse(text: str) -> MixFile:
    """Return the facts of the file; what is not there is None."""
    found = tokens(text)
    app = _after(found, "app", "atom")
    dependencies: dict[str, Origin] = {}
    fetched: Origin | None = None
    for index in range(len(found) - 2):
        opened, name, comma = found[index : index + 3]
        if (opened.text, name.kind, comma.text) == ("{", "atom", ","):
            origin = Origin(PATH, name.line, name.text)
            dependencies.setdefault(name.text, origin)
            inside = _until_closed(found, index + 3)
            if fetched is None and not any(
                item.kind == "key" and item.text in {"path", "in_umbrella"} for item in inside
            ):
                fetched = origin
    return MixFile(
        app if app is not None and _NAME.fullmatch(app.value) else None,
        _after(found, "elixir", "string"),
        _after(found, "apps_path", "string"),
        _release(found),
        dependencies,
        fetched,
        {item.text: Origin(PATH, item.line, item.text) for item in found if item.kind == "key" and "." in item.text},
        tuple(item.text for item in found if item.kind == "string"),
    )


def _after(found: list[Token], key: str, kind: str) -> Sourced[str] | None:
    for index, item in enumerate(found[:-1]):
        value = found[index + 1]
        if item.kind == "key" and item.text == key and value.kind == kind:
            return Sourced(value.text, Origin(PATH, item.line, key))
    return None


def _release(found: list[Token]) -> Sourced[str] | None:
    """Return the first release of `releases: [name: …]`, or of the function `releases`."""
    for index, item in enumerate(found):
        if item.text != "releases" or item.kind not in {"key", "word"}:
            continue
        rest = [token for token in found[index + 1 : index + 6] if token.text not in {"(", ")", "do"}]
        if len(rest) > 1 and rest[0].text == "[" and rest[1].kind == "key" and _NAME.fullmatch(rest[1].text):
            return Sourced(rest[1].text, Origin(PATH, rest[1].line, "releases"))
    return None


def _until_closed(found: list[Token], index: int) -> list[Token]:
    inside = []
    for item in found[index : index + 60]:
        if item.text == "}":
            break
        inside.append(item)
    return inside
