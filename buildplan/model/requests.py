"""What a config source asks for, whichever it was: a file, the environment, options, a Procfile.

Readers in `buildplan.config` make these; `combine` lays one over another. In a list three things differ: absent
(None), replaced (`Replace`, also with nothing) and extended (`Extend`, the `"..."` of a config file).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin, Sourced

if TYPE_CHECKING:
    from buildplan.model.build_plan import Diagnostic, Scope

Items = tuple[Sourced[str], ...]


@dataclass(frozen=True, slots=True)
class Replace:
    """The whole list, whatever was generated."""

    items: Items


@dataclass(frozen=True, slots=True)
class Extend:
    """What was generated, with more around it."""

    before: Items = ()
    after: Items = ()


ListEdit = Replace | Extend


def edit_from(items: Items) -> ListEdit:
    """Return the edit that a list with `"..."` (or Nixpacks' `"@auto"`) in it means; a second marker is ignored."""
    marks = [index for index, item in enumerate(items) if item.value in {"...", "@auto"}]
    if not marks:
        return Replace(items)
    first = marks[0]
    after = tuple(item for item in items[first + 1 :] if item.value not in {"...", "@auto"})
    return Extend(items[:first], after)


def apply(edit: ListEdit | None, generated: Items) -> Items:
    """Return the list that results; an item is kept once, where it stands first."""
    if edit is None:
        return generated
    if isinstance(edit, Replace):
        return edit.items
    seen: set[str] = set()
    result = []
    for item in (*edit.before, *generated, *edit.after):
        if item.value not in seen:
            seen.add(item.value)
            result.append(item)
    return tuple(result)


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A command as somebody wrote it: a list of words, or a line for the shell. Exactly one is set."""

    argv: tuple[str, ...] = ()
    shell: str | None = None

    @property
    def text(self) -> str:
        """The command on one line."""
        return self.shell if self.shell is not None else " ".join(self.argv)


@dataclass(frozen=True, slots=True)
class PhaseOverride:
    """Changes to one phase, or a new phase of that name."""

    commands: ListEdit | None = None
    apt_packages: ListEdit | None = None
    inputs: ListEdit | None = None
    caches: ListEdit | None = None
    secrets: ListEdit | None = None
    outputs: ListEdit | None = None
    paths: ListEdit | None = None
    depends_on: ListEdit | None = None
    environment: dict[str, Sourced[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VariableRequest:
    """A variable with its scope."""

    value: str
    origin: Origin
    scope: Scope = "both"


@dataclass(frozen=True, slots=True)
class Overrides:
    """Everything that can be asked for.

    `app` names one of several apps: a member of a workspace, or a folder.
    `versions` maps a runtime or tool (`node`, `pnpm`) to a request. `options` maps `provider.name` to a value that
    only that provider understands (`node.app`, `static.root`). `apt_build` and `apt_run` are packages for the
    build and for the shipped image. `base_images` maps `build` or `run` to an image reference. `runtime_packages`
    maps a runtime that a list of packages named to the apt packages that give it in an image of another language; they
    do not count where the runtime is the app's own. `platform` names who builds the image. `locked` maps images to
    their digests, None without a lock file; `lock_required` is there when each image needs one.
    """

    providers: ListEdit | None = None
    app: Sourced[str] | None = None
    versions: dict[str, Sourced[str]] = field(default_factory=dict)
    phases: dict[str, PhaseOverride] = field(default_factory=dict)
    apt_build: ListEdit | None = None
    apt_run: ListEdit | None = None
    variables: dict[str, VariableRequest] = field(default_factory=dict)
    secrets: Items = ()
    start: Sourced[CommandRequest] | None = None
    processes: dict[str, Sourced[CommandRequest]] = field(default_factory=dict)
    runtime_packages: dict[str, Items] = field(default_factory=dict)
    options: dict[str, Sourced[str]] = field(default_factory=dict)
    base_images: dict[str, Sourced[str]] = field(default_factory=dict)
    mirrors: dict[str, Sourced[str]] = field(default_factory=dict)
    ca_certificates: Items = ()
    user: Sourced[str] | None = None
    port: Sourced[int] | None = None
    health_check: Sourced[str] | None = None
    labels: dict[str, Sourced[str]] = field(default_factory=dict)
    entrypoint: Sourced[CommandRequest] | None = None
    volumes: Items = ()
    workdir: Sourced[str] | None = None
    stop_signal: Sourced[str] | None = None
    platforms: Items = ()
    platform: Sourced[str] | None = None
    ignore_codes: Items = ()
    locked: dict[str, Sourced[str]] | None = None
    lock_required: Sourced[bool] | None = None
    beaten: tuple[tuple[str, Sourced[str], Origin], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def option(self, name: str) -> Sourced[str] | None:
        """Return the value of a provider's option."""
        return self.options.get(name)


def combine_edits(low: ListEdit | None, high: ListEdit | None) -> ListEdit | None:
    """Return one edit that does what `low` and then `high` would do."""
    if high is None or isinstance(high, Replace) or low is None:
        return high if high is not None else low
    if isinstance(low, Replace):
        return Replace(apply(high, low.items))
    return Extend((*high.before, *low.before), (*low.after, *high.after))


def _combine_phases(low: dict[str, PhaseOverride], high: dict[str, PhaseOverride]) -> dict[str, PhaseOverride]:
    result = dict(low)
    for name, above in high.items():
        below = result.get(name, PhaseOverride())
        result[name] = PhaseOverride(
            commands=combine_edits(below.commands, above.commands),
            apt_packages=combine_edits(below.apt_packages, above.apt_packages),
            inputs=combine_edits(below.inputs, above.inputs),
            caches=combine_edits(below.caches, above.caches),
            secrets=combine_edits(below.secrets, above.secrets),
            outputs=combine_edits(below.outputs, above.outputs),
            paths=combine_edits(below.paths, above.paths),
            depends_on=combine_edits(below.depends_on, above.depends_on),
            environment={**below.environment, **above.environment},
        )
    return result


def _single_values(overrides: Overrides) -> dict[str, Sourced[str]]:
    """Return field → value for everything that can have one value only; fields are named as in decisions."""
    found = {f"{name}.version": value for name, value in overrides.versions.items()}
    found |= {f"variables.{name}": Sourced(value.value, value.origin) for name, value in overrides.variables.items()}
    found |= {f"processes.{name}": _text(value) for name, value in overrides.processes.items()}
    images = {"build": "phases.setup.image", "run": "run.image"}
    found |= {images.get(name, name): value for name, value in overrides.base_images.items()}
    found |= {f"mirrors.{name}": value for name, value in overrides.mirrors.items()}
    found |= overrides.options
    if overrides.app is not None:
        found["app"] = overrides.app
    if overrides.start is not None:
        found["start"] = _text(overrides.start)
    if overrides.port is not None:
        found["port"] = Sourced(str(overrides.port.value), overrides.port.origin)
    if overrides.user is not None:
        found["run.user"] = overrides.user
    if overrides.health_check is not None:
        found["run.health_check"] = overrides.health_check
    if overrides.entrypoint is not None:
        found["run.entrypoint"] = _text(overrides.entrypoint)
    if overrides.workdir is not None:
        found["run.start_dir"] = overrides.workdir
    if overrides.stop_signal is not None:
        found["run.stop_signal"] = overrides.stop_signal
    found |= {f"run.labels.{name}": value for name, value in overrides.labels.items()}
    for name, phase in overrides.phases.items():
        if isinstance(phase.commands, Replace) and phase.commands.items:
            text = " && ".join(item.value for item in phase.commands.items)
            found[f"phases.{name}.commands"] = Sourced(text, phase.commands.items[0].origin)
    return found


def _text(command: Sourced[CommandRequest]) -> Sourced[str]:
    return Sourced(command.value.text, command.origin)


def _losers(low: Overrides, high: Overrides) -> list[tuple[str, Sourced[str], Origin]]:
    """Return (field, the value that lost, the origin that won) for every single value set twice."""
    below, above = _single_values(low), _single_values(high)
    return [(name, below[name], above[name].origin) for name in sorted(below.keys() & above.keys())]


def combine(low: Overrides, high: Overrides) -> Overrides:
    """Return `high` laid over `low`; what lost is kept in `beaten`, for `explain`."""
    return replace(
        high,
        providers=combine_edits(low.providers, high.providers),
        app=high.app or low.app,
        versions={**low.versions, **high.versions},
        phases=_combine_phases(low.phases, high.phases),
        apt_build=combine_edits(low.apt_build, high.apt_build),
        apt_run=combine_edits(low.apt_run, high.apt_run),
        variables={**low.variables, **high.variables},
        secrets=_union(low.secrets, high.secrets),
        start=high.start or low.start,
        processes={**low.processes, **high.processes},
        runtime_packages={**low.runtime_packages, **high.runtime_packages},
        options={**low.options, **high.options},
        base_images={**low.base_images, **high.base_images},
        mirrors={**low.mirrors, **high.mirrors},
        ca_certificates=_union(low.ca_certificates, high.ca_certificates),
        user=high.user or low.user,
        port=high.port or low.port,
        health_check=high.health_check or low.health_check,
        labels={**low.labels, **high.labels},
        entrypoint=high.entrypoint or low.entrypoint,
        volumes=_union(low.volumes, high.volumes),
        workdir=high.workdir or low.workdir,
        stop_signal=high.stop_signal or low.stop_signal,
        platforms=high.platforms or low.platforms,
        platform=high.platform or low.platform,
        locked=low.locked if high.locked is None else high.locked,
        lock_required=high.lock_required or low.lock_required,
        ignore_codes=_union(low.ignore_codes, high.ignore_codes),
        beaten=(*low.beaten, *high.beaten, *_losers(low, high)),
        diagnostics=(*low.diagnostics, *high.diagnostics),
    )


def _union(low: Items, high: Items) -> Items:
    return apply(Extend(after=high), low)
