"""What a provider is: all that a third party implements.

A provider is a frozen value holding two functions. It knows languages and never images: it says what has to be
installed, copied, run and started; the rest of buildplan decides how. `detect` is cheap and looks at names
before it opens a file; `plan` returns a value and changes nothing.

Third parties publish a `Provider` under the entry point group `buildplan.providers`:

    [project.entry-points."buildplan.providers"]
    zig = "buildplan_zig:PROVIDER"
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from buildplan.model.build_plan import (
    Decision,
    Diagnostic,
    Evidence,
    Input,
    Phase,
    Process,
    Role,
    Run,
    Variable,
)
from buildplan.model.requests import Overrides

if TYPE_CHECKING:
    from buildplan.catalogue import RuntimeTable
    from buildplan.source import SourceTree

API_VERSION = 1


class Strength(IntEnum):
    """How much a provider's evidence weighs; what lies in a nested or test folder weighs nothing."""

    STRAY = 10  # a source file without a manifest
    TOOLING = 20  # a manifest that holds only tools (linters, formatters, hooks)
    SITE = 30  # static files that a web server can serve as they are
    COMMAND = 35  # a start command that the owner gave, without a manifest
    MANIFEST = 40  # a manifest at the root
    APP = 50  # a manifest at the root that names an app: a start command, a server or a web framework


@dataclass(frozen=True, slots=True)
class Detection:
    """A provider's claim to a tree.

    `role` is what the provider could be here: `assets` when all that it can do is to build files that another
    language's app serves. `frameworks` are short ids (`next`, `express`), strongest first. `frontends` are folders
    (`""` is the root) whose build makes what this app embeds: of two equal claims this one is the app. `static`: all
    that it would ship are files for a web server: of two equal claims the other one, which runs a program, is the app.
    `below`: its app lies in a folder, by a workspace of the root: an equal claim to the root itself is the app.
    """

    strength: Strength
    evidence: tuple[Evidence, ...]
    role: Role = "app"
    frameworks: tuple[str, ...] = ()
    frontends: tuple[str, ...] = ()
    static: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What a provider is told beside the tree.

    `overrides` is everything that was asked for, Procfile included, strongest already on top. `role` is the part
    that composition gave to the provider. `start` and `versions` in it are for the provider to resolve; lists of
    commands and packages are applied afterwards by the core.
    """

    overrides: Overrides = field(default_factory=Overrides)
    role: Role = "app"


@dataclass(frozen=True, slots=True)
class ProviderPlan:
    """What a provider answers.

    The phases `setup`, `install` and `build` have their usual meaning; more may be added. `run` is None for the role
    `assets`; then `assets` says what the app gets (`Input.phase` names a phase of this plan). A language whose programs
    the app calls has a `run` there too: its runtime, copies, paths and packages come beside the app's own. `artifacts`
    are patterns, in the syntax of `.dockerignore`, of what the build itself makes and no build needs from outside.
    `embedded` are paths that the build takes into its product: assets there are not shipped beside it. `frontends` are
    folders (`ui`, `""` for the root) with a manifest of their own whose build makes what the app embeds or serves.
    `own_assets` are providers whose assets the app's own build makes (Rails runs Node itself), so that none are added.
    `env_files` are committed env files with defaults that the framework reads at run time; all others stay out.
    `decisions` gives the reason for every value.
    """

    phases: tuple[Phase, ...] = ()
    run: Run | None = None
    processes: tuple[Process, ...] = ()
    variables: tuple[Variable, ...] = ()
    secrets: tuple[str, ...] = ()
    assets: tuple[Input, ...] = ()
    artifacts: tuple[str, ...] = ()
    run_only_variables: tuple[str, ...] = ()
    build_only_variables: tuple[str, ...] = ()
    embedded: tuple[str, ...] = ()
    frontends: tuple[str, ...] = ()
    own_assets: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """A language.

    `detect(tree, overrides)` returns None for "not mine". `plan(tree, context)` raises a BuildplanError where
    it cannot know. `start_help` is one line: what would have given a start command. `looks_for` says what `detect`
    looks for, for a provider that compares names by itself; for the others it is watched which ones they ask for.
    `catalogue` are the tables of runtimes that no release of buildplan knows: a language brings its own.
    """

    name: str
    title: str
    detect: Callable[[SourceTree, Overrides], Detection | None]
    plan: Callable[[SourceTree, PlanContext], ProviderPlan]
    start_help: str
    api: int = API_VERSION
    looks_for: str = ""
    catalogue: tuple[RuntimeTable, ...] = ()
