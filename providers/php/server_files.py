"""The document root that the authors' own files name: the Dockerfile, Compose, Apache's and nginx's configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin
from buildplan.read import authors_dockerfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildplan.source import SourceTree

_INDEX = "index.php"
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_VARIABLE = re.compile(r"\bAPACHE_DOCUMENT_ROOT[= ]\s{0,4}[\"']?(/[\w./-]{1,200})", re.ASCII)
_COPIED = re.compile(
    r"(?:COPY|ADD)\s{1,8}(?:--\S{1,100}\s{1,8}){0,3}(?:\./)?([\w.-][\w./-]{0,200})\s{1,8}/var/www/html/?\s{0,8}",
    re.ASCII,
)
_SERVED = re.compile(r"\bphp\b.{0,100}-S\b.{0,100}[\s\"']-t[\s\"',]{1,8}([\w./-]{1,200})", re.ASCII)
_MOUNTED = re.compile(r"\s{0,80}-\s{1,8}[\"']?\./([\w./-]{1,200}):/var/www/html/?(?::\w{1,10})?[\"']?\s{0,8}", re.ASCII)
_DIRECTIVE = re.compile(r"\s{0,80}(?:DocumentRoot|root)\s{1,8}[\"']?(/[\w./-]{1,200})[\"']?\s{0,8};?\s{0,8}", re.ASCII)
_NOT_OURS = ("vendor/", "node_modules/", "tests/", "test/")
_MAX_FILES = 40
_MAX_LINES = 1000
_LONGEST_LINE = 500


def document_root(tree: SourceTree) -> tuple[str, Origin] | None:
    """Return the folder of the tree that a server file names, and where; None when none names one with a page.

    Some name a path of a machine (`/var/www/app/public`): the longest end of it that is a folder of the tree with an
    `index.php` is the one. Others say what of the tree is put where the image of PHP serves from.
    """
    for path, pattern in _files(tree):
        text = tree.text_or_none(path)
        if text is None or authors_dockerfile.is_ours(text):
            continue
        for number, line in enumerate(text.split("\n", _MAX_LINES)[:_MAX_LINES], 1):
            match = pattern(line[:_LONGEST_LINE])
            folder = _folder(tree, match[1]) if match is not None else None
            if folder is not None:
                return folder, Origin(path, number)
    return None


def _files(tree: SourceTree) -> Iterator[tuple[str, Callable[[str], re.Match[str] | None]]]:
    if tree.has(authors_dockerfile.PATH):
        yield authors_dockerfile.PATH, _VARIABLE.search
        yield authors_dockerfile.PATH, _COPIED.fullmatch
        yield authors_dockerfile.PATH, _SERVED.search
    for name in _COMPOSE:
        if tree.has(name):
            yield name, _MOUNTED.fullmatch
    own = (path for path in tree.with_suffix(".conf") if not path.startswith(_NOT_OURS))
    for _, path in zip(range(_MAX_FILES), own, strict=False):
        yield path, _DIRECTIVE.fullmatch


def _folder(tree: SourceTree, path: str) -> str | None:
    parts = [part for part in path.split("/") if part]
    if ".." in parts or "." in parts:
        return None
    ends = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((end for end in ends if tree.has(f"{end}/{_INDEX}")), None)
