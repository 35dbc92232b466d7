"""The Gemfile: which gems, in which groups, from where, and which Ruby.

Sources, checked 2026-11-24:
- https://bundler.io/man/gemfile.5.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.model.origin import Origin, Sourced

from . import tokens

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .tokens import Statement, Token

NAMES = ("Gemfile", "gems.rb")
LOCKS = {"Gemfile": "Gemfile.lock", "gems.rb": "gems.locked"}
# Groups that no image needs.
DEVELOPMENT = frozenset({"development", "test"})
_OPENS = frozenset({"if", "unless", "case", "while", "until", "begin", "def", "class", "module", "for"})
_SOURCES = ("git", "github", "gitlab", "bitbucket", "gist")
_MOST_FILES = 20

Options = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Gem:
    """A gem that is asked for. `options` hold what is written as text or symbol, `path:` and `git:` among them."""

    name: str
    origin: Origin
    requirements: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    options: Options = field(default_factory=dict)

    @property
    def ships(self) -> bool:
        """Whether the gem is in an image: some group of it is not for developers."""
        return not self.groups or any(group not in DEVELOPMENT for group in self.groups)

    @property
    def path(self) -> str | None:
        """The folder that the gem lies in, None for a gem from elsewhere."""
        found = self.options.get("path")
        return found[0] if found else None

    @property
    def from_git(self) -> bool:
        """Whether the gem is fetched with git."""
        return any(name in self.options for name in _SOURCES)


class Gemfile(NamedTuple):
    """What a Gemfile says. `reads` are other files that it reads, `whole` is true where nobody can tell which."""

    path: str
    gems: tuple[Gem, ...]
    ruby: tuple[Sourced[str], ...] = ()
    ruby_file: Sourced[str] | None = None
    engine: Sourced[str] | None = None
    sources: tuple[Sourced[str], ...] = ()
    gemspec: Origin | None = None
    reads: tuple[str, ...] = ()
    whole: bool = False
    groups: frozenset[str] = frozenset()
    optional_groups: frozenset[str] = frozenset()

    def gem(self, *names: str) -> Gem | None:
        """Return the first of these gems that an image gets, None when there is none."""
        return next((gem for name in names for gem in self.gems if gem.name == name and gem.ships), None)


def find(tree: SourceTree) -> str | None:
    """Return the path of the Gemfile at the root, None when there is none."""
    return tree.first(*NAMES)


def read(tree: SourceTree) -> Gemfile | None:
    """Return the Gemfile, None when there is none; raises FileError for one that cannot be read or is in conflict."""
    path = find(tree)
    return None if path is None else tree.memo("ruby gemfile", path, lambda: _read(tree, path))


def _read(tree: SourceTree, path: str) -> Gemfile:
    conflicts(path, tree.text(path))
    reader = _Reader(tree)
    reader.file(path)
    return Gemfile(
        path,
        tuple(reader.gems),
        tuple(reader.ruby),
        reader.ruby_file,
        reader.engine,
        tuple(reader.sources),
        reader.gemspec,
        tuple(reader.reads),
        reader.whole,
        frozenset(reader.groups),
        frozenset(reader.optional),
    )


def conflicts(path: str, text: str) -> None:
    """Raise FileError for a file with git's conflict markers in it."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise FileError(
                "it holds the markers of a merge conflict", origin=Origin(path, number), hint="resolve the conflict"
            )


@dataclass(frozen=True, slots=True)
class _Block:
    groups: tuple[str, ...] = ()
    options: Options = field(default_factory=dict)


class _Reader:
    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._files: set[str] = set()
        self._blocks: list[_Block] = []
        self._shipped: set[str] = set()
        self.gems: list[Gem] = []
        self.ruby: list[Sourced[str]] = []
        self.ruby_file: Sourced[str] | None = None
        self.engine: Sourced[str] | None = None
        self.sources: list[Sourced[str]] = []
        self.gemspec: Origin | None = None
        self.reads: list[str] = []
        self.whole = False
        self.groups: list[str] = []
        self.optional: list[str] = []

    def file(self, path: str) -> None:
        """Read a Gemfile, and those that it evaluates."""
        self._files.add(path)
        kept, self._blocks = self._blocks, []
        for statement in tokens.statements(self._tree, path):
            self._statement(path, statement)
        self._blocks = kept

    def _statement(self, path: str, statement: Statement) -> None:
        first = statement[0]
        if first.kind == "name" and first.text == "end":
            if self._blocks:
                self._blocks.pop()
            return
        word = first.text if first.kind == "name" else ""
        plain, options = _arguments(statement[1:])
        block = _Block()
        if word == "gem" and plain:
            self._gem(path, first, plain, options)
        elif word == "group":
            names = tuple(dict.fromkeys(plain))
            block = _Block(names)
            self.groups += names
            if options.get("optional") == ("true",):
                self.optional += names
        elif word in {"git", "github", "path"} and plain:
            block = _Block((), {word: (plain[0],)})
        elif word == "source" and plain:
            self.sources.append(Sourced(plain[0], Origin(path, first.line, "source")))
        elif word == "ruby":
            self._ruby(path, first, plain, options)
        elif word == "gemspec":
            self.gemspec = Origin(path, first.line, "gemspec")
        elif word in {"eval_gemfile", "require_relative", "instance_eval", "eval", "load"}:
            self._other(word, plain)
        elif "Dir" in {token.text for token in statement if token.kind == "constant"}:
            self.whole = True
        opened = _opens(statement)
        self._blocks += [block] * opened

    def _gem(self, path: str, first: Token, plain: list[str], options: Options) -> None:
        groups = [group for block in self._blocks for group in block.groups]
        groups += [*options.get("group", ()), *options.get("groups", ())]
        inherited: Options = {}
        for block in self._blocks:
            inherited |= block.options
        own = {**inherited, **options}
        gem = Gem(plain[0], Origin(path, first.line, plain[0]), tuple(plain[1:]), tuple(groups), own)
        self.groups += groups
        # Named twice, for two platforms: the first that is shipped counts.
        if gem.name not in self._shipped:
            self.gems.append(gem)
        if gem.ships:
            self._shipped.add(gem.name)

    def _ruby(self, path: str, first: Token, plain: list[str], options: Options) -> None:
        origin = Origin(path, first.line, "ruby")
        named = options.get("file")
        if named:
            self.ruby_file = Sourced(named[0], origin)
        elif plain and self._tree.has(plain[0].removeprefix("./")):
            # `ruby File.read(".ruby-version").strip`
            self.ruby_file = Sourced(plain[0].removeprefix("./"), origin)
        elif plain:
            self.ruby.append(Sourced(", ".join(plain), origin))
        engine = options.get("engine")
        if engine and engine[0] != "ruby":
            self.engine = Sourced(engine[0], origin)

    def _other(self, word: str, plain: list[str]) -> None:
        target = plain[0].removeprefix("./") if plain else ""
        if word == "require_relative" and target and not target.endswith(".rb"):
            target += ".rb"
        if not target or target.startswith(("/", "..")) or not self._tree.has(target):
            self.whole = True
            return
        self.reads.append(target)
        if word == "eval_gemfile" and target not in self._files and len(self._files) < _MOST_FILES:
            self.file(target)


def _opens(statement: Statement) -> int:
    """Return how many blocks the statement opens that an `end` closes."""
    count = 0
    for index, token in enumerate(statement):
        if token.kind != "name":
            continue
        if token.text == "do":
            count += 1
        elif token.text == "end":
            count -= 1
        elif token.text in _OPENS and (index == 0 or statement[index - 1].is_operator("=", "(")):
            count += 1
    return max(0, count)


def _arguments(arguments: Statement) -> tuple[list[str], Options]:
    """Return the texts that stand first, and the options behind them; a text that is not known is left out."""
    plain: list[str] = []
    options: Options = {}
    key: str | None = None
    for index, token in enumerate(arguments):
        if token.kind == "label":
            key = token.text
            options.setdefault(key, ())
            continue
        if token.kind == "name" and token.text in {"do", "if", "unless"}:
            break
        after = arguments[index + 1] if index + 1 < len(arguments) else None
        if after is not None and after.is_operator("=>") and token.kind in {"symbol", "string"}:
            key = token.text
            options.setdefault(key, ())
            continue
        value = token.text if token.kind in {"symbol", "string"} and token.whole else None
        if token.kind == "name" and token.text in {"true", "false"}:
            value = token.text
        if value is None:
            continue
        if key is None:
            plain.append(value)
        else:
            options[key] = (*options[key], *value.split())
    return plain, options
