"""What the shipped image holds and who runs in it: development dependencies, system libraries, the user."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.drift import images, javascript
from buildplan.drift.findings import Finding
from buildplan.drift.image_files import Presence
from buildplan.drift.rules.start import started
from buildplan.errors import FileError
from buildplan.model.origin import Origin
from buildplan.read import json_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.drift.subject import Subject
    from buildplan.read.dockerfile import Instruction, Stage
    from buildplan.read.shell import Command

_OMITTING = {"NPM_CONFIG_OMIT", "NPM_CONFIG_PRODUCTION", "NPM_CONFIG_ONLY", "YARN_PRODUCTION"}
# Servers that are started by root on purpose: they change to the user of their own configuration.
_SERVERS = {"apache2-foreground", "crond", "httpd", "init", "nginx", "php-fpm", "supervisord", "uwsgi"}
_DEVELOPING = re.compile(r"(?:.*[^a-z])?(?:dev|development|test|tests|e2e|watch|debug|tilt)(?:[^a-z].*)?", re.DOTALL)
_DROPS_ROOT = (
    "gosu",
    "su-exec",
    "setpriv",
    "runuser",
    "s6-",
    "supervisord",
    "PUID",
    "chroot",
    "sudo -u",
    "su -c",
    "su ",
)
_MAX_DEPTH = 8
# Runtime → one of these installs the packages that need the libraries.
_MANAGERS = {
    "node": frozenset({"npm", "npx", "pnpm", "yarn", "bun", "corepack"}),
    "php": frozenset({"composer"}),
    "python": frozenset({"conda", "hatch", "pdm", "pip", "pip3", "pipenv", "poetry", "python", "python3", "uv"}),
    "ruby": frozenset({"bundle", "gem"}),
}
# Their packages depend on that of OpenSSL, which has the library.
_BRING_OPENSSL = frozenset({"ca-certificates", "curl", "libcurl4", "libpq5", "openssl"})
# Browsers are as often in a container of their own, which the driver reaches by network.
_REMOTE = frozenset({"chromium", "chromium-driver", "firefox-esr"})


# --- development dependencies ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Installed:
    """An install whose result is in a stage; `complete` with development dependencies, None when nobody knows."""

    stage: Stage
    item: Instruction
    command: Command
    complete: bool | None


def development_dependencies(subject: Subject) -> Iterator[Finding]:
    """BP751: node_modules with development dependencies in the shipped stage."""
    if subject.is_for_developers:
        return
    stage = subject.dockerfile.shipped
    installed = _installed(subject, stage, 0)
    if installed is None or not installed.complete:
        return
    directory = subject.directory_of(installed.stage, installed.item, installed.command, "package.json")
    if directory is None:
        return
    path = posixpath.join(directory, "package.json")
    try:
        document = json_document.read(subject.tree, path)
        names = sorted(document.table("devDependencies"))
    except FileError:
        return
    if not names or _is_development(subject, stage, names):
        return
    shown = ", ".join(f"`{name}`" for name in names[:3]) + (", …" if len(names) > 3 else "")  # noqa: PLR2004  # a few
    yield Finding(
        "BP751",
        "info",
        f"the image ships development dependencies ({shown}): the install in line {installed.item.first} takes all",
        subject.place(installed.item),
        document.origin("devDependencies"),
        "install without them in the shipped stage, or copy a pruned node_modules",
    )


def _installed(subject: Subject, stage: Stage, depth: int) -> _Installed | None:
    """Return the last install of JavaScript packages whose result a stage holds."""
    if depth > _MAX_DEPTH:
        return None
    found: _Installed | None = None
    if stage.base is not None:
        found = _installed(subject, stage.base, depth + 1)
    production = _is_production(stage.base)
    for item in stage.instructions:
        if item.on_build:
            continue
        for name, word in item.pairs if item.name in {"ENV", "ARG"} else ():
            if name == "NODE_ENV" and (word.value or item.name == "ENV"):
                production = word.value is None or word.value == "production"
            production = production or (name.upper() in _OMITTING)
        if item.name == "RUN":
            for command in subject.files.commands(item):
                found = _after(stage, item, command, found, production=production)
        origin = item.flag("from") if item.name == "COPY" else None
        if origin is not None and origin.value is not None:
            other = subject.dockerfile.stage(origin.value)
            if other is not None and other.index < stage.index and _takes_packages(subject, other, item):
                found = _installed(subject, other, depth + 1)
    return found


def _is_production(stage: Stage | None) -> bool:
    if stage is None:
        return False
    value = stage.variable("NODE_ENV")
    return (value is not None and value.value in {None, "production"}) or any(
        stage.variable(name) for name in _OMITTING
    )


def _after(
    stage: Stage, item: Instruction, command: Command, found: _Installed | None, *, production: bool
) -> _Installed | None:
    words = command.words
    if command.program == "rm" and any(word.rstrip("/*").endswith("node_modules") for word in words[1:]):
        return None
    install = javascript.install_of(command)
    if install is not None:
        complete = not install.production and not production
        return _Installed(stage, item, command, complete if command.certain else None)
    pruned = "prune" in words or "deploy" in words or "focus" in words or {"set", "omit"} <= set(words)
    if command.program in javascript.LOCKS and (pruned or _unclear(words)):
        return _Installed(stage, item, command, complete=None)
    return found


def _unclear(words: tuple[str, ...]) -> bool:
    """Return whether a command installs in a way that is not followed: another folder, a workspace."""
    return (
        len(words) > 1 and words[1] in {"ci", "install", "i", "add"} and "-g" not in words and "--global" not in words
    )


def _takes_packages(subject: Subject, other: Stage, item: Instruction) -> bool:
    directory = subject.files.working_directory(other)
    for word in item.words[:-1]:
        value = (word.value or "").rstrip("/")
        if posixpath.basename(value) == "node_modules":
            return True
        if directory is not None and posixpath.normpath(posixpath.join(directory, value or "/")) == directory:
            return True
    return False


def _is_development(subject: Subject, stage: Stage, names: list[str]) -> bool:
    """Return whether the image is meant for developing, or its start needs one of the packages."""
    texts = [subject.dockerfile.path.rpartition("/")[2].lower(), (stage.name or "").lower()]
    commands = [command for _, command in started(stage)]
    texts += [" ".join(command.words).lower() for command in commands]
    if any(_DEVELOPING.fullmatch(text) for text in texts) or not commands:
        return True
    return any(command.program in names or "npx" in command.words for command in commands)


# --- user -----------------------------------------------------------------------------------------------------------


def root_user(subject: Subject) -> Iterator[Finding]:
    """BP752: nothing in the shipped stage changes the user, and its base image is known to start as root."""
    if subject.is_for_developers:
        return
    stage = subject.dockerfile.shipped
    commands = [command for _, command in started(stage)]
    # Without a command of its own it is a base for other images, or a place to build in.
    if not commands or any(command.program in _SERVERS for command in commands):
        return
    item = stage.last("USER")
    if item is not None:
        value = (item.words[0].value or "?") if item.words else "?"
        if value.partition(":")[0] not in {"root", "0"} or _drops_root(subject, stage):
            return
        yield Finding(
            "BP752", "info", f"the container runs as `{value}`", subject.place(item), fix="end with a numeric `USER`"
        )
        return
    image = images.parse(stage.chain[-1].image.value or "")
    if image is None or image.official is None or _drops_root(subject, stage):
        return
    yield Finding(
        "BP752",
        "info",
        "no `USER` is set, so the container runs as root",
        subject.place(stage.start),
        fix="end with a numeric `USER`, and give the app's writable folders to it",
    )


def _drops_root(subject: Subject, stage: Stage) -> bool:
    texts = [word.text for item in stage.history for word in item.words]
    texts += [document.content for item in stage.history for document in item.here_documents]
    for _, command in started(stage):
        for word in command.words[:2]:
            path = subject.files.absolute(stage, word)
            found = subject.files.find(stage, path) if path is not None else None
            if found is not None and found.presence is Presence.THERE:
                texts.append(subject.tree.text_or_none(found.path) or "")
            elif word == command.words[0] and word.endswith((".sh", "entrypoint")):
                return True
    return any(mark in text for text in texts for mark in _DROPS_ROOT)


# --- system libraries -----------------------------------------------------------------------------------------------


def system_libraries(subject: Subject) -> Iterator[Finding]:
    """BP753: Debian packages that the plan ships for a dependency and a slim Debian image does not get."""
    stage = subject.dockerfile.shipped
    plan = subject.plan
    image = images.parse(stage.chain[-1].image.value or "")
    if plan is None or not plan.run.apt_packages or image is None or image.official is None:
        return
    if "slim" not in (image.tag or "") or not subject.context.certain or _installs_by_script(subject, stage):
        return
    if not images.held(image) or plan.run.runtime.name not in {held.runtime for held in images.held(image)}:
        return
    present = {
        word.partition("=")[0].partition(":")[0]
        for item in stage.history
        if item.name == "RUN"
        for command in subject.files.commands(item)
        for word in command.words
    }
    managers = _MANAGERS.get(plan.run.runtime.name)
    if managers and not any(command.program in managers for _, _, command in subject.commands("RUN")):
        # It holds the code for something else than to run it.
        return
    for package in plan.run.apt_packages:
        development = re.sub(r"(?<![\d.])[\d.]++(?:t64)?$", "", package) + "-dev"
        decision = plan.decision(f"apt.run.{package}")
        # Debian 12 has the names without `t64`.
        names = {package, package.removesuffix("t64"), development}
        if package.startswith("libssl"):
            names |= _BRING_OPENSSL
        if decision is None or decision.origin.path.startswith("<") or names & present or package in _REMOTE:
            continue
        root = subject.context.directory
        other = Origin(f"{root}/{decision.origin.path}".lstrip("/"), decision.origin.line, decision.origin.key)
        yield Finding(
            "BP753",
            "warning",
            f"the image has no `{package}`, which a dependency needs when it runs: {decision.rule}",
            subject.place(stage.start),
            other,
            f"install it in the last stage: `apt-get install -y --no-install-recommends {package}`",
        )


def _installs_by_script(subject: Subject, stage: Stage) -> bool:
    """Return whether libraries may come in a way that is not followed: a script, a copy, another package manager."""
    for item in stage.history:
        if item.name == "COPY" and item.flag("from") is not None:
            if any((word.value or "/usr").startswith(("/usr", "/lib", "/opt")) for word in item.words[:-1]):
                return True
        elif item.name == "RUN":
            for command in subject.files.commands(item):
                script = command.words[0].startswith(("./", "/")) or command.words[0].endswith(".sh")
                if script or command.program in {"curl", "wget", "playwright", "dpkg", "npx", "conda", "make"}:
                    return True
    return False
