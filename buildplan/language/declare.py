"""What a built-in language says of itself before anything of it is loaded: names, files, options, functions.

Each provider declares one `Language`, as `LANGUAGE` in `providers/<name>_tables.py`, `providers/<name>.py` or
`providers/<name>/__init__.py`. Every command imports all of these modules, so they import nothing but this one and row
types, and name their functions with `late`. Nothing else lists the languages: the registry finds the modules, and the
names of options, runtimes and tools that a configuration may use are read from the declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from buildplan.language.contract import Detection, Provider

if TYPE_CHECKING:
    from buildplan.language.contract import PlanContext, ProviderPlan
    from buildplan.language.members import Member
    from buildplan.language.node_tools import Tools
    from buildplan.language.packages import Dependency
    from buildplan.language.rules import Rules
    from buildplan.language.subfolder import Folder
    from buildplan.language.versions import Versions
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

# Loads the rows of a capability when the engine first needs them.
Rows = Callable[[], Any]


def late(target: str, package: str) -> Callable[..., Any]:
    """Return a function that stands for another one, whose module is imported when it is called: `.plan:plan`.

    For rows, `.ruby_version:VERSIONS`, it returns the rows. `package` is the `__package__` of the caller.
    """
    return partial(_call, target, package)


def _call(target: str, package: str, *arguments: Any, **named: Any) -> Any:
    import importlib

    module, _, name = target.partition(":")
    found = getattr(importlib.import_module(module, package), name)
    return found(*arguments, **named) if callable(found) else found


def _not_declared(*_: object) -> Any:
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Language(Provider):
    """A provider that declares what it is about.

    `aliases` are other names of it in a list of providers: what Nixpacks and Railpack call it. `manifests` are names,
    or endings as `*.csproj`, of files that make a folder a project of the language, `sources` those of its code.
    Without one of either it never claims a tree, and is not asked; a language without both is always asked. `code` are
    endings of source files (`.rs`) that by themselves claim nothing. `runtimes` and `tools` are those of the catalogue
    whose version a configuration may set for it. `options` maps the name of an option, `[ruby] NAME` in buildplan.toml,
    to its help; `app_option` is the one that chooses an app. `members` returns what `app` may name in a tree: the
    members of a workspace, and the root itself. `below` returns the folders that could be the app where the root is
    none, the likeliest first.

    `programs` are those that its image or its packages bring, as a start command calls them.

    `versions`, `needs` and `ports` return the rows from which the engine resolves versions, finds system packages, and
    the port; None where the language does it by itself. `toolchain` is for a language whose programs the build of
    another language's app runs: its program, package manager and packages (`buildplan.language.node_tools`).

    `rules` returns the rows from which the engine makes all of `detect`, `plan`, `below` and `versions` that the
    language does not write itself (`buildplan.language.rules`).
    `dependencies` yields the packages that the app ships with, by the names that its manifests give them.
    """

    detect: Callable[[SourceTree, Overrides], Detection | None] = _not_declared
    plan: Callable[[SourceTree, PlanContext], ProviderPlan] = _not_declared
    start_help: str = ""
    aliases: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    runtimes: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    app_option: str | None = None
    programs: tuple[str, ...] = ()
    members: Callable[[SourceTree], tuple[Member, ...]] | None = None
    below: Callable[[SourceTree, Overrides], tuple[Folder, ...]] | None = None
    versions: Callable[[], tuple[Versions[Any], ...]] | None = None
    needs: Rows | None = None
    ports: Rows | None = None
    toolchain: Callable[[SourceTree, Overrides, Reasons], Tools] | None = None
    dependencies: Callable[[SourceTree, Overrides], Iterable[Dependency]] | None = None
    rules: Callable[[], Rules[Any]] | None = None

    def __post_init__(self) -> None:
        """Let the engine do what the rules describe, and nothing else does."""
        if self.rules is None:
            return
        for name in ("detect", "plan", "below", "versions", "dependencies"):
            if getattr(self, name) in {None, _not_declared}:
                made = partial(late(f"buildplan.language.engine:{name}", ""), self)
                object.__setattr__(self, name, cast("Any", made))
