"""Which Dockerfiles of a tree are meant to be kept in sync: those of its apps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.drift.contexts import fits

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_NAME = re.compile(r"(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?|[\w.-]+\.Dockerfile", re.ASCII | re.IGNORECASE)
# `Dockerfile.dockerignore` is an ignore file, the others are templates that some program fills.
_OTHER = (
    ".dockerignore",
    ".erb",
    ".hbs",
    ".in",
    ".j2",
    ".jinja",
    ".jinja2",
    ".md",
    ".mustache",
    ".template",
    ".tmpl",
    ".tpl",
)
# `dockerfile.js` and the like are code and pictures about Dockerfiles; no stage is called by such a name.
_CODE = frozenset(
    (
        *("bash", "c", "cpp", "cs", "css", "ex", "exs", "go", "html", "java", "js", "json", "jsx", "kt", "lua", "mjs"),
        *("php", "png", "ps1", "py", "rb", "rs", "rst", "scss", "sh", "svg", "toml", "ts", "tsx", "txt", "vim", "vue"),
        *("xml", "yaml", "yml", "zip"),
    )
)
# Files of this name in these directories are data of tests, or somebody else's.
_DATA = {"__fixtures__", "__snapshots__", "fixtures", "snapshots", "testdata", "third_party", "vendor"}


def dockerfiles(tree: SourceTree, patterns: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the paths of the tree's Dockerfiles, sorted; with `patterns` those that fit one of them.

    What fits a pattern of `exclude` is left out.
    """
    found = []
    for path in tree.files:
        parts = path.split("/")
        if any(_fits(parts, pattern.strip("/").split("/")) for pattern in exclude):
            continue
        if patterns:
            if any(_fits(parts, pattern.strip("/").split("/")) for pattern in patterns):
                found.append(path)
        elif is_dockerfile(path):
            found.append(path)
    return tuple(sorted(found, key=lambda path: (path.count("/"), path)))


def not_excluded(paths: tuple[str, ...], exclude: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths that fit no pattern."""
    patterns = [pattern.strip("/").split("/") for pattern in exclude]
    return tuple(path for path in paths if not any(_fits(path.split("/"), pattern) for pattern in patterns))


def is_dockerfile(path: str) -> bool:
    """Return whether a file of this path is taken for a Dockerfile that an app is built with."""
    *directories, name = path.split("/")
    if not _NAME.fullmatch(name) or name.lower().endswith(_OTHER) or name.startswith("."):
        return False
    if name.rpartition(".")[2].lower() in _CODE:
        return False
    return _DATA.isdisjoint(directories)


def _fits(parts: list[str], pattern: list[str]) -> bool:
    """Return whether a path fits a pattern; `**` is any number of directories."""
    # reached[i]: the first i segments of the pattern fit what was seen so far.
    reached = {0}
    for part in parts:
        following = set()
        for index in _past_stars(reached, pattern):
            if index < len(pattern) and pattern[index] == "**":
                following.add(index)
            elif index < len(pattern) and fits(part, pattern[index]):
                following.add(index + 1)
        reached = following
    return len(pattern) in _past_stars(reached, pattern)


def _past_stars(reached: set[int], pattern: list[str]) -> set[int]:
    result = set(reached)
    for index in sorted(reached):
        while index < len(pattern) and pattern[index] == "**":
            index += 1  # noqa: PLW2901  # walks on
            result.add(index)
    return result
