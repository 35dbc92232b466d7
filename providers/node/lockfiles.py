"""Lock files: which are there, in which format, and what their text says without being parsed whole.

Sources, checked 2026-11-24:
- npm: https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json
- the others: written and read by their own tools, see the table below
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import NotUnderstoodError, first_of, intervals, numbers_of, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildplan.source import SourceTree

    from .manifest import Manifest

    IsLocked = Callable[[str, str], bool]

Name = Literal["npm", "pnpm", "yarn", "berry", "bun"]

# The strongest first: whoever has one of the later files beside it usually forgot to delete it. npm itself prefers
# npm-shrinkwrap.json, bun prefers bun.lock.
FILES: tuple[tuple[str, Name], ...] = (
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("npm-shrinkwrap.json", "npm"),
    ("package-lock.json", "npm"),
)
# The format stands in the first lines of every one of them.
_HEAD = 1000
_FORMAT = {
    "npm": re.compile(r'"lockfileVersion"\s{0,9}:\s{0,9}(\d{1,3})', re.ASCII),
    "pnpm": re.compile(r"^lockfileVersion:\s{0,9}['\"]?(\d{1,3}\.\d{1,3})", re.ASCII | re.MULTILINE),
    "berry": re.compile(r"^__metadata:\n\s{1,9}version: (\d{1,3})", re.ASCII | re.MULTILINE),
    "bun": re.compile(r'"lockfileVersion"\s{0,9}:\s{0,9}(\d{1,3})', re.ASCII),
}
# How lock files write a repository that git itself has to clone; an archive of one (`codeload`) needs no git.
_GIT_MARKS = (
    "git+ssh://",
    "git+https://",
    "git+http://",
    "git+file://",
    '"git://',
    ".git#",
    "type: git}",
    "type: git\n",
)
_GIT_RANGE = re.compile(r"git[+:@]|(?:github|gitlab|bitbucket|gist):|[\w-][\w.-]*/[\w.-]+(?:#.*)?$", re.ASCII)
_REMOTE_RANGE = re.compile(r"https?://", re.ASCII)
_MAX_NAMED = 200


class Lockfile(NamedTuple):
    """A lock file. `format` is the number that it names itself, None where it names none (`bun.lockb`)."""

    path: str
    manager: Name
    format: str | None
    origin: Origin


class Format(NamedTuple):
    """What is known of a format: the releases that read it (a range), and which one to install."""

    reads: str
    line: str | None = None
    install: str | None = None


# Lock file formats: which releases of the manager accept a lock file in a frozen install, and the newest of them.
# Where `install` is missing the newest release of `line` in our table of tools is taken.
# Source, checked 2026-11-24: each format written and read by pnpm 6-12, Yarn 2.4-4.18, Bun 1.1-1.4, npm 10-12 on small
# projects; pnpm.io/next/lockfile-format for pnpm 5 and 6.
_FORMATS: dict[Name, dict[str, Format]] = {
    "npm": {
        "1": Format(reads=">=5"),
        "2": Format(reads=">=5"),
        "3": Format(reads=">=7", line="10"),
    },
    "pnpm": {
        "5.1": Format(reads="3 - 6", line="6"),
        "5.2": Format(reads="5 - 6", line="6"),
        "5.3": Format(reads="6", line="6"),
        "5.4": Format(reads="7", line="7"),
        "6.0": Format(reads="8 - 9", line="8"),
        "6.1": Format(reads="8 - 9", line="8"),
        # 9 is dead, 11 and 12 refuse dependencies' install scripts that the project did not allow in a newer key.
        "9.0": Format(reads=">=9", line="10"),
    },
    # Yarn 2 and newer want exactly the format that they write.
    "berry": {
        "4": Format(reads="2 || 3.0", line="2"),
        "5": Format(reads="3.1", install="3.1.1"),
        "6": Format(reads=">=3.2 <4", line="3"),
        "8": Format(reads=">=4.0 <4.14", install="4.13.0"),
        "9": Format(reads=">=4.14 <4.16", install="4.15.0"),
        "10": Format(reads=">=4.16", line="4"),
    },
    "yarn": {
        "1": Format(reads="1", line="1"),
    },
    "bun": {
        "0": Format(reads=">=1.1.39", line="1"),
        "1": Format(reads=">=1.2", line="1"),
        "2": Format(reads=">=1.4", line="1"),
    },
}


def known(manager: Name, number: str | None) -> Format | None:
    """Return what is known of a manager's lock file format, or None."""
    return _FORMATS[manager].get(number) if number is not None else None


def found(tree: SourceTree, directory: str = "") -> tuple[Lockfile, ...]:
    """Return the lock files in a directory, the strongest first; one per manager."""
    prefix = f"{directory}/" if directory else ""
    names = tree.directory(directory).files
    seen: dict[Name, Lockfile] = {}
    for name, manager in FILES:
        if name in names and manager not in seen:
            seen[manager] = _read(tree, prefix + name, manager)
    return tuple(seen.values())


def _read(tree: SourceTree, path: str, manager: Name) -> Lockfile:
    if path.endswith(".lockb"):
        return Lockfile(path, manager, None, Origin(path))
    head = tree.text(path)[:_HEAD]
    if manager == "yarn":
        if "# yarn lockfile v1" in head:
            return Lockfile(path, "yarn", "1", Origin(path))
        directory = path.rpartition("/")[0]
        berry = "__metadata:" in head or tree.has(f"{directory}/.yarnrc.yml" if directory else ".yarnrc.yml")
        manager = "berry" if berry else "yarn"
    pattern = _FORMAT.get(manager)
    match = pattern.search(head) if pattern else None
    if match is None:
        return Lockfile(path, manager, None, Origin(path))
    line = head.count("\n", 0, match.start(1)) + 1
    return Lockfile(path, manager, match[1], Origin(path, line))


def unprefixed_checksums(tree: SourceTree, path: str) -> bool:
    """Return whether a Yarn lock file holds checksums as only Yarn 4.0 wrote them, without their cache key."""
    text = tree.text(path)
    start = text.find("\n  checksum: ")
    return start >= 0 and "/" not in text[start : text.find("\n", start + 1)]


def with_install_scripts(tree: SourceTree, path: str) -> tuple[Sourced[str], ...]:
    """Return the packages that a `package-lock.json` marks as having install scripts, sorted by name.

    A file without the mark is not parsed.
    """
    text = tree.text(path)
    if '"hasInstallScript"' not in text:
        return ()
    from buildplan.read import json_document

    packages = json_document.read(tree, path).table("packages")
    names: dict[str, str] = {}
    for key, entry in packages.items():
        if isinstance(entry, dict) and entry.get("hasInstallScript") is True and "node_modules/" in key:
            own = entry.get("name")
            names.setdefault(own if isinstance(own, str) else key.rpartition("node_modules/")[2], key)
    return tuple(Sourced(name, _place(text, path, f'"{key}"')) for name, key in sorted(names.items())[:_MAX_NAMED])


def _place(text: str, path: str, word: str) -> Origin:
    position = text.find(word)
    return Origin(path, text.count("\n", 0, position) + 1 if position >= 0 else None)


def from_git(tree: SourceTree, path: str | None, manifests: tuple[Manifest, ...]) -> Origin | None:
    """Return where a dependency is taken from a git repository, so that the install needs `git`; None when none is."""
    if path is not None and not path.endswith(".lockb"):
        text = tree.text(path)
        position = next((at for at in map(text.find, _GIT_MARKS) if at >= 0), -1)
        return Origin(path, text.count("\n", 0, position) + 1) if position >= 0 else None
    for manifest in manifests:
        for field, name, range_ in _ranges(manifest):
            if _GIT_RANGE.match(range_):
                return manifest.origin(field, name)
    return None


def from_address(manifests: tuple[Manifest, ...]) -> tuple[Sourced[str], ...]:
    """Return the direct dependencies that are taken from a plain web address."""
    return tuple(
        Sourced(name, manifest.origin(field, name))
        for manifest in manifests
        for field, name, range_ in _ranges(manifest)
        if _REMOTE_RANGE.match(range_) and not range_.endswith(".git") and ".git#" not in range_
    )


def _ranges(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    for field, table in (
        ("dependencies", manifest.dependencies),
        ("optionalDependencies", manifest.optional_dependencies),
        ("devDependencies", manifest.dev_dependencies),
    ):
        for name, range_ in table.items():
            yield field, name, range_


def unlocked(
    tree: SourceTree, lock: Lockfile, manifests: tuple[Manifest, ...], local: frozenset[str]
) -> tuple[Sourced[str], ...]:
    """Return the dependencies, as `name@range`, that the lock file does not hold with this range.

    A frozen install stops at each of them. `manifests` begin with the root's; `local` are names of packages of the
    workspace itself. Only what can be told without parsing the whole file and without the manager's own rules
    (catalogs, overrides, resolutions, protocols) is told; the rest counts as locked.
    """
    if lock.path.endswith(".lockb") or _is_rewritten(tree, lock, manifests[0]):
        return ()
    result: list[Sourced[str]] = []
    for manifest in manifests:
        is_locked = _predicate(tree, lock, manifest)
        if is_locked is None:
            continue
        result.extend(
            Sourced(f"{name}@{range_}", manifest.origin(field, name))
            for field, name, range_ in _ranges(manifest)
            if name not in local and ":" not in range_ and "/" not in range_ and not is_locked(name, range_)
        )
    return tuple(result)


def _is_rewritten(tree: SourceTree, lock: Lockfile, root: Manifest) -> bool:
    """Whether ranges in the lock file may differ from those in the manifests by the project's own wish."""
    document = root.document
    pnpm = document.get("pnpm")
    if isinstance(pnpm, dict) and ("overrides" in pnpm or "packageExtensions" in pnpm):
        return True
    if document.get("overrides") or document.get("resolutions"):
        return True
    return (
        lock.manager == "pnpm"
        and re.search(r"^(?:overrides|pnpmfileChecksum):", tree.text(lock.path), re.MULTILINE) is not None
    )


def _predicate(tree: SourceTree, lock: Lockfile, manifest: Manifest) -> IsLocked | None:
    """Return what tells whether a name with a range is locked for the manifest, or None where the file does not say."""
    text = tree.text(lock.path)
    if lock.manager == "npm":
        return _npm_predicate(text, manifest, lock.format)
    if lock.manager == "pnpm":
        return _pnpm_predicate(text, manifest)
    if lock.manager == "bun":
        head = text[: text.find('"packages": {')]
        return lambda name, range_: f"{json.dumps(name)}: {json.dumps(range_)}" in head
    protocol = "npm:" if lock.manager == "berry" else ""
    return lambda name, range_: _is_listed(text, f"{name}@{protocol}{range_}")


def _is_listed(text: str, descriptor: str) -> bool:
    """Whether a Yarn lock file has an entry for the descriptor: `a@^1, a@^2:`, `"@x/a@^1":`."""
    start = text.find(descriptor)
    while start >= 0:
        end = start + len(descriptor)
        if text[start - 1 : start] in {"", "\n", " ", '"'} and text[end : end + 1] in {":", ",", '"'}:
            return True
        start = text.find(descriptor, end)
    return False


def _npm_predicate(text: str, manifest: Manifest, number: str | None) -> IsLocked | None:
    """Read the lock file's copy of one manifest: the entry of its directory among `packages`.

    The first format has no such entry, only the packages themselves.
    """
    if number == "1" and not manifest.directory:
        return lambda name, range_: _npm_fits(text, (name,), range_)
    start = text.find(f"\n    {json.dumps(manifest.directory)}: {{")
    if start < 0:
        return None
    try:
        entry, _ = json.JSONDecoder().raw_decode(text, text.index("{", start))
    except (ValueError, RecursionError):
        return None
    ranges: dict[str, Any] = {}
    for field in ("devDependencies", "optionalDependencies", "dependencies"):
        table = entry.get(field)
        ranges |= table if isinstance(table, dict) else {}

    def is_locked(name: str, range_: str) -> bool:
        keys = (f"{manifest.directory}/node_modules/{name}", f"node_modules/{name}")
        return ranges.get(name) == range_ or _npm_fits(text, keys, range_)

    return is_locked


def _npm_fits(text: str, keys: tuple[str, ...], range_: str) -> bool:
    """Whether the locked version fits another range than the one that was locked: npm takes it then."""
    for key in keys:
        start = text.find(f"\n    {json.dumps(key)}: {{")
        if start >= 0:
            version = re.compile(r'"version": "([^"\n]{1,100})"').search(text, start, start + _HEAD)
            return version is None or accepts(range_, version[1])
    return False


def accepts(range_: str, version: str) -> bool:
    """Return whether an exact version is in a range; true for what is no range (`latest`)."""
    try:
        allowed = intervals(range_, "npm")
    except NotUnderstoodError:
        return True
    own = span(first_of(numbers_of(version)))
    return any(interval.overlaps(own) for interval in allowed)


def _pnpm_predicate(text: str, manifest: Manifest) -> IsLocked | None:
    """Read the lock file's copy of one manifest: its importer, or the top of the file in a plain older project."""
    end = text.find("\npackages:\n")
    head = text[: end if end >= 0 else len(text)]
    if "\n      specifier: " not in head and "\n        specifier: " not in head:
        return None
    start = head.find("\nimporters:\n")
    if start >= 0:
        start = head.find(f"\n  {manifest.directory or '.'}:\n", start)
        if start < 0:
            return None
        next_importer = re.compile(r"\n  \S").search(head, start + 1)
        head = head[start : next_importer.start() if next_importer else len(head)]
    elif manifest.directory:
        return None

    def is_locked(name: str, range_: str) -> bool:
        return any(
            f"{key}:\n{indent}specifier: {value}\n" in head
            for key in (f" {name}", f" '{name}'")
            for value in (range_, f"'{range_}'", f'"{range_}"')
            for indent in ("      ", "        ")
        )

    return is_locked
