"""A command that calls Deno: the sub-command, the flags, and the file that it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .words import listed as words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.read.shell import Simple

# `deno main.ts` is `deno run main.ts`.
RUNNING = frozenset({"run", "serve", ""})


class Call(NamedTuple):
    """`verb` is empty for `deno main.ts`; `flags` are those before the file, each with its value, in order.

    `script` is the index of the word that names the file or the task, None without one.
    """

    verb: str
    flags: tuple[tuple[str, ...], ...]
    script: int | None
    words: tuple[str, ...]

    @property
    def runs(self) -> bool:
        """Whether a file is run."""
        return self.verb in RUNNING

    @property
    def watches(self) -> bool:
        """Whether it starts over when a file changes, or waits for a debugger."""
        return any(flag[0].partition("=")[0] in words_of("watching") for flag in self.flags)

    @property
    def allows_all(self) -> bool:
        """Whether every permission is given."""
        return any(flag[0] in ("-A", "--allow-all") for flag in self.flags)

    def allows(self, letter: str, name: str) -> bool:
        """Return whether a permission is given without a list: `--allow-write`, `-W`, or `-RWN`."""
        short = (flag[0][1:] for flag in self.flags if not flag[0].startswith("--"))
        return any(flag[0] == name for flag in self.flags) or any(text.isalpha() and letter in text for text in short)

    def value(self, *names: str) -> str | None:
        """Return the value of a flag, None where it is not given or has none."""
        for flag in self.flags:
            name, equals, text = flag[0].partition("=")
            if name in names:
                return text if equals else (flag[1] if len(flag) > 1 else None)
        return None

    def has(self, *names: str) -> bool:
        """Return whether a flag is given."""
        return any(flag[0].partition("=")[0] in names for flag in self.flags)

    @property
    def cache_flags(self) -> tuple[str, ...]:
        """The flags that `deno cache` needs as well."""
        found: list[str] = []
        for flag in self.flags:
            name = flag[0].partition("=")[0]
            if name in words_of("fetching") or name.startswith("--unstable-"):
                found += flag
        return tuple(found)


def read(command: Simple) -> Call | None:
    """Return how a command calls Deno; None for another program."""
    if command.program != "deno":
        return None
    words = tuple(word.text for word in command.words)
    flags, index = _flags(words, 1)
    verb = ""
    if index < len(words) and words[index] in words_of("subcommands"):
        verb = words[index]
        more, index = _flags(words, index + 1)
        flags += more
    script = index if index < len(words) else None
    return Call(verb, tuple(flags), script, words)


def _flags(words: tuple[str, ...], index: int) -> tuple[list[tuple[str, ...]], int]:
    """Return the flags from a position on, and where they end."""
    found = []
    while index < len(words) and words[index].startswith("-") and words[index] != "-":
        takes = words[index] in words_of("flags_with_value") and index + 1 < len(words)
        found.append(words[index : index + 2] if takes else words[index : index + 1])
        index += 2 if takes else 1
    return found, index


def without(command: Simple, call: Call, unwanted: Callable[[str], bool]) -> Simple:
    """Return the command without the flags before its file whose name is unwanted; those of the app itself stay."""
    gone: set[int] = set()
    index = 1
    end = len(command.words) if call.script is None else call.script
    while index < end:
        text = call.words[index]
        size = 2 if text in words_of("flags_with_value") else 1
        if text.startswith("-") and unwanted(text.partition("=")[0]):
            gone |= set(range(index, index + size))
        index += size if text.startswith("-") else 1
    return command._replace(words=tuple(word for index, word in enumerate(command.words) if index not in gone))


def unwatched(command: Simple, call: Call) -> Simple:
    """Return the command without what is for development: watching, and waiting for a debugger."""
    return without(command, call, lambda name: name in words_of("watching") or name in words_of("only_when_watched"))
