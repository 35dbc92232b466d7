"""What the tests of the manifests and package managers of Python share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.providers.python import install, python_version
from buildplan.providers.python import manifest as manifests

from buildplan.model.origin import Sourced, option
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Extend, Overrides, PhaseOverride, Replace, VariableRequest
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.providers.python.install import PackageManager
    from buildplan.providers.python.manifest import Project

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.build_plan import Decision, Diagnostic, Phase

Files = dict[str, "str | bytes"]

PROJECT = '[project]\nname = "greeter"\nversion = "1.0"\n'


@dataclass(frozen=True)
class Noted:
    """What was decided and reported."""

    reasons: Reasons

    def decision(self, field: str) -> Decision:
        return next(item for item in self.reasons.decisions if item.field == field)

    def decided(self) -> dict[str, str]:
        return {item.field: item.value for item in self.reasons.decisions}

    def codes(self) -> list[str]:
        return [item.code for item in self.reasons.diagnostics]

    def diagnostic(self, code: str) -> Diagnostic:
        return next(item for item in self.reasons.diagnostics if item.code == code)


@dataclass(frozen=True)
class Installed(Noted):
    """A project with all that its installation takes."""

    project: Project
    resolution: Resolution
    pm: PackageManager | None
    build: tuple[str, ...]
    run: tuple[str, ...]
    setup: tuple[str, ...]
    phases: tuple[Phase, ...]

    @property
    def install(self) -> Phase:
        return self.phases[0]

    @property
    def command(self) -> str:
        (text,) = self.install.commands
        return text

    @property
    def inputs(self) -> list[str]:
        return [item.path for item in self.install.inputs]

    @property
    def own(self) -> str:
        """The command that installs the project itself."""
        (phase,) = self.phases[1:]
        (text,) = phase.commands
        return text


def tree(files: Files) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def asked(
    *,
    options: Mapping[str, str] | None = None,
    versions: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    secrets: tuple[str, ...] = (),
    commands: Mapping[str, tuple[str, ...]] | None = None,
    more: Mapping[str, tuple[str, ...]] | None = None,
) -> Overrides:
    """Return what a configuration would ask for; `commands` replace those of a phase, `more` come after them."""

    def items(texts: tuple[str, ...]) -> tuple[Sourced[str], ...]:
        return tuple(Sourced(text, option("commands")) for text in texts)

    phases = {name: PhaseOverride(commands=Replace(items(texts))) for name, texts in (commands or {}).items()}
    phases |= {name: PhaseOverride(commands=Extend(after=items(texts))) for name, texts in (more or {}).items()}
    return Overrides(
        options={name: Sourced(text, option(name)) for name, text in (options or {}).items()},
        versions={name: Sourced(text, option(name)) for name, text in (versions or {}).items()},
        variables={name: VariableRequest(text, option(name)) for name, text in (variables or {}).items()},
        secrets=items(secrets),
        phases=phases,
    )


def read(files: Files, overrides: Overrides | None = None) -> tuple[Project, Noted]:
    reasons = Reasons()
    return manifests.read(tree(files), overrides or Overrides(), reasons), Noted(reasons)


def names(project: Project) -> list[str]:
    return [item.name for item in project.requirements]


def resolved(files: Files, overrides: Overrides | None = None) -> tuple[Resolution, Noted]:
    source, reasons, wanted = tree(files), Reasons(), overrides or Overrides()
    project = manifests.read(source, wanted, reasons)
    return python_version.resolve(source, project, wanted, reasons), Noted(reasons)


def installed(files: Files, overrides: Overrides | None = None) -> Installed:
    source, reasons, wanted = tree(files), Reasons(), overrides or Overrides()
    project = manifests.read(source, wanted, reasons)
    resolution = python_version.resolve(source, project, wanted, reasons)
    python = resolution.version
    project = project.for_python(python)
    pm = install.choose(source, project, wanted, python, reasons)
    build, run = install.packages(source, project, pm, reasons)
    phases = install.phases(pm, source, project, python, reasons) if pm is not None else ()
    setup = install.setup_commands(pm) if pm is not None else ()
    return Installed(reasons, project, resolution, pm, build, run, setup, phases)


def requirements(*lines: str, **files: str) -> Files:
    """Return a tree with these lines in requirements.txt."""
    return {"requirements.txt": "\n".join(lines) + "\n", **files}
