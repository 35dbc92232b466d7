"""The document root that the authors' own files name: the Dockerfile, Compose, Apache's and nginx's configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin, Sourced
from buildplan.read import own_dockerfile

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
    for lines, pattern in _files(tree):
        for line in lines:
            match = pattern(line.value[:_LONGEST_LINE])
            folder = _folder(tree, match[1]) if match is not None else None
            if folder is not None:
                return folder, line.origin
    return None


def _files(tree: SourceTree) -> Iterator[tuple[list[Sourced[str]], Callable[[str], re.Match[str] | None]]]:
    image = [Sourced(item.value.line, item.origin) for item in own_dockerfile.instructions(tree)]
    yield image, _VARIABLE.search
    yield image, _COPIED.fullmatch
    yield image, _SERVED.search
    for name in _COMPOSE:
        yield _lines(tree, name), _MOUNTED.fullmatch
    own = (path for path in tree.with_suffix(".conf") if not path.startswith(_NOT_OURS))
    for _, path in zip(range(_MAX_FILES), own, strict=False):
        yield _lines(tree, path), _DIRECTIVE.fullmatch


def _lines(tree: SourceTree, path: str) -> list[Sourced[str]]:
    lines = (tree.text_or_none(path) or "").split("\n", _MAX_LINES)[:_MAX_LINES]
    return [Sourced(line, Origin(path, number)) for number, line in enumerate(lines, 1)]


def _folder(tree: SourceTree, path: str) -> str | None:
    parts = [part for part in path.split("/") if part]
    if ".." in parts or "." in parts:
        return None
    ends = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((end for end in ends if tree.has(f"{end}/{_INDEX}")), None)
