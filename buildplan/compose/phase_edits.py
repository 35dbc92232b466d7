"""What the owner changed in the phases, and phases of the owner's own.

A phase that goes in after another one is spliced: what went on from the phase before it now goes on from it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from buildplan.config.mistakes import MOST
from buildplan.errors import ConfigError
from buildplan.model.build_plan import APP_DIR, Cache, Diagnostic, Input, Phase, RunnerUp
from buildplan.model.origin import Origin, Sourced, rule
from buildplan.model.requests import ListEdit, PhaseOverride, Replace, apply

if TYPE_CHECKING:
    from buildplan.model.build_plan import Run
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

_INSTALL_WORDS = {"ci", "i", "install", "add", "sync", "restore", "get"}
_NAME = re.compile(r"[A-Za-z][\w:-]{0,60}", re.ASCII)
_CACHE_TARGET = re.compile(r"/[\w./@+-]*", re.ASCII)


def edited_phases(
    tree: SourceTree, generated: tuple[Phase, ...], run: Run, overrides: Overrides, reasons: Reasons
) -> tuple[tuple[Phase, ...], Run]:
    """Return the phases as the owner wants them, and what is shipped then.

    Raises ConfigError for a phase, path or cache that cannot be.
    """
    phases = {phase.name: phase for phase in generated}
    for name, asked in overrides.phases.items():
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"`{name[:60]}` is no name for a phase",
                origin=_first_origin(asked) or Origin("<configuration>"),
                hint="use letters, digits, `-`, `_` and `:`",
            )
        known = phases.get(name)
        if known is not None:
            phases[name] = _changed(tree, known, asked, reasons)
            run = _copies_after(run, known, phases[name], asked)
            phases, run = _split(phases, run, known, reasons)
        elif asked.commands is not None or asked.apt_packages is not None:
            phases, run = _inserted(tree, phases, run, name, asked, reasons)
        elif asked != PhaseOverride() and asked.paths is None:
            near = _nearest(name, phases)
            text = f"the settings of the phase `{name}` have no effect: there is no such phase, and it has no commands"
            fix = (
                f"did you mean `{near}`?"
                if near is not None
                else f"give it commands, or use one of {', '.join(phases) or 'none'}"
            )
            reasons.report(Diagnostic("BP664", "info", text, _first_origin(asked), fix))
    for name, asked in overrides.phases.items():
        # A directory of programs that a phase of the owner's fills is for the running app as much as for the build.
        if asked.paths is not None:
            wanted = phases[name].paths if name in phases else tuple(item.value for item in apply(asked.paths, ()))
            added = tuple(path for path in wanted if path not in run.paths)
            run = replace(run, paths=(*run.paths, *added))
            reasons.decide("run.paths", ":".join(run.paths), _first_origin(asked) or rule("paths"), "asked for")
    unknown = (
        (name, needed)
        for name, phase in phases.items()
        if name in overrides.phases
        for needed in phase.depends_on
        if needed not in phases
    )
    for name, needed in islice(unknown, MOST):
        near = _nearest(needed, phases)
        reasons.report(
            Diagnostic(
                "BP661",
                "warning",
                f"the phase `{name}` depends on `{needed}`, which is no phase",
                _first_origin(overrides.phases[name]),
                f"did you mean `{near}`?" if near else f"phases: {', '.join(phases)}",
            )
        )
    return tuple(phases.values()), run


def _nearest(name: str, phases: dict[str, Phase]) -> str | None:
    import difflib

    return next(iter(difflib.get_close_matches(name, phases, n=1)), None)


def _first_origin(asked: PhaseOverride) -> Origin | None:
    edits = (
        asked.commands,
        asked.apt_packages,
        asked.depends_on,
        asked.inputs,
        asked.caches,
        asked.outputs,
        asked.paths,
    )
    for edit in edits:
        items = edit.items if isinstance(edit, Replace) else (*edit.before, *edit.after) if edit else ()
        if items:
            return items[0].origin
    return None


def _changed(tree: SourceTree, phase: Phase, asked: PhaseOverride, reasons: Reasons) -> Phase:
    field = f"phases.{phase.name}"
    commands = edited(phase.commands, asked.commands, f"{field}.commands", reasons)
    inputs = phase.inputs
    if asked.inputs is not None:
        paths = edited(tuple(item.path for item in phase.inputs), asked.inputs, f"{field}.inputs", reasons)
        kept = {item.path: item for item in phase.inputs}
        inputs = tuple(kept.get(path) or _input(tree, path, asked) for path in paths)
    elif commands != phase.commands and not _like(commands, phase.commands):
        whole = Input(".")
        if whole not in inputs:
            inputs = (whole, *(item for item in inputs if item.phase is not None))
            reasons.decide(
                f"{field}.inputs", ".", rule("own commands"), "a command of your own may need any file of the tree"
            )
    comment = phase.comment
    if isinstance(asked.commands, Replace):
        comment = f"{phase.name[:1].upper()}{phase.name[1:]}, as the configuration says"
    return replace(_rest(phase, asked, reasons), commands=commands, inputs=inputs, comment=comment)


def _rest(phase: Phase, asked: PhaseOverride, reasons: Reasons) -> Phase:
    """Return the phase with everything changed but its commands and inputs."""
    field = f"phases.{phase.name}"
    caches = {cache.target: cache for cache in phase.caches}
    targets = edited(tuple(caches), asked.caches, f"{field}.caches", reasons)
    environment = dict(phase.environment)
    for name, value in asked.environment.items():
        environment[name] = value.value
        reasons.decide(f"{field}.environment.{name}", value.value, value.origin, "set for this phase")
    return replace(
        phase,
        caches=tuple(caches.get(target) or _cache(target, asked) for target in targets),
        apt_packages=edited(phase.apt_packages, asked.apt_packages, "", reasons, "apt.build."),
        secrets=edited(phase.secrets, asked.secrets, f"{field}.secrets", reasons),
        outputs=edited(phase.outputs, asked.outputs, f"{field}.outputs", reasons),
        paths=edited(phase.paths, asked.paths, f"{field}.paths", reasons),
        depends_on=edited(phase.depends_on, asked.depends_on, f"{field}.depends_on", reasons),
        environment=tuple(environment.items()),
    )


def edited(
    generated: tuple[str, ...], edit: ListEdit | None, field: str, reasons: Reasons, each: str = ""
) -> tuple[str, ...]:
    """Return the list after an edit, and note it; with `each`, every added item is a decision of its own."""
    if edit is None:
        return generated
    own = Origin("<generated>")
    result = apply(edit, tuple(Sourced(item, own) for item in generated))
    added = [item for item in result if item.origin is not own]
    if each:
        for item in added:
            reasons.decide(f"{each}{item.value}", item.value, item.origin, "asked for in the configuration")
    elif added or len(result) != len(generated):
        origin = added[0].origin if added else rule("emptied by the configuration")
        word = "replaces what was generated" if isinstance(edit, Replace) else "added to what was generated"
        lost = tuple(
            RunnerUp(item, own, "replaced by the configuration")
            for item in generated
            if item not in {kept.value for kept in result}
        )
        reasons.decide(field, " && ".join(item.value for item in result), origin, word, lost)
    return tuple(item.value for item in result)


def _like(commands: tuple[str, ...], generated: tuple[str, ...]) -> bool:
    """Return whether each command is the generated kind of install (`npm ci --legacy-peer-deps`): it needs no more."""
    first = {command.split()[0] for command in generated if command.split()}
    for command in commands:
        words = command.split()
        simple = len(words) > 1 and not re.search(r"[;&|<>`$()]", command)
        if not (simple and words[0] in first and words[1] in _INSTALL_WORDS):
            return False
    return bool(commands)


def _input(tree: SourceTree, path: str, asked: PhaseOverride) -> Input:
    clean = path.removeprefix("./").rstrip("/") or "."
    origin = _first_origin(asked)
    if clean.startswith("/") or ".." in clean.split("/"):
        raise ConfigError(f"`{path[:80]}` is outside of the tree", origin=origin, hint="name a path inside the tree")
    if clean == ".":
        return Input(".")
    if tree.has_directory(clean):
        return Input(f"{clean}/")
    if tree.has(clean):
        return Input(clean)
    raise ConfigError(f"there is no `{clean[:80]}` to copy", origin=origin, hint="correct the path, or remove it")


def _cache(target: str, asked: PhaseOverride) -> Cache:
    path = re.sub(r"^~(?=/|$)", "/root", target)
    path = path if path.startswith("/") else f"{APP_DIR}/{path.removeprefix('./')}"
    if not _CACHE_TARGET.fullmatch(path) or ".." in path.split("/"):
        raise ConfigError(
            f"`{target[:80]}` is no directory for a cache",
            origin=_first_origin(asked),
            hint="use letters, digits, `-`, `_`, `.` and `/`",
        )
    return Cache(re.sub(r"[^\w]+", "-", path, flags=re.ASCII).strip("-"), path)


def _split(phases: dict[str, Phase], run: Run, generated: Phase, reasons: Reasons) -> tuple[dict[str, Phase], Run]:
    """Give commands that the owner added behind a generated install a phase of their own.

    They may need any file of the tree; the install itself needs only its manifests, and stays cached with them.
    """
    phase = phases[generated.name]
    own = phase.commands[len(generated.commands) :]
    kept = phase.commands[: len(generated.commands)]
    whole = Input(".")
    if not own or kept != generated.commands or whole in generated.inputs or whole not in phase.inputs:
        return phases, run
    name = f"after-{generated.name}"
    fresh = replace(
        phase,
        name=name,
        comment=f"What was added to {generated.name}",
        inputs=(whole,),
        commands=own,
        apt_packages=(),
        outputs=(),
        runtime=None,
        depends_on=(generated.name,),
    )
    text = " && ".join(own)
    decided = next(item for item in reasons.decisions if item.field == f"phases.{generated.name}.commands")
    reasons.decide(f"phases.{name}.commands", text, decided.origin, f"added behind `{generated.name}`")
    reasons.decide(f"phases.{name}.inputs", ".", rule("own commands"), "a command of your own may need any file")
    for part in ("caches", "secrets", "paths"):
        if getattr(fresh, part):
            reasons.decide(f"phases.{name}.{part}", generated.name, decided.origin, f"as in `{generated.name}`")
    for variable, value in fresh.environment:
        reasons.decide(f"phases.{name}.environment.{variable}", value, decided.origin, f"as in `{generated.name}`")
    phases = {**phases, generated.name: replace(phase, commands=kept, inputs=generated.inputs)}
    return _spliced(phases, run, generated.name, fresh, reasons)


def _copies_after(run: Run, before: Phase, after: Phase, asked: PhaseOverride) -> Run:
    """Return what is shipped when the outputs of a phase were changed."""
    if asked.outputs is None:
        return run
    others = tuple(item for item in run.copies if item.phase != before.name)
    return replace(run, copies=(*others, *(Input(path, after.name) for path in after.outputs)))


def _inserted(
    tree: SourceTree, phases: dict[str, Phase], run: Run, name: str, asked: PhaseOverride, reasons: Reasons
) -> tuple[dict[str, Phase], Run]:
    """Return the phases with one more: what went on from the phase before it now goes on from it."""
    defaults = {"install": "setup", "build": "install"}
    base = next((known for known in (defaults.get(name), "build", "install", "setup") if known in phases), None)
    if base is None:
        raise ConfigError(
            f"there is no phase that `{name}` could follow: this app is not built",
            origin=_first_origin(asked),
            hint='name a provider that has a runtime, `providers = ["node"]`',
        )
    fresh = Phase(name, comment=f"{name[:1].upper()}{name[1:]}", inputs=(Input("."),), depends_on=(base,))
    fresh = _filled(tree, fresh, asked, reasons)
    after = next((known for known in reversed(fresh.depends_on) if known in phases), base)
    return _spliced(phases, run, after, fresh, reasons)


def _spliced(
    phases: dict[str, Phase], run: Run, after: str, fresh: Phase, reasons: Reasons
) -> tuple[dict[str, Phase], Run]:
    """Return the phases with `fresh` right behind `after`, and what is shipped then.

    What the owner's commands make is not known. When no other phase goes on from them, the whole result is shipped,
    behind the phases that were to be shipped beside it (such as one that removes development dependencies).
    """
    name = fresh.name
    result: dict[str, Phase] = {}
    for known, phase in phases.items():
        if after in phase.depends_on and known not in fresh.depends_on:
            moved = dict.fromkeys(name if needed == after else needed for needed in phase.depends_on)
            result[known] = replace(phase, depends_on=tuple(moved))
        else:
            result[known] = phase
        if known == after:
            result[name] = fresh
    if any(name in phase.depends_on for phase in result.values()):
        return result, replace(run, copies=tuple(_moved(item, after, name) for item in run.copies))
    if run.site is not None:
        copies = tuple(replace(item, phase=name) if item.phase in {None, after} else item for item in run.copies)
        return result, replace(run, copies=copies)
    last = name
    for item in run.copies:
        beside = item.phase
        if beside is not None and beside != after and beside not in fresh.depends_on:
            result[beside] = replace(result[beside], depends_on=(*result[beside].depends_on, name))
            last = beside
    why = f"what the commands of `{name}` make is not known, so everything is kept"
    reasons.decide("run.copies", ".", rule("own commands"), why)
    return result, replace(run, copies=(Input(".", phase=last),))


def _filled(tree: SourceTree, fresh: Phase, asked: PhaseOverride, reasons: Reasons) -> Phase:
    field = f"phases.{fresh.name}"
    inputs = fresh.inputs
    if asked.inputs is not None:
        inputs = tuple(_input(tree, path, asked) for path in edited((".",), asked.inputs, f"{field}.inputs", reasons))
    else:
        reasons.decide(
            f"{field}.inputs", ".", rule("own commands"), "a phase of your own may need any file of the tree"
        )
    commands = edited((), asked.commands, f"{field}.commands", reasons)
    return replace(_rest(fresh, asked, reasons), commands=commands, inputs=inputs)


def _moved(item: Input, before: str, after: str) -> Input:
    return replace(item, phase=after) if item.phase == before else item
