"""pom.xml: what one says itself, and what it has from those above it in the tree.

A parent that is not in the tree (`spring-boot-starter-parent`) is known by its name and version only.

Sources, checked 2026-11-24:
- https://maven.apache.org/pom.html (inheritance, `relativePath`, properties)
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan.errors import FileError
from buildplan.model.origin import Origin, Sourced
from buildplan.read import xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.read.xml import Element
    from buildplan.source import SourceTree

MANIFEST = "pom.xml"
_PLACEHOLDER = re.compile(r"\$\{([^{}$]{1,120})\}")
_MAX_PARENTS = 20
_MAX_ROUNDS = 12
_MAX_MODULES = 500


@dataclass(slots=True)
class Pom:
    """A pom.xml; `parent` is the one above it in the tree, None when it has none there."""

    path: str
    root: Element
    parent: Pom | None = None
    properties: dict[str, Sourced[str]] = field(default_factory=dict)

    @property
    def directory(self) -> str:
        """The folder, `""` at the root."""
        return posixpath.dirname(self.path)

    @property
    def chain(self) -> Iterator[Pom]:
        """This pom, then those above it."""
        current: Pom | None = self
        while current is not None:
            yield current
            current = current.parent

    @property
    def artifact(self) -> str:
        """The artifact's name, `app` when it is missing."""
        found = self.root.value("artifactId")
        return self.resolved(found.value) or "app" if found is not None else "app"

    @property
    def packaging(self) -> str:
        """`jar`, `war`, `pom` or another."""
        found = self.root.value("packaging")
        return self.resolved(found.value) or "jar" if found is not None else "jar"

    @property
    def outer(self) -> tuple[str, str, Origin] | None:
        """The parent that is not in the tree: its name, its version, its place."""
        top = list(self.chain)[-1]
        element = top.root.first("parent")
        if element is None:
            return None
        name, version = element.value("artifactId"), element.value("version")
        text = self.resolved(version.value) if version is not None else None
        return (name.value if name is not None else "", text or "", element.origin())

    def version(self) -> str | None:
        """Return the artifact's version, None when the tree does not tell it."""
        for pom in self.chain:
            found = pom.root.value("version") or pom.root.value("parent", "version")
            if found is not None:
                return self.resolved(found.value)
        return None

    def find(self, *names: str) -> Sourced[str] | None:
        """Return a value of this pom or of the nearest above that has it, properties filled in where they are known."""
        for pom in self.chain:
            found = pom.root.value(*names)
            if found is not None:
                return Sourced(self.resolved(found.value) or found.value, found.origin)
        return None

    def property(self, name: str) -> Sourced[str] | None:
        """Return a property, properties in it filled in; None when it is not known."""
        for pom in self.chain:
            if name in pom.properties:
                found = pom.properties[name]
                text = self.resolved(found.value)
                return Sourced(text, found.origin) if text else None
        return None

    def resolved(self, text: str) -> str | None:
        """Return the text with its properties filled in, None when one of them is not known."""
        for _ in range(_MAX_ROUNDS):
            match = _PLACEHOLDER.search(text)
            if match is None:
                return text
            value = self._known(match[1])
            if value is None or len(text) > 1000:  # noqa: PLR2004  # longer than any name or version
                return None
            text = text[: match.start()] + value + text[match.end() :]
        return None

    def _known(self, name: str) -> str | None:
        for pom in self.chain:
            if name in pom.properties:
                return pom.properties[name].value
        key = name.removeprefix("project.").removeprefix("pom.")
        if key == "artifactId":
            found = self.root.value("artifactId")
            return found.value if found is not None else None
        if key in {"version", "groupId"}:
            for pom in self.chain:
                found = pom.root.value(key) or pom.root.value("parent", key)
                if found is not None and f"${{{name}}}" not in found.value:
                    return found.value
        if key.startswith("parent."):
            found = self.root.value("parent", key.removeprefix("parent."))
            return found.value if found is not None else None
        return None

    def builds(self) -> Iterator[Element]:
        """Yield the element `build` and those of profiles that are active by default, nearest pom first."""
        for pom in self.chain:
            yield from pom.root.all("build")
            for profile in pom.root.all("profiles", "profile"):
                active = profile.value("activation", "activeByDefault")
                if active is not None and active.value == "true":
                    yield from profile.all("build")

    def plugins(self) -> Iterator[Element]:
        """Yield the plugins that are used: this pom's, then those that are inherited."""
        for build in self.builds():
            yield from build.all("plugins", "plugin")

    def plugin(self, name: str) -> tuple[Element, ...]:
        """Return what configures a used plugin, nearest first; empty when it is not used."""
        used = tuple(item for item in self.plugins() if _is(item, "artifactId", name))
        if not used:
            return ()
        managed = (build.all("pluginManagement", "plugins", "plugin") for build in self.builds())
        return (*used, *(item for items in managed for item in items if _is(item, "artifactId", name)))

    def dependencies(self) -> Iterator[tuple[str, str, Element]]:
        """Yield (group, artifact, element) of all dependencies that are not for tests, inherited ones too."""
        for pom in self.chain:
            for item in pom.root.all("dependencies", "dependency"):
                group, name, scope = item.value("groupId"), item.value("artifactId"), item.value("scope")
                if name is not None and (scope is None or scope.value != "test"):
                    yield (self.resolved(group.value) or "" if group else "", self.resolved(name.value) or "", item)

    def managed(self, name: str) -> str | None:
        """Return the version of a managed dependency (a BOM), None when it is not known."""
        for pom in self.chain:
            for item in pom.root.all("dependencyManagement", "dependencies", "dependency"):
                version = item.value("version")
                if _is(item, "artifactId", name) and version is not None:
                    return self.resolved(version.value)
        return None

    def profiles(self) -> set[str]:
        """Return the ids of all profiles."""
        found = (item.value("id") for pom in self.chain for item in pom.root.all("profiles", "profile"))
        return {item.value for item in found if item is not None}

    def modules(self) -> Iterator[Sourced[str]]:
        """Yield the folders of the modules, those of profiles that are active by default too."""
        lists = [self.root.first("modules"), self.root.first("subprojects")]
        for profile in self.root.all("profiles", "profile"):
            active = profile.value("activation", "activeByDefault")
            if active is not None and active.value == "true":
                lists.append(profile.first("modules"))
        for element in lists:
            for item in element.children if element is not None else ():
                text = self.resolved(item.text)
                if text:
                    yield Sourced(posixpath.normpath(posixpath.join(self.directory, text)), item.origin())


def _is(element: Element, key: str, value: str) -> bool:
    found = element.value(key)
    return found is not None and found.value == value


def read(tree: SourceTree, path: str = MANIFEST) -> Pom:
    """Return a pom with those above it; raises FileError for what is no pom."""
    return tree.memo("pom", path, lambda: _read(tree, path, _MAX_PARENTS))


def _read(tree: SourceTree, path: str, left: int) -> Pom:
    root = xml.read(tree, path)
    if root.name != "project":
        raise FileError(
            f"its root element is `{root.name[:60]}`; expected `project`",
            origin=Origin(path, root.line),
            hint="see https://maven.apache.org/pom.html",
        )
    pom = Pom(path, root)
    element = root.first("properties")
    for item in element.children if element is not None else ():
        pom.properties[item.name] = Sourced(item.text, item.origin())
    above = _parent_path(tree, pom)
    if above is not None and left:
        pom.parent = _read(tree, above, left - 1)
    return pom


def _parent_path(tree: SourceTree, pom: Pom) -> str | None:
    element = pom.root.first("parent")
    if element is None:
        return None
    relative = element.first("relativePath")
    text = relative.text if relative is not None else "../pom.xml"
    if not text:
        return None
    path = posixpath.normpath(posixpath.join(pom.directory, text))
    if not path.endswith(".xml"):
        path = posixpath.normpath(posixpath.join(path, MANIFEST))
    if path.startswith("..") or not tree.has(path) or path == pom.path:
        return None
    name, own = element.value("artifactId"), xml.read(tree, path).value("artifactId")
    # Maven looks there and takes the pom only when it is the one that is asked for.
    return path if name is not None and own is not None and name.value == own.value else None


def reactor(tree: SourceTree) -> tuple[Pom, ...]:
    """Return the root's pom and all modules below it, in the order of the files; raises FileError for a broken one."""
    found: dict[str, Pom] = {}
    pending = [MANIFEST]
    while pending and len(found) < _MAX_MODULES:
        path = pending.pop(0)
        if path in found:
            continue
        pom = read(tree, path)
        found[path] = pom
        for module in pom.modules():
            below = module.value if module.value.endswith(".xml") else f"{module.value}/{MANIFEST}"
            if not below.startswith("..") and tree.has(below):
                pending.append(below)
    return tuple(found.values())
