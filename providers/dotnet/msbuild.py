"""What an MSBuild project says, read without MSBuild: properties, references and imports, in the order of evaluation.

Read are the nearest `Directory.Build.props` and `Directory.Packages.props`, the project with what it imports from the
tree, and the nearest `Directory.Build.targets`. What comes from SDKs and packages is not known. The tree is the folder
`/` there.

Sources, checked 2026-11-24:
- evaluation: https://learn.microsoft.com/visualstudio/msbuild/build-process-overview
- Directory.Build.props: https://learn.microsoft.com/visualstudio/msbuild/customize-by-directory
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin, Sourced
from buildplan.read import xml

from . import conditions, expansion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.read.xml import Element
    from buildplan.source import SourceTree

PROPS = "Directory.Build.props"
PACKAGES = "Directory.Packages.props"
TARGETS = "Directory.Build.targets"
_MOST_FILES = 100
_MOST_ITEMS = 2000


@dataclass(slots=True)
class Facts:
    """What a project file and all that it imports say.

    `properties` and `packages` are keyed in lower case, as MSBuild takes them. `references` are paths of the tree, also
    of files that are missing. `files` are all files that were read, the project's own among them.
    """

    path: str
    root: Element
    sdks: dict[str, Origin] = field(default_factory=dict)
    properties: dict[str, Sourced[str]] = field(default_factory=dict)
    packages: dict[str, Sourced[str]] = field(default_factory=dict)
    frameworks: dict[str, Origin] = field(default_factory=dict)
    references: dict[str, Origin] = field(default_factory=dict)
    commands: list[Sourced[str]] = field(default_factory=list)
    files: dict[str, Origin] = field(default_factory=dict)
    missing: dict[str, Origin] = field(default_factory=dict)

    @property
    def directory(self) -> str:
        """The folder of the project; `""` is the root."""
        return posixpath.dirname(self.path)

    def get(self, name: str) -> str:
        """Return the value of a property, empty when it is not set."""
        found = self.properties.get(name.lower())
        return found.value if found is not None else ""

    def is_true(self, name: str) -> bool:
        """Return whether a property is `true`."""
        return self.get(name).strip().lower() == "true"

    def origin(self, name: str) -> Origin:
        """Return the place of a property; the project's own when it is not set."""
        found = self.properties.get(name.lower())
        return found.origin if found is not None else Origin(self.path, self.root.line)


def read(tree: SourceTree, path: str) -> Facts:
    """Return what a project says; raises FileError when it, or a file that it is made of, is no XML."""
    return tree.memo("msbuild", path, lambda: _Evaluation(tree, path).run())


def above(tree: SourceTree, name: str, directory: str) -> str | None:
    """Return the nearest file of that name in a folder or above it."""
    current = directory
    while True:
        found = posixpath.join(current, name)
        if tree.has(found):
            return found
        if not current:
            return None
        current = posixpath.dirname(current)


def inside(text: str, directory: str) -> str | None:
    """Return a path of a project as a path of the tree; None when it leaves the tree or cannot be a path."""
    plain = text.strip().replace("\\", "/")
    if not plain or re.match(r"[A-Za-z]:", plain) or not plain.isprintable():
        return None
    clean = posixpath.normpath(posixpath.join("/", directory, plain))
    if plain.startswith("/"):
        clean = posixpath.normpath(plain)
    depth = 0
    for part in (plain if plain.startswith("/") else posixpath.join(directory, plain)).split("/"):
        depth += -1 if part == ".." else 0 if part in {"", "."} else 1
        if depth < 0:
            return None
    return clean.lstrip("/")


class _Evaluation:
    def __init__(self, tree: SourceTree, path: str) -> None:
        self._tree = tree
        self._facts = Facts(path, xml.read(tree, path))
        self._pending: list[tuple[Element, str]] = []
        name = posixpath.basename(path)
        stem, extension = posixpath.splitext(name)
        known = {
            "configuration": "Release",
            "os": "Unix",
            "platform": "AnyCPU",
            "msbuildprojectname": stem,
            "msbuildprojectfile": name,
            "msbuildprojectextension": extension,
            "msbuildprojectdirectory": f"/{self._facts.directory}".rstrip("/"),
            "msbuildprojectfullpath": f"/{path}",
        }
        self._known = known

    def run(self) -> Facts:
        facts = self._facts
        directory = facts.directory
        # What central package management holds is imported by NuGet, after what the folder says.
        for name in (PROPS, PACKAGES):
            first = above(self._tree, name, directory)
            if first is not None:
                self._file(first, facts.root.origin())
        self._file(facts.path, facts.root.origin())
        last = above(self._tree, TARGETS, directory)
        if last is not None:
            self._file(last, facts.root.origin())
        # Items are read after all properties, as MSBuild does.
        for element, directory in self._pending:
            if self._holds(element, directory):
                self._items(element, directory)
        return facts

    def _file(self, path: str, origin: Origin) -> None:
        if path in self._facts.files or len(self._facts.files) > _MOST_FILES:
            return
        self._facts.files[path] = origin
        root = xml.read(self._tree, path)
        directory = posixpath.dirname(path)
        for name in root.attributes.get("Sdk", "").split(";"):
            self._sdk(name, root.origin("Sdk"))
        for child in self._chosen(root, directory):
            self._element(child, directory)

    def _chosen(self, parent: Element, directory: str) -> Iterator[Element]:
        """Yield the children whose conditions hold, with `Choose` resolved."""
        for child in parent.children:
            # The conditions of items, which come after all properties, are looked at then.
            if child.name != "ItemGroup" and not self._holds(child, directory):
                continue
            if child.name == "Choose":
                options = (item for item in child.all("When") if self._holds(item, directory))
                branch = next(options, child.first("Otherwise"))
                if branch is not None:
                    yield from self._chosen(branch, directory)
            elif child.name == "ImportGroup":
                yield from self._chosen(child, directory)
            else:
                yield child

    def _holds(self, element: Element, directory: str) -> bool:
        condition = element.attributes.get("Condition", "").strip()
        if not condition:
            return True

        def exists(path: str) -> bool:
            found = inside(path, directory)
            return found is not None and (self._tree.has(found) or self._tree.has_directory(found))

        text = self.expanded(condition, directory)
        # A call that is not understood leaves nothing.
        return bool(text) and conditions.holds(text, exists)

    def _element(self, element: Element, directory: str) -> None:
        if element.name == "PropertyGroup":
            for item in element.children:
                if self._holds(item, directory):
                    value = Sourced(self.expanded(item.text, directory), item.origin())
                    self._facts.properties[item.name.lower()] = value
        elif element.name == "Import":
            self._import(element, directory)
        elif element.name == "Sdk":
            self._sdk(element.attributes.get("Name", ""), element.origin())
        elif element.name == "ItemGroup":
            self._pending.append((element, directory))
        elif element.name == "Target":
            for item in element.walk():
                if item.name == "Exec" and item.attributes.get("Command"):
                    text = self.expanded(item.attributes["Command"], directory)
                    self._facts.commands.append(Sourced(text, item.origin("Exec")))

    def _sdk(self, text: str, origin: Origin) -> None:
        name = text.strip().partition("/")[0]
        if name:
            self._facts.sdks.setdefault(name.lower(), origin)

    def _import(self, element: Element, directory: str) -> None:
        self._sdk(element.attributes.get("Sdk", ""), element.origin("Sdk"))
        written = element.attributes.get("Project", "")
        if "Sdk" in element.attributes or not written:
            return
        text = self.expanded(written, directory)
        path = inside(text, directory)
        if path is None or "*" in path:
            return
        if self._tree.has(path):
            self._file(path, element.origin())
        elif "$(" not in written:
            self._facts.missing.setdefault(path, element.origin())

    def _items(self, group: Element, directory: str) -> None:
        for item in self._chosen(group, directory):
            facts = self._facts
            if item.name == "PackageReference":
                for name in self._included(item, directory, "Update"):
                    version = item.attributes.get("Version") or _text(item, "Version")
                    facts.packages.setdefault(name.lower(), Sourced(version, item.origin()))
            elif item.name == "FrameworkReference":
                for name in self._included(item, directory):
                    facts.frameworks.setdefault(name.lower(), item.origin())
            elif item.name == "ProjectReference":
                for name in self._included(item, directory):
                    self._reference(name, item)
        if len(self._facts.packages) > _MOST_ITEMS:
            self._facts.packages.clear()

    def _included(self, item: Element, directory: str, other: str = "Include") -> Iterator[str]:
        text = item.attributes.get("Include") or item.attributes.get(other, "")
        for name in self.expanded(text, directory).split(";"):
            if name.strip():
                yield name.strip()

    def _reference(self, name: str, item: Element) -> None:
        path = inside(name, self._facts.directory)
        if path is None:
            return
        if "*" in path:
            pattern = re.compile(fnmatch.translate(path.replace("**/", "*")))
            for found in self._tree.with_suffix(".csproj", ".fsproj", ".vbproj"):
                if pattern.fullmatch(found) and found != self._facts.path:
                    self._facts.references.setdefault(found, item.origin())
            return
        self._facts.references.setdefault(path, item.origin())

    def expanded(self, text: str, directory: str) -> str:
        """Return a text with its properties filled in; what cannot be known is empty."""

        def value(name: str) -> str:
            lower = name.lower()
            if lower in {"msbuildthisfiledirectory", "msbuildthisfiledirectorynoroot"}:
                return f"/{directory}/" if directory else "/"
            found = self._facts.properties.get(lower)
            return found.value if found is not None else self._known.get(lower, "")

        return expansion.expanded(text, value, lambda name, call: self._above(name, call, directory))

    def _above(self, function: str, arguments: str, directory: str) -> str:
        words = [word.strip().strip("'\"") for word in arguments.split(",")]
        is_path = function.lower() == "getpathoffileabove"
        name, start = (words[0], words[1] if len(words) > 1 else "") if is_path else (words[-1], words[0])
        where = inside(start, directory) if start else directory
        if where is None or "/" in name:
            return ""
        found = above(self._tree, name, where)
        if found is None or found in self._facts.files:
            return ""
        return f"/{found}" if is_path else f"/{posixpath.dirname(found)}"


def _text(element: Element, name: str) -> str:
    found = element.first(name)
    return found.text if found is not None else ""
