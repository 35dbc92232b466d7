"""What a built-in language says of itself before anything of it is loaded: names, files, options, functions.

Each provider declares one `Language`, as `LANGUAGE` in `providers/<name>.py` or `providers/<name>/__init__.py`. Every
command imports all of these modules, so they import nothing but this one, and their functions import what they need
when they are called. Nothing else lists the languages: the registry finds the modules, and the names of options,
runtimes and tools that a configuration may use are read from the declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildplan.language.contract import Provider

if TYPE_CHECKING:
    from buildplan.language.members import Member
    from buildplan.language.node_tools import Tools
    from buildplan.language.subfolder import Folder
    from buildplan.language.versions import Versions
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

# Loads the rows of a capability when the engine first needs them.
Rows = Callable[[], Any]


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
    """

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
