"""Git's ignore rules, as git applies them on the way down a tree.

In each directory the last rule that matches a name decides; a directory that is ignored is not entered, so nothing
below it can be brought back, except for what git tracks already: that is in every clean checkout, so it counts.

Per directory only the rules whose directory matches are looked at, and literal names and suffixes cost a set and one
`endswith`, so that the ordinary case costs next to nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from buildplan.errors import FileError
from buildplan.model.origin import Origin
from buildplan.source.ignore_rule import Rule, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_IGNORE_BYTES = 256 * 1024


def too_many_rules(path: str) -> FileError:
    """Return the error for an ignore file of more than MAX_IGNORE_BYTES."""
    return FileError(
        f"it has more than {MAX_IGNORE_BYTES // 1024} kB, so it is not read",
        origin=Origin(path),
        hint="ignore directories instead of single files",
    )


class RuleSet:
    """Rules in the order in which the last match wins, with quick tests for names that none of them can hit."""

    __slots__ = ("_literals", "_needles", "_patterns", "_rules", "_suffixes", "_takes_any")

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        positive = [rule for rule in self._rules if not rule.negated]
        self._takes_any = any(rule.needle is None for rule in positive)
        self._needles = frozenset(rule.needle for rule in positive if rule.needle is not None and rule.name is None)
        self._literals = frozenset(rule.name for rule in positive if rule.name is not None)
        self._suffixes = tuple(rule.suffix for rule in positive if rule.suffix is not None)
        self._patterns = tuple(rule.pattern.match for rule in positive if rule.pattern is not None)

    def hits(self, names: list[str], *, directories: bool) -> list[str]:
        """Return those of the names, all of directories or all of other things, that are ignored."""
        if not names:
            return names
        candidates = names if self._takes_any else self._candidates(names)
        return [name for name in candidates if self._ignores(name, directory=directories)]

    def _candidates(self, names: list[str]) -> list[str]:
        """Return the names that a rule might match: mostly none, and then after one search per rule for all names."""
        joined = f"/{'/'.join(names)}/"
        literals = self._literals
        if joined.isascii():
            for needle in self._needles:
                if needle in joined:
                    break
            else:
                return [] if literals.isdisjoint(names) else [name for name in names if name in literals]
        suffixes, patterns = self._suffixes, self._patterns
        return [
            name
            for name in names
            if name in literals
            or name.endswith(suffixes)
            or not name.isascii()
            or any(matches(name) for matches in patterns)
        ]

    def _ignores(self, name: str, *, directory: bool) -> bool:
        text = _latin(name)
        for rule in reversed(self._rules):
            if (directory or not rule.only_directories) and rule.matches(text):
                return not rule.negated
        return False


class IgnoreRules:
    """The rules that hold in a directory: those of the ignore files above it and of its own, the nearest last."""

    __slots__ = ("_everywhere", "_files", "_rooted_at", "_rooted_like", "size")

    def __init__(self, files: tuple[tuple[str, tuple[Rule, ...]], ...] = ()) -> None:
        self._files = files
        self.size = sum(len(rules) for _, rules in files)
        self._everywhere = RuleSet(rule for _, rules in files for rule in rules if rule.directory is None)
        # Where rules that ask for a directory hold: full paths, and patterns below the path of the ignore file.
        rooted = [(base, rule.directory) for base, rules in files for rule in rules]
        self._rooted_at = frozenset(f"{_latin(base)}/{at}".strip("/") for base, at in rooted if isinstance(at, str))
        self._rooted_like = tuple((base, at.match) for base, at in rooted if isinstance(at, re.Pattern))

    def extended(self, base: str, rules: tuple[Rule, ...]) -> IgnoreRules:
        """Return the rules with those of an ignore file that lies in the directory `base`."""
        return IgnoreRules((*self._files, (base, rules))) if rules else self

    def ignored(self, directory: str, files: list[str], directories: list[str]) -> tuple[list[str], list[str]]:
        """Return which names in a directory are ignored: those of files (and links), those of directories."""
        rules = self._rules_in(directory)
        return rules.hits(files, directories=False), rules.hits(directories, directories=True)

    def _rules_in(self, directory: str) -> RuleSet:
        if _latin(directory) not in self._rooted_at:
            for base, match in self._rooted_like:
                if match(_below(base, directory)):
                    break
            else:
                return self._everywhere
        return RuleSet(
            rule for base, rules in self._files for rule in rules if rule.applies_in(_below(base, directory))
        )


class Ignores:
    """The ignore rules of one walk and the files that count in spite of them.

    `read` returns the content of an ignore file of the tree. `tracked` returns the paths that git tracks; it is asked
    once, when a rule has hit something. Paths that it returns, and the rules' directories, begin with `prefix`:
    the tree's own path in its repository, `""` when it is the whole.
    """

    def __init__(
        self,
        read: Callable[[str], bytes],
        tracked: Callable[[], Iterable[str]] | None = None,
        rules: IgnoreRules | None = None,
        prefix: str = "",
    ) -> None:
        self.rules = rules or IgnoreRules()
        self._read = read
        self._tracked = tracked
        self._prefix = prefix
        self._parsed: dict[bytes, tuple[Rule, ...]] = {}
        self._tracked_paths: list[str] | None = None

    def relative(self, path: str) -> str:
        """Return a directory's path in the repository."""
        return f"{self._prefix}/{path}".removesuffix("/") if self._prefix else path

    def below(self, path: str, rules: IgnoreRules | None, *, has_file: bool) -> IgnoreRules | None:
        """Return the rules that hold in a directory, given those of its parent; None stays None: all is ignored."""
        if rules is None or not has_file:
            return rules
        content = self._read(f"{path}/.gitignore" if path else ".gitignore")
        # The packages of a monorepo often have the same one.
        if content not in self._parsed:
            self._parsed[content] = parse(content)
        return rules.extended(self.relative(path), self._parsed[content])

    def tracks(self, path: str, name: str) -> bool:
        """Return whether git tracks the file."""
        wanted = self.relative(f"{path}/{name}" if path else name)
        return self._tracked_from(wanted) == wanted

    def tracks_below(self, path: str, name: str) -> bool:
        """Return whether git tracks a file in the directory."""
        wanted = self.relative(f"{path}/{name}" if path else name) + "/"
        return self._tracked_from(wanted).startswith(wanted)

    def _tracked_from(self, path: str) -> str:
        """Return the first tracked path that is not before this one; `""` behind the last."""
        if self._tracked_paths is None:
            self._tracked_paths = sorted(self._tracked() if self._tracked is not None else ())
        at = bisect_left(self._tracked_paths, path)
        return self._tracked_paths[at] if at < len(self._tracked_paths) else ""


def _latin(text: str) -> str:
    """Return the UTF-8 bytes of a path as Latin-1 characters."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _below(base: str, directory: str) -> str:
    """Return a directory's path as an ignore file sees it that lies in the directory `base`."""
    return _latin(directory[len(base) :].lstrip("/"))
