"""What a compose file says of the services of a tree: what they build, what they run, where they listen.

Facts for what the code leaves open. A file that is not understood says nothing, and neither does a service that is for
development or tests (https://github.com/compose-spec/compose-spec/blob/main/spec.md, read 2026-11-24).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import BuildplanError
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import CommandRequest
from buildplan.read import yaml_document
from buildplan.read.own_dockerfile import COMPOSE_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.read.document import Document, Key
    from buildplan.source import SourceTree

_MOST_SERVICES = 60
_LARGEST_PORT = 65535
_FOR_DEVELOPERS = re.compile(
    r"(?:^|[-_./])(?:dev|devel|development|test|tests|testing|debug|ci|e2e|local)(?:$|[-_./])", re.IGNORECASE
)
_PORT = re.compile(r"(?:.*:)?([0-9]{1,5})(?:/tcp)?", re.ASCII)
_PLAIN = re.compile(r"[\w.:/@,=+ -]{0,200}", re.ASCII)


class Service(NamedTuple):
    """One service. `context` is the folder that it builds, `""` for the root; None where it runs an image.

    `dockerfile` is a path of the tree. `ports` are those of the container. Values with `$` in them are left out.
    """

    name: str
    origin: Origin
    context: str | None = None
    dockerfile: str = ""
    target: str = ""
    image: str = ""
    command: Sourced[CommandRequest] | None = None
    ports: tuple[Sourced[int], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def is_for_developers(self) -> bool:
        """Whether its name, its stage or its Dockerfile says that it is not what is shipped."""
        return any(
            _FOR_DEVELOPERS.search(text) for text in (self.name, self.target, posixpath.basename(self.dockerfile))
        )


def services(tree: SourceTree) -> tuple[Service, ...]:
    """Return the services of the tree's compose file; none where there is no such file, or it is not understood."""
    path = tree.first(*COMPOSE_FILES)
    if path is None:
        return ()

    def read() -> tuple[Service, ...]:
        try:
            document = yaml_document.read(tree, path)
            return tuple(_services(document))
        except BuildplanError:
            return ()

    return tree.memo("compose-file", path, read)


def built(tree: SourceTree, folder: str = "") -> tuple[Service, ...]:
    """Return the services that are built from a folder and are not for developers."""
    return tuple(item for item in services(tree) if item.context == folder and not item.is_for_developers)


def _services(document: Document) -> Iterator[Service]:
    table = document.get("services")
    for name in list(table)[:_MOST_SERVICES] if isinstance(table, dict) else ():
        value = _merged(table[name])
        if isinstance(value, dict) and isinstance(name, str) and name != "<<":
            yield _service(document, name, value)


def _merged(value: Any) -> Any:
    """Return a table with what `<<` brings below its own keys."""
    if not isinstance(value, dict) or "<<" not in value:
        return value
    base = value["<<"]
    found: dict[str, Any] = {}
    for item in reversed(base) if isinstance(base, list) else (base,):
        found |= _merged(item) if isinstance(item, dict) else {}
    return {**found, **{key: item for key, item in value.items() if key != "<<"}}


def _service(document: Document, name: str, value: dict[str, Any]) -> Service:
    origin = document.origin("services", name)
    context, dockerfile, target = _build(value.get("build"))
    image = value.get("image")
    return Service(
        name,
        origin,
        context,
        dockerfile,
        target,
        image if isinstance(image, str) else "",
        _command(document, name, value.get("command")),
        tuple(_ports(document, name, value.get("ports"))),
        tuple(_environment(value.get("environment"))),
    )


def _build(value: Any) -> tuple[str | None, str, str]:
    value = _merged(value)
    table = value if isinstance(value, dict) else {"context": value}
    context = table.get("context", "." if isinstance(value, dict) else None)
    if not isinstance(context, str) or "$" in context or "://" in context:
        return None, "", ""
    folder = posixpath.normpath(context)
    if folder.startswith(("..", "/")):
        return None, "", ""
    folder = "" if folder == "." else folder
    file = table.get("dockerfile", "Dockerfile")
    path = posixpath.normpath(posixpath.join(folder, file)) if isinstance(file, str) and "$" not in file else ""
    target = table.get("target")
    return folder, "" if path.startswith(("..", "/")) else path, target if isinstance(target, str) else ""


def _command(document: Document, name: str, value: Any) -> Sourced[CommandRequest] | None:
    keys: tuple[Key, ...] = ("services", name, "command")
    if isinstance(value, str) and value.strip():
        # Compose splits a text into words, and `$$` is a dollar.
        return Sourced(CommandRequest(shell=" ".join(value.replace("$$", "$").split())), document.origin(*keys))
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        words = tuple(str(item).replace("$$", "$") for item in value)
        return Sourced(CommandRequest(argv=words), document.origin(*keys))
    return None


def _ports(document: Document, name: str, value: Any) -> Iterator[Sourced[int]]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        text = item.get("target") if isinstance(item, dict) else item
        match = _PORT.fullmatch(str(text)) if isinstance(text, str | int) else None
        if match is not None and 0 < int(match[1]) <= _LARGEST_PORT:
            yield Sourced(int(match[1]), document.origin("services", name, "ports", index))


def _environment(value: Any) -> Iterator[tuple[str, str]]:
    value = _merged(value)
    pairs: list[tuple[Any, Any]] = list(value.items()) if isinstance(value, dict) else []
    for item in value if isinstance(value, list) else ():
        name, equals, text = str(item).partition("=")
        pairs += [(name, text)] if equals else []
    for name, text in pairs:
        if isinstance(text, str | int) and _PLAIN.fullmatch(str(text)):
            yield str(name), str(text)
