"""What a `mix.exs` says, read from its tokens: it is code, and is never run.

Source, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Project.html, https://hexdocs.pm/mix/Mix.Tasks.Deps.html
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin, Sourced
from buildplan.read import data_table

from . import tokens
from .tokens import Token, is_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

NAME = "mix.exs"
_NAME = re.compile(r"[a-z_][a-zA-Z0-9_]{0,100}", re.ASCII)
_LOADERS = frozenset({"require_file", "eval_file", "compile_file"})
_READERS = frozenset({"read", "read!", "stream!", "eval_string"}) | _LOADERS
_ELSEWHERE = frozenset({"path", "in_umbrella"})


def framework_rows() -> list[dict[str, str]]:
    """Return what is known of web frameworks and servers, strongest first; `plug` alone is a library."""
    rows: list[dict[str, str]] = data_table.read(__file__, "frameworks")["framework"]
    return rows


class Dependency(NamedTuple):
    """A dependency; `options` are its keys with the strings and atoms of their values."""

    name: str
    origin: Origin
    requirement: str | None
    options: dict[str, tuple[str, ...]]

    @property
    def ships(self) -> bool:
        """Whether production gets it."""
        return "only" not in self.options or "prod" in self.options["only"]

    @property
    def in_tree(self) -> bool:
        """Whether it lies in the tree."""
        return bool(_ELSEWHERE & self.options.keys())


class Release(NamedTuple):
    """An entry of `releases`, and the applications that it names."""

    name: str
    origin: Origin
    applications: tuple[str, ...]


class MixFile(NamedTuple):
    """The facts of a `mix.exs`; what is not there is None or empty.

    `module` is where the app's callback is named, `reads` are names of files that the code reads, `loads` is true where
    it loads other code, `cookie` is where a release's cookie is written down.
    """

    path: str
    app: Sourced[str] | None
    elixir: Sourced[str] | None
    apps_path: Sourced[str] | None
    releases: tuple[Release, ...]
    default_release: str | None
    module: Origin | None
    escript: Sourced[str] | None
    dependencies: dict[str, Dependency]
    aliases: dict[str, tuple[Origin, tuple[str, ...]]]
    reads: frozenset[str]
    loads: bool
    cookie: Origin | None

    @property
    def directory(self) -> str:
        """The folder of the file; empty for the root."""
        return self.path.rpartition("/")[0]

    @property
    def shipped(self) -> dict[str, Dependency]:
        """The dependencies of production."""
        return {name: item for name, item in self.dependencies.items() if item.ships}

    @property
    def fetched(self) -> Origin | None:
        """Where the first dependency is named that does not lie in the tree."""
        return next((item.origin for item in self.shipped.values() if not item.in_tree), None)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The web frameworks and servers among the dependencies, strongest first."""
        shipped = self.shipped
        return tuple(row["name"] for row in framework_rows() if row["name"] in shipped)


def read(tree: SourceTree, path: str) -> MixFile:
    """Return the facts of the file, read once; none where it cannot be read."""
    return tree.memo("elixir-mix", path, lambda: _Reader(tokens.of(tree, path), path).read())


class _Reader:
    def __init__(self, found: tuple[Token, ...], path: str) -> None:
        self._found = found
        self._path = path
        self._attributes = {
            found[index + 1].text: found[index + 2]
            for index in range(len(found) - 2)
            if is_mark(found[index], "@")
            and found[index + 1].kind == "word"
            # Where it is used, something else follows.
            and found[index + 2].kind in {"atom", "string"}
        }

    def read(self) -> MixFile:
        found = self._found
        app = self._after("app", "atom")
        default = self._after("default_release", "atom")
        return MixFile(
            self._path,
            app if app is not None and _NAME.fullmatch(app.value) else None,
            self._after("elixir", "string"),
            self._after("apps_path", "string"),
            self._releases(),
            default.value if default is not None else None,
            self._module(),
            self._escript(app),
            self._named(),
            self._aliases(),
            frozenset(self._files_read()),
            any(item.kind == "word" and item.text in _LOADERS for item in found),
            self._cookie(),
        )

    def _origin(self, item: Token, key: str | None = None) -> Origin:
        return Origin(self._path, item.line, key or item.text)

    def _after(self, key: str, kind: str) -> Sourced[str] | None:
        for index, item in enumerate(self._found[:-1]):
            if item.kind != "key" or item.text != key:
                continue
            value = self._found[index + 1]
            if is_mark(value, "@") and index + 2 < len(self._found):
                value = self._attributes.get(self._found[index + 2].text, value)
            if value.kind == kind:
                return Sourced(value.text, self._origin(item, key))
        return None

    def _value(self, index: int) -> int | None:
        """Return where the list starts that is the value of a key: there, or in a function or attribute of its name."""
        found = self._found
        if index + 1 >= len(found):
            return None
        value = found[index + 1]
        if is_mark(value, "["):
            return index + 1
        name = found[index + 2].text if is_mark(value, "@") and index + 2 < len(found) else value.text
        return self._body(name)

    def _body(self, name: str) -> int | None:
        """Return where the first list starts in the body of a function, or behind an attribute of that name."""
        found = self._found
        for index in range(len(found) - 2):
            is_function = found[index].text in {"def", "defp"} and found[index].kind == "word"
            if (is_function or is_mark(found[index], "@")) and found[index + 1].text == name:
                for position in range(index + 2, min(index + 40, len(found))):
                    if is_mark(found[position], "["):
                        return position
                    if found[position].text in {"def", "defp"}:
                        break
        return None

    def _releases(self) -> tuple[Release, ...]:
        for index, item in enumerate(self._found):
            if item.kind != "key" or item.text != "releases":
                continue
            start = self._value(index)
            if start is None:
                continue
            made = []
            for element in tokens.items(self._found, start):
                head = element[0]
                # `{:name, [...]}` is the same as `name: [...]`.
                if is_mark(head, "{") and len(element) > 1 and element[1].kind == "atom":
                    head = element[1]
                if head.kind in {"key", "atom"} and _NAME.fullmatch(head.text):
                    made.append(Release(head.text, self._origin(head, "releases"), _applications(element)))
            if made:
                return tuple(made)
        return ()

    def _module(self) -> Origin | None:
        for index, item in enumerate(self._found[:-1]):
            if item.kind == "key" and item.text == "mod" and is_mark(self._found[index + 1], "{"):
                return self._origin(item)
        return None

    def _escript(self, app: Sourced[str] | None) -> Sourced[str] | None:
        for index, item in enumerate(self._found):
            if item.kind == "key" and item.text == "main_module":
                around = self._found[max(0, index - 12) : index + 12]
                name = next(
                    (
                        later.text
                        for earlier, later in pairwise(around)
                        if earlier.kind == "key" and earlier.text == "name" and later.kind in {"string", "atom"}
                    ),
                    app.value if app is not None else None,
                )
                if name is not None and re.fullmatch(r"[\w.-]{1,100}", name, re.ASCII):
                    return Sourced(name, self._origin(item, "escript"))
        return None

    def _named(self) -> dict[str, Dependency]:
        found: dict[str, Dependency] = {}
        for item in self._dependencies():
            found.setdefault(item.name, item)
        return found

    def _dependencies(self) -> Iterator[Dependency]:
        found = self._found
        for index in range(len(found) - 2):
            opened, name, comma = found[index : index + 3]
            if not (is_mark(opened, "{") and name.kind == "atom" and is_mark(comma, ",")):
                continue
            elements = tokens.items(found, index)[1:]
            requirement = next((item[0].text for item in elements if item[0].kind in {"string", "sigil"}), None)
            options: dict[str, tuple[str, ...]] = {}
            for element in elements:
                inner = tokens.items(element, 0) if is_mark(element[0], "[") else [element]
                for pair in inner:
                    if pair[0].kind == "key":
                        options[pair[0].text] = tuple(
                            item.text for item in pair[1:] if item.kind in {"string", "atom", "interpolated"}
                        )
            if requirement is not None or options:
                yield Dependency(name.text, self._origin(name), requirement, options)

    def _cookie(self) -> Origin | None:
        """Return where a release's cookie is written down."""
        for item, value in pairwise(self._found):
            if item.kind == "key" and item.text == "cookie" and value.kind == "string" and value.text:
                return self._origin(item)
        return None

    def _files_read(self) -> Iterator[str]:
        """Yield the strings that stand where a file is read: `File.read!(Path.join(__DIR__, "VERSION"))`."""
        for index, item in enumerate(self._found):
            if item.kind == "word" and item.text in _READERS:
                around = self._found[max(0, index - 12) : index + 12]
                yield from (other.text for other in around if other.kind == "string")

    def _aliases(self) -> dict[str, tuple[Origin, tuple[str, ...]]]:
        made: dict[str, tuple[Origin, tuple[str, ...]]] = {}
        for index, item in enumerate(self._found[:-1]):
            if item.kind == "key" and "." in item.text:
                value = self._found[index + 1]
                span = (
                    self._found[index + 1 : tokens.closed(self._found, index + 1)] if is_mark(value, "[") else (value,)
                )
                steps = tuple(part.text for part in span if part.kind in {"string", "interpolated"})
                made.setdefault(item.text, (self._origin(item), steps))
        return made


def _applications(element: tuple[Token, ...]) -> tuple[str, ...]:
    for index, item in enumerate(element[:-1]):
        if item.kind == "key" and item.text == "applications" and is_mark(element[index + 1], "["):
            inner = tokens.items(element, index + 1)
            return tuple(part[0].text for part in inner if part[0].kind in {"key", "atom"})
    return ()
