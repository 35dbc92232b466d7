"""The one walk behind every backend: what counts as part of a tree, wherever its names come from.

A backend lists one directory at a time; `walk` decides what is left out, so that a directory, a commit and an archive
of the same files give the same listing:

- what is never source (`node_modules`, `.git`, a virtual environment) is left out by name;
- what the ignore rules hit is left out (see `ignore`);
- directories without a file are left out, as git knows none;
- a link is never followed by the file system. Its target is resolved here, against the listing: a link to a file of
  the tree is that file, a link to a directory of the tree is left out, every other link is blocked;
- a name that is not UTF-8 or holds a control character is left out and counted in `Listing.skipped`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from buildplan.errors import SourceError
from buildplan.source.tree import MAX_DEPTH, MAX_FILES, Directory, Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from buildplan.source.ignore import IgnoreRules, Ignores

# Names that are never source, whether or not an ignore rule says so: version control, installed dependencies, caches
# and generated output of tools, editors. Not here: `.yarn`, `vendor`, `dist`, `build`, `target`, `.bundle`, `.cargo`,
# which people do commit and which then matter.
PRUNED_DIRECTORIES = frozenset(
    (
        *(".git", ".hg", ".svn", ".bzr", ".jj", "CVS", "__MACOSX"),
        *("node_modules", "bower_components", "jspm_packages", ".pnpm-store"),
        *("__pycache__", ".venv", ".tox", ".nox", ".eggs", ".ipynb_checkpoints"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"),
        *(".next", ".nuxt", ".svelte-kit", ".astro", ".docusaurus", ".angular", ".expo", ".turbo"),
        *(".cache", ".parcel-cache", ".sass-cache", ".nyc_output"),
        *(".gradle", ".bloop", ".metals", ".dart_tool", ".elixir_ls", ".stack-work"),
        *(".terraform", ".vagrant", ".direnv", ".devenv"),
        *(".idea", ".vscode", ".vs", ".fleet", ".zed"),
    )
)
PRUNED_FILES = frozenset((".git", ".DS_Store", "Thumbs.db", "desktop.ini"))

# A name that makes a directory need a closer look; one test for all of them is cheaper than one each.
_MARKERS = PRUNED_FILES | {".gitignore", "pyvenv.cfg"}

# Work of matching, in names times rules: a million files under two hundred rules. More is an attack.
MAX_MATCHES = 200_000_000
# Path segments that are taken to follow one link.
MAX_LINK_STEPS = 256

_NO_NAMES = frozenset(("", ".", ".."))
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(slots=True)
class Names:
    """What lies in one directory, in any order; `special` maps the names of what may not be opened to the reason."""

    files: list[str] = field(default_factory=list)
    directories: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    special: dict[str, str] = field(default_factory=dict)


class Lister(Protocol):
    """Where a walk gets its names from."""

    def names(self, path: str) -> Names:
        """Return what lies in a directory; raises OSError when it cannot be listed, SourceError for a bad tree."""

    def link_target(self, path: str) -> str:
        """Return the text of a link; raises OSError."""


class PathLister:
    """Lists a tree that is given as paths; what lies below a pruned directory is not even remembered.

    Raises SourceError for a path that leads out of the tree, and for one that is both a file and a directory.
    """

    def __init__(
        self,
        files: Iterable[str],
        links: Iterable[str],
        special: Mapping[str, str],
        target: Callable[[str], str],
    ) -> None:
        self._directories: dict[str, Names] = {"": Names()}
        self._target = target
        for path in files:
            names, name = self._place(path)
            names.files.append(name)
        for path in links:
            names, name = self._place(path)
            names.links.append(name)
        for path, reason in special.items():
            names, name = self._place(path)
            names.special[name] = reason
        for path, names in self._directories.items():
            both = {*names.files, *names.links, *names.special}.intersection(names.directories)
            if both:
                raise SourceError(f"`{printable(f'{path}/{min(both)}'.strip('/'))}` is both a file and a directory")

    def names(self, path: str) -> Names:
        """Return what lies in a directory."""
        return self._directories[path]

    def link_target(self, path: str) -> str:
        """Return the text of a link."""
        return self._target(path)

    def _place(self, path: str) -> tuple[Names, str]:
        """Return the names of the directory in which a path lies, made when missing, and the path's own name."""
        *above, name = path.split("/")
        if not _NO_NAMES.isdisjoint((*above, name)):
            raise SourceError(f"`{printable(path)}` is not a path inside the tree")
        if not PRUNED_DIRECTORIES.isdisjoint(above):
            return Names(), name
        here = ""
        for step in above:
            parent = self._directories[here]
            here = f"{here}/{step}" if here else step
            if here not in self._directories:
                self._directories[here] = Names()
                parent.directories.append(step)
        if len(self._directories) > MAX_FILES:
            raise _too_many()
        return self._directories[here], name


class Walked(NamedTuple):
    """A listing, and for each link to a file of the tree the path of that file."""

    listing: Listing
    aliases: dict[str, str]


@dataclass(slots=True)
class _Walk:
    """The state of one walk. `levels` holds the directories with the names that are kept, in the order of the walk."""

    levels: dict[str, Directory] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    blocked: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    entries: int = 0
    matches: int = 0


def printable(text: str) -> str:
    r"""Return the text with control characters and undecodable bytes escaped (`\n`, `\xff`), safe in a message."""
    decoded = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), decoded)


def safe_name(name: str) -> bool:
    """Return whether a name is UTF-8 without control characters and line separators."""
    return name.isprintable() or not _UNSAFE.search(name)


def walk(lister: Lister, ignores: Ignores | None = None) -> Walked:
    """List a tree from its root down.

    Raises SourceError when it is too deep or too large, and what the lister raises for the root.
    """
    state = _Walk()
    pending: list[tuple[str, int, IgnoreRules | None]] = [("", 0, ignores.rules if ignores else None)]
    while pending:
        path, depth, rules = pending.pop()
        try:
            names = lister.names(path)
        except OSError as error:
            if not path:
                raise
            _block_directory(state, path, error)
            continue
        state.entries += len(names.files) + len(names.directories) + len(names.links) + len(names.special)
        if state.entries > MAX_FILES:
            raise _too_many()
        marked = not _MARKERS.isdisjoint(names.files)
        if marked and path and "pyvenv.cfg" in names.files:
            continue
        prefix = f"{path}/" if path else ""
        files, directories = _unpruned(names, marked=marked)
        if ignores is None:
            below = dict.fromkeys(directories)
        else:
            rules = ignores.below(path, rules, has_file=marked and ".gitignore" in names.files)
            files, below = _sift(path, files, directories, ignores, rules, state)
        if not ("".join(files).isprintable() and "".join(below).isprintable()):
            state.skipped.extend(printable(prefix + name) for name in (*files, *below) if not safe_name(name))
            files = [name for name in files if safe_name(name)]
            below = {name: inner for name, inner in below.items() if safe_name(name)}
        children = sorted(below)
        state.levels[path] = Directory(tuple(sorted(files)), tuple(children))
        if names.links or names.special:
            present = set(files)
            state.links.extend(prefix + name for name in names.links if name in present)
            state.blocked.update((prefix + name, why) for name, why in names.special.items() if name in present)
        if children and depth == MAX_DEPTH:
            raise SourceError(
                f"`{prefix}{children[0]}` lies more than {MAX_DEPTH} directories deep",
                hint="plan a subdirectory, or remove what nests this deep",
            )
        if children:
            pending.extend([(prefix + name, depth + 1, below[name]) for name in reversed(children)])
    aliases = _resolve_links(lister, state)
    return Walked(_listing(state), aliases)


def _too_many() -> SourceError:
    return SourceError(
        f"the tree has more than {MAX_FILES:,} files",
        hint="plan a subdirectory, or add what is generated to `.gitignore`",
    )


def _unpruned(names: Names, *, marked: bool) -> tuple[list[str], list[str]]:
    """Return the names of all but directories, and of directories, without what is never source."""
    files = names.files
    if names.links or names.special:
        files = [*files, *(name for name in names.links if name not in PRUNED_DIRECTORIES), *names.special]
        marked = True
    if marked:
        files = [name for name in files if name not in PRUNED_FILES]
    return files, [name for name in names.directories if name not in PRUNED_DIRECTORIES]


def _sift(
    path: str, files: list[str], directories: list[str], ignores: Ignores, rules: IgnoreRules | None, state: _Walk
) -> tuple[list[str], dict[str, IgnoreRules | None]]:
    """Return the names that count; a directory comes with its rules, None when only tracked files below it count."""
    if rules is None:
        below: dict[str, IgnoreRules | None] = {name: None for name in directories if ignores.tracks_below(path, name)}
        return [name for name in files if ignores.tracks(path, name)], below
    state.matches += (len(files) + len(directories) + 1) * rules.size
    if state.matches > MAX_MATCHES:
        raise SourceError("there are too many ignore rules for a tree of this size", hint="shorten `.gitignore`")
    below = dict.fromkeys(directories, rules)
    if not rules.size:
        return files, below
    hit_files, hit_directories = rules.ignored(ignores.relative(path), files, directories)
    if hit_files:
        lost = {name for name in hit_files if not ignores.tracks(path, name)}
        files = [name for name in files if name not in lost]
    for name in hit_directories:
        if ignores.tracks_below(path, name):
            below[name] = None
        else:
            del below[name]
    return files, below


def _block_directory(state: _Walk, path: str, error: OSError) -> None:
    """Turn a directory that cannot be listed into a blocked name of its parent; one that is gone just goes."""
    if isinstance(error, FileNotFoundError):
        return
    parent, _, name = path.rpartition("/")
    known = state.levels[parent]
    state.levels[parent] = Directory(tuple(sorted((*known.files, name))), known.directories)
    state.blocked[path] = f"it is a directory that cannot be listed ({error.strerror or error})"


def _listing(state: _Walk) -> Listing:
    """Return the listing without the directories that hold no file."""
    directories: dict[str, Directory] = {}
    for path, directory in reversed(state.levels.items()):
        kept = directory
        if directory.directories:
            prefix = f"{path}/" if path else ""
            kept = Directory(
                directory.files, tuple([name for name in directory.directories if prefix + name in directories])
            )
        if kept.files or kept.directories or not path:
            directories[path] = kept
    return Listing(
        dict(reversed(directories.items())), dict(sorted(state.blocked.items())), tuple(sorted(state.skipped))
    )


class _BrokenLinkError(Exception):
    """A link that ends nowhere in the tree; the message is the rest of a sentence about its target."""


def _resolve_links(lister: Lister, state: _Walk) -> dict[str, str]:
    """Return for each link to a file of the tree that file's path; block or remove the other links."""
    if not state.links:
        return {}
    targets: dict[str, str] = {}
    for path in state.links:
        try:
            targets[path] = lister.link_target(path)
        except OSError as error:
            state.blocked[path] = f"it is a link that cannot be read ({error.strerror or error})"
    tree = _listing(state).directories
    aliases: dict[str, str] = {}
    removed: dict[str, set[str]] = {}
    for path, target in targets.items():
        try:
            final = _link_end(path, targets, tree)
        except _BrokenLinkError as error:
            state.blocked[path] = f"it is a link to `{printable(target)}`, which {error}"
            continue
        if final in tree:
            parent, _, name = path.rpartition("/")
            removed.setdefault(parent, set()).add(name)
        elif final in state.blocked:
            state.blocked[path] = f"it is a link to `{printable(target)}`: {state.blocked[final]}"
        else:
            aliases[path] = final
    for parent, names in removed.items():
        known = state.levels[parent]
        state.levels[parent] = Directory(tuple([name for name in known.files if name not in names]), known.directories)
    return aliases


def _link_end(path: str, targets: dict[str, str], tree: dict[str, Directory]) -> str:
    """Return the file or directory that a link ends at; raises _BrokenLinkError.

    Steps through the target as a kernel does, but every step must be a name of the tree.
    """
    at: list[str] = []
    rest = path.split("/")[::-1]
    for _ in range(MAX_LINK_STEPS):
        if not rest:
            return "/".join(at)
        step = rest.pop()
        if step == ".." and not at:
            raise _BrokenLinkError("is outside of the tree")
        if step == "..":
            at.pop()
        elif step not in ("", "."):
            here = "/".join((*at, step))
            if here in targets:
                if targets[here].startswith("/"):
                    raise _BrokenLinkError("is outside of the tree")
                rest.extend(targets[here].split("/")[::-1])
            elif here in tree:
                at.append(step)
            elif not rest and step in tree["/".join(at)].files:
                return here
            else:
                raise _BrokenLinkError("is not in the tree")
    raise _BrokenLinkError("leads back to itself or through too many links")
