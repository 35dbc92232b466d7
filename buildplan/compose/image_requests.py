"""What the owner asks of the shipped image beside the app: labels, an entry point, volumes, where it starts, signals.

Also two checks of what was asked: an image that cannot run the app, and a secret that no step of the build reads.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.errors import ConfigError
from buildplan.model.build_plan import Diagnostic

if TYPE_CHECKING:
    from buildplan.model.build_plan import Phase, Run
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import CommandRequest, Overrides

# Images that hold a system and no language, and the packages of Debian that bring one. A virtual environment needs the
# very interpreter that it was made with, so that for Python no package helps.
_BARE = re.compile(
    r"(?:.*/)?(?:alma(?:linux)?|alpine|amazonlinux|archlinux|busybox|centos|cuda|debian|fedora|leap|oraclelinux|photon"
    r"|rocky(?:linux)?|scratch|ubi\d?(?:-\w+)?|ubuntu|wolfi-base|(?:base|cc|static)(?:-nossl)?-debian\d+)(?::[^/]*)?"
)
_BROUGHT_BY = {
    "bun": (),
    "caddy": ("caddy",),
    "deno": (),
    "dotnet": ("dotnet-", "aspnetcore-"),
    "java": ("default-jre", "openjdk-"),
    "nginx": ("nginx",),
    "node": ("nodejs",),
    "php": ("php",),
    "python": (),
    "ruby": ("ruby",),
}
_OPERATORS = re.compile(r"[;&|<>`\n]|\$\(")


def applied(run: Run, overrides: Overrides, reasons: Reasons) -> Run:
    """Return the image with what was asked for; raises ConfigError for what cannot be."""
    for name, label in overrides.labels.items():
        reasons.decide(f"run.labels.{name}", label.value, label.origin, "a configured label")
    labels = tuple((name, item.value) for name, item in overrides.labels.items())
    run = replace(run, labels=labels)
    if overrides.entrypoint is not None:
        words = _words(overrides.entrypoint)
        run = replace(run, entrypoint=words)
        rule = "a configured entry point; the start command is its arguments"
        reasons.decide("run.entrypoint", shlex.join(words), overrides.entrypoint.origin, rule)
    if overrides.volumes:
        paths = tuple(dict.fromkeys(item.value.rstrip("/") or "/" for item in overrides.volumes))
        for item in overrides.volumes:
            reasons.decide("run.volumes", ", ".join(paths), item.origin, "configured volumes, which the user may write")
        run = replace(run, volumes=paths, writable=tuple(dict.fromkeys((*run.writable, *paths))))
    if overrides.workdir is not None:
        run = replace(run, start_dir=overrides.workdir.value)
        reasons.decide("run.start_dir", run.start_dir, overrides.workdir.origin, "the configured working directory")
    if overrides.stop_signal is not None:
        run = replace(run, stop_signal=overrides.stop_signal.value)
        reasons.decide("run.stop_signal", overrides.stop_signal.value, overrides.stop_signal.origin, "configured")
    return run


def _words(asked: Sourced[CommandRequest]) -> tuple[str, ...]:
    line = asked.value.shell
    if line is None:
        return asked.value.argv
    try:
        words = tuple(shlex.split(line))
    except ValueError:
        words = ()
    if not words or _OPERATORS.search(line):
        problem = f"the entry point `{line[:60]}` is not one program with its arguments"
        raise ConfigError(problem, origin=asked.origin, hint='write a list of words, `["./entrypoint.sh"]`')
    return words


def check_base_image(run: Run, overrides: Overrides) -> None:
    """Raise ConfigError for a configured image that cannot start what it ships."""
    asked = overrides.base_images.get("run")
    brought = _BROUGHT_BY.get(run.runtime.name)
    if asked is None or brought is None or _BARE.fullmatch(asked.value.partition("@")[0]) is None:
        return
    if overrides.base_images.get("build") is not None and overrides.base_images["build"].value == asked.value:
        # Both stages are the owner's, who brings the language in the first as in the second.
        return
    if any(package.startswith(prefix) for package in run.apt_packages for prefix in brought):
        return
    name = run.runtime.name
    hint = "start from an image that has it, or install it with `run` of `[apt]`"
    if not brought:
        hint = (
            f"start from an image that has {name}, install what else you need with `[apt]`; or set `base_images.build` "
            "to the same image, and install the language there in a phase of your own"
        )
    problem = f"`{asked.value}` holds no {name}, and the app needs it to start"
    raise ConfigError(problem, origin=asked.origin, hint=hint)


def report_unread_secrets(phases: tuple[Phase, ...], overrides: Overrides, reasons: Reasons) -> None:
    """Report secrets that no step reads: whoever meant the build learns where to write them."""
    read = {name for phase in phases for name in phase.secrets}
    for item in overrides.secrets:
        if item.value in read:
            continue
        steps = [phase.name for phase in phases if phase.commands]
        named = "build" if "build" in steps else next(reversed(steps), "build")
        fix = f'where a command of the build reads it: `[phases.{named}]` with `secrets = ["...", "{item.value}"]`'
        text = f"no step of the build reads the secret `{item.value}`; it is for the running container"
        reasons.report(Diagnostic("BP941", "info", text, item.origin, fix))
