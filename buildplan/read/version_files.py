"""Files that hold the version of a tool: `.nvmrc` and its like, `.tool-versions`, and mise's configuration.

Sources, checked 2026-11-24:
- .nvmrc: https://github.com/nvm-sh/nvm#nvmrc (`#` starts a comment)
- .python-version: https://github.com/pyenv/pyenv/blob/master/COMMANDS.md (several versions, the first is used)
- .tool-versions: https://asdf-vm.com/manage/configuration.html#tool-versions
- mise: https://mise.jdx.dev/configuration.html
- mise.lock: https://mise.jdx.dev/dev-tools/mise-lock-reference.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from buildplan.model.origin import Origin, Sourced
from buildplan.read import toml_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.read.document import Document, Key
    from buildplan.source import SourceTree

# In the order in which mise prefers them.
MISE_FILES = (
    "mise.toml",
    ".mise.toml",
    "mise/config.toml",
    ".mise/config.toml",
    ".config/mise.toml",
    ".config/mise/config.toml",
)
# A version that can stand beside others on a line; `>= 18` and `18 - 20` are one request.
_ALONE = re.compile(r"[A-Za-z-]{0,20}[0-9][0-9A-Za-z.+-]{0,40}")
_NOT_A_RELEASE = re.compile(r"(?:ref|path|file):.*|system", re.DOTALL)


def single_line(tree: SourceTree, path: str) -> Sourced[str] | None:
    """Return the first line of a version file that is neither empty nor a comment; None when there is none.

    Where the file holds several versions, the first counts and the origin's key says `first of 3`.
    Raises FileError for what cannot be read.
    """
    if not tree.has(path):
        return None
    lines = list(_significant(tree.text(path)))
    if not lines:
        return None
    number, line = lines[0]
    words = line.split()
    several = len(words) > 1 and all(_ALONE.fullmatch(word) for word in words)
    count = len(lines) - 1 + (len(words) if several else 1)
    note = f"first of {count}" if count > 1 else None
    return Sourced(words[0] if several else line, Origin(path, number, note))


def tool_versions(tree: SourceTree, *names: str, directory: str = "") -> Sourced[str] | None:
    """Return the version of a tool in `.tool-versions`; `names` are its names, the file's order counts.

    Of several versions the first that is a release counts: `system`, `ref:…` and `path:…` name something that only
    the developer's machine has, and are returned only when there is nothing else. Raises FileError.
    """
    path = _inside(directory, ".tool-versions")
    if not tree.has(path):
        return None
    for number, line in _significant(tree.text(path)):
        name, *versions = line.split()
        if name in names and versions:
            return Sourced(_first_release(versions), Origin(path, number, name))
    return None


def mise(tree: SourceTree, *names: str, directory: str = "") -> Sourced[str] | None:
    """Return the version of a tool in mise's configuration, from the first of its files that has one.

    A version is a text, a list (the first release in it counts) or a table with `version`; where the `mise.lock` of
    the folder answers it, its release counts. Raises FileError for a broken file and a version of another type.
    """
    for file in MISE_FILES:
        path = _inside(directory, file)
        if not tree.has(path):
            continue
        document = toml_document.read(tree, path)
        for name in document.table("tools"):
            if name.removeprefix("core:") in names:
                keys: tuple[Key, ...] = ("tools", name)
                wanted = _mise_version(document, keys, document.get(*keys))
                return _mise_locked(tree, path, name, wanted) or Sourced(wanted, document.origin(*keys))
    return None


def _mise_locked(tree: SourceTree, path: str, name: str, wanted: str) -> Sourced[str] | None:
    """Return the release that the lock file beside a configuration has for a request, None without one."""
    lock = _inside(path.rpartition("/")[0], "mise.lock")
    if not tree.has(lock):
        return None
    document = toml_document.read(tree, lock)
    entries = document.get("tools", name)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        version = entry.get("version") if isinstance(entry, dict) else None
        if not isinstance(version, str):
            continue
        # Older lock files do not name the request that an entry answers.
        known = entry.get("specifiers")
        answers = wanted in known if isinstance(known, list) else f"{version}.".startswith(f"{wanted}.")
        if answers or (not isinstance(known, list) and wanted == "latest" and len(entries) == 1):
            return Sourced(version, document.origin("tools", name, index, "version"))
    return None


def _mise_version(document: Document, keys: tuple[Key, ...], value: Any) -> str:
    if isinstance(value, str):
        return value
    # `22` without quotes is one version; `3.10` would be read as 3.1.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and value and not any(isinstance(item, list) for item in value):
        return _first_release([_mise_version(document, (*keys, index), item) for index, item in enumerate(value)])
    if isinstance(value, dict):
        for form, prefix in (("version", ""), ("prefix", "prefix:"), ("ref", "ref:"), ("path", "path:")):
            if form in value:
                return prefix + _mise_version(document, (*keys, form), value[form])
    raise document.wrong_type(keys, value, 'a version in quotes, such as `"22"`')


def _first_release(versions: list[str]) -> str:
    return next((version for version in versions if not _NOT_A_RELEASE.fullmatch(version)), versions[0])


def _significant(text: str) -> Iterable[tuple[int, str]]:
    """Yield line numbers and lines without comments; `#` counts only at the start of a word."""
    for number, line in enumerate(text.split("\n"), 1):
        content = line.strip() if "#" not in line else re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        if content:
            yield number, content


def _inside(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
