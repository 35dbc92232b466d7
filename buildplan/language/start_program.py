"""Which programs the owner's start command runs: the language that brings one of them is the one that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.declare import Language
from buildplan.model.requests import CommandRequest

if TYPE_CHECKING:
    from buildplan.language.contract import Provider
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

_LONGEST = 4000
_SHELLS = frozenset({"bash", "sh"})


def programs(asked: CommandRequest) -> tuple[str, ...]:
    """Return the names of the programs that a command runs, without their folders, each once."""
    from buildplan.read import shell

    if asked.shell is None:
        found = shell.commands_of_words(asked.argv, {})
    else:
        found = shell.commands_in(asked.shell[:_LONGEST], {})
    return tuple(dict.fromkeys(item.words[0].rpartition("/")[2] for item in found if item.words))


def of_script(tree: SourceTree, asked: CommandRequest) -> tuple[str, ...]:
    """Return the names of the programs that a script of the tree runs, where it is what a command starts."""
    if len(asked.argv) != 2 or asked.argv[0] not in _SHELLS or not tree.has(asked.argv[1]):  # noqa: PLR2004  # sh x.sh
        return ()
    return programs(CommandRequest(shell=tree.text_or_none(asked.argv[1]) or ""))


def brings(provider: Provider, overrides: Overrides, tree: SourceTree | None = None) -> bool:
    """Return whether a language brings a program that the start command runs, or the tree's script that it starts."""
    if overrides.start is None or not isinstance(provider, Language) or not provider.programs:
        return False
    asked = overrides.start.value
    names = (*programs(asked), *(of_script(tree, asked) if tree is not None else ()))
    return not set(provider.programs).isdisjoint(names)
