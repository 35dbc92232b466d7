"""Whether a plan from elsewhere can be what buildplan makes: its values, beyond their types.

A plan that travels as JSON is as strange as a tree. What the renderer would quote or refuse one by one is refused
here with the key of the value, before anything is made of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.catalogue import mirrors
from buildplan.config.apt_packages import NAME as APT_PACKAGE
from buildplan.config.variables import NAME as VARIABLE
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.model.visible_text import UNSEEN, on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.build_plan import BuildPlan, Cache, Input, Phase, Process, Run, Runtime

MAX_PHASES = 500
_PORTS = range(1, 65_536)
_SECONDS = range(1, 86_401)
_USER = re.compile(r"[0-9]{1,9}(?::[0-9]{1,9})?")
_CACHE_VALUE = re.compile(r"[\w./@+~-]+", re.ASCII)
_IMAGE = re.compile(r"[A-Za-z0-9][\w./:@-]*", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LABEL = re.compile(r"[A-Za-z0-9][\w./-]{0,127}", re.ASCII)
_SIGNAL = re.compile(r"(?:SIG)?[A-Z][A-Z0-9+-]{0,15}|[0-9]{1,2}")

# A key, its value as a message shows it, and what was expected.
_Wrong = tuple[str, str, str]


def check(plan: BuildPlan) -> None:
    """Raise ConfigError for the first value that no plan has; the message names its key."""
    for key, value, expected in _wrong(plan):
        raise ConfigError(
            f"the plan has a wrong value at `{key}`: `{on_one_line(value[:80])}`; expected {expected}",
            origin=Origin("<plan>", key=key),
            hint="make the plan again with `buildplan plan`",
        )


def _wrong(plan: BuildPlan) -> Iterator[_Wrong]:
    if len(plan.phases) > MAX_PHASES:
        yield "phases", f"{len(plan.phases)} phases", f"at most {MAX_PHASES}"
        return
    names = [phase.name for phase in plan.phases]
    for index, phase in enumerate(plan.phases):
        key = f"phases.{index}"
        if not phase.name or phase.name in names[:index]:
            yield f"{key}.name", phase.name, "a name that no other phase has"
        yield from _phase(phase, key, names)
    yield from _run(plan.run, names)
    for index, process in enumerate(plan.processes):
        yield from _process(process, f"processes.{index}")
    if plan.process(plan.start) is None:
        yield "start", plan.start, "the name of one of the processes"
    yield from _names(tuple(item.name for item in plan.variables), "variables")
    yield from _names(plan.secrets, "secrets")
    for index, path in enumerate(plan.ca_certificates):
        yield from _path(path, f"ca_certificates.{index}")
    for index, line in enumerate((*plan.ignore, *plan.kept_ignore_lines)):
        if "\n" in line or "\r" in line:
            yield ("ignore" if index < len(plan.ignore) else "kept_ignore_lines"), line, "one line"
    for index, (registry, mirror) in enumerate(plan.mirrors):
        kind = mirrors.mirrors().get(registry)
        expected = mirrors.URL if kind else _IMAGE
        if not expected.fullmatch(mirror) or not (kind or mirrors.is_registry(registry)) or "://" in registry:
            said = "a registry and where it is mirrored, `docker.io` and `mirror.example.com`, or `npm` and a URL"
            yield f"mirrors.{index}", f"{registry} = {mirror}", said
    for index, (image, digest) in enumerate(plan.digests):
        if not _IMAGE.fullmatch(image) or not _DIGEST.fullmatch(digest):
            yield f"digests.{index}", f"{image} = {digest}", "an image and its digest"


def _phase(phase: Phase, key: str, names: list[str]) -> Iterator[_Wrong]:
    yield from _runtime(phase.runtime, f"{key}.runtime")
    yield from _packages(phase.apt_packages, f"{key}.apt_packages")
    yield from _inputs(phase.inputs, f"{key}.inputs", names)
    yield from _caches(phase.caches, f"{key}.caches")
    yield from _names(phase.secrets, f"{key}.secrets")
    yield from _names(tuple(name for name, _ in phase.environment), f"{key}.environment")


def _run(run: Run, names: list[str]) -> Iterator[_Wrong]:
    yield from _runtime(run.runtime, "run.runtime")
    yield from _packages(run.apt_packages, "run.apt_packages")
    yield from _inputs(run.copies, "run.copies", names)
    yield from _names(tuple(name for name, _ in run.environment), "run.environment")
    if not _USER.fullmatch(run.user):
        yield "run.user", run.user, "a numeric user, `1000` or `1000:1000`"
    for key, signal in (("stop_signal", run.stop_signal), ("other_stop_signal", run.other_stop_signal)):
        if signal is not None and not _SIGNAL.fullmatch(signal):
            yield f"run.{key}", signal, "a signal, `SIGTERM`"
    for name, _ in run.labels:
        if not _LABEL.fullmatch(name):
            yield "run.labels", name, "the name of a label"
    for path in (*run.volumes, *((run.start_dir,) if run.start_dir else ())):
        yield from _path(path.lstrip("/"), "run.volumes" if path in run.volumes else "run.start_dir")
    if run.health_check is not None:
        if not run.health_check.argv:
            yield "run.health_check.argv", "[]", "a command"
        for name in ("interval_seconds", "timeout_seconds", "start_period_seconds"):
            value = getattr(run.health_check, name)
            if value not in _SECONDS:
                yield f"run.health_check.{name}", str(value)[:20], f"1 to {_SECONDS[-1]}"


def _process(process: Process, key: str) -> Iterator[_Wrong]:
    if bool(process.argv) == (process.shell is not None):
        yield key, process.name, "exactly one of `argv` and `shell`, not empty"
    if process.port is not None and process.port not in _PORTS:
        yield f"{key}.port", str(process.port)[:20], f"1 to {_PORTS[-1]}"


def _runtime(runtime: Runtime | None, key: str) -> Iterator[_Wrong]:
    if runtime is not None and not _IMAGE.fullmatch(runtime.image):
        yield f"{key}.image", runtime.image, "an image reference, `name:tag`"


def _packages(packages: tuple[str, ...], key: str) -> Iterator[_Wrong]:
    for index, name in enumerate(packages):
        if not APT_PACKAGE.fullmatch(name):
            yield f"{key}.{index}", name, "the name of an apt package"


def _names(names: tuple[str, ...], key: str) -> Iterator[_Wrong]:
    for index, name in enumerate(names):
        if not VARIABLE.fullmatch(name):
            yield f"{key}.{index}", name, "letters, digits and `_`, not starting with a digit"


def _inputs(inputs: tuple[Input, ...], key: str, names: list[str]) -> Iterator[_Wrong]:
    for index, item in enumerate(inputs):
        if item.phase is not None and item.phase not in names:
            yield f"{key}.{index}.phase", item.phase, "the name of one of the phases"
        yield from _path(item.path, f"{key}.{index}.path")
        if item.dest is not None and (UNSEEN.search(item.dest) or "\n" in item.dest):
            yield f"{key}.{index}.dest", item.dest, "a path without control characters"


def _path(path: str, key: str) -> Iterator[_Wrong]:
    if not path or ".." in path.split("/") or UNSEEN.search(path) or "\n" in path:
        yield key, path, "a path without `..` and without control characters"


def _caches(caches: tuple[Cache, ...], key: str) -> Iterator[_Wrong]:
    for index, cache in enumerate(caches):
        if not _CACHE_VALUE.fullmatch(cache.id):
            yield f"{key}.{index}.id", cache.id, "letters, digits, `-`, `_` and `.`"
        if not _CACHE_VALUE.fullmatch(cache.target) or not cache.target.startswith("/"):
            yield f"{key}.{index}.target", cache.target, "an absolute path"
