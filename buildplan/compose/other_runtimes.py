"""Languages that the configuration names beside the app's own: Python tools in a Node app, Java beside PHP.

A version that is asked for comes out of that language's own image; without one, Debian's packages do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan import catalogue
from buildplan.catalogue import versions
from buildplan.catalogue.versions import Request
from buildplan.model.build_plan import Diagnostic, Input, Phase, Runtime
from buildplan.model.origin import catalogue as table_of
from buildplan.read import data_table

if TYPE_CHECKING:
    from buildplan.model.build_plan import Run
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Items, Overrides


class _Files(NamedTuple):
    """What makes a runtime work beside another one."""

    flavour: str
    copies: tuple[str, ...]
    debian: str = ""
    apt: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


def added(phases: tuple[Phase, ...], run: Run, overrides: Overrides, reasons: Reasons) -> tuple[tuple[Phase, ...], Run]:
    """Return the phases and what is shipped with the other languages in both; a site's image gets none of them.

    Raises VersionError for a version that cannot be met.
    """
    # What only builds files for the app, in phases of its own, is not there when the app runs.
    app_phases = [phase for phase in phases if phase.runtime is not None and ":" not in phase.name]
    first = app_phases[0].name if app_phases else ""
    own = {phase.runtime.name for phase in app_phases if phase.runtime is not None} | {run.runtime.name}
    for name, packages in sorted(overrides.runtime_packages.items()):
        if name in own:
            continue
        files = _files(name)
        if files is not None and not (packages and _is_debians(files, name, overrides)):
            phases, run = _copied(phases, run, first, (name, files), overrides, reasons)
        elif packages:
            phases, run = _installed(phases, run, first, (name, packages), reasons)
            _report_version(name, overrides, reasons)
        else:
            _report_absence(name, overrides, reasons)
    return phases, run


def _is_debians(files: _Files, name: str, overrides: Overrides) -> bool:
    """Return whether Debian's own version is what was asked for."""
    asked = overrides.versions.get(name)
    return asked is None or f"{files.debian}.".startswith(f"{asked.value}.")


def _files(name: str) -> _Files | None:
    row = data_table.read(catalogue.__file__, "runtime_files").get(name)
    if not isinstance(row, dict):
        return None
    return _Files(
        flavour=row["flavour"],
        copies=tuple(row["copies"]),
        debian=row.get("debian", ""),
        apt=tuple(row.get("apt", ())),
        paths=tuple(row.get("paths", ())),
        environment=tuple(row.get("environment", {}).items()),
    )


def _copied(
    phases: tuple[Phase, ...],
    run: Run,
    first: str,
    wanted: tuple[str, _Files],
    overrides: Overrides,
    reasons: Reasons,
) -> tuple[tuple[Phase, ...], Run]:
    name, files = wanted
    asked = overrides.versions.get(name)
    requests = [] if asked is None else [Request(asked.value, asked.origin)]
    found = versions.resolve(name, requests, reasons)
    origin = asked.origin if asked is not None else table_of(f"{name}.default")
    source = Phase(name, runtime=Runtime(name, found.version, found.requested, files.flavour))
    inputs = tuple(Input(path, name, path) for path in files.copies)
    reasons.decide("run.copies", " ".join(files.copies), origin, f"brings {name} beside the app's own language")
    for package in files.apt:
        for field in ("apt.build", "apt.run"):
            reasons.decide(f"{field}.{package}", package, origin, f"the programs of {name} are linked with it")
    changed = []
    for phase in phases:
        if phase.name != first:
            changed.append(phase)
            continue
        reasons.decide(f"phases.{phase.name}.inputs", name, origin, f"brings {name} beside the app's own language")
        changed.append(
            replace(
                phase,
                inputs=(*phase.inputs, *inputs),
                apt_packages=tuple(dict.fromkeys((*phase.apt_packages, *files.apt))),
                environment=(*phase.environment, *files.environment),
                paths=(*phase.paths, *files.paths),
            )
        )
    for variable, value in files.environment:
        reasons.decide(f"run.environment.{variable}", value, origin, f"{name} looks for itself there")
        if first:
            reasons.decide(f"phases.{first}.environment.{variable}", value, origin, f"{name} looks for itself there")
    if files.paths:
        reasons.decide("run.paths", ":".join((*run.paths, *files.paths)), origin, f"the programs of {name}")
        if first:
            reasons.decide(f"phases.{first}.paths", ":".join(files.paths), origin, f"the programs of {name}")
    if run.site is None:
        run = replace(
            run,
            copies=(*inputs, *run.copies),
            apt_packages=tuple(dict.fromkeys((*run.apt_packages, *files.apt))),
            environment=(*run.environment, *files.environment),
            paths=(*run.paths, *files.paths),
        )
    return (source, *changed), run


def _installed(
    phases: tuple[Phase, ...], run: Run, first: str, wanted: tuple[str, Items], reasons: Reasons
) -> tuple[tuple[Phase, ...], Run]:
    name, packages = wanted
    for item in packages:
        for field in ("apt.build", "apt.run"):
            reasons.decide(f"{field}.{item.value}", item.value, item.origin, f"brings `{name}` beside the app's own")
    names = tuple(item.value for item in packages)
    if run.site is None:
        run = replace(run, apt_packages=tuple(dict.fromkeys((*run.apt_packages, *names))))
    changed = tuple(
        replace(phase, apt_packages=tuple(dict.fromkeys((*phase.apt_packages, *names))))
        if phase.name == first
        else phase
        for phase in phases
    )
    return changed, run


def _report_version(name: str, overrides: Overrides, reasons: Reasons) -> None:
    asked = overrides.versions.get(name)
    if asked is not None:
        text = f"`{name}` is installed from Debian, in Debian's version and not in {asked.value}"
        fix = f"install {name} {asked.value} in a phase of your own"
        reasons.report(Diagnostic("BP667", "warning", text, asked.origin, fix))


def _report_absence(name: str, overrides: Overrides, reasons: Reasons) -> None:
    asked = overrides.versions.get(name)
    reasons.report(
        Diagnostic(
            "BP667",
            "warning",
            f"`{name}` is asked for, but it is not this app's language and no apt package holds it",
            asked.origin if asked else None,
            "remove it, or install it in a phase of your own",
        )
    )
