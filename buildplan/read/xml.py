"""XML files (`*.csproj`, `pom.xml`), read so that a stranger's file can do no harm.

A document type is refused, and with it every entity but the five of XML itself and characters by number: no file needs
one, and entities are how a small text becomes a huge one, or reads another file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from buildplan.errors import FileError
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import shown
from buildplan.source.budget import check_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

# Deeper than any manifest.
_MAX_NESTING = 200
MAX_ELEMENTS = 50_000


class Element(NamedTuple):
    """An element: its name and attributes without namespace prefixes, its own text, and what is in it.

    `text` is what stands directly in it, without white space at its ends and without comments. `line` counts from 1.
    """

    name: str
    attributes: dict[str, str]
    text: str
    children: tuple[Element, ...]
    path: str
    line: int

    def all(self, *path: str) -> tuple[Element, ...]:
        """Return every element at a path of names below this one, in order: `all("profiles", "profile")`."""
        found: tuple[Element, ...] = (self,)
        for name in path:
            found = tuple(child for element in found for child in element.children if child.name == name)
        return found

    def first(self, *path: str) -> Element | None:
        """Return the first element at a path of names below this one: `first("parent", "version")`; None without."""
        found = self
        for name in path:
            below = next((child for child in found.children if child.name == name), None)
            if below is None:
                return None
            found = below
        return found

    def value(self, *path: str) -> Sourced[str] | None:
        """Return the text of the first element at a path of names with its place; None when absent or empty."""
        found = self.first(*path)
        return Sourced(found.text, found.origin()) if found is not None and found.text else None

    def walk(self) -> Iterator[Element]:
        """Yield this element and all below it, in the order of the file."""
        pending = [self]
        while pending:
            element = pending.pop()
            yield element
            pending.extend(reversed(element.children))

    def origin(self, key: str | None = None) -> Origin:
        """Return the place of the element; `key` is its name unless another is given."""
        return Origin(self.path, self.line, self.name if key is None else key)


@dataclass(slots=True)
class _Open:
    """An element whose end has not been read yet."""

    name: str
    attributes: dict[str, str]
    line: int
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)


def read(tree: SourceTree, path: str) -> Element:
    """Return the root element of a file; raises FileError for what cannot be read or is not XML."""

    def parsed() -> Element:
        text = tree.text(path)
        elements = text.count("<")
        tree.budget.spend(4 * elements + text.count("=") + len(text) // 100, path)
        return parse(text, path)

    return tree.memo("xml", path, parsed)


def parse(text: str, path: str) -> Element:
    """Return the root element of a text; raises FileError for what is not XML, has a document type, or is too deep."""
    check_size(path, "elements", text.count("<"), MAX_ELEMENTS)
    # What a declaration says about the encoding no longer counts: the text is decoded already.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    root = _Open("", {}, 1)
    stack = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > _MAX_NESTING:
            raise FileError("it is nested too deeply to be read", origin=Origin(path, parser.CurrentLineNumber))
        plain = {_local(key): value for key, value in attributes.items()}
        stack.append(_Open(_local(name), plain, parser.CurrentLineNumber))

    def end(_name: str) -> None:
        done = stack.pop()
        content = "".join(done.texts).strip()
        element = Element(done.name, done.attributes, content, tuple(done.children), path, done.line)
        stack[-1].children.append(element)

    def characters(data: str) -> None:
        stack[-1].texts.append(data)

    def doctype(*_: object) -> None:
        raise FileError(
            "it has a document type (`<!DOCTYPE`), which is not read",
            origin=Origin(path, parser.CurrentLineNumber),
            hint="remove the line, and write out the entities that it declares",
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)  # noqa: FBT003  # expat takes it by position only
    except expat.ExpatError as error:
        reason = shown(expat.ErrorString(error.code))
        raise FileError(
            f"it is not XML: {reason}",
            origin=Origin(path, error.lineno),
            hint=f"correct line {error.lineno}, column {error.offset + 1}",
        ) from error
    return root.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]
