"""What the rules look at: a Dockerfile, the tree around it, and the plan where one can be made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.drift.image_files import ImageFiles, Presence
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.drift.contexts import Context
    from buildplan.model.build_plan import BuildPlan
    from buildplan.read.dockerfile import Dockerfile, Instruction, Stage
    from buildplan.read.shell import Command
    from buildplan.source import SourceTree


@dataclass(frozen=True, slots=True)
class Subject:
    """One Dockerfile to check. `plan` is that of the build context's directory, None when there is none."""

    tree: SourceTree
    dockerfile: Dockerfile
    context: Context
    files: ImageFiles
    plan: BuildPlan | None = None

    @property
    def directories(self) -> tuple[str, ...]:
        """Where the manifests of the app may lie: beside the Dockerfile, and in its build context."""
        own = self.dockerfile.path.rpartition("/")[0]
        return tuple(dict.fromkeys((own, self.context.directory))) if self.context.certain else (own,)

    @property
    def is_for_developers(self) -> bool:
        """Whether it is the image of a development container: people work in it, and nobody ships it."""
        return ".devcontainer" in self.dockerfile.path.split("/")

    def place(self, item: Instruction) -> Origin:
        """Return the place of an instruction."""
        return Origin(self.dockerfile.path, item.first)

    def line(self, number: int) -> str:
        """Return a line of the Dockerfile as it is written."""
        lines = self.tree.text(self.dockerfile.path).split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def commands(self, *names: str) -> Iterator[tuple[Stage, Instruction, Command]]:
        """Yield the certain commands of all stages in instructions of these names, each once a stage."""
        seen: set[tuple[int, tuple[str, ...], str | None]] = set()
        for stage in self.dockerfile.stages:
            for item in stage.instructions:
                if item.name in names and not item.on_build:
                    for command in self.files.commands(item):
                        # The same again in the same stage says nothing new.
                        key = (stage.index, command.words, command.directory)
                        if command.certain and key not in seen:
                            seen.add(key)
                            yield stage, item, command

    def directory_of(self, stage: Stage, item: Instruction, command: Command, manifest: str) -> str | None:
        """Return the directory of the tree whose manifest a command works with; None when that is not certain."""
        if command.directory is None:
            return None
        before = item.first if item.name == "RUN" else None
        path = self.files.absolute(stage, f"{command.directory or '.'}/{manifest}", before)
        if path is None:
            return None
        found = self.files.find(stage, path, before, item if item.name == "RUN" else None)
        if found.presence is not Presence.THERE or not self.tree.has(found.path):
            return None
        return found.path.rpartition("/")[0]
