"""One module of a build, whichever tool builds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from buildplan.model.build_plan import Input, Phase
    from buildplan.model.origin import Origin, Sourced


@dataclass(slots=True)
class Module:
    """A module: its folder (`""` is the root), its name, where it is declared, and what it declares.

    `dependencies` maps artifacts and `plugins` ids of plugins to their places; `groups` are those of the dependencies.
    `local` are folders of modules of the same build that it is made of. `packages` says whether the build makes
    something of it that can run by itself, `war` that a servlet container runs it.
    """

    directory: str
    name: str
    origin: Origin
    dependencies: dict[str, Origin] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    plugins: dict[str, Origin] = field(default_factory=dict)
    local: tuple[str, ...] = ()
    packages: Origin | None = None
    main_class: Sourced[str] | None = None
    library: bool = False
    war: bool = False
    packaging: str = "jar"

    def path(self, name: str) -> str:
        """Return the path in the tree of what lies in the module."""
        return f"{self.directory}/{name}" if self.directory else name


class Product(NamedTuple):
    """What is built of the app: commands, what they leave, what of it is shipped, and how it is started.

    `argv` is the command before arguments of the framework: `java` and what follows, or a script. `options` is where
    options of the JVM can be put in it: after that many words; None where they cannot. `phases` make what is shipped
    beside the app; `port` is where that listens when PORT says nothing else.
    """

    commands: tuple[str, ...]
    outputs: tuple[str, ...]
    copies: tuple[Input, ...]
    argv: tuple[str, ...]
    rule: str
    origin: Origin
    options: int | None = 1
    archive: str | None = None
    phases: tuple[Phase, ...] = ()
    port: int | None = None
