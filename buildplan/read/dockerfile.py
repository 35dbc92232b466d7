"""A Dockerfile as values: stages, instructions with their lines, and what variables stand for where that is written.

Nothing here judges. Line numbers count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from buildplan.read.shell import SHELLS, commands_in, commands_of_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.read.shell import Command


class Word(NamedTuple):
    """A word of an instruction.

    `value` is the word with its variables replaced, None when one of them is known only to the builder or to the base
    image. `arguments` are the names of the build arguments whose defaults took part.
    """

    text: str
    value: str | None
    arguments: tuple[str, ...] = ()


class Flag(NamedTuple):
    """`--name=value` of an instruction."""

    name: str
    value: Word


class HereDocument(NamedTuple):
    """The text of a here-document, without its last line; `expand` when the shell replaces variables in it."""

    content: str
    expand: bool


class Instruction(NamedTuple):
    """One instruction; `name` is upper case, and of `ONBUILD X` it is the name of X.

    `words` are the arguments: of ENV, ARG and LABEL the values only, whose names are in `names`; of a RUN, CMD or
    ENTRYPOINT in shell form a single word with the whole line. `variables` holds what the names in a RUN, CMD,
    ENTRYPOINT or HEALTHCHECK stand for, as far as the Dockerfile says it. `line` is the instruction as it is written,
    on one line.
    """

    name: str
    first: int
    last: int
    flags: tuple[Flag, ...] = ()
    names: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    is_json: bool = False
    here_documents: tuple[HereDocument, ...] = ()
    on_build: bool = False
    variables: tuple[tuple[str, str], ...] = ()
    line: str = ""

    @property
    def text(self) -> str:
        """What follows the name of the instruction, as it is written, on one line."""
        return self.line.partition(" ")[2].lstrip()

    @property
    def argv(self) -> tuple[str, ...] | None:
        """The words of a command in JSON form; None in shell form."""
        return tuple(word.text for word in self.words) if self.is_json else None

    def flag(self, name: str) -> Word | None:
        """Return the value of a flag, or None."""
        return next((flag.value for flag in self.flags if flag.name == name), None)

    def flags_named(self, name: str) -> tuple[Word, ...]:
        """Return the values of a flag that may be repeated."""
        return tuple(flag.value for flag in self.flags if flag.name == name)

    @property
    def pairs(self) -> Iterator[tuple[str, Word]]:
        """Names and values of ENV, ARG and LABEL; the value of an ARG without a default has the text `""`."""
        return zip(self.names, self.words, strict=True)


class Variable(NamedTuple):
    """What a name stands for; `value` None when only the builder knows. `line` is where it is set."""

    value: str | None
    is_argument: bool
    line: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What begins with a FROM. `base` is the stage that it goes on from; None for an image."""

    index: int
    name: str | None
    start: Instruction
    image: Word
    base: Stage | None
    instructions: tuple[Instruction, ...]
    variables: dict[str, Variable] = field(default_factory=dict, compare=False)

    @property
    def chain(self) -> tuple[Stage, ...]:
        """This stage, the one that it goes on from, and so on."""
        found = [self]
        while found[-1].base is not None:
            found.append(found[-1].base)
        return tuple(found)

    @property
    def history(self) -> tuple[Instruction, ...]:
        """All instructions that made the stage, in order, those of the stages below it first."""
        return tuple(item for stage in reversed(self.chain) for item in stage.instructions if not item.on_build)

    def last(self, name: str) -> Instruction | None:
        """Return the last instruction of that name in the history, or None."""
        for stage in self.chain:
            for item in reversed(stage.instructions):
                if item.name == name and not item.on_build:
                    return item
        return None

    def variable(self, name: str) -> Variable | None:
        """Return what an ENV variable is at the end of the stage; arguments do not count."""
        stage: Stage | None = self
        while stage is not None:
            found = stage.variables.get(name)
            if found is not None and not found.is_argument:
                return found
            stage = stage.base
        return None


class Dockerfile(NamedTuple):
    """A parsed Dockerfile. `arguments` are the instructions before the first FROM; `directives` those of the head."""

    path: str
    stages: tuple[Stage, ...]
    arguments: tuple[Instruction, ...] = ()
    directives: tuple[tuple[str, str], ...] = ()

    @property
    def shipped(self) -> Stage:
        """The stage that a plain `docker build` makes."""
        return self.stages[-1]

    def stage(self, name: str) -> Stage | None:
        """Return a stage by its name or number, the last of that name, or None."""
        for stage in reversed(self.stages):
            if stage.name is not None and stage.name.lower() == name.lower():
                return stage
        index = int(name) if name.isascii() and name.isdecimal() and len(name) < 6 else -1  # noqa: PLR2004  # a number
        return self.stages[index] if 0 <= index < len(self.stages) else None


def commands_of(instruction: Instruction) -> tuple[Command, ...]:
    """Return the commands of a RUN, CMD, ENTRYPOINT or HEALTHCHECK, in order; empty when it cannot be understood."""
    variables = dict(instruction.variables)
    texts = [word.text for word in instruction.words]
    if instruction.name == "HEALTHCHECK":
        texts = texts[1:]
    if instruction.is_json:
        return commands_of_words(tuple(texts), variables)
    scripts = scripts_of(instruction)
    if scripts:
        return tuple(command for script in scripts for command in commands_in(script, variables))
    return commands_in(" ".join(texts), variables)


def scripts_of(instruction: Instruction) -> tuple[str, ...]:
    """Return the here-documents that a RUN runs (`RUN <<EOF`, `RUN bash <<EOF`), none that is only input."""
    documents = tuple(document.content for document in instruction.here_documents)
    if not documents or instruction.name != "RUN":
        return ()
    found = commands_in(" ".join(word.text for word in instruction.words), {})
    runs = not found or (len(found[0].words) == 1 and found[0].words[0] in SHELLS)
    return documents if runs else ()
