"""Directories that an app makes while it runs, where its settings name them.

That is its configuration (`upload_path = "./upload"`), or the default of an option (`default_value = "shop_data"`).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from buildplan.errors import FileError
from buildplan.language import runtime_paths
from buildplan.language.runtime_paths import Found
from buildplan.read import toml_document, yaml_document

from . import source_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.read.corpus import Corpus
    from buildplan.read.document import Document, Key
    from buildplan.read.syntax import Source, Value
    from buildplan.source import SourceTree


_KEY = re.compile(r"(?:\w{1,40}_)?(?:path|dir|directory|folder|storage)", re.IGNORECASE)
_FOLDER = re.compile(r"(?:\./)?[\w-][\w./-]{0,100}", re.ASCII)
_FOLDERS = ("dir", "directory", "folder")
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


def directories(tree: SourceTree, paths: tuple[str, ...], files: Corpus[Source]) -> Iterator[Found]:
    """Yield the relative directories that configuration or an option names and the tree does not hold."""
    seen: set[str] = set()
    for file in files.mentioning(("default_value",)):
        for literal in _defaults(file):
            directory = _directory(tree, literal.text)
            if directory is not None and directory not in seen:
                seen.add(directory)
                yield Found(directory, file.origin(literal.line))
    for path in paths:
        document = read(tree, path)
        for keys, value in _texts((), document.data) if document is not None else ():
            directory = _directory(tree, value) if _KEY.fullmatch(str(keys[-1])) else None
            if document is not None and directory is not None and directory not in seen:
                seen.add(directory)
                yield Found(directory, document.origin(*keys))


def _defaults(file: Source) -> Iterator[Value]:
    """Yield the texts that options for directories have as defaults."""
    for field in source_file.fields(file, _FOLDERS):
        for item in field.attributes:
            if item.name in source_file.OPTIONS and re.fullmatch(r"(?:\w+_)?(?:dir|directory|folder)", field.name.text):
                yield from (value for value in source_file.defaults(file, item) if value.kind == "string")


def _directory(tree: SourceTree, value: str) -> str | None:
    """Return a directory that is relative, has no ending like a file's, and is no part of the tree."""
    name = posixpath.normpath(value)
    if not _FOLDER.fullmatch(value) or "." in posixpath.basename(name) or tree.has(name) or tree.has_directory(name):
        return None
    return runtime_paths.writable(name)


def _texts(keys: tuple[Key, ...], value: Any) -> Iterator[tuple[tuple[Key, ...], str]]:
    if isinstance(value, str) and keys:
        yield keys, value
    elif isinstance(value, dict) and len(keys) < _MAX_DEPTH:
        for key, item in value.items():
            yield from _texts((*keys, key), item)
