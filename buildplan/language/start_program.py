"""Which programs the owner's start command runs: the language that brings one of them is the one that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.declare import Language

if TYPE_CHECKING:
    from buildplan.language.contract import Provider
    from buildplan.model.requests import CommandRequest, Overrides

_LONGEST = 4000


def programs(asked: CommandRequest) -> tuple[str, ...]:
    """Return the names of the programs that a command runs, without their folders, each once."""
    from buildplan.read import shell

    if asked.shell is None:
        found = shell.commands_of_words(asked.argv, {})
    else:
        found = shell.commands_in(asked.shell[:_LONGEST], {})
    return tuple(dict.fromkeys(item.words[0].rpartition("/")[2] for item in found if item.words))


def brings(provider: Provider, overrides: Overrides) -> bool:
    """Return whether a language brings a program that the start command runs."""
    if overrides.start is None or not isinstance(provider, Language) or not provider.programs:
        return False
    return not set(provider.programs).isdisjoint(programs(overrides.start.value))
