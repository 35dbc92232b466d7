"""What a Python generator needs installed: what the tree pins, else exact versions from `generators.toml`.

Sources, checked 2026-11-24: https://docs.readthedocs.com/platform/stable/config-file/v2.html (`python.install`,
`build.apt_packages`), https://pip.pypa.io/en/stable/cli/pip_install/ (`--group`), https://peps.python.org/pep-0735/.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import FileError
from buildplan.model.build_plan import Input
from buildplan.model.origin import Origin, Sourced

from .paths import inside

if TYPE_CHECKING:
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

READTHEDOCS = (".readthedocs.yaml", ".readthedocs.yml", "readthedocs.yml")

# Files that hold nothing but what the documentation needs; then the one of the whole project.
_OWN_FILES = (
    "docs/requirements.txt",
    "doc/requirements.txt",
    "requirements-docs.txt",
    "docs-requirements.txt",
    "requirements-doc.txt",
    "requirements/docs.txt",
    "requirements/doc.txt",
)
_GROUPS = ("docs", "doc", "documentation", "site", "dev")
_INCLUDED = re.compile(r"[ \t]*(?:-r|--requirement|-c|--constraint)[ \t=]+(\S+)")
_LOCAL = re.compile(r"[ \t]*(?:(?:-e|--editable)[ \t=]|\.{1,2}(?:[ \t/\[]|$)|file:)")
_APT_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{1,80}", re.ASCII)
_GROUP_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,60}", re.ASCII)
_MOST_FILES = 20


class Requirements(NamedTuple):
    """The commands that install, what they read, and where that is written."""

    commands: tuple[str, ...]
    inputs: tuple[Input, ...]
    origin: Origin
    rule: str
    git: bool = False


def readthedocs(tree: SourceTree) -> Document | None:
    """Return the configuration for Read the Docs, or None; raises FileError."""
    path = tree.first(*READTHEDOCS)
    if path is None:
        return None
    from buildplan.read import yaml_document

    return yaml_document.read(tree, path)


def apt_packages(document: Document | None) -> tuple[Sourced[str], ...]:
    """Return the Debian packages that Read the Docs is told to install; raises FileError for a wrong name."""
    listed = document.get("build", "apt_packages") if document is not None else None
    if document is None or not isinstance(listed, list):
        return ()
    found = []
    for index, name in enumerate(listed):
        origin = document.origin("build", "apt_packages", index)
        if not isinstance(name, str) or not _APT_NAME.fullmatch(name):
            raise FileError(
                f"`{str(name)[:60]}` is no name of a Debian package", origin=origin, hint="correct the name"
            )
        found.append(Sourced(name, origin))
    return tuple(found)


def python_request(document: Document | None) -> Sourced[str] | None:
    """Return the Python version for Read the Docs; `3`, `latest` and conda's names ask for nothing."""
    value = document.get("build", "tools", "python") if document is not None else None
    if document is None or not re.fullmatch(r"3\.\d{1,2}", str(value)):
        return None
    return Sourced(str(value), document.origin("build", "tools", "python"))


def declared(tree: SourceTree, package: str, document: Document | None) -> Requirements | None:
    """Return what the tree itself says, or None when nothing in it names the package.

    Raises FileError for a requirements file that leaves the tree or is missing.
    """
    found = _from_readthedocs(tree, document)
    if found is not None:
        return found
    for path in _OWN_FILES:
        if tree.has(path):
            return _from_files(tree, (Sourced(path, Origin(path)),), "the requirements of the documentation")
    if tree.has("requirements.txt") and _names(tree.text("requirements.txt"), package):
        asked = Sourced("requirements.txt", Origin("requirements.txt"))
        return _from_files(tree, (asked,), f"requirements that name {package}")
    return _from_pyproject(tree, package)


def _names(text: str, package: str) -> bool:
    return any(line.strip().lower().startswith(package) for line in text.split("\n"))


def _from_readthedocs(tree: SourceTree, document: Document | None) -> Requirements | None:
    steps = document.get("python", "install") if document is not None else None
    if document is None or not isinstance(steps, list):
        return None
    files: list[Sourced[str]] = []
    targets: list[str] = []
    for index, step in enumerate(steps):
        if not isinstance(step, dict):
            continue
        origin = document.origin("python", "install", index)
        if isinstance(step.get("requirements"), str):
            files.append(Sourced(step["requirements"], document.origin("python", "install", index, "requirements")))
        elif isinstance(step.get("path"), str):
            targets.append(_target(Sourced(step["path"], origin), step.get("extra_requirements")))
    if not files and not targets:
        return None
    found = _from_files(tree, tuple(files), "what Read the Docs installs") if files else None
    if not targets:
        return found
    commands = found.commands if found is not None else ()
    origin = document.origin("python", "install")
    own = tuple(f"pip install {shlex.quote(target)}" for target in targets)
    return Requirements((*commands, *own), (Input("."),), origin, "what Read the Docs installs", git=True)


def _target(path: Sourced[str], extras: Any) -> str:
    folder = inside(path)
    names = [name for name in extras if isinstance(name, str)] if isinstance(extras, list) else []
    for name in names:
        if not _GROUP_NAME.fullmatch(name):
            raise FileError(f"`{name[:60]}` is no name of an extra", origin=path.origin, hint="correct the name")
    listed = f"[{','.join(names)}]" if names else ""
    return f"./{folder}{listed}" if folder else f".{listed}"


def _from_files(tree: SourceTree, asked: tuple[Sourced[str], ...], rule: str) -> Requirements:
    pending = [(inside(item), item.origin) for item in asked]
    first = [path for path, _ in pending]
    seen: dict[str, None] = {}
    whole = git = False
    while pending:
        path, origin = pending.pop(0)
        if path in seen:
            continue
        if not tree.has(path):
            raise FileError(f"there is no file `{path}`", origin=origin, hint="commit it, or correct the path")
        if len(seen) >= _MOST_FILES:
            raise FileError(f"more than {_MOST_FILES} requirements files include each other", origin=origin)
        seen[path] = None
        folder = path.rpartition("/")[0]
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            included = _INCLUDED.match(line)
            if included is not None:
                pending.append((_beside(folder, included[1], Origin(path, number)), Origin(path, number)))
            whole = whole or _LOCAL.match(line) is not None
            git = git or "git+" in line
    commands = tuple(f"pip install -r {shlex.quote(path)}" for path in first)
    inputs = (Input("."),) if whole else tuple(Input(path) for path in seen)
    return Requirements(commands, inputs, asked[0].origin, rule, git)


def _beside(folder: str, path: str, origin: Origin) -> str:
    """Return a path that is relative to a requirements file, as one of the tree."""
    parts = folder.split("/") if folder else []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return inside(Sourced("/".join(parts), origin))


def _from_pyproject(tree: SourceTree, package: str) -> Requirements | None:
    if not tree.has("pyproject.toml"):
        return None
    from buildplan.read import toml_document

    document = toml_document.read(tree, "pyproject.toml")
    for name in _GROUPS:
        if _lists(document.get("dependency-groups", name), package):
            origin = document.origin("dependency-groups", name)
            inputs = (Input("pyproject.toml"),)
            return Requirements(
                (f"pip install --group {name}",), inputs, origin, "a group of dependencies that names it"
            )
    for name in _GROUPS:
        if _lists(document.get("project", "optional-dependencies", name), package):
            origin = document.origin("project", "optional-dependencies", name)
            text = "an extra of the project that names it"
            return Requirements((f"pip install {shlex.quote(f'.[{name}]')}",), (Input("."),), origin, text)
    if _lists(document.get("project", "dependencies"), package):
        origin = document.origin("project", "dependencies")
        return Requirements(("pip install .",), (Input("."),), origin, "a dependency of the project")
    return None


def _lists(value: Any, package: str) -> bool:
    return isinstance(value, list) and any(isinstance(item, str) and _names(item, package) for item in value)
