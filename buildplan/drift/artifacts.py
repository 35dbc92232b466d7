"""Paths that may come from a build outside of the tree: that they are not in it says nothing."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.source.ignore import MAX_IGNORE_BYTES, IgnoreRules
from buildplan.source.ignore_rule import parse
from buildplan.source.walk import PRUNED_DIRECTORIES

if TYPE_CHECKING:
    from buildplan.source import SourceTree

# Where tools put what they make, by convention.
_OUTPUTS = {
    *(
        "_build",
        "artifacts",
        "build",
        "coverage",
        "dist",
        "generated",
        "obj",
        "out",
        "output",
        "publish",
        "rel",
        "release",
    ),
    *("secrets", "staticfiles", "target", "tmp", "wheels"),
}
# The same, in other projects: where the tree has files in one, it is a directory of sources here.
_SOMETIMES = {"assets", "bin", "deps", "pkg", "public", "releases", "site", "static", "vendor"}
_SUFFIXES = (
    ".7z",
    ".a",
    ".apk",
    ".bin",
    ".bz2",
    ".class",
    ".crt",
    ".deb",
    ".dll",
    ".ear",
    ".env",
    ".exe",
    ".gz",
    ".jar",
    ".key",
    ".pem",
    ".phar",
    ".rpm",
    ".so",
    ".tar",
    ".tgz",
    ".war",
    ".wasm",
    ".whl",
    ".xz",
    ".zip",
    ".zst",
)
_SUBMODULE = re.compile(r"\s*+path\s*+=\s*+(\S(?:.*\S)?)\s*", re.ASCII)


def may_be_made(tree: SourceTree, path: str) -> bool:
    """Return whether something outside of git may put a file or directory there: a build, a secret, a submodule."""
    parts = path.lower().split("/")
    above = path.rpartition("/")[0]
    if any(part in _OUTPUTS for part in parts[:-1]):
        return True
    if any(part in _SOMETIMES or part.startswith(".") for part in parts[:-1]) and not tree.has_directory(above):
        return True
    last = parts[-1]
    if (
        last in _OUTPUTS
        or last in _SOMETIMES
        or last in PRUNED_DIRECTORIES
        or last.endswith(_SUFFIXES)
        or last.startswith(".env")
    ):
        return True
    return is_ignored(tree, path) or _in_submodule(tree, path)


def is_ignored(tree: SourceTree, path: str) -> bool:
    """Return whether the tree's `.gitignore` files leave the path out, as a file or as a directory."""
    rules = tree.memo("gitignore", "", lambda: _rules(tree))
    parts = path.split("/")
    for index, name in enumerate(parts):
        parent = "/".join(parts[:index])
        files, directories = rules.ignored(parent, [name], [name])
        if directories or (files and index == len(parts) - 1):
            return True
    return False


def _rules(tree: SourceTree) -> IgnoreRules:
    files = []
    for file in tree.named(".gitignore"):
        text = tree.text_or_none(file)
        if text is not None and len(text) <= MAX_IGNORE_BYTES:
            files.append((posixpath.dirname(file), parse(text.encode())))
    return IgnoreRules(tuple(files))


def _in_submodule(tree: SourceTree, path: str) -> bool:
    text = tree.text_or_none(".gitmodules")
    if text is None:
        return False
    found = (_SUBMODULE.fullmatch(line) for line in text.split("\n") if len(line) < 500)  # noqa: PLR2004  # a path
    return any(match is not None and (path == match[1] or path.startswith(f"{match[1]}/")) for match in found)
