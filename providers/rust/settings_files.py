"""Directories that the app's own configuration names, which it makes while it runs: `upload_path = "./upload"`."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from buildplan.errors import FileError
from buildplan.facts import toml_document, yaml_document

from .runtime_files import Found, own_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.facts.document import Document, Key
    from buildplan.source import SourceTree

_KEY = re.compile(r"(?:\w{1,40}_)?(?:path|dir|directory|folder|storage)", re.IGNORECASE)
_FOLDER = re.compile(r"(?:\./)?[\w-][\w./-]{0,100}", re.ASCII)
_MAX_DEPTH = 6


def read(tree: SourceTree, path: str) -> Document | None:
    """Return a file of configuration, None for another kind of file or one that cannot be read."""
    try:
        if path.endswith(".toml"):
            return toml_document.read(tree, path)
        if path.endswith((".yaml", ".yml")):
            return yaml_document.read(tree, path)
    except FileError:
        pass
    return None


def directories(tree: SourceTree, paths: tuple[str, ...]) -> Iterator[Found]:
    """Yield the relative directories that configuration names and the tree does not hold."""
    seen: set[str] = set()
    for path in paths:
        document = read(tree, path)
        for keys, value in _texts((), document.data) if document is not None else ():
            if document is None or not _KEY.fullmatch(str(keys[-1])) or not _FOLDER.fullmatch(value):
                continue
            name = posixpath.normpath(value)
            if "." in posixpath.basename(name) or tree.has(name) or tree.has_directory(name):
                continue
            directory = own_directory(name)
            if directory is not None and directory not in seen:
                seen.add(directory)
                yield Found(directory, document.origin(*keys))


def _texts(keys: tuple[Key, ...], value: Any) -> Iterator[tuple[tuple[Key, ...], str]]:
    if isinstance(value, str) and keys:
        yield keys, value
    elif isinstance(value, dict) and len(keys) < _MAX_DEPTH:
        for key, item in value.items():
            yield from _texts((*keys, key), item)
