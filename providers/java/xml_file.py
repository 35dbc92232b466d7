"""XML of strangers: a small tree with lines, without document types and entities.

A document type is refused altogether: nothing that a build reads needs one, and entities can grow without bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from buildplan.errors import FileError
from buildplan.provenance import Origin, Sourced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

# Deeper than any file that a person wrote.
_MAX_DEPTH = 100


@dataclass(slots=True)
class Element:
    """An element: its name without a prefix, its text without that of its children, and its line."""

    name: str
    path: str
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def child(self, *names: str) -> Element | None:
        """Return the first element at a path of names below this one, or None."""
        found: Element | None = self
        for name in names:
            found = next((item for item in found.children if item.name == name), None) if found is not None else None
        return found

    def all(self, *names: str) -> Iterator[Element]:
        """Yield every element at a path of names below this one."""
        if not names:
            yield self
            return
        for item in self.children:
            if item.name == names[0]:
                yield from item.all(*names[1:])

    def value(self, *names: str) -> Sourced[str] | None:
        """Return the text at a path of names with its place; None when it is absent or empty."""
        found = self.child(*names)
        text = found.text.strip() if found is not None else ""
        return Sourced(text, found.origin) if found is not None and text else None

    @property
    def origin(self) -> Origin:
        """Where the element begins."""
        return Origin(self.path, self.line, self.name)


def read(tree: SourceTree, path: str) -> Element:
    """Return the root element of a file; raises FileError for what cannot be read or is no XML without entities."""
    return tree.memo("xml", path, lambda: _parse(tree.text(path), path))


def _parse(text: str, path: str) -> Element:
    parser = expat.ParserCreate("utf-8")
    root = Element("", path, 1)
    stack = [root]

    def start(name: str, _: dict[str, str]) -> None:
        line = parser.CurrentLineNumber
        if len(stack) > _MAX_DEPTH:
            raise FileError("it is nested too deeply to be read", origin=Origin(path, line))
        element = Element(name.rpartition(":")[2], path, line)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_: str) -> None:
        stack.pop()

    def characters(data: str) -> None:
        stack[-1].text += data

    def refuse(*_: object) -> None:
        raise FileError(
            "it has a document type, which is not read: entities can be of any size",
            origin=Origin(path, parser.CurrentLineNumber),
            hint="remove the line `<!DOCTYPE …>`",
        )

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        # The declaration may name another encoding than the one that the text was read in.
        parser.Parse(text.encode("utf-8"), True)  # noqa: FBT003  # expat knows no keyword
    except expat.ExpatError as error:
        message = expat.ErrorString(error.code)
        raise FileError(
            f"it is not XML: {message}",
            origin=Origin(path, error.lineno),
            hint=f"correct line {error.lineno}, column {error.offset + 1}",
        ) from error
    return root.children[0]
